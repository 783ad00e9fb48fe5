"""The parts of the practice server that need no network: clock, state, faults, log."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from m365backup_tui.practice.clock import PracticeClock, from_iso, parse_duration, to_iso
from m365backup_tui.practice.faults import Faults
from m365backup_tui.practice.scenarios import SCENARIOS, Scenarios
from m365backup_tui.practice.state import STATE_FILE, TenantState
from m365backup_tui.practice.tenant import fresh_state, open_tenant

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def test_a_wait_is_divided_by_the_pace_and_follows_the_clock() -> None:
    settings = {"offset_seconds": 0.0, "pace": 300.0}
    clock = PracticeClock(lambda: settings, lambda: NOON)
    due = clock.due(timedelta(minutes=15))
    assert from_iso(due) - NOON == timedelta(seconds=3)
    assert not clock.reached(due)
    clock.advance(timedelta(seconds=3))
    assert clock.reached(due)
    assert clock.real() == NOON


def test_moments_survive_being_written_down() -> None:
    moment = NOON + timedelta(microseconds=123456)
    assert from_iso(to_iso(moment)) == moment
    assert to_iso(moment) == "2026-11-21T12:00:00.123456Z"


@pytest.mark.parametrize(
    ("text", "seconds"), [("PT15M", 900), ("P1D", 86400), ("P1DT1H1M1S", 90061), ("PT30S", 30)]
)
def test_durations_are_read(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "P", "PT", "15M", "PT15", "PT-1S"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


def test_every_scenario_can_be_switched_on_and_says_what_it_is() -> None:
    meta: dict[str, Any] = {"scenarios": [], "faults": []}
    scenarios = Scenarios(lambda: meta, Faults(lambda: meta, lambda: NOON))
    scenarios.put([{"id": name} for name in SCENARIOS])
    assert all(scenarios.on(name) for name in SCENARIOS)
    assert all(item["says"].endswith(".") for item in scenarios.listing() if "says" in item)


def test_what_was_not_saved_leaves_the_old_state(tmp_path: Path) -> None:
    state = TenantState(tmp_path, fresh_state)
    state.data["backup"]["kept"] = 1
    state.save()
    state.data["backup"]["kept"] = 2
    state.close()
    assert TenantState(tmp_path, fresh_state).data["backup"] == {"kept": 1}


def test_a_damaged_state_file_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / STATE_FILE).write_text("no database at all, but long enough" * 9, encoding="utf-8")
    with pytest.raises(ValueError, match=r"not a database.*practice reset"):
        TenantState(tmp_path, fresh_state)


def test_what_the_server_was_started_with_holds_after_a_reset() -> None:
    tenant = open_tenant(None, pace=60, scenarios=("throttled",))
    tenant.scenarios.put([])
    tenant.state.reset()
    assert tenant.clock.pace == 60
    assert tenant.scenarios.on("throttled")


def test_the_same_tenant_has_the_same_text() -> None:
    first, second = TenantState(None, fresh_state), TenantState(None, fresh_state)
    first.data["backup"].update(a=1, b=2)
    second.data["backup"].update(b=2, a=1)
    assert first.canonical() == second.canonical()


def test_half_done_work_is_taken_back() -> None:
    state = TenantState(None, fresh_state)
    state.data["backup"]["kept"] = 1
    state.save()
    changes = state.begin_request()
    state.data["backup"]["kept"] = 2
    state.db.execute("INSERT INTO area VALUES ('half', '{}')")
    state.touch("half of it")
    state.undo()
    assert state.data["backup"] == {"kept": 1}
    assert state.db.execute("SELECT 1 FROM area WHERE name = 'half'").fetchone() is None
    assert changes == []
