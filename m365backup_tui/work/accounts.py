"""The accounts kept on this host: who they are, going on as another one, and signing out."""

from __future__ import annotations

from collections.abc import AsyncIterator

from m365backup_tui.domain.errors import CloudError, NotSignedIn
from m365backup_tui.domain.session import Account, SignedIn
from m365backup_tui.events import ACCOUNTS, Broke, Event, SignedInNow, SignedOut
from m365backup_tui.ports import Tools
from m365backup_tui.work.reading import read
from m365backup_tui.work.sign_in import welcome


async def list_accounts(tools: Tools) -> AsyncIterator[Event]:
    """Who is kept on this host."""
    async for event in read(
        ACCOUNTS, tools.identity.accounts(), tools.clock, "Looking for accounts on this host"
    ):
        yield event


async def switch(tools: Tools, account: Account) -> AsyncIterator[Event]:
    """Go on as another account that is kept here; where nothing of use is kept any more, that is said."""
    try:
        home = await tools.identity.token_home()
        await tools.identity.warm_up()
        found = await tools.identity.resume(account)
    except CloudError as error:
        yield Broke(ACCOUNTS, error)
        return
    if found is None:
        yield Broke(
            ACCOUNTS,
            NotSignedIn(f"The sign-in kept of {account.username} does not hold any more."),
        )
        return
    # Nothing is awaited in between: what goes on for the one before ends here.
    yield SignedInNow(SignedIn(found, home, tools.clock.now()))
    async for event in welcome(tools, found):
        yield event


async def sign_out(
    tools: Tools, account: Account | None = None, mine: Account | None = None
) -> AsyncIterator[Event]:
    """Forget `account` on this host, or everybody. `mine`: who is signed in; when it is somebody else who leaves, the
    session goes on."""
    left: CloudError | None = None
    try:
        await tools.identity.sign_out(account)
    except CloudError as error:
        if error.code != "not_all_deleted":  # with that, nobody is signed in any more all the same
            yield Broke(ACCOUNTS, error)
            return
        left = error
    if account is None or mine is None or account.same_as(mine):
        yield SignedOut()
    async for event in list_accounts(tools):
        yield event
    if left is not None:
        yield Broke(ACCOUNTS, left)


async def sign_out_everywhere(tools: Tools, mine: Account) -> AsyncIterator[Event]:
    """For a lost host: Entra ends every sign-in of this person on every device, within minutes; then it is forgotten
    here. Nothing is forgotten here where Entra did not do it."""
    try:
        await tools.directory.end_my_sessions()
    except CloudError as error:
        yield Broke(ACCOUNTS, error)
        return
    async for event in sign_out(tools, mine, mine):
        yield event
