"""Pictures of the welcome page, in the states that matter."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from m365backup_tui.state import State
from tests.screens import states
from tests.screens.harness import app_showing

Compare = Callable[..., bool]

STATES: dict[str, Callable[[], State]] = {
    "fresh": lambda: states.welcome(),
    "known": lambda: states.welcome(known=states.ACCOUNT),
    "practice": lambda: states.welcome(place=states.PRACTICE),
    "unfinished": lambda: states.welcome(signed_in=states.SIGNED_IN, unfinished=states.UNFINISHED),
}


@pytest.mark.parametrize("name", STATES)
def test_at_80_by_24(snap_compare: Compare, name: str) -> None:
    assert snap_compare(app_showing(STATES[name]()), terminal_size=(80, 24))


@pytest.mark.parametrize("name", STATES)
def test_at_120_by_40(snap_compare: Compare, name: str) -> None:
    assert snap_compare(app_showing(STATES[name]()), terminal_size=(120, 40))
