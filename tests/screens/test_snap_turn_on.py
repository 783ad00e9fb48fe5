"""Pictures of Turn on, in the states that matter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from m365backup_tui.domain.billing import Node
from m365backup_tui.domain.errors import Unreachable
from m365backup_tui.domain.service import BackupService, Consumer, Probe
from m365backup_tui.state import Remote, State
from tests.screens import states
from tests.screens.harness import NOW, app_showing

Compare = Callable[..., bool]

NOTE = "Not on yet; looking again every 15 seconds"
OLDER = replace(states.ANSWERED, new_group=False, terms_at=NOW, node=Node.SETUP)
DOWN = Unreachable("graph.microsoft.com could not be reached.")
THIRD = replace(
    states.NOT_YET, service=BackupService(Probe.NOT_CONTROLLER, consumer=Consumer.THIRD_PARTY)
)

STATES: dict[str, Callable[[], State]] = {
    "terms": lambda: states.turn_on(),
    "hand-over": lambda: states.turn_on(
        accepted=True, billing=Remote(states.NOT_YET, NOW, NOW, NOTE)
    ),
    "older-way": lambda: states.turn_on(
        accepted=True, answers=OLDER, billing=Remote(states.ALMOST, NOW, NOW, NOTE)
    ),
    "practice": lambda: states.turn_on(
        accepted=True, place=states.PRACTICE, billing=Remote(states.NOT_YET, NOW, NOW, NOTE)
    ),
    "failed": lambda: states.turn_on(
        accepted=True, billing=Remote(states.NOT_YET, NOW, error=DOWN)
    ),
    "third-party": lambda: states.turn_on(accepted=True, billing=Remote(THIRD, NOW)),
    "on": lambda: states.turn_on(accepted=True, billing=Remote(states.DONE, NOW)),
}


@pytest.mark.parametrize("name", STATES)
def test_at_80_by_24(snap_compare: Compare, name: str) -> None:
    assert snap_compare(app_showing(STATES[name]()), terminal_size=(80, 24))


@pytest.mark.parametrize("name", STATES)
def test_at_120_by_40(snap_compare: Compare, name: str) -> None:
    assert snap_compare(app_showing(STATES[name]()), terminal_size=(120, 40))


def test_the_link_as_a_picture(snap_compare: Compare) -> None:
    app = app_showing(states.turn_on(accepted=True, billing=Remote(states.NOT_YET, NOW)))
    assert snap_compare(app, press=["q"], terminal_size=(80, 24))
