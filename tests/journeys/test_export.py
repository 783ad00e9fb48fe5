"""`export` as a real command: to standard output, to disk, brought up to date, planned again, for another tenant."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema_rs
import pytest

from m365backup_tui.domain.policy_file import PolicyFile
from m365backup_tui.domain.policy_file_reading import parse
from m365backup_tui.headless.schema import text_of
from tests.journeys.admin import policies_on_disk
from tests.journeys.command import EXAMPLE, Ended, control, end_of, practice, run, said, start

EXPORT_SCHEMA = jsonschema_rs.validator_for(text_of("export"))


def applied(folder: Path, file: str) -> Ended:
    """Carried out to the end; the service's hours pass at once."""
    running = start("apply", file, *practice(folder))
    told = said(running, "activate Exchange policy")
    control(folder, "POST", "clock", {"advance": "PT3H"})
    ended = end_of(running)
    return Ended(ended.code, ended.out, told + ended.err)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A practice tenant with backup turned on and no policy."""
    folder = tmp_path_factory.mktemp("bare")
    running = start("apply", EXAMPLE, *practice(folder))
    said(running, "Microsoft 365 Backup is turned on")
    running.kill()
    running.communicate()
    return folder


@pytest.fixture(scope="module")
def full(bare: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with the three policies of the example."""
    folder = Path(shutil.copytree(bare, tmp_path_factory.mktemp("full") / "state"))
    ended = applied(folder, EXAMPLE)
    assert ended.code == 0, ended.err
    return folder


@pytest.fixture
def folder(full: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(full, tmp_path / "state"))


def test_without_a_file_the_text_is_the_result(folder: Path) -> None:
    plain = run("export", *practice(folder))
    assert plain.code == 0, plain.err
    file = parse(plain.out, "out")
    assert isinstance(file, PolicyFile)
    assert {w.name for w in file.policies} == {"All accounts", "All sites", "All mailboxes"}
    assert file.tenant == "northwindlabs.onmicrosoft.com"
    assert file.billing is not None
    assert file.notifications is not None
    asked = run("export", "-o", "-", *practice(folder), "--json")  # as many tools say it
    assert asked.code == 0
    EXPORT_SCHEMA.validate(asked.document)
    assert parse(asked.document["policy_file"], "out") == file


def test_a_file_plans_to_nothing_and_is_not_written_over(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "tenant.yaml"
    made = run("export", "-o", str(path), *practice(folder), "--json")
    assert made.code == 0, made.err
    EXPORT_SCHEMA.validate(made.document)
    assert made.document["file"] == str(path)
    assert path.stat().st_mode & 0o777 == 0o644
    planned = run("plan", str(path), *practice(folder))
    assert planned.code == 0, planned.out + planned.err
    before = path.read_text()
    again = run("export", "-o", str(path), *practice(folder))
    assert (again.code, again.out) == (2, "")
    assert "--update" in again.err
    assert path.read_text() == before


def test_an_existing_file_is_brought_up_to_date_in_its_own_words(
    folder: Path, tmp_path: Path
) -> None:
    path = tmp_path / "ours.yaml"
    shutil.copy(EXAMPLE, path)
    same = run("export", "-o", str(path), "--update", *practice(folder))
    assert same.code == 0, same.err
    assert path.read_text() == Path(EXAMPLE).read_text()
    text = path.read_text().replace("state: active # or: paused", "state: paused # or: active")
    gone = "        - infooslo@northwindlabs.example # a shared mailbox\n"
    path.write_text(text.replace(gone, ""))
    changed = run("export", "-o", str(path), "--update", *practice(folder))
    assert changed.code == 0, changed.err
    assert "state: active # or: active" in path.read_text()
    assert gone.partition(" #")[0] in path.read_text()
    assert run("plan", str(path), *practice(folder)).code == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("version: 1\npolicies:\n  exchnge: []\n", "line 3: policies.exchnge"),
        ("version: 1\ntenant: contoso.example\npolicies: {}\n", "line 2: tenant"),
    ],
)
def test_a_file_that_is_wrong_is_left_as_it_is(
    folder: Path, tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(text)
    ended = run("export", "-o", str(path), "--update", *practice(folder))
    assert ended.code == 2
    assert words in ended.err
    assert path.read_text() == text


def test_update_needs_a_file(tmp_path: Path) -> None:
    for words in (("--update",), ("-o", "-", "--update")):
        ended = run("export", *words, *practice(tmp_path))
        assert ended.code == 2
        assert "-o FILE" in ended.err


def test_where_backup_is_off_somebody_has_to_act_first(tmp_path: Path) -> None:
    ended = run("export", *practice(tmp_path))
    assert (ended.code, ended.out) == (3, "")
    assert "not turned on yet" in ended.err


def test_the_file_serves_another_tenant_once_its_names_are_changed(
    folder: Path, tmp_path: Path
) -> None:
    """One state folder and two companies: what is kept of the first does not get into the second."""
    path = tmp_path / "tenant.yaml"
    assert run("export", "-o", str(path), *practice(folder)).code == 0
    text = path.read_text()
    assert "Northwind Labs Production" in text
    fabrikam(folder)
    refused = run("plan", str(path), *practice(folder))
    assert refused.code == 2
    assert "northwindlabs.onmicrosoft.com" in refused.err
    assert "fabrikam.onmicrosoft.com" in refused.err
    assert path.read_text() == text
    path.write_text(renamed(text))
    ended = applied(folder, str(path))
    assert ended.code == 0, ended.err
    assert "Signed in as adele.vance@fabrikam.onmicrosoft.com (Fabrikam)" in ended.err
    assert sorted(policies_on_disk(folder)) == ["All accounts", "All mailboxes", "All sites"]
    planned = run("plan", str(path), *practice(folder))
    assert planned.code == 0, planned.out + planned.err
    again = run("export", *practice(folder))
    assert again.out == path.read_text()
    done, *before = run("runs", *practice(folder), "--json").document
    assert done["account"] == "adele.vance@fabrikam.onmicrosoft.com"
    assert {one["account"] for one in before} == {"adele.vance@northwindlabs.onmicrosoft.com"}


def renamed(text: str) -> str:
    """What an administrator replaces: domains and addresses, and the names of subscriptions."""
    return text.replace("northwindlabs", "fabrikam").replace("Northwind Labs", "Fabrikam")


def fabrikam(folder: Path) -> None:
    """Another company takes the place of the one that the state folder's practice tenant was."""
    tenant = folder / "practice-tenant"
    shutil.rmtree(tenant)
    words = ["practice", "serve", "--company", "fabrikam", "--state-dir", str(tenant)]
    serving = start(*words, "--watch-stdin")
    assert serving.stdout is not None
    assert json.loads(serving.stdout.readline())["domain"] == "fabrikam.onmicrosoft.com"
    serving.terminate()
    serving.communicate()
