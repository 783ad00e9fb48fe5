"""Pictures of Prepare Azure, in the states that matter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from m365backup_tui.domain.errors import Forbidden
from m365backup_tui.state import Remote, State
from tests.screens import states
from tests.screens.harness import NOW, app_showing

Compare = Callable[..., bool]

REFUSED = Forbidden("Azure refused the group.", "RequestDisallowedByPolicy", "r-3", "an Owner")
READY = replace(states.ANSWERED, new_group=False)

STATES: dict[str, Callable[[], State]] = {
    "before": lambda: states.prepare(),
    "busy": lambda: states.prepare(
        prepared=Remote(since=NOW, note="Microsoft.Syntex is Registering")
    ),
    "refused": lambda: states.prepare(prepared=Remote(error=REFUSED)),
    "ready": lambda: states.prepare(answers=READY, provider=Remote(states.REGISTERED, NOW)),
    "step-up": lambda: states.prepare(prepared=Remote(error=states.STEP_UP)),
}


@pytest.mark.parametrize("name", STATES)
def test_at_80_by_24(snap_compare: Compare, name: str) -> None:
    assert snap_compare(app_showing(STATES[name]()), terminal_size=(80, 24))


@pytest.mark.parametrize("name", STATES)
def test_at_120_by_40(snap_compare: Compare, name: str) -> None:
    assert snap_compare(app_showing(STATES[name]()), terminal_size=(120, 40))
