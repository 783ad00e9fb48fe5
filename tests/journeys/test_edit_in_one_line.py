"""`edit SERVICE POLICY` with what to change in the same line, as a script runs it: what is done, and every refusal."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from m365backup_tui.cloud import kernel_key
from tests.journeys.command import Ended, control, end_of, practice, run, start
from tests.journeys.test_headless import no_traceback, on
from tests.practice.stored import rows_on_disk

__all__ = ["on"]

TENANT = "northwindlabs.onmicrosoft.com"
EDIT = ("edit", "exchange", "Office")
FILE = f"""\
version: 1
policies:
  exchange:
    - name: Office
      mailboxes: [adele.vance@{TENANT}, bruno.keller@{TENANT}]
    - name: Board
      mailboxes: [chiara.moretti@{TENANT}]
"""


@pytest.fixture(scope="module")
def filled(on: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The practice tenant with two policies for mailboxes."""
    folder = Path(shutil.copytree(on, tmp_path_factory.mktemp("filled") / "state"))
    file = folder.parent / "two.yaml"
    file.write_text(FILE)
    ended = finished(folder, "apply", str(file))
    assert ended.code == 0, ended.err
    return folder


@pytest.fixture
def folder(filled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(filled, tmp_path / "state"))


def finished(folder: Path, *words: str) -> Ended:
    """A command to its end; the hours of the service pass at once."""
    running = start(*words, *practice(folder))
    assert running.stderr is not None
    told = ""
    for line in running.stderr:
        told += line
        if "Signed in as" in line:
            control(folder, "POST", "clock", {"pace": 100_000})
            break
    ended = end_of(running)
    return Ended(ended.code, ended.out, told + ended.err)


def holders(folder: Path) -> dict[str, int]:
    """Policy -> how many mailboxes it holds."""
    tenant = folder / "practice-tenant"
    names = {row["id"]: row["displayName"] for row in rows_on_disk(tenant, "policies")}
    units = [u for u in rows_on_disk(tenant, "units") if u["policy"] in names]
    return {n: sum(names[u["policy"]] == n for u in units) for n in names.values()}


def test_names_addresses_and_files_go_in_and_out_in_one_run(folder: Path, tmp_path: Path) -> None:
    listed = tmp_path / "more.csv"
    listed.write_text(
        "Mail\naaron.ellis@northwindlabs.example\naaron.duncan@northwindlabs.example\n"
    )
    words = ("--add", "Aaron Almeida", "--add-from", str(listed), "--remove", "keller", "--json")
    ended = finished(folder, "edit", "exchange", "office", *words)  # the name in any case
    assert ended.code == 0, ended.err
    assert "Aaron Almeida: aaron.almeida@northwindlabs.example" in ended.err
    assert "keller: Bruno Keller (bruno.keller@northwindlabs.example)" in ended.err
    assert "~ change Exchange “Office”: +3 -1 mailboxes" in ended.err
    assert ended.document["result"] == "done"
    assert set(ended.document) >= {"run", "result", "items"}
    assert holders(folder) == {"Office": 4, "Board": 1}

    again = finished(folder, *EDIT, *words)
    assert again.code == 0, again.err
    assert again.document["changes"] == []
    assert (again.document["run"], again.document["result"]) == (None, "nothing")
    assert "aaron.almeida@northwindlabs.example is in “Office” already." in again.err
    assert "keller: “Office” holds nothing of this name." in again.err
    assert "Nothing to change in “Office”." in again.err


def test_a_new_name_and_a_pause_are_one_run_and_both_told_when_they_are_so(folder: Path) -> None:
    words = ("--rename", "Whole office", "--pause")
    ended = finished(folder, *EDIT, *words)
    assert ended.code == 0, ended.err
    assert "will be called “Whole office”" in ended.err
    assert holders(folder) == {"Whole office": 2, "Board": 1}
    again = finished(folder, "edit", "exchange", "Whole office", *words)
    assert again.code == 0, again.err
    assert "“Whole office” is paused already." in again.err
    assert "“Whole office” is its name already." in again.err


@pytest.fixture(scope="module")
def untouched(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One copy for all that changes nothing."""
    return Path(shutil.copytree(filled, tmp_path_factory.mktemp("untouched") / "state"))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("exchange", "Ofice", "--pause"), "no Exchange policy “Ofice”. Did you mean “Office”?"),
        (("exchange", "Sales", "--pause"), "There are: “Board”, “Office”."),
        (("onedrive", "Office", "--pause"), "OneDrive has no policies yet"),
        (
            ("exchange", "Office", "--add", "Keller"),
            "    aaron.keller@northwindlabs.example  Aaron",
        ),
        (("exchange", "Office", "--add", "Aaron Almeda"), "Did you mean “Aaron Almeida” (aaron."),
        (
            ("exchange", "Office", "--add", "aaron.elis@northwindlabs.example"),
            "--add: aaron.elis@northwindlabs.example: No mailbox has this address: check how it is "
            "written, and whether it still exists. Did you mean “aaron.ellis@northwindlabs.example”?",
        ),
        (
            ("exchange", "Office", "--add", f"chiara.moretti@{TENANT}"),
            f"m365backup-tui edit exchange Board --remove chiara.moretti@{TENANT}",
        ),
        (
            ("exchange", "Office", "--add", "https://northwindlabs.sharepoint.com"),
            "SharePoint policy",
        ),
        (
            ("exchange", "Office", "--remove", "Zzyzx Nobody"),
            "No mailbox has this name or address.",
        ),
        (
            ("exchange", "Office", "--add-from", "/nowhere/at-all.csv"),
            "/nowhere/at-all.csv does not",
        ),
        (
            ("exchange", "Office", "--rename", "board"),
            "--rename: board: Another policy has this name",
        ),
    ],
)
def test_what_cannot_be_is_2_with_the_way_out_and_nothing_is_sent(
    untouched: Path, words: tuple[str, ...], told: str
) -> None:
    before = holders(untouched)
    ended = run("edit", *words, *practice(untouched))
    assert ended.code == 2, ended.err
    assert told in ended.err
    assert ended.out == ""
    assert holders(untouched) == before
    no_traceback(ended)


def test_without_a_terminal_nothing_is_sent_unless_it_was_agreed_to(folder: Path) -> None:
    if why := kernel_key.why_not():
        pytest.skip(f"a sign-in is kept with the key ring of the Linux kernel: {why}")
    (folder / "settings.toml").write_text('[practice.sign_in]\nkeep = "until-logout"\n')
    assert run("signin", *practice(folder)).code == 0
    before = holders(folder)
    options = [o for o in practice(folder) if o != "--yes"]
    ended = run(*EDIT, "--add", "aaron.ellis@northwindlabs.example", *options)
    assert ended.code == 2, ended.err
    assert "add --yes to agree" in ended.err
    assert "change Exchange “Office”: +1" in ended.err  # what would be done was shown
    assert holders(folder) == before
    run("signout", "--all", *practice(folder))


@pytest.mark.parametrize(
    ("words", "told"),
    [(("--add", "x"), "which service and which policy"), (("exchange", "--pause"), "which policy")],
)
def test_what_is_to_be_edited_has_to_be_said(
    tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    ended = run("edit", *words, *practice(tmp_path))
    assert ended.code == 2
    assert told in ended.err
    no_traceback(ended)
