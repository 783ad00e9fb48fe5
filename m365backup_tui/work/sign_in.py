"""Signing in: the account of last time, a device code and the wait for it, signing out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.session import Account, DeviceCode, SignedIn
from m365backup_tui.events import (
    DEVICE_CODE,
    TOKEN_HOME,
    AccountKnown,
    Arrived,
    Began,
    Broke,
    Dropped,
    Ended,
    Event,
    PersonasKnown,
    SignedInNow,
    SignedOut,
    UnfinishedFound,
)
from m365backup_tui.ports import Tools
from m365backup_tui.work.reading import read


async def find_account(tools: Tools) -> AsyncIterator[Event]:
    """Who signed in here before, without asking anybody anything; then that person's unfinished run."""
    if tools.stand_in is not None:
        yield PersonasKnown(tools.stand_in.personas())
    async for event in read(
        TOKEN_HOME, tools.identity.token_home(), tools.clock, "Looking for a keyring"
    ):
        yield event
    try:
        account = await tools.identity.resume()
    except CloudError:
        account = None  # the sign-in page says so when it asks for a new sign-in
    if account is None:
        yield AccountKnown(None)
        return
    async for event in _welcome(tools, account):
        yield event


async def sign_in(tools: Tools, needs: CloudError | None = None) -> AsyncIterator[Event]:
    """A new code, then the wait until it was used, declined or has expired.

    `needs` is what interrupted the job, when something did: the sign-in then asks for just that.
    """
    yield Began(DEVICE_CODE, tools.clock.now(), "Asking for a code")
    try:
        # A kept sign-in that could not be tried at the start, because the line was down, may work by now.
        if needs is None and (kept := await tools.identity.resume()) is not None:
            yield Ended(DEVICE_CODE)
            async for event in _welcome(tools, kept):
                yield event
            return
        code = await tools.identity.device_code(needs)
        yield Arrived(DEVICE_CODE, code, tools.clock.now(), more=True)
        account = await tools.identity.wait_for_sign_in(code)
    except CloudError as error:
        yield Dropped(DEVICE_CODE)
        yield Broke(DEVICE_CODE, error)
        return
    yield Ended(DEVICE_CODE)
    async for event in _welcome(tools, account):
        yield event


async def _welcome(tools: Tools, account: Account) -> AsyncIterator[Event]:
    home = await tools.identity.token_home()
    await tools.identity.warm_up()
    yield SignedInNow(SignedIn(account, home, tools.clock.now()))
    try:
        name = await tools.directory.tenant_name()
    except CloudError:
        name = ""  # a name is a comfort, not a need: the account's own address is shown instead
    if name:
        named = replace(account, tenant_name=name)
        yield SignedInNow(SignedIn(named, home, tools.clock.now()))
    # On a thread: a long record takes a second to read, and the screen must go on.
    yield UnfinishedFound(await asyncio.to_thread(tools.runs.unfinished, account.tenant_id))


async def play_person(tools: Tools, code: DeviceCode, persona_key: str) -> AsyncIterator[Event]:
    """On the practice tenant: the person at the browser types the code and approves."""
    async for event in _stand_in(tools, code, persona_key):
        yield event


async def decline_person(tools: Tools, code: DeviceCode) -> AsyncIterator[Event]:
    async for event in _stand_in(tools, code, None):
        yield event


async def _stand_in(
    tools: Tools, code: DeviceCode, persona_key: str | None
) -> AsyncIterator[Event]:
    if tools.stand_in is None:
        return
    try:
        if persona_key is None:
            await tools.stand_in.decline(code.user_code)
        else:
            await tools.stand_in.approve(code.user_code, persona_key)
    except CloudError as error:
        yield Broke(DEVICE_CODE, error)


async def sign_out(tools: Tools) -> AsyncIterator[Event]:
    await tools.identity.sign_out()
    yield SignedOut()
