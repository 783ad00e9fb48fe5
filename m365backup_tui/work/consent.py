"""Consent that somebody else has to give: what to send to them, and "check again" that really asks again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from m365backup_tui.domain.consent import ConsentSeen, Stage, hand_off_text, permission
from m365backup_tui.domain.errors import CloudError, ConsentNeeded
from m365backup_tui.events import CONSENT, HAND_OFF, Arrived, Began, Broke, Event, Noted
from m365backup_tui.ports import Tools
from m365backup_tui.work.own_app import SETTLES, registrar_of
from m365backup_tui.work.text_file import save_text

_PAUSE = 5.0


async def prepare(tools: Tools, scopes: Sequence[str]) -> AsyncIterator[Event]:
    """What to send; asks nobody."""
    yield Arrived(HAND_OFF, registrar_of(tools).hand_off(scopes), tools.clock.now())


async def check(tools: Tools, scopes: Sequence[str]) -> AsyncIterator[Event]:
    """Whether the scopes are granted now. Entra is asked again: what it refused within the last minute is forgotten
    first (auth.md §1.1). What was granted to an own application is seen everywhere only after a while (§2.5 item 5):
    there it is asked for two minutes, with the seconds left on show."""
    yield Began(CONSENT, tools.clock.now(), "Asking Entra whether it is granted")
    until = tools.clock.now().timestamp() + (SETTLES if _own(tools, scopes) else 0)
    try:
        while not (granted := await holds(tools, scopes)):
            left = until - tools.clock.now().timestamp()
            if left <= 0:
                break
            yield Noted(
                CONSENT, f"Entra may not have heard of it everywhere: {left:.0f} s left to wait"
            )
            await tools.clock.sleep(_PAUSE)
    except CloudError as error:
        yield Broke(CONSENT, error)
        return
    yield Arrived(CONSENT, ConsentSeen(tuple(scopes), granted), tools.clock.now())


def _own(tools: Tools, scopes: Sequence[str]) -> bool:
    settings = tools.identity.settings
    azure = any(permission(scope).stage is Stage.AZURE for scope in scopes)
    return bool(
        settings.tenant and (settings.azure_application if azure else settings.graph_application)
    )


async def holds(tools: Tools, scopes: Sequence[str]) -> bool:
    """Raises what else stands in the way: an expired sign-in, a policy, the network."""
    await tools.identity.forget_refusals()
    try:
        await registrar_of(tools).holds(scopes)
    except ConsentNeeded:
        return False
    return True


async def save(tools: Tools, scopes: Sequence[str], path: Path) -> AsyncIterator[Event]:
    """The message as a file that only this user reads. Events on SAVED; an existing file stays."""
    text = hand_off_text(registrar_of(tools).hand_off(scopes))
    async for event in save_text(tools, text, path):
        yield event
