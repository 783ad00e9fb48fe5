"""Where the fault matrix plays: one practice tenant, one person signed in through the real SDKs, a clock that jumps.

A cell of the matrix runs one use case while one fault is on. What is measured here: what the person is told, what the
server's own log says was changed, who came back too early, and how long it really took.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from m365backup_tui.cloud import (
    arm_calls,
    connect,
    for_requests,
    graph_calls,
    pinned,
    transport,
)
from m365backup_tui.cloud.backup import GraphBackup
from m365backup_tui.cloud.practice import PracticeStandIn
from m365backup_tui.cloud.profiles import practice_profile
from m365backup_tui.cloud.signin import SignIn
from m365backup_tui.cloud.transport import tls_context
from m365backup_tui.domain.session import Account
from m365backup_tui.events import Event
from m365backup_tui.journal.runs import FileRuns
from m365backup_tui.ports import Tools
from m365backup_tui.practice.faults import read_words
from m365backup_tui.state import State
from m365backup_tui.store import Store
from m365backup_tui.work import sign_in
from tests.practice.conftest import Controls, start_practice, stop_practice

T = TypeVar("T")
LIMIT = 60.0  # real seconds that a cell may take: more is a hang
PATIENT, IMPATIENT = (
    8.0,
    0.25,
)  # seconds of silence; the product's own are 60, and 10 for a connection
_SECONDS = tuple(
    (client, name)
    for client in (transport, for_requests)
    for name in ("READ_SECONDS", "CONNECT_SECONDS")
)
SILENT = ("T4", "T7")
DOORS = ("T1", "T3", "T4")  # nothing of these reaches the service, so its log cannot name them


class TenantsClock:
    """The machine's time and whatever was waited. Nobody waits: the tenant's clock is moved just before it is asked
    again, so that both sides count the same seconds."""

    def __init__(self, controls: Controls) -> None:
        self._controls = controls
        self.ahead = 0.0  # seconds waited since the beginning
        self._behind = 0.0
        self.most: float | None = None  # seconds of waiting that a cell allows itself
        self.waited = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.ahead)

    def time(self) -> float:
        """As `time.time`, for the sign-in's libraries."""
        return time.time() + self.ahead

    async def sleep(self, seconds: float) -> None:
        self.later(seconds)
        self.waited += seconds
        if self.most is not None and self.waited > self.most:
            raise Enough
        await asyncio.sleep(0)

    def later(self, seconds: float) -> None:
        """So much later, while nothing is going on."""
        self.ahead += seconds
        self._behind += seconds

    def catch_up(self) -> None:
        """Before a request: the tenant has waited just as long."""
        if self._behind > 0:
            whole, self._behind = int(self._behind) + 1, 0.0
            self._controls.advance(f"PT{whole}S")

    def as_if_since(self, kept: float) -> None:
        """The tenant went back to when `kept` seconds had been waited: the next request makes up for it."""
        self._behind = self.ahead - kept


class Enough(BaseException):
    """The person has waited long enough and leaves: as Ctrl+C, it goes past every `except Exception`."""


class _Time:
    """The module `time` with another `time()`."""

    def __init__(self, clock: TenantsClock) -> None:
        self.time = clock.time

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


@dataclass
class Stage:
    """`tools` and `store` are new for every cell; the sign-in and the connections stay."""

    ready: dict[str, Any]
    controls: Controls
    folder: Path
    runner: asyncio.Runner
    clock: TenantsClock
    stand_in: PracticeStandIn
    sign_in: SignIn
    tools: Tools
    close: Callable[[], Awaitable[None]]
    pauses: list[str]  # why reads were waited with
    store: Store = field(default_factory=Store)
    account: Account = field(default_factory=lambda: Account("", "", "", ""))
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _last: int = 0
    _kept: dict[str, tuple[float, dict[str, str]]] = field(default_factory=dict)

    def run(self, work: Awaitable[T], limit: float = LIMIT) -> T:
        """To its end; TimeoutError after `limit` real seconds."""

        async def bounded() -> T:
            return await asyncio.wait_for(work, limit)

        return self.runner.run(bounded())

    async def do(self, work: AsyncIterator[Event]) -> State:
        """The use case to its end, its events into the state."""
        async for event in work:
            self.store.send(event)
        return self.store.state

    def new_store(self) -> None:
        """Nothing known but who is signed in, and a journal of its own."""
        signed_in = self.store.state.signed_in
        self.run(self.store.close())
        self.store = Store(State(signed_in=signed_in))
        folder = self.folder / f"runs-{next(self._numbers)}"
        runs = FileRuns(folder, "the fault matrix")
        calls = self.tools.backup._calls  # type: ignore[attr-defined]
        self.tools = replace(self.tools, runs=runs, backup=GraphBackup(calls))  # it remembers a 403
        self.clock.most, self.clock.waited = None, 0.0

    def on(self, words: str) -> None:
        """Switch a fault on."""
        if words.startswith(SILENT):
            _wait_at_most(IMPATIENT)
        answer = self.controls.call("POST", "faults", read_words(words))
        assert answer.status_code == 201, (words, answer.text)

    def off(self) -> None:
        """Switch every fault off."""
        _wait_at_most(PATIENT)
        self.controls.call("DELETE", "faults").raise_for_status()

    def keep(self, name: str) -> None:
        """The tenant as it is now, under this name."""
        self.clock.catch_up()
        caches = {
            key: one._fresh_cache().serialize() for key, one in self.sign_in._clients.opened.items()
        }
        self._kept[name] = (self.clock.ahead, caches)
        self.controls.call("POST", f"snapshots/{name}").raise_for_status()

    def back_to(self, name: str) -> None:
        """The tenant as it was kept, but for its clock, which never goes back."""
        self.controls.call("POST", f"snapshots/{name}/restore").raise_for_status()
        ahead, caches = self._kept[name]
        self.clock.as_if_since(ahead)
        for key, cache in caches.items():  # the tenant forgot the sign-ins since, so they go too
            self.sign_in._clients.opened[key]._fresh_cache().deserialize(cache)

    def seq(self) -> int:
        """The number of the newest request in the server's log."""
        log = self.controls.log(self._last)
        self._last = int(log[-1]["seq"]) if log else self._last
        return self._last


