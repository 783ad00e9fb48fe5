"""Signing in: the account of last time, a code or a browser and the wait for it, where it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.session import (
    Account,
    BrowserSignIn,
    DeviceCode,
    KeptIn,
    SignedIn,
    Way,
)
from m365backup_tui.domain.settings import AZURE_CLI_SESSION, SignInSettings
from m365backup_tui.events import (
    AZURE_CLI,
    BROWSER,
    DEVICE_CODE,
    HOMES,
    PASTED,
    SETTINGS_KEPT,
    TOKEN_HOME,
    AccountKnown,
    Arrived,
    Began,
    Broke,
    Dropped,
    Ended,
    Event,
    PersonasKnown,
    SettingsKnown,
    SignedInNow,
    Slot,
    UnfinishedFound,
)
from m365backup_tui.ports import StandIn, Tools
from m365backup_tui.work.reading import read
from m365backup_tui.work.text_file import save_text


async def find_account(tools: Tools) -> AsyncIterator[Event]:
    """Who signed in here before, without asking anybody anything; then that person's unfinished run."""
    if tools.stand_in is not None:
        yield PersonasKnown(tools.stand_in.personas())
    yield SettingsKnown(tools.identity.settings)
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
    async for event in welcome(tools, account):
        yield event


async def sign_in(
    tools: Tools, needs: CloudError | None = None, *, another: bool = False
) -> AsyncIterator[Event]:
    """A new code, then the wait until it was used, declined or has expired.

    `needs` is what interrupted the job, when something did: the sign-in then asks for just that. `another`: of another
    account, which takes the place of who is signed in, at once when it has come.
    """
    yield Dropped(BROWSER)  # starting one way gives the other up
    yield Began(DEVICE_CODE, tools.clock.now(), "Asking for a code")
    async for event in _come_in(tools, Way.CODE, needs, another):
        yield event


async def sign_in_by_browser(
    tools: Tools, needs: CloudError | None = None, *, another: bool = False
) -> AsyncIterator[Event]:
    """The address to open, then the wait until the browser came back or its address was pasted. `needs`, `another`: as
    for `sign_in`."""
    yield Dropped(PASTED)
    yield Dropped(DEVICE_CODE)  # starting one way gives the other up
    yield Began(BROWSER, tools.clock.now(), "Preparing the address to open")
    async for event in _come_in(tools, Way.BROWSER, needs, another):
        yield event


async def _come_in(
    tools: Tools, way: Way, needs: CloudError | None, another: bool
) -> AsyncIterator[Event]:
    slot: Slot[Any] = DEVICE_CODE if way is Way.CODE else BROWSER
    identity = tools.identity
    try:
        # A kept sign-in that could not be tried at the start, because the line was down, may work by now.
        if needs is None and not another and (kept := await identity.resume()) is not None:
            yield Ended(slot)
            async for event in welcome(tools, kept):
                yield event
            return
        home = await identity.token_home()
        if way is Way.CODE:
            code = await identity.device_code(needs, another=another)
            yield Arrived(slot, code, tools.clock.now(), more=True)
            account = await _meanwhile(tools, identity.wait_for_sign_in(code))
        else:
            begun = await identity.browser(needs, another=another)
            yield Arrived(slot, begun, tools.clock.now(), more=True)
            account = await _meanwhile(tools, identity.wait_for_browser(begun))
    except CloudError as error:
        yield Dropped(slot)
        yield Broke(slot, error)
        return
    if another:  # nothing is awaited in between: what goes on for the one before ends here
        yield SignedInNow(SignedIn(account, home, tools.clock.now(), way))
    yield Ended(slot)
    async for event in welcome(tools, account, way):
        yield event


async def paste(tools: Tools, begun: BrowserSignIn, address: str) -> AsyncIterator[Event]:
    """The address at which the browser ended; what is wrong with it, if anything."""
    yield Began(PASTED, tools.clock.now(), "Reading the address")
    try:
        await tools.identity.paste(begun, address)
    except CloudError as error:
        yield Broke(PASTED, error)
        return
    yield Arrived(PASTED, True, tools.clock.now())


async def save_address(tools: Tools, begun: BrowserSignIn, path: Path) -> AsyncIterator[Event]:
    """What the person opens, for a machine that no clipboard reaches."""
    async for event in save_text(tools, f"{begun.url}\n", path):
        yield event


async def change_settings(tools: Tools, settings: SignInSettings) -> AsyncIterator[Event]:
    """In force at once; when they cannot be kept, that is said and they hold for this sitting."""
    yield Began(SETTINGS_KEPT, tools.clock.now(), "Keeping your choice")
    try:
        await tools.identity.change_settings(settings)
    except CloudError as error:
        yield SettingsKnown(tools.identity.settings)
        yield Broke(SETTINGS_KEPT, error)
        return
    yield SettingsKnown(tools.identity.settings)
    yield Arrived(SETTINGS_KEPT, True, tools.clock.now())


