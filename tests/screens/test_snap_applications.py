"""Pictures of the pages about applications and consent, in the states that matter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot

from m365backup_tui.domain.consent import ConsentSeen
from m365backup_tui.domain.errors import ConsentNeeded, Forbidden
from m365backup_tui.events import CONSENT, HAND_OFF, Arrived, Event
from m365backup_tui.screens.applications import ApplicationsScreen
from m365backup_tui.screens.consent import ConsentScreen
from m365backup_tui.screens.own_app import OwnAppScreen
from m365backup_tui.screens.own_app_asks import DeleteAppPage, MakeAppPage
from m365backup_tui.screens.own_apps import OwnAppsScreen
from m365backup_tui.screens.page import Page
from m365backup_tui.state import Remote, State
from tests.screens import states_applications as s
from tests.screens.harness import NOW, Shown, app_showing

Compare = Callable[..., bool]
NEEDS = ConsentNeeded(
    "The application may not use these permissions yet.",
    "AADSTS65001",
    scopes=("Application.ReadWrite.All",),
)
NO = Forbidden("Your roles do not allow creating the application.", "x", "r-1")
READ = ("User.Read", "BackupRestore-Configuration.Read.All", "GroupMember.Read.All")
SEEN = Arrived(HAND_OFF, s.HAND_OFF, NOW)

PAGES: dict[str, tuple[State, Callable[[], Page[Any]], tuple[Event, ...]]] = {
    "applications": (s.checked(), ApplicationsScreen, ()),
    "applications-own": (replace(s.own(s.COMPLETE), how=s.OWN_IN_USE), ApplicationsScreen, ()),
    "own-fresh": (s.own(s.FRESH), OwnAppScreen, ()),
    "own-half": (s.own(s.HALF), OwnAppScreen, ()),
    "own-complete": (s.own(s.COMPLETE), OwnAppScreen, ()),
    "own-no-consent": (s.own(None, own_app=Remote(error=NEEDS)), OwnAppScreen, ()),
    "own-no-role": (s.own(s.FRESH, own_app=Remote(s.FRESH, NOW, error=NO)), OwnAppScreen, ()),
    "own-working": (
        s.own(s.HALF, own_app=Remote(s.HALF, NOW, NOW, "Grant permissions")),
        OwnAppScreen,
        (),
    ),
    "make": (s.own(s.FRESH), lambda: MakeAppPage(s.FRESH), ()),
    "delete": (s.own(s.COMPLETE), lambda: DeleteAppPage(s.COMPLETE), ()),
    "find": (
        s.checked(applications=Remote((s.APP, s.BACKUP_TOOL, s.PAYROLL), NOW)),
        OwnAppsScreen,
        (),
    ),
    "consent": (s.checked(), lambda: ConsentScreen(s.APPLY), (SEEN,)),
    "consent-read": (s.checked(), lambda: ConsentScreen(READ), (SEEN,)),
    "consent-given": (
        s.checked(),
        lambda: ConsentScreen(s.APPLY),
        (SEEN, Arrived(CONSENT, ConsentSeen(s.APPLY, True), NOW)),
    ),
}


def shown(name: str) -> tuple[Shown, Callable[[Pilot[Any]], Any]]:
    """The app, and what opens the page in it."""
    state, page, events = PAGES[name]
    app = app_showing(state)

    async def open_page(pilot: Pilot[Any]) -> None:
        await pilot.pause()
        below = app.screen
        assert isinstance(below, Page)
        await below.open(page())
        await pilot.pause()
        app.wizard.happen(*events)
        await pilot.pause()
        await pilot.pause()

    return app, open_page


@pytest.mark.parametrize("name", PAGES)
def test_at_80_by_24(snap_compare: Compare, name: str) -> None:
    app, before = shown(name)
    assert snap_compare(app, run_before=before, terminal_size=(80, 24))


@pytest.mark.parametrize("name", ["applications", "own-fresh", "consent-read"])
def test_at_120_by_40(snap_compare: Compare, name: str) -> None:
    app, before = shown(name)
    assert snap_compare(app, run_before=before, terminal_size=(120, 40))
