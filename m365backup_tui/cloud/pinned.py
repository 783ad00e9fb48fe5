"""One pinned account: who asks for tokens of Graph and Azure, through which application, and at whose authority.

`SignIn` (signin.py) adds the ways in which a person comes, and the places where the sign-in is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from m365backup_tui.cloud.azure_cli import AzureCli
from m365backup_tui.cloud.clients import Clients
from m365backup_tui.cloud.daemon import DaemonWorker
from m365backup_tui.cloud.known_accounts import KnownAccounts, choose
from m365backup_tui.cloud.msal_client import Answer, MsalClient
from m365backup_tui.cloud.profiles import SCOPES_SIGN_IN, Profile, Resource
from m365backup_tui.cloud.refusals import refusal, wrong_client
from m365backup_tui.cloud.ways import Ways
from m365backup_tui.cloud.who import KnownAccount, account_of
from m365backup_tui.domain.errors import (
    Broken,
    ConsentNeeded,
    NotSignedIn,
    Remedy,
    SignInRefused,
    StepUpNeeded,
)
from m365backup_tui.domain.session import Account
from m365backup_tui.domain.settings import AZURE_CLI_SESSION, SignInSettings


@dataclass(frozen=True, slots=True)
class Begun:
    """What the sign-in under way is for. `another`: whoever comes takes the place of the pinned account."""

    resource: Resource = Resource.GRAPH
    another: bool = False


class PinnedSession:
    """What `SignIn` knows of the account that works, and of the others that are kept."""

    settings: SignInSettings
    _profile: Profile
    _worker: DaemonWorker
    _clients: Clients
    _ways: Ways
    _book: KnownAccounts
    _cli: AzureCli
    _client_ids: dict[Resource, str]
    _hearing: list[Callable[[], None]]
    _pinned: KnownAccount | None = None
    _begun: Begun = Begun()
    _signed_in_for_azure: bool = False  # although Azure CLI's session was chosen

    def on_change(self, hear: Callable[[], None]) -> None:
        """`hear` is called at once when another person, or another application, asks for tokens from now on: what
        was learned and kept for the one before is of no use any more."""
        self._hearing.append(hear)

    @property
    def account(self) -> Account | None:
        """The account to which this session is pinned."""
        return self._pinned.account if self._pinned else None

    def client_id(self, resource: Resource) -> str:
        """The application that asks for tokens of `resource` now."""
        return self._client_ids[resource]

    async def accounts(self) -> tuple[Account, ...]:
        """Who is kept on this host for this profile, who was last first; asks nobody."""
        client = await self._client(Resource.GRAPH)
        kept = [known.account for known in await self._worker.run(client.accounts)]
        before = await self._worker.run(self._book.all)
        order = {one.key: place for place, one in enumerate(before)}
        kept.sort(key=lambda one: order.get(one.key, len(order)))
        return tuple(self._book.named(one) for one in kept)

    async def resume(self, account: Account | None = None) -> Account | None:
        """Go on as `account`, or as the pinned one, the one of last time, or the only one kept. None: the person has
        to sign in. Nothing changes until it is known that the account's sign-in holds.

        Raises Unreachable when Entra cannot be asked.
        """
        client = await self._client(Resource.GRAPH)
        known = await self._worker.run(client.accounts)
        before = (self.account,) if self.account else await self._worker.run(self._book.all)
        wanted = choose([one.account for one in known], account, before)
        if wanted is None:
            return None
        going = next(one for one in known if one.account.same_as(wanted))
        try:
            await self._token_of(going, Resource.GRAPH, SCOPES_SIGN_IN)
        except (NotSignedIn, StepUpNeeded, ConsentNeeded, SignInRefused):
            return None
        return await self._pin(going)

    async def name_tenant(self, name: str) -> None:
        """What the pinned account's organization is called, for lists of accounts."""
        if self.account is not None and name:
            named = replace(self.account, tenant_name=name)
            await self._worker.run(self._book.remember, named)

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
        if resource is Resource.ARM and self._uses_cli:
            return await self._cli.token(pinned.account, claims)
        return await self._token_of(pinned, resource, scopes, claims, fresh)

    async def _token_of(
        self,
        known: KnownAccount,
        resource: Resource,
        scopes: Sequence[str],
        claims: str | None = None,
        fresh: bool = False,
    ) -> tuple[str, int]:
        client, tenant = await self._client(resource), self._tenant(known)
        asking = (scopes, known.home_id, claims, fresh, tenant)
        answer = await self._worker.run(client.silent, *asking)
        if answer and "error" in answer and self._try_second_client(resource, answer):
            client = await self._client(resource)
            answer = await self._worker.run(client.silent, *asking)
        if answer is None:
            raise _nothing_kept(resource)
        if "access_token" not in answer:
            raise refusal(answer, scopes, claims)
        named = answer.get("id_token_claims")
        if named and not account_of(named).same_as(known.account):
            refused = "The token belongs to another account."
            raise SignInRefused(refused, "account_mismatch", remedy=Remedy.OTHER_ACCOUNT)
        return str(answer["access_token"]), int(time.time()) + int(answer["expires_in"])

    async def change_settings(self, settings: SignInSettings) -> None:
        """In force from the next call on; another application means another sign-in."""
        before, self.settings = self.settings, settings
        self._clients.tenant = settings.tenant
        if (before.graph_application, before.azure_application) != (
            settings.graph_application,
            settings.azure_application,
        ):
            self._client_ids = self._applications(settings)
            self._signed_in_for_azure = False
            self._tell()

    async def sign_out(self, account: Account | None = None) -> None:
        """Forget `account` on this host, or everybody: memory, file and, with the last one, the key.

        Entra has no way to revoke one token: copies elsewhere live until they are revoked. Raises Broken, signed out
        all the same, where something could not be deleted.
        """
        left: tuple[str, ...] = ()
        opened = [await self._clients.of(one) for one in self._every_application()]
        kept = [one for client in opened for one in await self._worker.run(client.accounts)]
        mine = account is None or (self._pinned and self._pinned.account.same_as(account))
        gone = [one for one in kept if account is None or one.account.same_as(account)]
        if mine and self._pinned:
            gone.append(self._pinned)
        stays = {one.home_id for one in kept if one not in gone}
        if stays:
            for client in opened:
                for one in gone:
                    # One refresh token serves a person at home and as a guest: for the other it stays.
                    tenant = one.account.tenant_id if one.home_id in stays else ""
                    await self._worker.run(client.forget, one.home_id, tenant)
            await self._worker.run(self._book.forget, account)
        else:  # nobody is left; whoever came by a sign-in under way would come to what is deleted here
            self._ways.forget()
            left = await self._clients.forget_all()
            await self._worker.run(self._book.forget)
        if mine:
            self._leave()
        if left:
            said = f"You are signed out, but not everything is deleted. {' '.join(left)}"
            raise Broken(said, "not_all_deleted")

    async def forget_refusals(self) -> None:
        """For "check again": ask Entra anew what it refused during the last minute."""
        await self._clients.forget_refusals()
        self._client_ids = self._applications(self.settings)

    async def _pin(self, known: KnownAccount) -> Account:
        """From here on this account asks for tokens; nothing is awaited after that (see `work.sign_in`)."""
        await self._worker.run(self._book.remember, known.account)
        before, self._pinned, self._begun = self._pinned, known, Begun()
        if before is not None and not before.account.same_as(known.account):
            self._signed_in_for_azure = False
            self._client_ids = self._applications(self.settings)
            self._tell()
        return self._book.named(known.account)

    def _leave(self) -> None:
        self._pinned, self._begun, self._signed_in_for_azure = None, Begun(), False
        self._ways.forget()
        self._client_ids = self._applications(self.settings)
        self._tell()

    def _tell(self) -> None:
        self._cli.forget()
        for hear in self._hearing:
            hear()

    @property
    def _uses_cli(self) -> bool:
        chosen = self.settings.azure_application == AZURE_CLI_SESSION
        return chosen and not self._signed_in_for_azure

    def _tenant(self, known: KnownAccount) -> str:
        """Whose authority is asked for tokens: at `organizations` a guest gets those of the tenant at home."""
        anywhere = self._profile.authority.rpartition("/")[2] in ("organizations", "common")
        return known.account.tenant_id if known.guest and anywhere else ""

    def _tenant_asked(self) -> str:
        """Whose authority the sign-in under way begins at: a guest has to come back to the same tenant."""
        return self._tenant(self._pinned) if self._pinned and not self._begun.another else ""

    def _every_application(self) -> set[str]:
        profile = self._profile
        usual = {profile.client_id(one) for one in Resource} | {profile.arm_fallback_client_id}
        return usual | set(self._client_ids.values()) | set(self._clients.opened)

    def _applications(self, settings: SignInSettings) -> dict[Resource, str]:
        """The applications that `settings` name, else the profile's."""
        chosen = {
            Resource.GRAPH: settings.graph_application,
            Resource.ARM: settings.azure_application,
        }
        if chosen[Resource.ARM] == AZURE_CLI_SESSION:
            chosen[Resource.ARM] = ""  # for when that cannot do it, as with a challenge
        return {one: chosen[one] or self._profile.client_id(one) for one in Resource}

    def _try_second_client(self, resource: Resource, answer: Answer) -> bool:
        second = self._profile.arm_fallback_client_id
        if resource is not Resource.ARM or self._client_ids[resource] == second:
            return False
        if self.settings.azure_application:  # chosen by a person: never silently another one
            return False
        if not wrong_client(answer):
            return False
        self._client_ids[resource] = second
        return True

    async def _client(self, resource: Resource) -> MsalClient:
        return await self._clients.of(self._client_ids[resource])


def _nothing_kept(resource: Resource) -> NotSignedIn:
    if resource is Resource.ARM:
        return NotSignedIn("Azure needs a sign-in of its own.", "sign_in_for_azure")
    return NotSignedIn("You are not signed in.")
