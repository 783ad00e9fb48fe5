"""The documents keep their promises: links lead somewhere, names exist, examples parse, quotations are our own."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from m365backup_tui.cli import main
from m365backup_tui.cloud import profiles
from m365backup_tui.domain.lists_reading import read
from m365backup_tui.domain.policy_file import PolicyFile
from m365backup_tui.domain.policy_file_reading import parse
from m365backup_tui.practice.backup.jobs import RESOLVING
from m365backup_tui.practice.backup.rules import RUNNING
from m365backup_tui.practice.backup.units import OFFBOARDING, REMOVAL
from m365backup_tui.practice.company import size
from m365backup_tui.practice.faults import CATALOGUE, read_file, read_words
from m365backup_tui.practice.faults.switch import read_fault
from m365backup_tui.practice.graph import backup_unit_lists
from m365backup_tui.practice.graph.odata import MOST_FILTER_TERMS, MOST_PAGE, USUAL_PAGE
from m365backup_tui.practice.restore import bulk, search
from m365backup_tui.practice.scenarios import SCENARIOS
from m365backup_tui.practice.serve import main as practice
from tests.practice.northwind import PERSONAS
from tests.unit import fault_page, practice_choices

TOP = Path(__file__).resolve().parent.parent.parent
PAGES = sorted([TOP / "README.md", TOP / "CHANGELOG.md", *(TOP / "docs").glob("*.md")])


def text_of(name: str) -> str:
    return (TOP / name).read_text(encoding="utf-8")


def code_of() -> str:
    """Every word that the program can say, as one text: string literals that were broken over lines are joined."""
    files = [*(TOP / "m365backup_tui").rglob("*.py"), *(TOP / "screens").rglob("*.py")]
    source = "\n".join(file.read_text(encoding="utf-8") for file in sorted(set(files)))
    return re.sub(r'"\s*\n\s*f?"', "", source)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_that_exist(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_calls_out_to_nobody(page: Path) -> None:
    """The manners of the product: no exclamation marks (but those of links to pictures), lines that fit."""
    text = re.sub(r"!\[|<!--", "", page.read_text(encoding="utf-8"))
    assert "!" not in text
    prose = [line for line in text.splitlines() if not line.startswith("|")]
    assert [line for line in prose if len(line) > 160] == []


def test_the_two_commands_stand_where_they_are_looked_for() -> None:
    for name in ("run", "test"):
        block = re.search(rf"<!-- command: {name} -->\n```sh\n(.+)\n```\n", text_of("README.md"))
        assert block is not None
        assert "\n" not in block[1]


COMMANDS = sorted(set(re.findall(r"^\| `m365backup-tui (\w+)", text_of("README.md"), re.MULTILINE)))


@pytest.mark.parametrize("command", [*COMMANDS, "edit"])
def test_a_command_that_is_described_exists(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main([command, "--help"])
    assert left.value.code == 0
    assert capsys.readouterr().out.startswith("usage:")


def test_every_option_that_is_described_exists(capsys: pytest.CaptureFixture[str]) -> None:
    described = re.findall(
        r"`(--[a-z-]+)", text_of("README.md").split("Options everywhere")[1].split(". Each")[0]
    )
    with pytest.raises(SystemExit):
        main(["--help"])
    told = capsys.readouterr().out
    assert len(described) >= 8
    assert [option for option in described if option not in told] == []


def test_every_scenario_is_described_and_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    """As `practice scenarios` lists them."""
    section = text_of("docs/practice.md").split("## Bad days")[1].split("\n## ")[0]
    assert practice(["scenarios"]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert [name for name in listed if name not in CATALOGUE] == list(SCENARIOS)
    assert re.findall(r"^\| `([\w-]+)` \|", section, re.MULTILINE) == list(SCENARIOS)


def test_every_size_is_described() -> None:
    page = text_of("docs/practice.md")
    for name, (people, sites) in size.NAMED.items():
        assert f"| `{name}` | {people:,} | {sites:,} |" in page
    assert f"a number up to {size.MOST_UNITS:,}" in page


def test_the_page_of_faults_is_the_catalogue() -> None:
    assert text_of("docs/practice-faults.md") == fault_page.page(), (
        "python -m tests.unit.fault_page writes it anew"
    )


def test_every_fault_of_the_page_can_be_switched_on_as_it_stands_there() -> None:
    page = text_of("docs/practice-faults.md")
    ids = re.findall(r"^\| `([A-Z]\d*)` \|", page, re.MULTILINE)
    assert sorted(ids) == sorted(CATALOGUE)
    assert [read_words(fault_id)["id"] for fault_id in ids] == ids


def test_the_ways_to_switch_a_fault_on_say_the_same(tmp_path: Path) -> None:
    page = text_of("docs/practice-faults.md")
    words = re.search(r"--fault '([^']+)'", page)
    body = re.search(r"-d '([^']+)'", page)
    block = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert words is not None
    assert body is not None
    assert block is not None
    file = tmp_path / "bad-day.yaml"
    file.write_text(block[1], encoding="utf-8")
    assert read_words(words[1]) == read_fault(json.loads(body[1])) == read_file(file)[0]


def test_every_choice_of_the_practice_tenant_is_owned_up_to() -> None:
    """The page names each module that marks something as chosen or unverified, and no other."""
    page = text_of("docs/practice-for-scripts.md")
    section = page.split("## What is a choice")[1].split("\n## ")[0]
    cells = [line.rsplit("|", 2)[1] for line in section.splitlines() if line.startswith("| ")]
    named = {name for cell in cells for name in re.findall(r"`([\w/]+)`", cell)}
    assert named == practice_choices.marked()


def test_figures_of_the_choices_are_those_of_the_code() -> None:
    page = text_of("docs/practice-for-scripts.md")
    looked, most_sorted = backup_unit_lists.MOST_LOOKED_AT, backup_unit_lists.MOST_SORTED
    assert f"A page looks at {looked:,} units for its filter" in page
    assert f"lists over {most_sorted:,} are not sorted" in page
    assert f"Pages of {USUAL_PAGE}, `$top` up to {MOST_PAGE}" in page
    assert f"At most {MOST_FILTER_TERMS} terms in a filter" in page
    assert f"{search.MOST_UNITS:,} units, expressions of {search.MOST_EXPRESSION:,}" in page
    assert f"Bulk additions: {bulk.MOST_RESOURCES:,} resources" in page
    minutes = [wait // timedelta(minutes=1) for wait in (REMOVAL, RESOLVING, RUNNING)]
    assert minutes == [5, 5, 10]
    assert "takes five minutes, a bulk job five, a rule ten, offboarding 90 days" in page
    assert timedelta(days=90) == OFFBOARDING


def test_everybody_who_can_sign_in_is_listed() -> None:
    page = text_of("docs/practice.md")
    for person in PERSONAS:
        assert f"| {person.name} | `{person.key}` | {person.says} |" in page


def test_every_permission_and_application_is_listed() -> None:
    page = text_of("docs/real-tenant.md")
    groups = [value for name, value in vars(profiles).items() if name.startswith("SCOPES_")]
    assert groups
    asked = {scope for group in groups for scope in group}
    asked |= {profiles.GRAPH_TOOLS_CLIENT, profiles.AZURE_CLI_CLIENT}
    assert {name for name in asked if f"`{name}`" not in page} == set()


def test_examples_of_the_policy_file_can_be_read() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", text_of("docs/policy-file.md"), re.DOTALL)
    assert blocks
    examples = [file.read_text(encoding="utf-8") for file in (TOP / "examples").glob("*.yaml")]
    assert examples
    for block in (*blocks, *examples):
        assert isinstance(parse(block, "example"), PolicyFile)


def test_the_second_example_changes_what_the_first_one_made() -> None:
    first, second = (parse(text_of(f"examples/{n}.yaml"), n) for n in ("onboarding", "change"))
    assert isinstance(first, PolicyFile)
    assert isinstance(second, PolicyFile)
    made = {(wish.product, wish.name): wish for wish in first.policies}
    for wish in second.policies:
        before = made[wish.product, wish.name]
        assert set(wish.remove) <= set(before.units)
        for source in wish.sources:
            listed = read(wish.product, (TOP / "examples" / source.path).read_bytes())
            assert listed.rows
            assert listed.problems == ()


MESSAGES = re.findall(r"^\*\*(.+)\*\*$", text_of("docs/troubleshooting.md"), re.MULTILINE)


@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_that_is_explained_is_one_that_the_program_says(message: str) -> None:
    assert message in code_of()
