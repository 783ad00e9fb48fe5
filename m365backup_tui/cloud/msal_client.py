"""One MSAL application on its token cache: blocking, and used from one thread only.

MSAL's cache and a file lock taken in different orders by two threads wait for each other (auth.md §3.6); one thread for
all calls, and one read-merge-write after each call instead of one a cache entry, avoid that.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from m365backup_tui.cloud.patience import Patience
from m365backup_tui.cloud.refusals import UNTIL, calling_entra, dead_session, failures
from m365backup_tui.cloud.tokens import Entries, TokenFile, UnsafeFolderError, saved_part
from m365backup_tui.cloud.transport import Transport, requests_session
from m365backup_tui.cloud.who import KnownAccount, account_of, token_claims
from m365backup_tui.domain.errors import Throttled, Unreachable

if TYPE_CHECKING:
    import msal  # type: ignore[import-untyped]  # msal has no py.typed

Answer = dict[str, Any]
_LAST_SECONDS = 30.0  # a token that ends sooner is not worth sending


def utc_now() -> datetime:
    return datetime.now(UTC)


class MsalClient:
    """The calls that a sign-in needs.

    `put_aside`: a sentence when a file could not be read. `lost_file`: a sentence from the moment when the file
    cannot be used; everything goes on in memory.
    """

    def __init__(
        self,
        transport: Transport,
        client_id: str,
        file: TokenFile | None,
        clock: Callable[[], datetime] = utc_now,
        authority: str = "",
    ) -> None:
        """`authority`: "" for the profile's own."""
        self._authority = authority or transport.profile.authority
        self.put_aside = ""
        self.lost_file = ""
        self._transport = transport
        self._client_id = client_id
        self._file = file
        self._refusals: dict[str, Any] = {}  # MSAL remembers a 400 for 60 s here (auth.md §1.1)
        self._clock = clock
        self._patience = Patience(clock, self._refusals)
        self._apps: dict[str, msal.PublicClientApplication] = {}  # by tenant, on one cache
        self._cache: msal.SerializableTokenCache | None = None
        self._base: Entries = {}
        self._signature = (-1, -1, -1)

    def accounts(self) -> list[KnownAccount]:
        """Who is in the cache; asks nobody."""
        return self._held_by(self._fresh_cache())

    def _held_by(self, cache: msal.SerializableTokenCache) -> list[KnownAccount]:
        kind = cache.CredentialType.ID_TOKEN
        known: dict[tuple[str, str], KnownAccount] = {}  # one person may be a guest elsewhere too
        for entry in cache.search(kind, query={"client_id": self._client_id}):
            home, claims = str(entry["home_account_id"]), token_claims(str(entry["secret"]))
            if claims.get("oid"):
                account = account_of(claims)
                one = KnownAccount(home, account)
                told = KnownAccount(home, replace(account, guest=one.guest))
                known[account.key] = told
        return list(known.values())

    def start_code(self, scopes: Sequence[str], claims: str | None, tenant: str = "") -> Answer:
        """A new device code (MSAL's flow), or an answer with `error`. `tenant`: see `_application`."""
        flow = self.ask(
            lambda app: app.initiate_device_flow(scopes=list(scopes), claims_challenge=claims),
            tenant,
        )
        return {**flow, "tenant": tenant}

    def poll_code(self, flow: Answer, claims: str | None) -> Answer:
        """Ask once whether the code was used. Changes `flow`: `interval` after slow_down."""
        return self.arrive(
            lambda app: app.acquire_token_by_device_flow(
                flow, claims_challenge=claims, exit_condition=lambda _: True
            ),
            flow,
        )

    def ask(
        self, call: Callable[[msal.PublicClientApplication], Answer], tenant: str = ""
    ) -> Answer:
        """One call of MSAL that keeps nothing. `tenant`: see `_application`."""
        app = self._application(tenant)
        return dict(self._patience.ask_anew(lambda: call(app)))

    def arrive(
        self, call: Callable[[msal.PublicClientApplication], Answer], flow: Answer
    ) -> Answer:
        """One call of MSAL by which somebody may come in; `flow` then knows who, also where it fails afterwards."""
        app = self._application(str(flow.get("tenant", "")))
        cache = self._fresh_cache()
        before = {known.home_id for known in self._held_by(cache)}
        try:
            return dict(self._patience.ask_anew(lambda: call(app)))
        finally:
            # Not the file again before ours is in it: who came in elsewhere meanwhile would take our place in memory.
            flow["arrived"] = {known.home_id for known in self._held_by(cache)} - before
            self._save()

    def discard_arrival(self, flow: Answer) -> None:
        """Forget who came in by `flow`, unless that account was here before."""
        for home_id in flow.get("arrived", ()):
            self.forget(home_id)

    def silent(
        self,
        scopes: Sequence[str],
        home_id: str,
        claims: str | None,
        fresh: bool = False,
        tenant: str = "",
    ) -> Answer | None:
        """A token without asking the person; None when nothing is kept for the account. `fresh`: not one of memory.
        `tenant`: see `_application`. A session that can never be refreshed again is forgotten, here and at once: who
        comes in anew in the next moment is not forgotten with it."""
        self._fresh_cache()
        app = self._application(tenant)
        realm = str(app.authority.tenant)
        found = [a for a in app.get_accounts() if a.get("home_account_id") == home_id]
        if not found:
            return None
        try:
            answer = self._patience.ask(
                lambda: app.acquire_token_silent_with_error(
                    list(scopes),
                    found[0],
                    force_refresh=fresh,
                    claims_challenge=claims,
                    http_exceptions=failures(),
                )
            )
        except (Unreachable, Throttled):
            if fresh or claims or (kept := self._still_good(scopes, home_id, realm)) is None:
                raise
            return kept
        if answer and UNTIL in answer and not (fresh or claims):
            answer = self._still_good(scopes, home_id, realm) or answer
        if answer and dead_session(answer):
            self.forget(home_id)
        self._save()
        return None if answer is None else dict(answer)

    def _still_good(self, scopes: Sequence[str], home_id: str, realm: str) -> Answer | None:
        """A token of memory that MSAL wants to renew already, as it does in the last five minutes; while Entra is
        down work goes on with it."""
        cache, now = self._fresh_cache(), self._clock().timestamp()
        query = {"client_id": self._client_id, "home_account_id": home_id, "realm": realm}
        kind = cache.CredentialType.ACCESS_TOKEN
        for entry in cache.search(kind, target=list(scopes), query=query):
            left = int(entry["expires_on"]) - now
            if left > _LAST_SECONDS:
                return {"access_token": str(entry["secret"]), "expires_in": int(left)}
        return None

    def forget(self, home_id: str, tenant: str = "") -> None:
        """Remove the account and its tokens from memory and file. Entra is not told: it cannot be. `tenant`: only
        what was given for that tenant; the refresh token, which knows none, stays."""
        cache = self._fresh_cache()
        kinds = cache.CredentialType
        for kind in (kinds.ACCESS_TOKEN, kinds.REFRESH_TOKEN, kinds.ID_TOKEN, kinds.ACCOUNT):
            for entry in list(cache.search(kind, query={"home_account_id": home_id})):
                if not tenant or _tenant_of(entry) == tenant:
                    cache.modify(kind, entry)
        self._save()

    def forget_all(self) -> None:
        """Forget every account and delete the file; where that fails, whoever deletes the key makes it useless."""
        for known in self.accounts():
            self.forget(known.home_id)
        try:
            if self._file is not None:
                self._file.delete()
        except OSError as error:
            self._go_on_in_memory(error)
        self._base, self._signature = {}, (0, 0, 0)

    def move_to(self, file: TokenFile | None) -> None:
        """Keep what is held in `file` from now on, with what that holds already; None: in memory alone.

        OSError, UnsafeFolderError: then nothing has changed.
        """
        ours: Entries = json.loads(self._fresh_cache().serialize())
        held: Entries = {}
        put_aside = file.load().put_aside if file is not None else ""
        if file is not None and any(saved_part(ours).values()):
            held = file.update({}, ours)
        self._file, self.lost_file, self.put_aside = file, "", put_aside
        self._base, self._signature = {}, (-1, -1, -1)  # a file not written to is read next
        if file is not None and held:
            self._take_over(held)
            self._signature = file.signature()

    def forget_refusals(self) -> None:
        """Let the next call ask again although Entra refused it a moment ago."""
        self._patience.forget()

    def _application(self, tenant: str = "") -> msal.PublicClientApplication:
        """At the authority of `tenant`, which a guest's tokens have to come from; "" for the one of the profile."""
        if tenant not in self._apps:
            import msal

            profile = self._transport.profile
            cache = self._fresh_cache()
            session = requests_session(self._transport)
            session.hooks["response"].append(self._patience.note)
            root = self._authority.rpartition("/")[0]
            self._apps[tenant] = calling_entra(
                lambda: msal.PublicClientApplication(
                    self._client_id,
                    authority=f"{root}/{tenant}" if tenant else self._authority,
                    instance_discovery=profile.instance_discovery,
                    client_capabilities=["CP1"],  # only then are claims challenges sent
                    token_cache=cache,
                    http_client=session,
                    http_cache=self._refusals,
                )
            )
        return self._apps[tenant]

    def _fresh_cache(self) -> msal.SerializableTokenCache:
        """The cache, after taking over what other processes wrote."""
        if self._cache is None:
            import msal

            self._cache = msal.SerializableTokenCache()
        if self._file is None:
            return self._cache
        try:
            signature = self._file.signature()
            if signature != self._signature:
                loaded = self._file.load()
                self.put_aside = loaded.put_aside or self.put_aside
                self._take_over(loaded.entries)
                self._signature = self._file.signature()
        except (OSError, UnsafeFolderError) as error:
            self._go_on_in_memory(error)
        return self._cache

    def _take_over(self, entries: Entries) -> None:
        if self._cache is None:
            return
        ours: Entries = json.loads(self._cache.serialize())
        kept = {kind: held for kind, held in ours.items() if kind not in saved_part(ours)}
        self._cache.deserialize(json.dumps({**entries, **kept}))
        self._base = entries

    def _save(self) -> None:
        if self._cache is None or self._file is None or not self._cache.has_state_changed:
            return
        ours: Entries = json.loads(self._cache.serialize())
        if saved_part(ours) == self._base:
            return
        try:
            self._take_over(self._file.update(self._base, ours))
            self.put_aside = self._file.put_aside or self.put_aside
            self._signature = self._file.signature()
        except (OSError, UnsafeFolderError) as error:  # TimeoutError is an OSError
            self._go_on_in_memory(error)

    def _go_on_in_memory(self, error: Exception) -> None:
        if isinstance(error, UnsafeFolderError):
            self.lost_file = str(error)
        else:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            self.lost_file = f"The sign-in file cannot be used ({reason})."
        self._file = None


def _tenant_of(entry: Mapping[str, Any]) -> str:
    """An id token tells it; its `realm` is `organizations` where nobody had named a tenant."""
    named = token_claims(str(entry["secret"])).get("tid") if "secret" in entry else None
    return str(named or entry.get("realm", ""))
