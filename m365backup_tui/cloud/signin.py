"""Signing in: the ways in which a person comes, and the places where the sign-in is kept.

All MSAL calls run on one thread of their own. Every way to sign in (ways.py) ends in `_settle`, where the account is
checked and pinned.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from m365backup_tui.cloud.azure_cli import AzureCli
from m365backup_tui.cloud.clients import Clients
from m365backup_tui.cloud.daemon import DaemonWorker
from m365backup_tui.cloud.homes import Homes
from m365backup_tui.cloud.keyring_key import DEADLINE_SECONDS
from m365backup_tui.cloud.keyrings import BackendFactory
from m365backup_tui.cloud.known_accounts import KnownAccounts
from m365backup_tui.cloud.pinned import Begun, PinnedSession
from m365backup_tui.cloud.profiles import Profile, Resource
from m365backup_tui.cloud.transport import Transport
from m365backup_tui.cloud.ways import Came, Ways
from m365backup_tui.cloud.who import account_of
from m365backup_tui.domain.errors import CloudError, Remedy, SignInRefused
from m365backup_tui.domain.session import (
    Account,
    BrowserSignIn,
    CliSession,
    DeviceCode,
    HomeOffer,
    KeptIn,
    TokenHome,
)
from m365backup_tui.domain.settings import NetworkSettings, SignInSettings


def _now() -> datetime:
    return datetime.now(UTC)


class SignIn(PinnedSession):
    """The sign-in of one profile. Create it in the composition root; `close` it at the end."""

    def __init__(
        self,
        profile: Profile,
        state_dir: Path,
        *,
        settings: SignInSettings | None = None,
        network: NetworkSettings | None = None,
        clock: Callable[[], datetime] = _now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        backends: Sequence[tuple[str, BackendFactory]] | None = None,
        keyring_seconds: float = DEADLINE_SECONDS,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        """`state_dir`/<profile>/signin holds the encrypted cache, if any. `clock`: aware UTC."""
        self._profile = profile
        self.settings = settings or SignInSettings()
        seen = dict(os.environ if environ is None else environ)
        folder = state_dir / profile.key / "signin"
        self._worker = DaemonWorker("sign-in")
        homes = Homes(
            profile.key,
            folder,
            self._worker,
            seen,
            backends,
            keyring_seconds,
            keep=lambda: self.settings.keep,
        )
        self._clients = Clients(profile, homes, self._worker, seen, clock, network)
        self._clients.tenant = self.settings.tenant
        self._ways = Ways(self._worker, clock, sleep)
        self._client_ids = self._applications(self.settings)
        self._book = KnownAccounts(state_dir / profile.key)
        self._cli = AzureCli(seen, profile.arm_scope)
        self._hearing = []

    async def transport(self) -> Transport:
        """The transport that this sign-in uses, for `graph_adapter` and `arm_client`."""
        return await self._clients.transport()

    async def token_home(self) -> TokenHome:
        """Where the sign-in is kept, and why. Takes up to three seconds the first time."""
        await self._client(Resource.GRAPH)
        return await self._clients.home()

    async def device_code(
        self,
        scopes: Sequence[str],
        resource: Resource = Resource.GRAPH,
        claims: str | None = None,
        *,
        another: bool = False,
    ) -> DeviceCode:
        """A new code for `scopes` of one `resource`; `claims` from a StepUpNeeded, if any. `another`: whoever uses it
        takes the place of the pinned account, which stays kept."""
        self._begun = Begun(resource, another)
        client, tenant = await self._client(resource), self._tenant_asked()
        return await self._ways.start_code(client, scopes, claims, tenant)

    async def wait_for_sign_in(self, code: DeviceCode) -> Account:
        """Wait until the person has used `code`. Cancelling the task ends it at once.

        Raises SignInRefused (declined, expired, other account), ConsentNeeded, StepUpNeeded,
        Unreachable after several failures in a row.
        """
        return await self._let_in(await self._ways.wait_for_code(code))

    async def browser(
        self,
        scopes: Sequence[str],
        resource: Resource = Resource.GRAPH,
        claims: str | None = None,
        *,
        another: bool = False,
    ) -> BrowserSignIn:
        """Begin a sign-in by browser for `scopes` of one `resource`; from now on the port of the settings is listened
        on. `claims` and `another`: as for `device_code`."""
        self._begun = Begun(resource, another)
        client, tenant = await self._client(resource), self._tenant_asked()
        hint = self._pinned.account.username if self._pinned and not another else ""
        return await self._ways.start_browser(
            client, scopes, claims, self.settings.port, hint, tenant
        )

    async def wait_for_browser(self, begun: BrowserSignIn) -> Account:
        """Until the browser came back, or its address was pasted. Cancelling the task ends it at once.

        Raises what `wait_for_sign_in` raises.
        """
        return await self._let_in(await self._ways.wait_for_browser(begun))

    async def paste(self, begun: BrowserSignIn, address: str) -> None:
        """The address at which the browser ended. Raises Rejected for one of no use; the wait goes on then."""
        self._ways.paste(begun, address)

    async def azure_cli(self) -> CliSession | None:
        """The session that Azure CLI keeps on this host."""
        return await self._cli.session(self.account)

    async def homes(self) -> tuple[HomeOffer, ...]:
        """Where a sign-in can be kept on this host. Takes up to three seconds."""
        return await self._clients.offers()

    async def keep_in(
        self,
        where: KeptIn,
        passphrase: str = "",
        settle: Callable[[], Awaitable[None]] | None = None,
    ) -> TokenHome:
        """Move what is kept. `settle` writes down the choice; where it raises, all stays as it was, except that
        nothing is ever kept on the host against the person's wish. Raises Rejected, and what `settle` raises."""
        before, unsettled = self.settings.keep, ""
        for client_id in self._every_application():
            await self._clients.of(client_id)  # what it keeps is moved too

        async def settled() -> None:
            nonlocal unsettled
            try:
                if settle is not None:
                    await settle()
            except CloudError as error:
                if where is not KeptIn.MEMORY:
                    self.settings = replace(self.settings, keep=before)
                    raise
                unsettled = error.what

        # Not to be stopped half way by who leaves the page.
        home = await asyncio.shield(self._clients.keep_in(where, passphrase, settled))
        return replace(home, why=f"{home.why} {unsettled}".strip())

    async def unlock(self, passphrase: str) -> TokenHome:
        """Open what an earlier sitting sealed with a passphrase."""
        return await asyncio.shield(self._clients.unlock(passphrase))

    def close(self) -> None:
        """End the thread; does not wait for a call that hangs. Nothing listens any more."""
        self._ways.forget()
        self._worker.close()

    async def _let_in(self, came: Came) -> Account:
        try:
            return await self._settle(came)
        except asyncio.CancelledError:  # nobody wanted it any more, and nobody is pinned
            self._worker.post(lambda: came.client.discard_arrival(came.flow))
            raise

    async def _settle(self, came: Came) -> Account:
        """Check who came, and pin the session to that account."""
        person = account_of(came.answer.get("id_token_claims") or {})
        known = await self._worker.run(came.client.accounts)
        found = [one for one in known if one.account.same_as(person)]
        if not found:
            raise SignInRefused("Entra did not say who signed in.", "no_id_token")
        mine = self.account
        if mine is not None and not self._begun.another and not mine.same_as(person):
            await self._worker.run(came.client.discard_arrival, came.flow)
            refused = _somebody_else(person, self._book.named(mine))
            raise SignInRefused(refused, "account_mismatch", remedy=Remedy.OTHER_ACCOUNT)
        if self._begun.resource is Resource.ARM:
            self._signed_in_for_azure = True
        return await self._pin(found[0])


def _somebody_else(person: Account, mine: Account) -> str:
    if person.tenant_id == mine.tenant_id:
        return (
            f"You signed in as {person.username}, but this session belongs to {mine.username}. Sign in as "
            f"{mine.username}, or choose another account first."
        )
    return (
        f"You signed in as {person.username} to another organization ({person.tenant_id}), but this session belongs "
        f"to {mine.username} of {mine.tenant_name or mine.tenant_id}. A guest has to sign in to the organization "
        "that invited them: start with --tenant and its domain. Or choose another account first."
    )
