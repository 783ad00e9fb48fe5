"""An own app registration: look what is there, write what is missing, see that it works, delete it again.

What is already right is not written again; a lost answer is read back before anything is sent again (rule R2). Each
write is noted in the tenant's record before and after.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace

from m365backup_tui.domain.app_registration import (
    UNIQUE_NAME,
    Found,
    OwnApp,
    Wish,
    Write,
    missing,
    next_write,
)
from m365backup_tui.domain.errors import (
    CloudError,
    Conflict,
    NotFound,
    Rejected,
    Unreachable,
)
from m365backup_tui.domain.session import Account
from m365backup_tui.events import (
    APPLICATIONS,
    OWN_APP,
    Arrived,
    Began,
    Broke,
    Dropped,
    Event,
    Noted,
)
from m365backup_tui.port_registrar import Registrar
from m365backup_tui.ports import Tools
from m365backup_tui.work.azure_writing import sent
from m365backup_tui.work.reading import read

# A new application, its service principal and grants are seen everywhere only after a while (auth.md §2.5 item 5).
SETTLES = 120.0
_PAUSES = (1.0, 2.0, 3.0, 5.0)
# POST /servicePrincipals right after the application; general knowledge, UNVERIFIED.
_TOO_EARLY = "nobackingapplicationobject"


async def look(tools: Tools, account: Account, everybody: bool = False) -> AsyncIterator[Event]:
    """Reads only: what is there of our application, and so what would be written."""
    registrar, wish = registrar_of(tools), Wish(account.object_id, everybody)

    async def found() -> OwnApp:
        return OwnApp(await registrar.find(), wish)

    note = "Reading the applications of your organization"
    async for event in read(OWN_APP, found(), tools.clock, note):
        yield event


async def make(tools: Tools, account: Account, wish: Wish) -> AsyncIterator[Event]:
    """Writes what is missing, one after the other, each seen before the next. Called again: goes on from there."""
    registrar = registrar_of(tools)
    yield Began(OWN_APP, tools.clock.now(), "Looking what is there")
    try:
        own = OwnApp(await registrar.find(), wish)
        while (write := next_write(own.found, wish)) is not None:
            yield Arrived(OWN_APP, own, tools.clock.now(), more=True)
            async for event in _carry_out(tools, account, write, own):
                match event:
                    case Found():
                        own = replace(own, found=event, done=(*own.done, write.key))
                    case _:
                        yield event
        yield Arrived(OWN_APP, own, tools.clock.now())
    except CloudError as error:
        yield Broke(OWN_APP, error)


async def delete(tools: Tools, account: Account, own: OwnApp) -> AsyncIterator[Event]:
    """Deletes the application with our unique name; with it go its grants and assignments."""
    registrar, app = registrar_of(tools), own.found.app
    if app is None or app.unique_name != UNIQUE_NAME:
        yield Broke(OWN_APP, Rejected("Only the application that the wizard made is deleted here."))
        return
    yield Began(OWN_APP, tools.clock.now(), "Deleting the application")

    async def gone() -> bool:
        return (await registrar.find()).app is None

    try:
        _note(tools, "own application: deleting", account, own.found)
        try:
            async for event in sent(OWN_APP, tools.clock, lambda: registrar.delete(app), gone):
                yield event
        except NotFound:
            pass  # somebody was quicker
        _note(tools, "own application: deleted", account, own.found)
        async for seen in _seen(tools, lambda found: found.app is None):
            if isinstance(seen, Found):
                yield Arrived(OWN_APP, OwnApp(seen, own.wish), tools.clock.now())
            else:
                yield seen
        yield Dropped(APPLICATIONS)
    except CloudError as error:
        yield Broke(OWN_APP, error)


async def _carry_out(
    tools: Tools, account: Account, write: Write, own: OwnApp
) -> AsyncIterator[Event | Found]:
    """Send one write and wait until it can be seen; the last thing yielded is what is there then."""
    registrar, wish = registrar_of(tools), own.wish

    def there(found: Found) -> bool:
        lacking = {one.key for one in missing(found, wish)}
        return found.app is not None and write.key not in lacking

    async def seen() -> bool:
        return there(await registrar.find())

    _note(tools, f"own application: going to {write.act}", account, own.found, _facts(write))
    yield Noted(OWN_APP, _doing(write))
    until = tools.clock.now().timestamp() + SETTLES
    early = iter(_PAUSES)
    while True:
        try:
            async for event in sent(
                OWN_APP, tools.clock, lambda: registrar.carry_out(write, own.found), seen
            ):
                yield event
            break
        except (NotFound, Conflict, Rejected) as error:
            # Either what this write rests on is not seen everywhere yet, or somebody else has just done it.
            if await seen():
                break
            left = until - tools.clock.now().timestamp()
            if not _too_early(error) or left <= 0:
                raise
            yield Noted(OWN_APP, f"Entra does not see it everywhere yet: {left:.0f} s left to wait")
            await tools.clock.sleep(next(early, _PAUSES[-1]))
    async for found in _seen(tools, there):
        if isinstance(found, Found):
            _note(tools, f"own application: did {write.act}", account, found, _facts(write))
        yield found


async def _seen(tools: Tools, there: Callable[[Found], bool]) -> AsyncIterator[Event | Found]:
    """Looks until `there`, for two minutes at most, with the seconds left on show; then what is there."""
    registrar = registrar_of(tools)
    until = tools.clock.now().timestamp() + SETTLES
    pauses = iter(_PAUSES)
    while True:
        try:
            found = await registrar.find()
            if there(found):
                yield found
                return
        except NotFound:
            pass  # read by a server that has not heard of it
        left = until - tools.clock.now().timestamp()
        if left <= 0:
            raise Unreachable(
                "What was written cannot be seen yet. Nothing is lost: go on in a few minutes.",
                "not_seen",
            )
        yield Noted(OWN_APP, f"Entra does not show it everywhere yet: {left:.0f} s left to wait")
        await tools.clock.sleep(next(pauses, _PAUSES[-1]))


def registrar_of(tools: Tools) -> Registrar:
    """The port; every real set of tools has it."""
    if tools.registrar is None:
        raise RuntimeError("these tools have no registrar")
    return tools.registrar


def _too_early(error: CloudError) -> bool:
    return isinstance(error, NotFound) or error.code.lower() == _TOO_EARLY


def _doing(write: Write) -> str:
    return f"{write.act[:1].upper()}{write.act[1:]}"


def _facts(write: Write) -> dict[str, str]:
    facts = {"service": write.service, "person": write.person, "scopes": " ".join(write.added)}
    return {name: value for name, value in facts.items() if value}


def _note(
    tools: Tools, kind: str, account: Account, found: Found, more: Mapping[str, str] | None = None
) -> None:
    facts = {"application": found.app.app_id if found.app else "", "name": UNIQUE_NAME}
    tools.runs.note(kind, account.tenant_id, {**facts, **(more or {})}, tools.clock.now())
