"""Undo in a real terminal of 80x24: a change, its undo through review and typed name, and all is as it was."""

from __future__ import annotations

from pathlib import Path

from tests.journeys.admin import at_a_quick_edit
from tests.practice.stored import rows_on_disk


def test_a_change_is_undone_by_keys_after_the_review_and_never_at_one(tmp_path: Path) -> None:
    with at_a_quick_edit(tmp_path) as admin:
        before = held(tmp_path)
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
        admin.sees("loses 1 account")
        admin.type("All accounts")
        admin.press("enter")
        admin.sees("Type  apply")
        admin.type("apply")
        admin.press("enter")
        admin.sees("everything you asked for is in place")
        assert held(tmp_path) != before
        admin.press("enter")
        admin.sees("U Undo this run")
        admin.press("u")
        admin.sees("remove 2 accounts from OneDrive “All accounts”")
        admin.sees("add 1 account to OneDrive “All accounts” again")
        admin.press("enter")
        admin.sees("loses 2 accounts")
        assert held(tmp_path) != before  # nothing is undone before it was typed
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
    assert held(tmp_path) == before


def held(folder: Path) -> set[tuple[str, str]]:
    """(policy, what it holds) as the practice tenant saved it."""
    units = rows_on_disk(folder / "practice-tenant", "units")
    return {(str(u["policy"]), str(u["key"])) for u in units if u["policy"]}