@contextmanager
def stage_in(folder: Path) -> Iterator[Stage]:
    """A small company's tenant, backup off, its Global Administrator signed in."""
    with pytest.MonkeyPatch.context() as patch:
        server, ready = start_practice(folder, "--size", "SMALL")
        controls = Controls(ready)
        clock = TenantsClock(controls)
        _patient_for(patch, clock)
        try:
            with asyncio.Runner() as runner:
                made = runner.run(_opened(ready, controls, clock, folder, runner))
                try:
                    yield made
                finally:
                    runner.run(_closed(made))
        finally:
            controls.close()
            stop_practice(server)


def _patient_for(patch: pytest.MonkeyPatch, clock: TenantsClock) -> None:
    """The product's own composition with another clock, and a quarter of a second instead of a minute's silence."""
    patch.setattr(connect, "SystemClock", lambda: clock)
    for client, name in _SECONDS:
        patch.setattr(client, name, PATIENT)
    shown = _Time(clock)
    patch.setattr(pinned, "time", shown)
    patch.setattr("msal.token_cache.time", shown)
    patch.setattr("msal.application.time", shown)
    patch.setattr("azure.core.pipeline.policies._authentication.time", shown)
    graph, arm, mark = graph_calls._send, arm_calls.ArmCalls._send, transport._mark_request

    async def mark_request(request: Any) -> None:
        seconds = _patience()  # as long as the fault of this cell needs
        request.extensions["timeout"] = dict.fromkeys(("connect", "read", "write", "pool"), seconds)
        await mark(request)

    async def graph_send(*args: Any) -> bytes:
        clock.catch_up()
        return await graph(*args)

    async def arm_send(calls: Any, *args: Any) -> Any:
        clock.catch_up()
        settings = (await calls._opened())._client._pipeline._transport.connection_config
        settings.timeout = settings.read_timeout = _patience()
        return await arm(calls, *args)

    patch.setattr(transport, "_mark_request", mark_request)
    patch.setattr(graph_calls, "_send", graph_send)
    patch.setattr(arm_calls.ArmCalls, "_send", arm_send)


async def _closed(stage: Stage) -> None:
    await stage.close()
    await stage.stand_in.close()


def _patience() -> float:
    client, name = _SECONDS[0]
    return float(getattr(client, name))


def _wait_at_most(seconds: float) -> None:
    for client, name in _SECONDS:
        setattr(client, name, seconds)


async def _opened(
    ready: dict[str, Any],
    controls: Controls,
    clock: TenantsClock,
    folder: Path,
    runner: asyncio.Runner,
) -> Stage:
    profile = practice_profile(ready)
    stand_in = PracticeStandIn(ready, tls_context(profile, {}))
    signed = new_sign_in(ready, clock, folder)
    runs = FileRuns(folder / "runs", "the fault matrix")
    pauses: list[str] = []
    tools, close = await connect.tools_of(
        signed, profile, runs, stand_in, lambda reason, until: pauses.append(reason)
    )
    stage = Stage(ready, controls, folder, runner, clock, stand_in, signed, tools, close, pauses)
    await approved(stage, stage.tools)
    assert stage.store.state.signed_in is not None
    stage.account = stage.store.state.signed_in.account
    return stage


def new_sign_in(ready: dict[str, Any], clock: TenantsClock, folder: Path) -> SignIn:
    """A sign-in that keeps nothing on disk."""
    return SignIn(
        practice_profile(ready), folder, clock=clock.now, sleep=clock.sleep, backends=(), environ={}
    )


async def approved(stage: Stage, tools: Tools) -> None:
    """The sign-in's use case, and the person who types its code."""
    done = False
    async for event in sign_in.sign_in(tools):
        stage.store.send(event)
        code = stage.store.state.device_code.value
        if code is not None and not done:
            done = True
            await stage.stand_in.approve(code.user_code, "global-admin")