async def list_homes(tools: Tools) -> AsyncIterator[Event]:
    """Where a sign-in can be kept on this host."""
    async for event in read(
        HOMES, tools.identity.homes(), tools.clock, "Looking where a sign-in can be kept"
    ):
        yield event


async def keep_in(tools: Tools, where: KeptIn, passphrase: str = "") -> AsyncIterator[Event]:
    """Move what is kept to another place."""
    async for event in read(
        TOKEN_HOME,
        tools.identity.keep_in(where, passphrase),
        tools.clock,
        "Moving what is kept of the sign-in",
    ):
        yield event
    yield SettingsKnown(tools.identity.settings)


async def unlock(tools: Tools, passphrase: str) -> AsyncIterator[Event]:
    """Open what an earlier sitting sealed with a passphrase; then go on as the account in it."""
    async for event in read(
        TOKEN_HOME, tools.identity.unlock(passphrase), tools.clock, "Opening the kept sign-in"
    ):
        yield event
    home = await tools.identity.token_home()
    if home.locked:
        return
    try:
        account = await tools.identity.resume()
    except CloudError:
        account = None
    if account is not None:
        async for event in welcome(tools, account):
            yield event


async def look_for_azure_cli(tools: Tools) -> AsyncIterator[Event]:
    """Whether Azure CLI keeps a session here that could be used for Azure."""
    yield Began(AZURE_CLI, tools.clock.now(), "Asking Azure CLI")
    try:
        found = await tools.identity.azure_cli()
    except CloudError as error:
        yield Broke(AZURE_CLI, error)
        return
    if found is None:
        yield Dropped(AZURE_CLI)
    else:
        yield Arrived(AZURE_CLI, found, tools.clock.now())


async def use_azure_cli(
    tools: Tools, settings: SignInSettings, signed_in: SignedIn
) -> AsyncIterator[Event]:
    """Azure CLI's session instead of a sign-in for Azure: what waited for it goes on."""
    chosen = replace(settings, azure_application=AZURE_CLI_SESSION)
    async for event in change_settings(tools, chosen):
        yield event
    yield SignedInNow(replace(signed_in, at=tools.clock.now()))


async def _meanwhile(tools: Tools, waiting: Coroutine[Any, Any, Account]) -> Account:
    """While the person is at the browser there is time to load what comes next; a failure is `welcome`'s to meet."""
    warming = asyncio.ensure_future(tools.identity.warm_up())
    warming.add_done_callback(lambda done: done.cancelled() or done.exception())
    try:
        return await waiting
    finally:
        warming.cancel()


async def welcome(tools: Tools, account: Account, way: Way | None = None) -> AsyncIterator[Event]:
    """Who has come, the name of their organization, and their unfinished run."""
    home = await tools.identity.token_home()
    await tools.identity.warm_up()
    yield SignedInNow(SignedIn(account, home, tools.clock.now(), way))
    try:
        name = await tools.directory.tenant_name()
    except CloudError:
        name = ""  # a name is a comfort, not a need: the account's own address is shown instead
    if name:
        named = replace(account, tenant_name=name)
        yield SignedInNow(SignedIn(named, home, tools.clock.now(), way))
    # On a thread: a long record takes a second to read, and the screen must go on.
    yield UnfinishedFound(await asyncio.to_thread(tools.runs.unfinished, account.tenant_id))


async def play_person(
    tools: Tools, begun: DeviceCode | BrowserSignIn, persona_key: str
) -> AsyncIterator[Event]:
    """On the practice tenant: the person at the browser signs in and approves."""
    async for event in _stand_in(tools, begun, persona_key):
        yield event


async def decline_person(tools: Tools, begun: DeviceCode | BrowserSignIn) -> AsyncIterator[Event]:
    async for event in _stand_in(tools, begun, None):
        yield event


async def _stand_in(
    tools: Tools, begun: DeviceCode | BrowserSignIn, persona_key: str | None
) -> AsyncIterator[Event]:
    if tools.stand_in is None:
        return
    if isinstance(begun, BrowserSignIn):
        async for event in _at_browser(tools, tools.stand_in, begun, persona_key):
            yield event
        return
    try:
        if persona_key is None:
            await tools.stand_in.decline(begun.user_code)
        else:
            await tools.stand_in.approve(begun.user_code, persona_key)
    except CloudError as error:
        yield Broke(DEVICE_CODE, error)


async def _at_browser(
    tools: Tools, stand_in: StandIn, begun: BrowserSignIn, persona_key: str | None
) -> AsyncIterator[Event]:
    """The browser comes back by itself where something listens; else its address is pasted."""
    try:
        end = await stand_in.browse(begun.url, persona_key)
        if not begun.why_not_listening:
            await stand_in.follow(end)
            return
    except CloudError as error:  # refused at the browser alone: whoever waits goes on waiting
        yield Broke(BROWSER, error)
        return
    async for event in paste(tools, begun, end):
        yield event
