"""Everything that a policy file can ask for, as commands: applied, then planned again with nothing left to do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from m365backup_tui.cloud import kernel_key
from tests.journeys.command import practice, run
from tests.journeys.test_edit_in_one_line import finished, holders
from tests.journeys.test_headless import no_traceback, on
from tests.practice.stored import rows_on_disk

__all__ = ["on"]

DONE = (0, 5)  # of the 140 mailboxes that the dynamic rule brings, some cannot be protected
TENANT = "northwindlabs.onmicrosoft.com"
FIRST = f"""\
version: 1
tenant: {TENANT}
policies:
  exchange:
    - name: Office
      mailboxes: [adele.vance@{TENANT}, bruno.keller@{TENANT}]
      from: [one.csv, two.csv]
    - name: Board
      mailboxes: [chiara.moretti@{TENANT}]
      rules:
        - groups: [SG Legal leads]
    - name: Kept in step
      rules:
        - groups: [SG Finance leads, dlfacilities@northwindlabs.example]
          dynamic: true
  sharepoint:
    - name: Projects
      sites: [https://northwindlabs.sharepoint.com]
      rules:
        - name_has: [archive]
          address_has: [legal]
          match: any
"""
SECOND = f"""\
version: 1
policies:
  exchange:
    - name: Office
      exact: true
      mailboxes: [adele.vance@{TENANT}, chiara.moretti@{TENANT}]
      from: one.csv
    - name: Board
      state: paused
      remove: [chiara.moretti@{TENANT}]
      end_rules:
        - groups: [sg legal leads]
    - name: Kept in step
      rules:
        - groups: [SG Sales leads]
          dynamic: true
      end_rules:
        - groups: [SG Finance leads, DL Facilities]
          dynamic: true
"""
WRONG = f"""\
version: 1
policies:
  exchange:
    - name: Office
      mailboxes: [adele.vanse@{TENANT}]
      from: nowhere.csv
    - name: Board
      mailboxes: [bruno.keller@{TENANT}]
      rules:
        - groups: [SG Finanze leads]
  sharepoint:
    - name: Projects
      sites: [https://northwindlabs.sharepoint.com/sites/HumanResourcesArchiv]
"""


@pytest.fixture(scope="module")
def first(on: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The practice tenant after the first file was applied."""
    folder = Path(shutil.copytree(on, tmp_path_factory.mktemp("first") / "state"))
    (folder.parent / "one.csv").write_text("Mail\naaron.ellis@northwindlabs.example\n")
    (folder.parent / "two.csv").write_text("Mail\naaron.duncan@northwindlabs.example\n")
    (folder.parent / "first.yaml").write_text(FIRST)
    ended = finished(folder, "apply", str(folder.parent / "first.yaml"))
    assert ended.code in DONE, ended.err
    return folder


def test_what_was_applied_needs_nothing_more(first: Path) -> None:
    ended = run("plan", str(first.parent / "first.yaml"), *practice(first), "--json")
    assert ended.code == 0, ended.err
    assert ended.document["changes"] == []
    assert holders(first)["Office"] == 4
    assert holders(first)["Board"] > 1  # with those whom the rule brought
    assert holders(first)["Kept in step"] > 0
    assert holders(first)["Projects"] > 1


def test_moves_exact_and_ended_rules_are_applied_once(first: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(first, tmp_path / "state"))
    shutil.copy(first.parent / "one.csv", tmp_path / "one.csv")
    file = tmp_path / "second.yaml"
    file.write_text(SECOND)
    before = holders(folder)
    ended = finished(folder, "apply", str(file))
    assert ended.code in DONE, ended.err
    assert "1 mailbox moves here from “Board”" in ended.err
    assert "end the rule for members of SG Legal leads" in ended.err
    after = holders(folder)
    assert (after["Office"], after["Board"]) == (3, before["Board"] - 1)
    again = run("plan", str(file), *practice(folder), "--json")
    assert again.code == 0, again.err
    assert again.document["changes"] == []
    rules = rows_on_disk(folder / "practice-tenant", "rules")
    assert sorted(rule["auto"] for rule in rules) == [
        0,
        1,
    ]  # of “Projects”, and the one kept in step


def test_everything_wrong_is_told_at_once_with_its_line_and_what_was_meant(first: Path) -> None:
    file = first.parent / "wrong.yaml"
    file.write_text(WRONG)
    before = holders(first)
    ended = run("apply", str(file), *practice(first), "--json")
    assert ended.code == 2, ended.err
    told = {p["line"]: p["rule"] for p in ended.document["error"]["problems"]}
    assert set(told) == {5, 6, 8, 10, 13}
    assert "Did you mean “adele.vance@northwindlabs.example”?" in told[5]  # her mailbox's address
    assert "nowhere.csv does not exist" in told[6]
    assert "To move it, name it under `remove` of “Office” too." in told[8]
    assert "Near it: “SG Finance leads”" in told[10]
    assert "HumanResourcesArchive”?" in told[13]
    assert holders(first) == before
    no_traceback(ended)


def test_nothing_is_written_without_a_terminal_unless_it_was_agreed_to(
    first: Path, tmp_path: Path
) -> None:
    if why := kernel_key.why_not():
        pytest.skip(f"a sign-in is kept with the key ring of the Linux kernel: {why}")
    folder = Path(shutil.copytree(first, tmp_path / "state"))
    (folder / "settings.toml").write_text('[practice.sign_in]\nkeep = "until-logout"\n')
    assert run("signin", *practice(folder)).code == 0
    shutil.copy(first.parent / "one.csv", tmp_path / "one.csv")
    file = tmp_path / "second.yaml"
    file.write_text(SECOND)
    before = holders(folder)
    ended = run("apply", str(file), *[o for o in practice(folder) if o != "--yes"])
    assert ended.code == 2, ended.err
    assert "There is no terminal to ask on: add --yes to agree." in ended.err
    assert holders(folder) == before
    run("signout", "--all", *practice(folder))


def test_a_file_for_another_tenant_is_refused(first: Path) -> None:
    file = first.parent / "other.yaml"
    file.write_text("version: 1\ntenant: contoso.onmicrosoft.com\n" + SECOND.split("\n", 1)[1])
    ended = run("apply", str(file), *practice(first), "--json")
    assert ended.code == 2, ended.err
    (problem,) = ended.document["error"]["problems"]
    assert (problem["line"], problem["field"]) == (2, "tenant")
    assert "The file is for “contoso.onmicrosoft.com”" in problem["rule"]
