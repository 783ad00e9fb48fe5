"""The session that Azure CLI keeps on this host, as a source of tokens for Azure, once the person has agreed to it.

`az` runs as a process of its own: never through a shell, nothing on its standard input, ended after ten seconds or with
whoever waits for it. It serves Azure alone: its Graph permissions are fixed and lack Backup (auth.md §1.6, §2.1). Its
tokens stay in memory.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from m365backup_tui.cloud.az_process import AzFailedError, run_az
from m365backup_tui.cloud.who import account_of, token_claims
from m365backup_tui.domain.errors import NotSignedIn, Remedy, SignInRefused, StepUpNeeded
from m365backup_tui.domain.session import Account, CliSession

RESOURCE = "https://management.azure.com"
DEADLINE_SECONDS = 10.0  # as azure-identity waits (auth.md §1.6)
MARGIN_SECONDS = 300  # a token that ends within five minutes counts as ended, as in MSAL
_OWN_SIGN_IN = "sign_in_for_azure"


@dataclass(frozen=True, slots=True)
class _Kept:
    token: str = field(repr=False)
    ends: int  # seconds since 1970


class AzureCli:
    """`environ`: where `az` is looked for (PATH) and what it is given. `now`: seconds since 1970."""

    def __init__(
        self,
        environ: Mapping[str, str],
        arm_scope: str,
        *,
        seconds: float = DEADLINE_SECONDS,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._environ = dict(environ)
        self._scopes = (arm_scope,)
        self._seconds = seconds
        self._now = now
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._asking = asyncio.Lock()

    @property
    def program(self) -> str | None:
        """The path of `az`; None where there is none. Never one of the folder that happens to be the current one."""
        found = shutil.which("az", path=self._environ.get("PATH", ""))
        return found if found and os.path.isabs(found) else None

    async def session(self, person: Account | None) -> CliSession | None:
        """Who is signed in to Azure CLI, and why that is of no use for `person`, if it is not. None: no `az` here."""
        if self.program is None:
            return None
        try:
            shown = await self._az("account", "show")
        except AzFailedError as error:
            return CliSession("", "", "", str(error))
        user = shown.get("user")
        user = user if isinstance(user, dict) else {}
        name, tenant = str(user.get("name") or ""), str(shown.get("tenantId") or "")
        found = CliSession(name, tenant, str(shown.get("name") or ""))
        why = await self._why_not(found, str(user.get("type") or ""), person)
        return CliSession(found.username, found.tenant_id, found.subscription_name, why)

    async def token(self, person: Account, claims: str | None = None) -> tuple[str, int]:
        """A token for Azure of exactly this person in this tenant, and when it ends (seconds since 1970).

        Raises NotSignedIn (no `az`, no session, no answer), SignInRefused (somebody else), StepUpNeeded.
        """
        if claims is not None:  # `az` takes none for a token (auth.md §1.6)
            raise StepUpNeeded(
                "Azure asks for a fresh sign-in, which Azure CLI's session cannot give: sign in for Azure here.",
                "azure_cli_challenge",
                claims=claims,
                scopes=self._scopes,
            )
        async with self._asking:  # one `az` at a time serves all who wait for it
            kept = self._kept.get(person.key)
            if kept is None or kept.ends - MARGIN_SECONDS <= self._now():
                kept = await self._fetch(person)
                self._kept[person.key] = kept
            return kept.token, kept.ends

    def forget(self) -> None:
        """The tokens in memory; Azure CLI itself stays signed in."""
        self._kept = {}

    async def _fetch(self, person: Account) -> _Kept:
        if self.program is None:
            raise self._none("Azure CLI was chosen for Azure, but there is no `az` on this host.")
        words = ("--resource", RESOURCE, "--tenant", person.tenant_id)
        try:
            answer = await self._az("account", "get-access-token", *words)
        except AzFailedError as error:
            raise self._none(str(error)) from None
        token = str(answer.get("accessToken") or "")
        claims = token_claims(token)
        ends = _seconds(answer.get("expires_on")) or _seconds(claims.get("exp"))
        if not claims.get("oid") or not ends:
            raise self._none("Azure CLI gave something that is no token of a person.")
        theirs = account_of(claims)
        if not theirs.same_as(person):
            name = str(claims.get("upn") or claims.get("unique_name") or theirs.object_id)
            raise SignInRefused(
                _not_same(name, theirs.tenant_id, person),
                "account_mismatch",
                remedy=Remedy.OTHER_ACCOUNT,
                scopes=self._scopes,
            )
        return _Kept(token, ends)

    async def _why_not(self, found: CliSession, kind: str, person: Account | None) -> str:
        if kind.lower() != "user":
            return f"Azure CLI is signed in as an application ({found.username}), not as a person."
        if person is None:
            return "Sign in here first: then it can be seen whether Azure CLI is signed in as you."
        if found.tenant_id != person.tenant_id:
            return _not_same(found.username, found.tenant_id, person)
        try:
            await self.token(person)
        except (NotSignedIn, SignInRefused) as error:
            return error.what
        return ""

    def _none(self, why: str) -> NotSignedIn:
        return NotSignedIn(why, _OWN_SIGN_IN, scopes=self._scopes)

    async def _az(self, *words: str) -> dict[str, Any]:
        """The JSON object that `az` prints. Raises AzFailedError with a sentence for the person."""
        program = self.program
        if program is None:
            raise AzFailedError("There is no `az` on this host.")
        text = await run_az(program, (*words, "-o", "json"), self._environ, self._seconds)
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise AzFailedError("Azure CLI gave an answer that cannot be read.")
        return found


def _not_same(name: str, tenant: str, person: Account) -> str:
    there = "" if tenant == person.tenant_id else f" of another organization ({tenant})"
    return (
        f"Azure CLI is signed in as {name}{there}, but you are signed in here as {person.username}. "
        "Run `az login` as that person, or sign in for Azure here."
    )


def _seconds(value: Any) -> int:
    """0 for what is no time; older versions of `az` give none that could be used."""
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0
