"""Pictures of the sign-in page, in the states that matter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from m365backup_tui.domain.errors import SignInRefused
from m365backup_tui.state import Remote, State
from tests.screens import states
from tests.screens.harness import NOW, app_showing

Compare = Callable[..., bool]

REFUSED = SignInRefused("The code was declined in the browser.", "authorization_declined", "r-1")

STATES: dict[str, Callable[[], State]] = {
    "asking": lambda: states.signing_in(device_code=Remote(since=NOW, note="Asking for a code")),
    "code": lambda: states.signing_in(),
    "practice": lambda: states.signing_in(place=states.PRACTICE),
    "refused": lambda: states.signing_in(device_code=Remote(error=REFUSED)),
    "signed-in": lambda: states.signed_in(),
}


@pytest.mark.parametrize("name", STATES)
def test_at_80_by_24(snap_compare: Compare, name: str) -> None:
    assert snap_compare(app_showing(STATES[name]()), terminal_size=(80, 24))


@pytest.mark.parametrize("name", STATES)
def test_at_120_by_40(snap_compare: Compare, name: str) -> None:
    assert snap_compare(app_showing(STATES[name]()), terminal_size=(120, 40))


def test_a_quiet_minute(snap_compare: Compare) -> None:
    app = app_showing(states.signing_in(place=states.PRACTICE))
    app.wizard.clock.time = NOW + timedelta(seconds=75)
    assert snap_compare(app, terminal_size=(80, 24))


def test_who_sits_at_the_browser(snap_compare: Compare) -> None:
    app = app_showing(states.signing_in(place=states.PRACTICE))
    assert snap_compare(app, press=["p"], terminal_size=(80, 24))
