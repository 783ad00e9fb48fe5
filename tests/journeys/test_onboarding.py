"""The whole job in a real terminal of 80x24, by keyboard alone, from a fresh folder to protected units."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.journeys.admin import SLOW, Admin, at_the_wizard, policies_on_disk

MOST_KEYS = 60  # the figure for three policies with nine units


def test_first_time_onboarding_to_three_active_policies(tmp_path: Path) -> None:
    with at_the_wizard(tmp_path) as admin:
        admin.onboards_up_to_the_review()
        writes = [r for r in admin.control("GET", "requests") if changes_backup(r)]
        assert writes == []
        admin.applies()
        admin.sees("Done: everything you asked for is in place")
        admin.press("enter")
        admin.sees("Record of this run")
        assert admin.keys <= MOST_KEYS
        print(f"\nkeystrokes of the onboarding journey: {admin.keys}")
        writes = [r for r in admin.control("GET", "requests") if changes_backup(r)]
        assert len(writes) == 6  # three creates, three activations: as the plan said
        refused = [r for r in admin.control("GET", "requests") if is_take_over(r)]
        assert refused == []
        admin.terminal.press("ctrl+q")
        admin.sees("Leave now?")
        admin.terminal.press("enter")
        assert admin.terminal.wait_exit(20) == 0
    policies = policies_on_disk(tmp_path)
    assert sorted(policies) == ["Exchange", "OneDrive", "SharePoint"]


def test_a_run_killed_in_the_middle_goes_on_without_repeating_a_write(tmp_path: Path) -> None:
    throttle = {
        "id": "H1",
        "operation": "POST /v1.0/solutions/backupRestore/sharePointProtectionPolicies",
        "nth": 1,
        "times": 1,
        "retry_after": 60,
    }
    with at_the_wizard(tmp_path) as admin:
        admin.onboards_up_to_the_review()
        admin.control("PUT", "scenarios", [throttle])
        admin.applies()
        admin.sees("Microsoft asks to wait before")
        server = server_of(admin)
        admin.terminal.kill()
    assert gone(server)
    assert sorted(policies_on_disk(tmp_path)) == ["OneDrive"]
    with at_the_wizard(tmp_path) as admin:
        admin.signs_in()
        admin.control("PUT", "scenarios", [])
        admin.sees("unfinished run")
        admin.press("g")
        admin.sees("Done: everything you asked for is in place")
        writes = [r for r in admin.control("GET", "requests") if changes_backup(r)]
        kinds = [f"{r['method']} {r['path'].split('/backupRestore/')[1]}" for r in writes]
        assert [k for k in kinds if "oneDrive" in k] == []
        assert len(writes) == 5  # the two creates and all three activations were still to come
    policies = policies_on_disk(tmp_path)
    assert sorted(policies) == ["Exchange", "OneDrive", "SharePoint"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_leaves_the_terminal_whole_and_no_process_behind(
    tmp_path: Path, number: int, code: int
) -> None:
    with at_the_wizard(tmp_path) as admin:
        admin.signs_in()
        server = server_of(admin)
        admin.terminal.signal(number)
        assert admin.terminal.wait_exit(20) == code
        assert b"\x1b[?1049l" in admin.terminal.output  # the ordinary screen is back
    assert gone(server)


def test_a_dropped_line_ends_the_wizard_and_it_goes_on_where_it_was(tmp_path: Path) -> None:
    with at_the_wizard(tmp_path) as admin:
        admin.signs_in()
        admin.prepares_billing()
        server = server_of(admin)
        admin.terminal.hang_up()
        assert admin.terminal.wait_exit(20) == 130
    assert gone(server)
    with at_the_wizard(tmp_path) as admin:
        admin.signs_in()
        admin.sees("You can set up everything")
        admin.press("enter")
        # Subscription, group and region are still chosen, and Azure says that all of it is done.
        admin.sees("Before the admin center")


def changes_backup(request: dict[str, object]) -> bool:
    return request["method"] != "GET" and "/solutions/backupRestore" in str(request["path"])


def is_take_over(request: dict[str, object]) -> bool:
    path = str(request["path"])
    return request["method"] != "GET" and ("serviceApps" in path or path.endswith("/enable"))


def server_of(admin: Admin) -> int:
    """The process id of the practice tenant that this wizard started."""
    children = Path(f"/proc/{admin.terminal.pid}/task/{admin.terminal.pid}/children")
    for child in children.read_text().split():
        if b"m365backup_tui.practice" in Path(f"/proc/{child}/cmdline").read_bytes():
            return int(child)
    raise AssertionError("the wizard runs without a practice tenant")


def gone(pid: int) -> bool:
    """Whether that process ends by itself, soon."""
    import time

    end = time.monotonic() + SLOW / 2
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (ProcessLookupError, FileNotFoundError):
            return True
        if state == "Z":
            return True
        os.sched_yield()
    return False
