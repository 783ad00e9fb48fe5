"""States by hand for the pages about applications and consent, and a seat before one of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from m365backup_tui.domain.app_registration import (
    ARM_API,
    GRAPH_API,
    GRAPH_SCOPES,
    REDIRECTS,
    WANTED,
    AppSeen,
    Found,
    GrantSeen,
    OwnApp,
    PrincipalSeen,
    Service,
    Wish,
    wanted_access,
)
from m365backup_tui.domain.consent import HandOff, admin_consent_link
from m365backup_tui.domain.settings import SignInSettings
from m365backup_tui.screens.page import Page
from m365backup_tui.state import Remote, State
from tests.screens import states
from tests.screens.harness import NOW, SIZE
from tests.screens.looking import Seat, seated

APPLY = ("BackupRestore-Configuration.ReadWrite.All",)
ME = states.ACCOUNT.object_id
SERVICES = {
    GRAPH_API: Service("graph-sp", {name: f"id-{name}" for name in GRAPH_SCOPES}),
    ARM_API: Service("arm-sp", {"user_impersonation": "id-arm"}),
}
NOTHING = Found(SERVICES)
APP = AppSeen(
    "object-1",
    "66666666-6666-6666-6666-666666666666",
    "m365backup-tui",
    "m365backup-tui",
    True,
    True,
    REDIRECTS,
    wanted_access(NOTHING),
)
PAYROLL = AppSeen("object-2", "77777777-7777-7777-7777-777777777777", "Payroll")
BACKUP_TOOL = AppSeen(
    "object-3", "88888888-8888-8888-8888-888888888888", "Backup tool", "", True, True, REDIRECTS
)
FULL = Found(
    SERVICES,
    APP,
    PrincipalSeen("sp-1", assignment_required=True),
    frozenset({ME}),
    tuple(GrantSeen(f"grant-{key}", key, ME, WANTED[key]) for key in (GRAPH_API, ARM_API)),
)
FRESH = OwnApp(NOTHING, Wish(ME))
HALF = OwnApp(replace(FULL, grants=FULL.grants[:1], assigned=frozenset()), Wish(ME))
COMPLETE = OwnApp(FULL, Wish(ME))
LINK = admin_consent_link(
    "https://login.microsoftonline.com",
    states.TENANT,
    "14d82eec-204b-4c2f-b7e8-296a70dab67e",
    APPLY,
)
HAND_OFF = HandOff(
    "Microsoft Graph Command Line Tools", LINK, APPLY, "adele.vance@contoso.com", "Contoso"
)
OWN_IN_USE = SignInSettings(
    graph_application=APP.app_id, azure_application=APP.app_id, tenant=states.TENANT
)


def checked(**changes: Any) -> State:
    """Signed in, the permissions read."""
    return states.permissions(states.report(), how=SignInSettings(), **changes)


def own(app: OwnApp | None, **changes: Any) -> State:
    """What is there of the own application."""
    found: Remote[OwnApp] = Remote(app, NOW) if app else Remote()
    return checked(**{"own_app": found, **changes})


@asynccontextmanager
async def before(
    state: State, page: Page[Any], size: tuple[int, int] = SIZE
) -> AsyncIterator[Seat]:
    """A seat before `page`, opened on top of the state's own."""
    async with seated(state, size) as seat:
        below = seat.app.screen
        assert isinstance(below, Page)
        await below.open(page)
        await seat.settle()
        yield seat
