"""The whole job and its wrong turns in plain mode: typed lines in, lines of text out, on a dumb terminal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from tests.journeys.admin import policies_on_disk
from tests.journeys.listener import in_plain_mode
from tests.journeys.test_onboarding import changes_backup, gone, server_of

FILE = Path(__file__).parents[2] / "examples" / "onboarding.yaml"


def test_from_welcome_to_protected_by_typed_lines_only(tmp_path: Path) -> None:
    with in_plain_mode(tmp_path) as admin:
        admin.comes_to_the_policies()
        admin.drafts_a_policy("1", "1 2 4")
        admin.hears("1 change is waiting")
        admin.types("sharepoint")
        admin.after("means nothing on this page", "at 3")
        assert "3. SharePoint; New policy" in admin.hears("Commands:")
        admin.types()  # what the prompt names: opens the row that the cursor is on
        admin.after("Name the new SharePoint policy", "Projects")
        admin.after("; not chosen", "find finance")
        admin.after("Field Search: finance.", "1-3")
        admin.after("; chosen")
        admin.hears("2 changes are waiting")
        assert [r for r in admin.control("GET", "requests") if changes_backup(r)] == []
        admin.types("v")
        admin.hears("Nothing of this is written to Microsoft 365 yet")
        admin.types("aply")
        admin.after("not ok: This is not it: type apply exactly", "apply")
        admin.after("Done: everything you asked for is in place")
        admin.after("Record of this run", "leave")
        admin.after("Leave now?")
        assert admin.terminal.wait_exit(20) == 0
        assert b"\x1b" not in admin.terminal.output
        print(f"\nlines typed from welcome to protected: {admin.lines}")
    policies = policies_on_disk(tmp_path)
    assert sorted(policies) == ["OneDrive", "Projects"]


def test_code_and_link_of_the_sign_in_stand_on_lines_of_their_own(tmp_path: Path) -> None:
    with in_plain_mode(tmp_path, width=80) as admin:
        admin.after("Guided set-up")
        lines = admin.hears("Still valid for").splitlines()
        assert max(map(len, admin.all.splitlines())) < 80  # broken between words
        assert "permissions, billing, turn on" in admin.all
        assert lines[-1] == "> "
        at = lines.index("On lines of their own, to copy:")
        assert lines[at + 1].startswith("https://localhost:")
        assert lines[at + 2].isalnum()
        assert len(lines[at + 2]) == 9


def test_wrong_lines_are_answered_and_change_nothing(tmp_path: Path) -> None:
    with in_plain_mode(tmp_path) as admin:
        admin.after("Guided set-up", "7")
        admin.after("There is no row 7: the last one is 2. Nothing was chosen.", "1 2")
        admin.after("Only one row can be chosen here", "dance")
        admin.after("“dance” means nothing on this page", "more")
        admin.after("That was the last part of the list", "help")
        admin.after("How to type in plain mode", "keys")
        admin.after("f8: Accounts on this host", "back")
        admin.after("Leave now?", "back")
        admin.hears("Guided set-up")
        assert "Step" not in admin.all


def test_escape_leads_back_from_every_page_without_losing_what_was_typed(tmp_path: Path) -> None:
    with in_plain_mode(tmp_path) as admin:
        admin.comes_to_the_permissions()
        admin.after("You can set up everything")
        admin.after("One Azure subscription can pay")
        admin.after("Create a new one", "n")
        admin.after("Name of the new group", ":put rg-kept")
        admin.after("Field Name of the new group: rg-kept", ":back")
        admin.after("Choose the resource group", "n")
        admin.after("(now: rg-kept)", ":back")
        admin.after("Choose the resource group", "back")
        admin.after("One Azure subscription can pay", "back")
        admin.after("You can set up everything", "back")
        admin.after("Step 1 of", "back")
        admin.after("Guided set-up", "back")
        admin.after("Leave now?")
        assert admin.terminal.wait_exit(20) == 0


def test_missing_consent_is_told_with_its_details(tmp_path: Path) -> None:
    with in_plain_mode(tmp_path) as admin:
        admin.after("Guided set-up")
        admin.after("Still valid for", "f9")
        admin.after("No consent to permissions yet", "4")
        admin.after("On: No consent to permissions yet", "back")
        admin.after("Sign in: type this code", "p")
        admin.after("Who sits at the browser?", "3")
        admin.after("d: Details", "d")
        heard = admin.hears("Hide details")
        assert "AADSTS" in heard


def test_a_run_killed_in_the_middle_goes_on_in_plain_mode(tmp_path: Path) -> None:
    throttle = {
        "id": "H1",
        "operation": "POST /v1.0/solutions/backupRestore/oneDriveForBusinessProtectionPolicies",
        "nth": 1,
        "times": 1,
        "retry_after": 60,
    }
    with in_plain_mode(tmp_path) as admin:
        admin.comes_to_the_policies()
        admin.drafts_a_policy()
        admin.after("1 change is waiting", "v")
        admin.hears("Nothing of this is written")
        admin.control("PUT", "scenarios", [throttle])
        admin.types("apply")
        admin.hears("Microsoft asks to wait before")
        server = server_of(admin)
        admin.terminal.kill()
    assert gone(server)
    assert policies_on_disk(tmp_path) == {}
    with in_plain_mode(tmp_path) as admin:
        admin.comes_to_the_permissions()
        admin.hears("unfinished run")
        admin.control("PUT", "scenarios", [])
        admin.types("g")
        admin.hears("Done: everything you asked for is in place")
        writes = [r for r in admin.control("GET", "requests") if changes_backup(r)]
        assert len(writes) == 2
    assert sorted(policies_on_disk(tmp_path)) == ["OneDrive"]


def test_an_edit_in_plain_mode_asks_for_the_name_of_a_policy_that_loses_units(
    tmp_path: Path,
) -> None:
    job = [sys.executable, "-m", "m365backup_tui", "apply", str(FILE), "--practice", "--yes"]
    subprocess.run(
        [*job, "--state-dir", str(tmp_path)], check=True, capture_output=True, timeout=90
    )
    with in_plain_mode(tmp_path, "edit") as admin:
        admin.after("Still valid for", "p")
        admin.after("Who sits at the browser?", "1")
        admin.after("active: 3 of 3", "1")
        admin.after("1. ", "d")
        admin.after("to be removed", "back")
        admin.after("1 change is waiting", "v")
        admin.after("1 request", "apply")
        admin.after("not ok:", "All accounts")
        admin.after("apply", "apply")
        admin.after("everything you asked for is in place", "leave")
        admin.after("Leave now?")
        assert admin.terminal.wait_exit(20) == 0
        assert b"\x1b" not in admin.terminal.output


def test_ctrl_c_asks_and_a_second_one_leaves(tmp_path: Path) -> None:
    with in_plain_mode(tmp_path) as admin:
        admin.hears("Guided set-up")
        admin.terminal.press("ctrl+c")
        admin.after("Leave now?", "back")
        admin.hears("Type page to hear all of this page.")
        admin.terminal.press("ctrl+c")
        admin.hears("Leave now?")
        admin.terminal.press("ctrl+c")
        assert admin.terminal.wait_exit(20) == 0


def test_the_end_of_the_input_leaves_and_says_what_is_kept(tmp_path: Path) -> None:
    with in_plain_mode(tmp_path) as admin:
        admin.comes_to_the_permissions()
        admin.hears("You can set up everything")
        server = server_of(admin)
        admin.terminal.press("ctrl+d")
        assert admin.terminal.wait_exit(20) == 0
        assert "The input has ended, so the wizard leaves." in admin.all
        assert "kept" in admin.all.partition("The input has ended")[2]
    assert gone(server)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 130)])
def test_a_signal_ends_it_and_leaves_no_process_behind(
    tmp_path: Path, number: int, code: int
) -> None:
    with in_plain_mode(tmp_path) as admin:
        admin.comes_to_the_permissions()
        admin.hears("You can set up everything")
        server = server_of(admin)
        admin.terminal.signal(number)
        assert admin.terminal.wait_exit(20) == code
    assert gone(server)


def test_a_dropped_line_ends_it(tmp_path: Path) -> None:
    with in_plain_mode(tmp_path) as admin:
        admin.comes_to_the_permissions()
        admin.hears("You can set up everything")
        server = server_of(admin)
        admin.terminal.hang_up()
        assert admin.terminal.wait_exit(20) == 130
    assert gone(server)


def test_a_passphrase_is_not_shown_and_the_terminal_shows_again_afterwards(tmp_path: Path) -> None:
    secret = "correct horse battery"
    with in_plain_mode(tmp_path) as admin:
        admin.comes_to_the_permissions()
        admin.after("You can set up everything", "back")
        admin.after("k: Keep elsewhere", "k")
        admin.hears("With a passphrase of mine")
        admin.types(admin.row_of("With a passphrase of mine"))
        admin.hears("It is not shown.")
        assert not shows_what_is_typed(admin.terminal._fd)
        admin.types(f":put {secret}")
        admin.hears("(not shown)")
        assert secret not in admin.all
        admin.terminal.press("ctrl+c")
        admin.hears("Leave now?")
        assert shows_what_is_typed(admin.terminal._fd)


def test_an_ascii_locale_gets_ascii(tmp_path: Path) -> None:
    with in_plain_mode(tmp_path, env={"TERM": "dumb", "LC_ALL": "C", "LANG": "C"}) as admin:
        admin.after("Guided set-up", "nonsense")
        admin.hears("means nothing")
        assert admin.terminal.output.isascii()


def test_nothing_runs_while_nobody_types(tmp_path: Path) -> None:
    with in_plain_mode(tmp_path) as admin:
        admin.comes_to_the_permissions()
        admin.hears("You can set up everything")
        admin.terminal.settle(quiet=3.0, timeout=14.0)  # the page and what loads beside it
        before, began = cpu_seconds(admin.terminal.pid), time.monotonic()
        admin.terminal.settle(quiet=5.0, timeout=5.0)
        share = (cpu_seconds(admin.terminal.pid) - before) / (time.monotonic() - began)
        print(f"\nload while idle in plain mode: {share:.1%}")
        assert share < 0.03


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def shows_what_is_typed(fd: int) -> bool:
    return bool(termios.tcgetattr(fd)[3] & termios.ECHO)


def test_a_terminal_that_cannot_place_text_gets_plain_mode_by_itself(tmp_path: Path) -> None:
    with in_plain_mode(tmp_path, asked_for=False) as admin:
        admin.hears("Guided set-up")
        assert admin.all.startswith("Plain mode: every page of the wizard as text.")
        assert b"\x1b" not in admin.terminal.output


def test_a_fault_of_ours_is_told_in_plain_text_and_without_data(tmp_path: Path) -> None:
    fault = {"TERM": "xterm-256color", "BREAK": "screen"}
    program = "tests.journeys.breaking_program"
    with in_plain_mode(tmp_path, env=fault, program=program) as admin:
        admin.comes_to_the_permissions()
        assert admin.terminal.wait_exit(40) == 1
        assert "Something in the wizard broke and it had to stop." in admin.all
        assert "CANARY" not in admin.all
        assert b"\x1b" not in admin.terminal.output
        assert shows_what_is_typed(admin.terminal._fd)
    [report] = (tmp_path / "crashes").iterdir()
    assert "CANARY" not in report.read_text()


def test_a_sealed_sign_in_is_opened_by_a_passphrase_nobody_sees(tmp_path: Path) -> None:
    secret = "correct horse battery"
    with in_plain_mode(tmp_path) as admin:
        admin.comes_to_the_permissions()
        admin.keeps_the_sign_in(secret)
        admin.terminal.press("ctrl+d")
        assert admin.terminal.wait_exit(20) == 0
    with in_plain_mode(tmp_path) as admin:
        admin.after("Guided set-up")
        admin.after("It is not shown.", "wrong one entirely")
        admin.after("not ok:", secret)
        admin.hears("You can set up everything")
        assert secret not in admin.all
        assert "wrong one" not in admin.all
