"""Somebody at the wizard with an own application in view: use cases run through the real libraries, for their tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from m365backup_tui.cloud.connect import tools_of
from m365backup_tui.cloud.practice import PracticeStandIn
from m365backup_tui.cloud.profiles import practice_profile
from m365backup_tui.cloud.signin import SignIn
from m365backup_tui.cloud.transport import tls_context
from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.session import Account, DeviceCode, KeptIn, SignedIn, TokenHome
from m365backup_tui.events import Arrived, Broke, Event, Noted, SignedInNow
from m365backup_tui.journal.runs import FileRuns
from m365backup_tui.ports import Tools
from m365backup_tui.work.sign_in import sign_in
from tests.practice.conftest import Controls, web_session
from tests.practice.sign_in_pages import open_page

ADMIN = "global-admin"


class QuickClock:
    """Nobody waits: time is that much later. `waits` in seconds; `on_wait` hears of each."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.on_wait: Any = lambda: None
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self._ahead += timedelta(seconds=seconds)
        self.on_wait()
        await asyncio.sleep(0)


class Sitting:
    """One start of the program, memory only."""

    def __init__(self, ready: dict[str, Any], controls: Controls, folder: Path) -> None:
        self.ready, self.controls, self.folder = ready, controls, folder
        self.profile = practice_profile(ready)
        self.stand_in = PracticeStandIn(ready, tls_context(self.profile, {}))
        self.clock = QuickClock()
        self.notes: list[str] = []
        self._closing: list[Any] = [self.stand_in.close]
        self.tools: Tools

    async def open(self) -> Sitting:
        one = SignIn(self.profile, self.folder, sleep=_no_wait, backends=(), environ={})
        runs = FileRuns(self.folder / "runs", "a test")
        tools, close = await tools_of(one, self.profile, runs, self.stand_in, lambda *_: None)
        self._closing.insert(0, close)
        self.tools = replace(tools, clock=self.clock)
        return self

    async def close(self) -> None:
        for close in self._closing:
            await close()

    async def come_in(
        self, needs: CloudError | None = None, persona: str = ADMIN, *, consenting: bool = False
    ) -> Account | CloudError:
        """Sign in as the wizard asks, for just `needs`; who came, or why nobody did. `consenting`: by the pages, where
        the person is asked for consent and gives it."""
        came: Account | CloudError | None = None
        async for event in sign_in(self.tools, needs):
            match event:
                case Arrived(value=DeviceCode() as code) if consenting:
                    await asyncio.to_thread(self._at_the_browser, code, persona)
                case Arrived(value=DeviceCode() as code):
                    await self.stand_in.approve(code.user_code, persona)
                case SignedInNow(signed_in):
                    came = signed_in.account
                case Broke(error=error):
                    came = error
        assert came is not None
        return came

    def _at_the_browser(self, code: DeviceCode, persona: str) -> None:
        with web_session(self.ready) as web:
            page = open_page(web, code.verification_uri).press("", user_code=code.user_code)
            page.press("approve", persona=persona).press("accept")

    async def run(self, work: AsyncIterator[Event]) -> Any:
        """The last value of a use case, or the error that ended it."""
        last: Any = None
        async for event in work:
            match event:
                case Arrived(value=value):
                    last = value
                case Broke(error=error):
                    last = error
                case Noted(note=note):
                    self.notes.append(note)
        return last

    async def admin(self, persona: str = ADMIN) -> Account:
        """Signed in; the practice tenant's standing consent covers what an own application takes."""
        account = await self.come_in(persona=persona)
        assert isinstance(account, Account), account
        return account

    def writes(self, since: int) -> list[tuple[str, str, int]]:
        """Everything that changed something at Graph after that place in the tenant's log."""
        return [
            (
                entry["method"],
                entry["path"].removeprefix("/v1.0").partition("?")[0],
                entry["status"],
            )
            for entry in self.controls.log(since)
            if entry["path"].startswith("/v1.0") and entry["method"] != "GET"
        ]

    def here(self) -> int:
        """The newest place in the tenant's log."""
        return max((int(entry["seq"]) for entry in self.controls.log()), default=0)


def signed_in(account: Account) -> SignedIn:
    return SignedIn(account, TokenHome(KeptIn.MEMORY, "a test"), datetime.now(UTC))


async def _no_wait(_: float) -> None:
    return
