"""Signing in: one pinned account, silent tokens for Graph and Azure, other accounts, sign-out.

All MSAL calls run on one thread of their own. Every way to sign in (ways.py) ends in `_settle`, where the account is
checked and pinned.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from m365backup_tui.cloud.clients import Clients
from m365backup_tui.cloud.daemon import DaemonWorker
from m365backup_tui.cloud.homes import Homes
from m365backup_tui.cloud.keyring_key import DEADLINE_SECONDS, BackendFactory
from m365backup_tui.cloud.msal_client import Answer, KnownAccount, MsalClient, account_of
from m365backup_tui.cloud.profiles import SCOPES_SIGN_IN, Profile, Resource
from m365backup_tui.cloud.refusals import dead_session, refusal, wrong_client
from m365backup_tui.cloud.transport import Transport
from m365backup_tui.cloud.ways import Came, Ways
from m365backup_tui.domain.errors import (
    Broken,
    ConsentNeeded,
    NotSignedIn,
    SignInRefused,
    StepUpNeeded,
)
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


class SignIn:
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
        homes = Homes(profile.key, folder, self._worker, seen, backends, keyring_seconds)
        self._clients = Clients(profile, homes, self._worker, seen, clock, network)
        self._clients.tenant = self.settings.tenant
        self._ways = Ways(self._worker, clock, sleep)
        self._client_ids = self._applications(self.settings)
        self._pinned: KnownAccount | None = None

    @property
    def account(self) -> Account | None:
        """The account to which this session is pinned."""
        return self._pinned.account if self._pinned else None

    def client_id(self, resource: Resource) -> str:
        """The application that asks for tokens of `resource` now."""
        return self._client_ids[resource]

    async def transport(self) -> Transport:
        """The transport that this sign-in uses, for `graph_adapter` and `arm_client`."""
        return await self._clients.transport()

    async def token_home(self) -> TokenHome:
        """Where the sign-in is kept, and why. Takes up to three seconds the first time."""
        await self._client(Resource.GRAPH)
        return await self._clients.home()

    async def accounts(self) -> tuple[Account, ...]:
        """Who is kept on this host for this profile; asks nobody."""
        client = await self._client(Resource.GRAPH)
        return tuple(known.account for known in await self._worker.run(client.accounts))

    async def resume(self, account: Account | None = None) -> Account | None:
        """Go on as `account`, or as the only one kept. None: the person has to sign in.

        Raises Unreachable when Entra cannot be asked.
        """
        client = await self._client(Resource.GRAPH)
        known = await self._worker.run(client.accounts)
        if account is not None:
            known = [one for one in known if _same(one.account, account)]
        if len(known) != 1:
            return None
        before, self._pinned = self._pinned, known[0]
        try:
            await self.token(Resource.GRAPH, SCOPES_SIGN_IN)
        except (NotSignedIn, StepUpNeeded, ConsentNeeded, SignInRefused):
            self._pinned = before
            return None
        except BaseException:
            self._pinned = before
            raise
        return known[0].account

    async def device_code(
        self,
        scopes: Sequence[str],
        resource: Resource = Resource.GRAPH,
        claims: str | None = None,
    ) -> DeviceCode:
        """A new code for `scopes` of one `resource`; `claims` from a StepUpNeeded, if any."""
        return await self._ways.start_code(await self._client(resource), scopes, claims)

    async def wait_for_sign_in(self, code: DeviceCode) -> Account:
        """Wait until the person has used `code`. Cancelling the task ends it at once.

        Raises SignInRefused (declined, expired, other account), ConsentNeeded, StepUpNeeded,
        Unreachable after several failures in a row.
        """
        return await self._settle(await self._ways.wait_for_code(code))

    async def token(
        self,
        resource: Resource,
        scopes: Sequence[str],
        claims: str | None = None,
        *,
        fresh: bool = False,
    ) -> tuple[str, int]:
        """An access token of the pinned account and when it ends (seconds since 1970). `fresh`: not the one of
        before, which the service took for expired.

        Never asks the person: raises NotSignedIn, StepUpNeeded, ConsentNeeded, SignInRefused or
        Unreachable. For Azure the second application is tried when the first may not (auth.md §2.4).
        """
        pinned = self._pinned
        if pinned is None:
            raise NotSignedIn("You are not signed in.")
        client = await self._client(resource)
        answer = await self._worker.run(client.silent, scopes, pinned.home_id, claims, fresh)
        if answer and "error" in answer and self._try_second_client(resource, answer):
            client = await self._client(resource)
            answer = await self._worker.run(client.silent, scopes, pinned.home_id, claims, fresh)
        if answer is None:
            raise _nothing_kept(resource)
        if "access_token" not in answer:
            if dead_session(answer):
                await self._worker.run(client.forget, pinned.home_id)
            raise refusal(answer, scopes, claims)
        named = answer.get("id_token_claims")
        if named and not _same(account_of(named), pinned.account):
            raise SignInRefused("The token belongs to another account.", "account_mismatch")
        return str(answer["access_token"]), int(time.time()) + int(answer["expires_in"])

    async def browser(
        self,
        scopes: Sequence[str],
        resource: Resource = Resource.GRAPH,
        claims: str | None = None,
    ) -> BrowserSignIn:
        """Begin a sign-in by browser for `scopes` of one `resource`."""
        raise Broken("Signing in by browser is not here yet.")

    async def wait_for_browser(self, begun: BrowserSignIn) -> Account:
        """Until the browser came back, or its address was pasted. Cancelling the task ends it at once."""
        raise Broken("Signing in by browser is not here yet.")

    async def paste(self, begun: BrowserSignIn, address: str) -> None:
        """The address at which the browser ended. Raises Rejected for one of no use."""
        raise Broken("Signing in by browser is not here yet.")

    async def azure_cli(self) -> CliSession | None:
        """The session that Azure CLI keeps on this host."""
        return None

    async def homes(self) -> tuple[HomeOffer, ...]:
        """Where a sign-in can be kept on this host."""
        return (HomeOffer(KeptIn.MEMORY),)

    async def keep_in(self, where: KeptIn, passphrase: str = "") -> TokenHome:
        """Move what is kept."""
        return await self.token_home()

    async def unlock(self, passphrase: str) -> TokenHome:
        """Open what an earlier sitting sealed with a passphrase."""
        return await self.token_home()

    async def change_settings(self, settings: SignInSettings) -> None:
        """In force from the next call on; another application means another sign-in."""
        before, self.settings = self.settings, settings
        self._clients.tenant = settings.tenant
        if self._applications(before) != self._applications(settings):
            self._client_ids = self._applications(settings)

    async def sign_out(self, account: Account | None = None) -> None:
        """Forget every account of this profile on this host: memory, file and keyring key.

        Entra has no way to revoke one token: copies elsewhere live until they are revoked.
        """
        for client_id in {*self._client_ids.values(), self._profile.arm_fallback_client_id}:
            await self._clients.of(client_id)
        await self._clients.forget_all()
        self._pinned = None
        self._ways.forget()
        self._client_ids = self._applications(self.settings)

    async def forget_refusals(self) -> None:
        """For "check again": ask Entra anew what it refused during the last minute."""
        await self._clients.forget_refusals()
        self._client_ids = self._applications(self.settings)

    def close(self) -> None:
        """End the thread; does not wait for a call that hangs."""
        self._worker.close()

    async def _settle(self, came: Came) -> Account:
        """Check who came, and pin the session to that account."""
        person = account_of(came.answer.get("id_token_claims") or {})
        known = await self._worker.run(came.client.accounts)
        found = [one for one in known if _same(one.account, person)]
        if not found:
            raise SignInRefused("Entra did not say who signed in.", "no_id_token")
        if self._pinned and not _same(self._pinned.account, person):
            await self._worker.run(came.client.discard_arrival, came.flow)
            raise SignInRefused(
                f"You signed in as {person.username}, but this session belongs to "
                f"{self._pinned.account.username}. Sign out first to change the account.",
                "account_mismatch",
            )
        self._pinned = found[0]
        return found[0].account

    def _applications(self, settings: SignInSettings) -> dict[Resource, str]:
        """The applications that `settings` name, else the profile's."""
        chosen = {
            Resource.GRAPH: settings.graph_application,
            Resource.ARM: settings.azure_application,
        }
        return {one: chosen[one] or self._profile.client_id(one) for one in Resource}

    def _try_second_client(self, resource: Resource, answer: Answer) -> bool:
        second = self._profile.arm_fallback_client_id
        if resource is not Resource.ARM or self._client_ids[resource] == second:
            return False
        if not wrong_client(answer):
            return False
        self._client_ids[resource] = second
        return True

    async def _client(self, resource: Resource) -> MsalClient:
        return await self._clients.of(self._client_ids[resource])


def _same(one: Account, other: Account) -> bool:
    return (one.tenant_id, one.object_id) == (other.tenant_id, other.object_id)


def _nothing_kept(resource: Resource) -> NotSignedIn:
    if resource is Resource.ARM:
        return NotSignedIn("Azure needs a sign-in of its own.", "sign_in_for_azure")
    return NotSignedIn("You are not signed in.")
