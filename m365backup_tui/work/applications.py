"""Which application signs in: what there is to choose from, and going over to another one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from m365backup_tui.domain.app_hand_off import app_hand_off_text
from m365backup_tui.domain.errors import CloudError, NotSignedIn, SignInRefused
from m365backup_tui.domain.session import Account, SignedIn
from m365backup_tui.domain.settings import SignInSettings
from m365backup_tui.events import (
    APPLICATIONS,
    SETTINGS_KEPT,
    Began,
    Broke,
    Ended,
    Event,
    Noted,
    SignInNeeded,
)
from m365backup_tui.ports import Tools
from m365backup_tui.work.own_app import SETTLES, registrar_of
from m365backup_tui.work.reading import read
from m365backup_tui.work.sign_in import change_settings
from m365backup_tui.work.text_file import save_text

_PAUSE = 5.0
_NOT_KNOWN_YET = ("AADSTS700016", "AADSTS700011")


async def list_applications(tools: Tools) -> AsyncIterator[Event]:
    """The registrations of the tenant, to use one that is there."""
    async for event in read(
        APPLICATIONS,
        registrar_of(tools).applications(),
        tools.clock,
        "Reading the applications of your organization",
    ):
        yield event


async def use(
    tools: Tools, settings: SignInSettings, signed_in: SignedIn | None
) -> AsyncIterator[Event]:
    """Sign in with these applications from now on. A new one that Entra does not know everywhere yet is waited for,
    two minutes at most, with the seconds left on show; then a new sign-in follows."""
    async for event in change_settings(tools, settings):
        yield event
    if signed_in is None:
        return
    try:
        async for event in _known(tools):
            yield event
    except CloudError as error:
        yield Broke(SETTINGS_KEPT, error)
        return
    yield SignInNeeded(
        NotSignedIn("The application that signs you in was changed.", "application_changed")
    )


async def _known(tools: Tools) -> AsyncIterator[Event]:
    """Until Entra gives out a code to the application. Raises what it refuses in the end."""
    yield Began(SETTINGS_KEPT, tools.clock.now(), "Asking Entra whether it knows the application")
    until = tools.clock.now().timestamp() + SETTLES
    while True:
        await tools.identity.forget_refusals()
        try:
            await tools.identity.device_code()
            yield Ended(SETTINGS_KEPT)
            return
        except SignInRefused as error:
            left = until - tools.clock.now().timestamp()
            if error.code not in _NOT_KNOWN_YET or left <= 0:
                raise
        yield Noted(
            SETTINGS_KEPT, f"Entra does not know the new application yet: {left:.0f} s left to wait"
        )
        await tools.clock.sleep(_PAUSE)


async def save_hand_off(tools: Tools, account: Account, path: Path) -> AsyncIterator[Event]:
    """The commands for somebody who may create applications, as a file that only this user reads."""
    async for event in save_text(tools, app_hand_off_text(account), path):
        yield event
