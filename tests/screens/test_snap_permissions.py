"""Pictures of the permission check, in the states that matter."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from m365backup_tui.domain.errors import Unreachable
from m365backup_tui.domain.roles import How
from m365backup_tui.domain.service import BackupService, Probe
from m365backup_tui.state import Remote, State
from tests.screens import states
from tests.screens.harness import NOW, app_showing

Compare = Callable[..., bool]

ELIGIBLE = states.held("Exchange Administrator", How.ELIGIBLE)
SOME = (states.held("SharePoint Administrator"), ELIGIBLE)
NO_ROLE = BackupService(Probe.NO_ROLE)
DOWN = Unreachable("graph.microsoft.com could not be reached.")

STATES: dict[str, Callable[[], State]] = {
    "checking": lambda: states.permissions(
        None, readiness=Remote(since=NOW, note="Reading your roles")
    ),
    "everything": lambda: states.permissions(states.report()),
    "without-exchange": lambda: states.permissions(
        states.report(*SOME, notes=("Azure: one list was not read.",))
    ),
    "nothing": lambda: states.permissions(
        states.report(ELIGIBLE, subscriptions=(), service=NO_ROLE)
    ),
    "failed": lambda: states.permissions(None, readiness=Remote(error=DOWN)),
}


@pytest.mark.parametrize("name", STATES)
def test_at_80_by_24(snap_compare: Compare, name: str) -> None:
    assert snap_compare(app_showing(STATES[name]()), terminal_size=(80, 24))


@pytest.mark.parametrize("name", STATES)
def test_at_120_by_40(snap_compare: Compare, name: str) -> None:
    assert snap_compare(app_showing(STATES[name]()), terminal_size=(120, 40))
