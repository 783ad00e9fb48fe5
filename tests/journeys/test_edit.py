"""Quick edit from the command to the plan and through it: few keys, never through billing, nothing else changed."""

from __future__ import annotations

from pathlib import Path

from tests.journeys.admin import at_a_quick_edit, policies_on_disk


def test_from_the_command_to_the_plan_of_an_edit_in_twenty_keys_at_most(tmp_path: Path) -> None:
    with at_a_quick_edit(tmp_path) as admin:
        admin.press("enter")
        admin.sees("[ ] Adele Vance")
        admin.press("d")
        admin.sees("to be removed")
        admin.press("a")
        admin.sees("2,048 match")
        admin.press("space", "space", "enter")
        admin.sees("+2 -1")
        admin.press("enter")
        admin.sees("1 change is waiting")
        admin.press("v")
        admin.sees("1 request;")
        assert admin.keys <= 20
        admin.type("All accounts")
        admin.press("enter")
        admin.sees("Type  apply")
        admin.type("apply")
        admin.press("enter")
        admin.sees("everything you asked for is in place")
        admin.press("ctrl+q")
        admin.sees("Leave now?")
        admin.press("enter")
        assert admin.terminal.wait_exit(20) == 0
    policies = policies_on_disk(tmp_path)
    assert sorted(policies) == ["All accounts", "All mailboxes", "All sites"]
