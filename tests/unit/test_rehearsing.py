"""Making something go wrong on the practice tenant: the control endpoint's JSON, and the change as events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from m365backup_tui.cloud.practice_rehearsal import PracticeRehearsal, fault_body
from m365backup_tui.domain.errors import Broken, Unreachable
from m365backup_tui.domain.rehearsal import (
    AllOff,
    Change,
    EarlyReturn,
    Extra,
    InForce,
    MoveClock,
    Rehearsal,
    SwitchOff,
    SwitchOn,
    Turn,
    When,
)
from m365backup_tui.events import REHEARSAL, Arrived, Began, Broke, Event
from m365backup_tui.ports import Tools
from m365backup_tui.work import rehearsing
from tests.unit.fakes import FakeClock, file_runs, make_tools

FAULTS: dict[str, Any] = {
    "catalogue": [
        {
            "id": "H1",
            "title": "Too many requests",
            "says": "Slow down.",
            "service": "any",
            "operation": "service",
            "lasting": False,
            "options": {
                "retry_after": {"says": "seconds", "takes": "a whole number", "usual": 1},
                "code": {"says": "error code", "takes": "a text", "usual": None},
            },
        },
        {
            "id": "Z3",
            "title": "Stuck",
            "says": "Stays Registering.",
            "service": "arm",
            "operation": "arm",
            "lasting": True,
            "options": {},
        },
    ],
    "operations": ["graph", "create policy"],
    "in_force": [
        {
            "number": 7,
            "id": "H1",
            "operation": "graph",
            "nth": 1,
            "every": False,
            "rate": 1.0,
            "times": 1,
            "for": "PT2M",
            "open": True,
            "over": True,
            "seen": 3,
            "struck": 1,
            "retry_after": 30,
        }
    ],
}
SCENARIOS: list[dict[str, Any]] = [
    {"id": "provider-stuck", "kind": "scenario", "says": "Never finishes.", "on": True},
    {"id": "sites-closed", "kind": "scenario", "title": "Closed", "says": "Only.", "on": False},
]
GUID = "aaaaaaaa-0000-4000-8000-00000000000A"
EARLY: dict[str, Any] = {
    "calls": 2,
    "worst_seconds": 1.5,
    "callers": [
        {
            "oid": GUID,
            "client_id": GUID,
            "method": "GET",
            "path": f"/v1.0/users/{GUID}/drive",
            "calls": 2,
            "worst_seconds": 1.5,
        }
    ],
}


@dataclass
class FakeControl:
    """Answers with the documents above and writes down what it was told."""

    answers: dict[str, Any] = field(
        default_factory=lambda: {"faults": FAULTS, "scenarios": SCENARIOS, "early": EARLY}
    )
    told: list[tuple[str, str, Any]] = field(default_factory=list)

    async def __call__(self, method: str, path: str, body: Any = None) -> Any:
        if method == "GET":
            return self.answers[path]
        self.told.append((method, path, body))
        return self.answers.get(f"{method} {path}")


async def test_the_list_is_the_tenants_own() -> None:
    found = await PracticeRehearsal(FakeControl()).look()
    titles = [(m.title, m.named, m.on) for m in found.mishaps]
    assert titles == [
        ("Provider stuck", True, True),
        ("Closed", True, False),
        ("Too many requests", False, False),
        ("Stuck", False, False),
    ]
    assert found.mishaps[2].extras == (
        Extra("retry_after", "seconds", "a whole number", "1"),
        Extra("code", "error code", "a text", ""),
    )
    assert found.mishaps[3].lasting
    assert found.in_force == (
        InForce(
            7,
            "H1",
            "Too many requests",
            "graph",
            times=1,
            lasts="PT2M",
            over=True,
            seen=3,
            struck=1,
        ),
    )
    assert found.requests == ("graph", "create policy")
    assert found.early == (EarlyReturn("GET /v1.0/users/…/drive", 2, 1.5),)


@pytest.mark.parametrize("broken", [{}, {"catalogue": [{}]}, {"catalogue": 3}, [], None])
async def test_an_answer_that_cannot_be_read_is_told_of(broken: Any) -> None:
    control = FakeControl()
    control.answers["faults"] = broken
    with pytest.raises(Broken, match="cannot be read"):
        await PracticeRehearsal(control).look()


@pytest.mark.parametrize(
    ("order", "body"),
    [
        (SwitchOn("H1", "", When.NEXT, "graph"), {"operation": "graph", "nth": 1, "times": 1}),
        (SwitchOn("H1", "", When.EVERY, "any", 3), {"operation": "any", "nth": 3, "every": True}),
        (SwitchOn("H1", "", When.ONE_IN_TEN, "any"), {"operation": "any", "rate": 0.1}),
        (SwitchOn("H1", "", When.TWO_MINUTES, "any"), {"operation": "any", "for": "PT2M"}),
        (SwitchOn("H1", "", When.ALWAYS), {}),
        (
            SwitchOn("H1", "", When.ALWAYS, extras=(("a", "30"), ("b", "true"), ("c", "absent"))),
            {"a": 30, "b": True, "c": "absent"},
        ),
        (SwitchOn("H1", "", When.ALWAYS, extras=(("a", "[1]"),)), {"a": "[1]"}),
    ],
)
def test_a_choice_becomes_the_fault_that_the_endpoint_takes(
    order: SwitchOn, body: dict[str, Any]
) -> None:
    assert fault_body(order) == {"id": "H1", **body}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (SwitchOff(7, ""), ("DELETE", "faults/7", None)),
        (AllOff(), ("PUT", "scenarios", [])),
        (Turn("sites-closed", "", on=True), ("PUT", "scenarios/sites-closed", {"on": True})),
        (MoveClock(24), ("POST", "clock", {"advance": "PT24H"})),
    ],
)
async def test_a_change_is_one_call(change: Change, told: tuple[str, str, Any]) -> None:
    control = FakeControl()
    await PracticeRehearsal(control).carry_out(change)
    assert control.told == [told]


async def test_the_tenants_time_is_told_after_it_was_moved() -> None:
    control = FakeControl()
    control.answers["POST clock"] = {"now": "2026-11-22T10:00:00.000000Z", "pace": 300}
    moved = await PracticeRehearsal(control).carry_out(MoveClock(24))
    assert moved == datetime(2026, 11, 22, 10, tzinfo=UTC)


@dataclass
class FakeRehearsing:
    """A port that answers `found`, or fails with `error`."""

    found: Rehearsal = field(default_factory=Rehearsal)
    error: Unreachable | None = None
    made: list[Change] = field(default_factory=list)

    async def look(self) -> Rehearsal:
        return self.found

    async def carry_out(self, change: Change) -> datetime | None:
        if self.error:
            raise self.error
        self.made.append(change)
        return None


def tools(folder: Path, port: FakeRehearsing | None) -> Tools:
    from dataclasses import replace

    return replace(make_tools(file_runs(folder), clock=FakeClock()), rehearsing=port)


async def events(work: AsyncIterator[Event]) -> list[Event]:
    return [event async for event in work]


async def test_after_a_change_everything_is_read_again(tmp_path: Path) -> None:
    port = FakeRehearsing()
    began, arrived = await events(rehearsing.carry_out(tools(tmp_path, port), AllOff()))
    assert isinstance(began, Began)
    assert isinstance(arrived, Arrived)
    assert arrived.slot is REHEARSAL
    assert arrived.value.done == AllOff()
    assert port.made == [AllOff()]


async def test_a_tenant_that_does_not_answer_is_an_event(tmp_path: Path) -> None:
    error = Unreachable("The practice tenant does not answer.")
    port = FakeRehearsing(error=error)
    *_, broke = await events(rehearsing.carry_out(tools(tmp_path, port), AllOff()))
    assert broke == Broke(REHEARSAL, error)


async def test_without_such_a_port_nothing_happens(tmp_path: Path) -> None:
    nothing = tools(tmp_path, None)
    assert await events(rehearsing.look(nothing)) == []
    assert await events(rehearsing.carry_out(nothing, AllOff())) == []
