"""Pictures of the choice of a region, in the states that matter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from m365backup_tui.state import Answers, Remote, State
from tests.screens import states
from tests.screens.harness import NOW, app_showing

Compare = Callable[..., bool]

WEST = Answers(subscription_id="s-1", group="rg-web", group_location="westeurope")
EMPTY = replace(states.PROVIDER, regions=())

STATES: dict[str, Callable[[], State]] = {
    "new-group": lambda: states.region(),
    "existing-group": lambda: states.region(answers=WEST),
    "none": lambda: states.region(provider=Remote(EMPTY, NOW)),
}


@pytest.mark.parametrize("name", STATES)
def test_at_80_by_24(snap_compare: Compare, name: str) -> None:
    assert snap_compare(app_showing(STATES[name]()), terminal_size=(80, 24))


@pytest.mark.parametrize("name", STATES)
def test_at_120_by_40(snap_compare: Compare, name: str) -> None:
    assert snap_compare(app_showing(STATES[name]()), terminal_size=(120, 40))
