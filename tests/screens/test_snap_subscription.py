"""Pictures of the choice of a subscription, in the states that matter."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from m365backup_tui.state import State
from tests.screens import states
from tests.screens.harness import app_showing

Compare = Callable[..., bool]

STATES: dict[str, Callable[[], State]] = {
    "one": lambda: states.subscription(),
    "none-usable": lambda: states.subscription(states.report(subscriptions=(states.SANDBOX,))),
    "none": lambda: states.subscription(states.report(subscriptions=())),
}


@pytest.mark.parametrize("name", STATES)
def test_at_80_by_24(snap_compare: Compare, name: str) -> None:
    assert snap_compare(app_showing(STATES[name]()), terminal_size=(80, 24))


@pytest.mark.parametrize("name", STATES)
def test_at_120_by_40(snap_compare: Compare, name: str) -> None:
    assert snap_compare(app_showing(STATES[name]()), terminal_size=(120, 40))
