"""Pictures of the coverage pages at 80x24 and 120x40."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from textual.pilot import Pilot

from m365backup_tui.domain.coverage import Coverage
from m365backup_tui.domain.errors import Unreachable
from m365backup_tui.state import Remote, State
from tests.screens import states_coverage as c
from tests.screens import states_policies as s
from tests.screens.harness import NOW, SIZE, WIDE, Shown, app_showing

READING: Remote[Coverage] = Remote(
    since=NOW - timedelta(seconds=42),
    note="Reading accounts: 12,000 accounts so far, 850 a second",
)
BROKEN: Remote[Coverage] = Remote(error=Unreachable("No connection to Microsoft Graph."))
TO_VANISHED = ("k", "down", "down", "down", "down")
PICTURES: dict[str, tuple[State, tuple[str, ...]]] = {
    "coverage": (c.covered(), ("k", "down", "down")),
    "coverage_reading": (c.covered(READING), ("k",)),
    "coverage_error": (c.covered(BROKEN), ("k",)),
    "coverage_unprotected": (c.covered(), ("k", "down", "down", "enter")),
    "coverage_target": (c.covered(drafts=(s.LEADERS,)), ("k", "down", "down", "enter", "enter")),
    "coverage_vanished": (c.covered(), (*TO_VANISHED, "enter", "space")),
}
CASES = [(name, size) for size in (SIZE, WIDE) for name in PICTURES]


@pytest.mark.parametrize(("name", "size"), CASES, ids=[f"{n}-{w}x{h}" for n, (w, h) in CASES])
def test_it_looks_as_agreed(
    name: str, size: tuple[int, int], snap_compare: Callable[..., bool]
) -> None:
    state, keys = PICTURES[name]
    app: Shown = app_showing(state)

    async def lead_there(pilot: Pilot[int]) -> None:
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=lead_there)
