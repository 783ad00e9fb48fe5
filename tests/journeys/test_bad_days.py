"""Bad days at the wizard: killed parts, two at once, folders that cannot be used, faults of our own."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from m365backup_tui.practice.state import STATE_FILE
from tests.journeys.admin import ROOT, Admin, at_the_wizard, policies_on_disk
from tests.journeys.processes import all_gone, at_work_in, children_of
from tests.journeys.terminal import Terminal

RESTORED = b"\x1b[?1049l"


def after_the_screen(admin: Admin) -> str:
    """What stands on the ordinary screen once the wizard has given it back, without line breaks."""
    text = admin.terminal.output.rsplit(RESTORED, 1)[1].decode()
    return " ".join(text.split())


def start_of(admin: Admin) -> None:
    admin.sees("Guided set-up")


def leaves(admin: Admin) -> None:
    admin.terminal.press("ctrl+q")
    admin.sees("Leave now?")
    admin.terminal.press("enter")
    assert admin.terminal.wait_exit(20) == 0


def registrations(admin: Admin) -> list[str]:
    made = [r for r in admin.control("GET", "requests") if r["method"] == "POST"]
    return [r["path"] for r in made if "/microsoft.syntex/register" in r["path"].lower()]


# --- what dies under us -----------------------------------------------------------------------------------------------


def test_a_practice_tenant_that_is_killed_is_told_of_and_its_wizard_ends(tmp_path: Path) -> None:
    with at_the_wizard(tmp_path) as admin:
        admin.signs_in()
        (server,) = children_of(admin.terminal.pid)
        server.kill()
        assert admin.terminal.wait_exit(20) == 1
        said = after_the_screen(admin)
    assert "The practice tenant ended unexpectedly" in said
    assert "start it again" in said
    assert "Traceback" not in said
    assert at_work_in(tmp_path) == []


def test_killed_while_azure_is_prepared_it_goes_on_and_registers_once(tmp_path: Path) -> None:
    with at_the_wizard(tmp_path, "--scenario", "provider-stuck") as admin:
        admin.signs_in()
        admin.chooses_where_to_bill()
        admin.press("enter")
        admin.sees("Microsoft.Syntex is Registering")
        admin.is_kept("prepare-azure")
        asked = registrations(admin)
        assert len(asked) == 1
        children = children_of(admin.terminal.pid)
        admin.terminal.kill()
        assert all_gone(children)
    with at_the_wizard(tmp_path, "--scenario", "provider-stuck") as admin:
        admin.signs_in()
        admin.sees("You can set up everything")
        admin.press("enter")  # subscription, group and region are known: on to what Azure says
        admin.sees("now Registering")
        admin.press("enter")
        admin.sees("Azure is being prepared")
        admin.sees("Microsoft.Syntex is Registering")
        assert (
            registrations(admin) == []
        )  # the log begins anew with the server: nothing was asked twice
        leaves(admin)


# --- two at once ------------------------------------------------------------------------------------------------------


def test_a_second_wizard_in_the_same_folder_says_who_was_first_and_harms_nobody(
    tmp_path: Path,
) -> None:
    with at_the_wizard(tmp_path) as first:
        first.signs_in()
        with at_the_wizard(tmp_path) as second:
            assert second.terminal.wait_exit(20) == 1
            said = after_the_screen(second)
        assert "in use already: the wizard" in said
        assert f"process {first.terminal.pid}" in said
        assert "--state-dir" in said
        first.press("r")
        first.sees("You can set up everything")
        leaves(first)
    with at_the_wizard(tmp_path) as third:
        third.signs_in()


# --- folders and files ------------------------------------------------------------------------------------------------


def test_a_state_folder_that_is_a_file_is_refused_in_a_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "file"
    folder.write_text("somebody's notes")
    with at_the_wizard(folder) as admin:
        assert admin.terminal.wait_exit(20) == 1
        said = after_the_screen(admin)
    assert "cannot be used: Not a directory" in said
    assert folder.read_text() == "somebody's notes"


def test_torn_progress_is_set_aside_and_the_wizard_begins_anew(tmp_path: Path) -> None:
    torn = '{"version": 1, "at": "pol'
    kept = tmp_path / "practice" / "progress.json"
    kept.parent.mkdir(parents=True)
    kept.write_text(torn)
    with at_the_wizard(tmp_path) as admin:
        admin.signs_in()
        admin.sees("You can set up everything")
        leaves(admin)
    assert kept.with_name("progress.json.unreadable").read_text() == torn
    assert json.loads(kept.read_text())["at"] == "permissions"


def test_a_practice_tenant_whose_file_is_damaged_is_told_of_with_the_way_out(
    tmp_path: Path,
) -> None:
    saved = tmp_path / "practice-tenant" / STATE_FILE
    saved.parent.mkdir(parents=True)
    torn = "This was a database once. " * 99
    saved.write_text(torn)
    with at_the_wizard(tmp_path) as admin:
        assert admin.terminal.wait_exit(30) == 1
        said = after_the_screen(admin)
    assert "practice reset" in said
    assert "Traceback" not in said
    assert saved.read_text() == torn


# --- faults of our own ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["use case", "screen"])
def test_a_fault_ends_in_a_report_without_values_and_the_next_start_goes_on(
    tmp_path: Path, where: str
) -> None:
    program = "tests.journeys.breaking_program"
    with at_the_wizard(tmp_path, env={"BREAK": where}, program=program) as admin:
        admin.sees("Guided set-up")
        admin.press("enter")
        admin.sees("Still valid for")
        children = children_of(admin.terminal.pid)
        admin.press("p")
        admin.sees("Who sits at the browser?")
        admin.press("enter")  # the check follows by itself, and with it the fault
        assert admin.terminal.wait_exit(30) == 1
        output = bytes(admin.terminal.output)
        said = after_the_screen(admin)
        assert all_gone(children)
    assert "Something in the wizard broke" in said
    assert b"Traceback" not in output
    assert b"CANARY" not in output
    (report,) = (tmp_path / "crashes").iterdir()
    assert report.stat().st_mode & 0o077 == 0
    text = report.read_text(encoding="utf-8")
    assert "Fault" in text
    assert "CANARY" not in text
    with at_the_wizard(tmp_path) as admin:
        admin.sees("Adele Vance")  # who it was last time
        admin.signs_in()
        leaves(admin)


# --- a run that is ended from outside ---------------------------------------------------------------------------------


THROTTLE = {
    "id": "H1",
    "operation": "POST /v1.0/solutions/backupRestore/sharePointProtectionPolicies",
    "nth": 1,
    "times": 1,
    "retry_after": 60,
}


def test_a_line_that_drops_during_apply_leaves_a_run_that_goes_on(tmp_path: Path) -> None:
    with at_the_wizard(tmp_path) as admin:
        admin.onboards_up_to_the_review()
        admin.control("PUT", "scenarios", [THROTTLE])
        admin.applies()
        admin.sees("Microsoft asks to wait before")
        children = children_of(admin.terminal.pid)
        admin.terminal.hang_up()
        assert admin.terminal.wait_exit(30) == 130
        assert all_gone(children)
    (record,) = tmp_path.glob("practice/*/runs/*.jsonl")
    last = json.loads(record.read_text().splitlines()[-1])
    assert (last["kind"], last["phase"]) == ("end", "stopped")
    assert sorted(policies_on_disk(tmp_path)) == ["OneDrive"]
    with at_the_wizard(tmp_path) as admin:
        admin.signs_in()
        admin.control("PUT", "scenarios", [])
        admin.sees("unfinished run")
        admin.press("g")
        admin.sees("Done: everything you asked for is in place")
    assert sorted(policies_on_disk(tmp_path)) == ["Exchange", "OneDrive", "SharePoint"]


# --- terminals and lines --------------------------------------------------------------------------


def test_no_color_as_an_option_sends_no_colour(tmp_path: Path) -> None:
    with at_the_wizard(tmp_path, "--no-color", env={"COLORTERM": "truecolor"}) as admin:
        start_of(admin)
        leaves(admin)
        sent = bytes(admin.terminal.output)
    codes = {code for part in re.findall(rb"\x1b\[([\d;]*)m", sent) for code in part.split(b";")}
    assert codes <= {b"", b"0", b"1", b"2", b"3", b"4", b"7", b"39", b"49"}


def test_the_real_sign_in_without_a_network_says_so_and_can_be_left(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "m365backup_tui", "--state-dir", str(tmp_path)]
    with Terminal(argv, env={"HTTPS_PROXY": "http://127.0.0.1:9"}, cwd=ROOT) as terminal:
        admin = Admin(terminal, tmp_path)
        start_of(admin)
        admin.press("enter")
        admin.sees("Nothing was sent. Check the network or proxy")
        leaves(admin)
