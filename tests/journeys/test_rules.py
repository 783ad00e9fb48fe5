"""A rule that keeps in step, from the policy's page through the review into the practice tenant, by keys only."""

from __future__ import annotations

from pathlib import Path

from tests.journeys.admin import at_a_quick_edit
from tests.practice.stored import rows_on_disk


def test_a_rule_is_chosen_counted_reviewed_and_applied(tmp_path: Path) -> None:
    with at_a_quick_edit(tmp_path) as admin:
        admin.press("enter")
        admin.sees("[ ] Adele Vance")
        admin.press("g")
        admin.sees("by a list or by a rule")
        admin.press("down", "down")
        admin.sees("Who joins a group becomes protected")
        admin.press("enter")
        admin.sees("0 of at most 100 chosen")
        admin.sees("security group")
        admin.type("/DL Legal")
        admin.press("enter")
        admin.sees("[ ] DL Legal")
        admin.press("space")
        admin.sees("Members of DL Legal, kept in step.")
        admin.press("enter")
        admin.sees("that no policy protects yet")
        admin.press("enter")
        admin.sees("new: waits for the review")
        admin.press("escape")
        admin.sees("+1 rule")
        admin.press("enter")
        admin.sees("1 change is waiting")
        admin.press("v")
        admin.reads("Type apply", "members of DL Legal, kept in step")
        admin.type("apply")
        admin.press("enter")
        admin.sees("everything you asked for is in place", 90)
        admin.press("ctrl+q")
        admin.sees("Leave now?")
        admin.press("enter")
        assert admin.terminal.wait_exit(20) == 0
    (rule,) = rows_on_disk(tmp_path / "practice-tenant", "rules")
    assert (rule["product"], rule["auto"]) == ("oneDrive", 1)
    units = rows_on_disk(tmp_path / "practice-tenant", "units")
    assert sum("dynamicRule" in str(unit["sources"]) for unit in units) > 50
