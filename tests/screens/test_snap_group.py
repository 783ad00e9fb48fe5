"""Pictures of the choice of a resource group, in the states that matter."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from m365backup_tui.domain.errors import Forbidden
from m365backup_tui.state import Remote, State
from tests.screens import states
from tests.screens.harness import NOW, app_showing

Compare = Callable[..., bool]

NO = Forbidden("Azure does not show you resource groups.", "AuthorizationFailed", "r-2", "an Owner")

STATES: dict[str, Callable[[], State]] = {
    "loading": lambda: states.group(groups=Remote(since=NOW, note="Reading resource groups")),
    "list": lambda: states.group(),
    "none": lambda: states.group(groups=Remote((), NOW)),
    "failed": lambda: states.group(groups=Remote(error=NO)),
}


@pytest.mark.parametrize("name", STATES)
def test_at_80_by_24(snap_compare: Compare, name: str) -> None:
    assert snap_compare(app_showing(STATES[name]()), terminal_size=(80, 24))


@pytest.mark.parametrize("name", STATES)
def test_at_120_by_40(snap_compare: Compare, name: str) -> None:
    assert snap_compare(app_showing(STATES[name]()), terminal_size=(120, 40))


def test_a_name_that_is_refused(snap_compare: Compare) -> None:
    app = app_showing(states.group())
    assert snap_compare(app, press=["n", "space", "x", "enter"], terminal_size=(80, 24))
