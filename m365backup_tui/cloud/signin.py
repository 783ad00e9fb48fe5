"""Signing in: device code, silent tokens for Graph and Azure, one pinned account, sign-out.

All MSAL calls run on one thread of their own; a cancelled wait ends at once (auth.md §1.2). Other ways to
sign in will start like `device_code` and end in `_settle`, where the account is checked and pinned.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from m365backup_tui.cloud.daemon import DaemonWorker
from m365backup_tui.cloud.keyring_key import (
    DEADLINE_SECONDS,
    BackendFactory,
    KeyFound,
    NoKey,
    find_key,
    forget_key,
    item_name,
)
from m365backup_tui.cloud.msal_client import Answer, KnownAccount, MsalClient, account_of
from m365backup_tui.cloud.profiles import SCOPES_SIGN_IN, Profile, Resource
from m365backup_tui.cloud.refusals import dead_session, refusal, wrong_client
from m365backup_tui.cloud.tokens import TokenFile, UnsafeFolderError, safe_folder
from m365backup_tui.cloud.transport import Transport, open_transport
from m365backup_tui.domain.errors import (
    ConsentNeeded,
    NotSignedIn,
    SignInRefused,
    StepUpNeeded,
    Throttled,
    Unreachable,
)
from m365backup_tui.domain.session import Account, DeviceCode, KeptIn, TokenHome

FAILED_POLLS_IN_A_ROW = 5  # a dropped line comes back; a code is not given up for one lost answer
_MEMORY_ONLY = "Your sign-in is kept in memory only and ends when you leave."


def _now() -> datetime:
    return datetime.now(UTC)


class SignIn:
    """The sign-in of one profile. Create it in the composition root; `close` it at the end."""

    def __init__(
        self,
        profile: Profile,
        state_dir: Path,
        *,
        clock: Callable[[], datetime] = _now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        backends: Sequence[tuple[str, BackendFactory]] | None = None,
        keyring_seconds: float = DEADLINE_SECONDS,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        """`state_dir`/<profile>/signin holds the encrypted cache, if any. `clock`: aware UTC."""
        self._profile = profile
        self._folder = state_dir / profile.key / "signin"
        self._clock = clock
        self._sleep = sleep
        self._backends = backends
        self._keyring_seconds = keyring_seconds
        self._environ = dict(os.environ if environ is None else environ)
        self._worker = DaemonWorker("sign-in")
        self._opening = asyncio.Lock()
        self._transport: Transport | None = None
        self._home: TokenHome | None = None
        self._key: bytes | None = None
        self._clients: dict[str, MsalClient] = {}
        self._client_ids = {resource: profile.client_id(resource) for resource in Resource}
        self._flows: dict[str, tuple[Resource, Answer, str | None]] = {}
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
        if self._transport is None:
            self._transport = await self._worker.run(open_transport, self._profile, self._environ)
        return self._transport

    async def token_home(self) -> TokenHome:
        """Where the sign-in is kept, and why. Takes up to three seconds the first time."""
        await self._client(Resource.GRAPH)
        home = self._home or TokenHome(KeptIn.MEMORY, _MEMORY_ONLY)
        if home.kept_in is KeptIn.MEMORY:
            return home
        for client in self._clients.values():
            if client.lost_file:
                return TokenHome(KeptIn.MEMORY, f"{client.lost_file} {_MEMORY_ONLY}")
            if client.put_aside:
                return TokenHome(KeptIn.KEYRING, f"{home.why} {client.put_aside}")
        return home

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
        client = await self._client(resource)
        answer = await self._worker.run(client.start_code, scopes, claims)
        if "user_code" not in answer:
            raise refusal(answer, scopes, claims)
        code = DeviceCode(
            user_code=str(answer["user_code"]),
            verification_uri=str(answer["verification_uri"]),
            expires_at=self._clock() + timedelta(seconds=int(answer["expires_in"])),
            interval=int(answer.get("interval", 5)),
            message=str(answer.get("message", "")),
        )
        self._flows = {code.user_code: (resource, answer, claims)}  # a new code replaces the old
        return code

    async def wait_for_sign_in(self, code: DeviceCode) -> Account:
        """Wait until the person has used `code`. Cancelling the task ends it at once.

        Raises SignInRefused (declined, expired, other account), ConsentNeeded, StepUpNeeded,
        Unreachable after several failures in a row.
        """
        if code.user_code not in self._flows:
            raise SignInRefused("This code was replaced by a newer one.", "code_replaced")
        resource, flow, claims = self._flows[code.user_code]
        client = await self._client(resource)
        try:
            answer = await self._poll(client, code, flow, claims)
        except asyncio.CancelledError:
            # The poll on its way may still succeed: it must not sign anybody in any more.
            self._worker.post(lambda: client.discard_arrival(flow))
            raise
        self._flows.pop(code.user_code, None)
        return await self._settle(client, flow, answer)

    async def token(
        self, resource: Resource, scopes: Sequence[str], claims: str | None = None
    ) -> tuple[str, int]:
        """An access token of the pinned account and when it ends (seconds since 1970).

        Never asks the person: raises NotSignedIn, StepUpNeeded, ConsentNeeded, SignInRefused or
        Unreachable. For Azure the second application is tried when the first may not (auth.md §2.4).
        """
        pinned = self._pinned
        if pinned is None:
            raise NotSignedIn("You are not signed in.")
        client = await self._client(resource)
        answer = await self._worker.run(client.silent, scopes, pinned.home_id, claims)
        if answer and "error" in answer and self._try_second_client(resource, answer):
            client = await self._client(resource)
            answer = await self._worker.run(client.silent, scopes, pinned.home_id, claims)
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

    async def sign_out(self) -> None:
        """Forget every account of this profile on this host: memory, file and keyring key.

        Entra has no way to revoke one token: copies elsewhere live until they are revoked.
        """
        await self.token_home()
        for client_id in {*self._client_ids.values(), self._profile.arm_fallback_client_id}:
            await self._worker.run((await self._client_of(client_id)).forget_all)
        if self._key is not None:
            await forget_key(
                item_name(self._profile.key, self._folder), self._backends, self._keyring_seconds
            )
        self._pinned, self._key, self._home = None, None, None
        self._clients, self._flows = {}, {}
        self._client_ids = {one: self._profile.client_id(one) for one in Resource}

    async def forget_refusals(self) -> None:
        """For "check again": ask Entra anew what it refused during the last minute."""
        for client in tuple(self._clients.values()):
            await self._worker.run(client.forget_refusals)
        self._client_ids = {one: self._profile.client_id(one) for one in Resource}

    def close(self) -> None:
        """End the thread; does not wait for a call that hangs."""
        self._worker.close()

    async def _poll(
        self, client: MsalClient, code: DeviceCode, flow: Answer, claims: str | None
    ) -> Answer:
        lost = 0
        while True:
            await self._sleep(float(flow.get("interval", code.interval)))
            if self._clock() >= code.expires_at:
                raise SignInRefused("The code has expired.", "expired_token")
            try:
                answer = await self._worker.run(client.poll_code, flow, claims)
                if "access_token" in answer:
                    return answer
                if answer.get("error") not in ("authorization_pending", "slow_down"):
                    raise refusal(answer, (), claims)
                lost = 0
            except (Unreachable, Throttled):
                lost += 1
                if lost >= FAILED_POLLS_IN_A_ROW:
                    raise

    async def _settle(self, client: MsalClient, flow: Answer, answer: Answer) -> Account:
        """Check who came, and pin the session to that account."""
        came = account_of(answer.get("id_token_claims") or {})
        known = await self._worker.run(client.accounts)
        found = [one for one in known if _same(one.account, came)]
        if not found:
            raise SignInRefused("Entra did not say who signed in.", "no_id_token")
        if self._pinned and not _same(self._pinned.account, came):
            await self._worker.run(client.discard_arrival, flow)
            raise SignInRefused(
                f"You signed in as {came.username}, but this session belongs to "
                f"{self._pinned.account.username}. Sign out first to change the account.",
                "account_mismatch",
            )
        self._pinned = found[0]
        return found[0].account

    def _try_second_client(self, resource: Resource, answer: Answer) -> bool:
        second = self._profile.arm_fallback_client_id
        if resource is not Resource.ARM or self._client_ids[resource] == second:
            return False
        if not wrong_client(answer):
            return False
        self._client_ids[resource] = second
        return True

    async def _client(self, resource: Resource) -> MsalClient:
        return await self._client_of(self._client_ids[resource])

    async def _client_of(self, client_id: str) -> MsalClient:
        async with self._opening:
            if self._home is None:
                self._home, self._key = await self._find_home()
            if client_id not in self._clients:
                file = None
                if self._key is not None:
                    path = self._folder / f"tokens-{client_id[:8]}.bin"
                    file = TokenFile(path, self._key, self._profile.key, client_id)
                client = MsalClient(await self.transport(), client_id, file)
                await self._worker.run(client.accounts)  # reads the file now: troubles show early
                self._clients[client_id] = client
            return self._clients[client_id]

    async def _find_home(self) -> tuple[TokenHome, bytes | None]:
        """Keyring or memory. Nothing is ever written in clear."""
        if self._environ.get("SUDO_USER"):  # the home and keyring may be another's (auth.md §4.1)
            return TokenHome(KeptIn.MEMORY, f"You are here through sudo. {_MEMORY_ONLY}"), None
        try:
            await self._worker.run(safe_folder, self._folder)
        except UnsafeFolderError as error:
            return TokenHome(KeptIn.MEMORY, f"{error} {_MEMORY_ONLY}"), None
        except OSError:
            why = f"The folder {self._folder} cannot be written. {_MEMORY_ONLY}"
            return TokenHome(KeptIn.MEMORY, why), None
        item = item_name(self._profile.key, self._folder)
        lock = self._folder / "key.lock"
        match await find_key(item, self._backends, self._keyring_seconds, lock):
            case KeyFound(key, keyring):
                why = f"Your sign-in is kept encrypted on this host; its key is in {keyring}."
                return TokenHome(KeptIn.KEYRING, why), key
            case NoKey(why):
                return TokenHome(KeptIn.MEMORY, f"{why} {_MEMORY_ONLY}"), None


def _same(one: Account, other: Account) -> bool:
    return (one.tenant_id, one.object_id) == (other.tenant_id, other.object_id)


def _nothing_kept(resource: Resource) -> NotSignedIn:
    if resource is Resource.ARM:
        return NotSignedIn("Azure needs a sign-in of its own.", "sign_in_for_azure")
    return NotSignedIn("You are not signed in.")
