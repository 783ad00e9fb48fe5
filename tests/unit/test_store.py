"""The store: one writer, watchers told once, effects that end in events or are cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from m365backup_tui import events as ev
from m365backup_tui.store import Store

NOW = datetime(2026, 11, 21, tzinfo=UTC)


async def test_watchers_hear_of_a_change_once_and_of_no_change_never() -> None:
    store = Store()
    heard: list[bool] = []
    stop = store.subscribe(lambda state: heard.append(state.started))
    store.send(ev.Started())
    store.send(ev.Started())
    stop()
    store.send(ev.SignedOut())
    assert heard == [True]


async def test_starting_the_same_work_again_cancels_the_earlier_one() -> None:
    store = Store()
    gates = [asyncio.Event(), asyncio.Event()]
    ended: list[int] = []

    async def work(n: int) -> AsyncIterator[ev.Event]:
        try:
            yield ev.Began(ev.GROUPS, NOW, f"try {n}")
            await gates[n].wait()
            yield ev.Arrived(ev.GROUPS, (), NOW)
        finally:
            ended.append(n)

    first = store.perform("groups", work(0))
    await asyncio.sleep(0)
    second = store.perform("groups", work(1))
    await asyncio.gather(first, return_exceptions=True)
    assert first.cancelled()
    assert store.state.groups.note == "try 1"
    gates[1].set()
    await second
    assert store.state.groups.value == ()
    assert not store.busy


async def test_a_bug_in_the_work_reaches_whoever_reports_crashes() -> None:
    crashes: list[BaseException] = []
    store = Store(on_crash=crashes.append)

    async def work() -> AsyncIterator[ev.Event]:
        yield ev.Started()
        raise ZeroDivisionError

    await asyncio.gather(store.perform("bad", work()), return_exceptions=True)
    await asyncio.sleep(0)
    assert [type(c) for c in crashes] == [ZeroDivisionError]


async def test_closing_ends_everything_that_runs() -> None:
    store = Store()

    async def forever() -> AsyncIterator[ev.Event]:
        yield ev.Started()
        await asyncio.Event().wait()

    task = store.perform("forever", forever())
    await asyncio.sleep(0)
    await store.close()
    assert task.cancelled()
    assert not store.busy
