"""A token that a service takes for expired: one refresh, one repeat, however many requests meet it at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from m365backup_tui.cloud.credential import SessionCredential
from m365backup_tui.cloud.profiles import SCOPES_READ, Resource, global_profile
from m365backup_tui.cloud.renewal import challenged, once_more, wanted_since
from m365backup_tui.domain.errors import NotSignedIn


class Expired(Exception):
    """What an SDK raises for a plain 401."""


class Source:
    """Gives the token of memory until a fresh one is asked for."""

    def __init__(self) -> None:
        self.number = 0
        self.refreshes = 0

    async def token(
        self,
        resource: Resource,
        scopes: Sequence[str],
        claims: str | None = None,
        *,
        fresh: bool = False,
    ) -> tuple[str, int]:
        await asyncio.sleep(0)
        if fresh:
            self.refreshes += 1
            self.number += 1
        return f"token {self.number}", 4_000_000_000


class Service:
    """Takes every token older than `oldest` for expired."""

    def __init__(self, source: Source, oldest: int) -> None:
        self.credential = SessionCredential(source, global_profile(), SCOPES_READ)
        self.oldest = oldest
        self.asked: list[str] = []

    async def call(self) -> str:
        token = (await self.credential.get_token()).token
        self.asked.append(token)
        await asyncio.sleep(0)
        if int(token.split()[1]) < self.oldest:
            raise Expired
        return token

    async def send(self) -> str:
        return await once_more(self.call, lambda exc: isinstance(exc, Expired))


async def test_an_expired_token_is_renewed_once_and_the_request_repeated_once() -> None:
    source = Source()
    service = Service(source, 1)
    assert await service.send() == "token 1"
    assert service.asked == ["token 0", "token 1"]
    assert source.refreshes == 1
    assert wanted_since() is None


async def test_a_fresh_token_that_is_refused_too_ends_it() -> None:
    source = Source()
    service = Service(source, 99)
    with pytest.raises(Expired):
        await service.send()
    assert len(service.asked) == 2
    assert source.refreshes == 1


async def test_many_requests_at_once_cost_one_refresh() -> None:
    source = Source()
    service = Service(source, 1)
    assert await asyncio.gather(*(service.send() for _ in range(8))) == ["token 1"] * 8
    assert source.refreshes == 1
    service.oldest = 2  # an hour later the next token is taken for expired
    assert await service.send() == "token 2"
    assert source.refreshes == 2


async def test_other_trouble_is_not_repeated() -> None:
    calls = 0

    async def call() -> None:
        nonlocal calls
        calls += 1
        raise NotSignedIn("Signed out.")

    with pytest.raises(NotSignedIn):
        await once_more(call, lambda exc: isinstance(exc, Expired))
    assert calls == 1


def test_a_challenge_with_claims_is_no_expired_token() -> None:
    assert challenged({"WWW-Authenticate": 'Bearer error="insufficient_claims", claims="e30"'})
    assert not challenged({"www-authenticate": 'Bearer error="invalid_token"'})
    assert not challenged({})
