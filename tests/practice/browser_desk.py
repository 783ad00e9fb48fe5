"""A sign-in by browser as tests need it: real msal, the practice tenant, a browser of httpx, a port of its own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from m365backup_tui.cloud.practice import PracticeStandIn
from m365backup_tui.cloud.profiles import SCOPES_SIGN_IN, Profile, Resource, practice_profile
from m365backup_tui.cloud.signin import SignIn
from m365backup_tui.cloud.transport import tls_context
from m365backup_tui.domain.session import Account, BrowserSignIn
from m365backup_tui.domain.settings import SignInSettings

ADMIN, OTHER = "global-admin", "backup-admin"


class MovingClock:
    """The real time, and what a test adds to it."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Desk:
    """One tenant and one port; `sign_in` makes sign-ins as separate processes would, without a keyring."""

    def __init__(self, ready: dict[str, Any], folder: Path) -> None:
        self.profile: Profile = practice_profile(ready)
        self.tls = tls_context(self.profile, {})
        self.stand_in = PracticeStandIn(ready, self.tls)
        self.folder = folder
        self.port = free_port()
        self.clock = MovingClock()
        self.waits: list[float] = []
        self.on_sleep: Callable[[float], Awaitable[None]] | None = None
        self.made: list[SignIn] = []

    def sign_in(self, port: int | None = None) -> SignIn:
        made = SignIn(
            self.profile,
            self.folder,
            settings=SignInSettings(port=self.port if port is None else port),
            clock=self.clock,
            sleep=self._sleep,
            backends=(),
            environ={},
        )
        self.made.append(made)
        return made

    async def browse(self, begun: BrowserSignIn, persona: str | None = ADMIN) -> str:
        return await self.stand_in.browse(begun.url, persona)

    async def come_in(
        self,
        one: SignIn,
        persona: str = ADMIN,
        *,
        scopes: tuple[str, ...] = SCOPES_SIGN_IN,
        resource: Resource = Resource.GRAPH,
        claims: str | None = None,
    ) -> Account:
        """The person signs in, and the browser comes back to the port."""
        begun = await one.browser(scopes, resource, claims)
        end = await self.browse(begun, persona)
        waiting = asyncio.create_task(one.wait_for_browser(begun))
        await self.stand_in.follow(end)
        return await waiting

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        return await self.stand_in.control(method, path, body)

    async def token_requests(self) -> int:
        seen = await self.control("GET", "requests")
        return sum(one["path"].endswith("/oauth2/v2.0/token") for one in seen)

    async def close(self) -> None:
        for one in self.made:
            one.close()
        await self.stand_in.close()

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.clock.ahead += timedelta(seconds=seconds)
        if self.on_sleep is not None:
            await self.on_sleep(seconds)
        await asyncio.sleep(0)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def listens(port: int) -> bool:
    """Whether anything accepts connections on either loopback."""
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family) as one:
                one.settimeout(2)
                one.connect((host, port))
        except OSError:
            continue
        return True
    return False
