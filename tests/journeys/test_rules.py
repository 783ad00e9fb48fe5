"""A rule that keeps in step, from the policy's page through the review into the practice tenant, by keys only."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.journeys.admin import at_the_wizard
from tests.practice.stored import rows_on_disk

FILE = Path(__file__).parents[2] / "examples" / "onboarding.yaml"


def test_a_rule_is_chosen_counted_reviewed_and_applied(tmp_path: Path) -> None:
    job = [sys.executable, "-m", "m365backup_tui", "apply", str(FILE), "--practice", "--yes"]
    subprocess.run(
        [*job, "--state-dir", str(tmp_path)], check=True, capture_output=True, timeout=90
    )
    with at_the_wizard(tmp_path, "edit") as admin:
        admin.sees("Still valid for")
        admin.press("p")
        admin.sees("Who sits at the browser?")
        admin.press("enter")
        admin.sees("active: 3 of 3")
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
