"""A terminal that was hung up is noticed without any signal."""

from __future__ import annotations

import asyncio
import os
import pty
import sys
import threading
from collections.abc import Iterator

import pytest

from m365backup_tui.terminal.hang_up import watch_hang_up

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="terminals are polled on Linux only"
)


@pytest.fixture
def ends() -> Iterator[list[int]]:
    """Our end and the program's end of a terminal; what a test closes it takes out."""
    found = list(pty.openpty())
    yield found
    for one in found:
        os.close(one)


def watchers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "hang-up"]


async def until_no_watcher_is_left() -> None:
    for thread in watchers():
        await asyncio.to_thread(thread.join, 5)
    assert watchers() == []


async def test_a_hung_up_terminal_is_told_of_once(ends: list[int]) -> None:
    calls: list[str] = []
    told = asyncio.Event()

    def gone() -> None:
        calls.append("gone")
        told.set()

    stop = watch_hang_up(ends[1], gone)
    os.write(ends[0], b"a key is no hang-up\n")
    await asyncio.sleep(0)
    assert len(watchers()) == 1
    os.close(ends.pop(0))
    await asyncio.wait_for(told.wait(), 5)
    await until_no_watcher_is_left()
    stop()
    stop()
    assert calls == ["gone"]


async def test_whoever_stops_watching_hears_nothing_more(ends: list[int]) -> None:
    calls: list[str] = []
    stop = watch_hang_up(ends[1], lambda: calls.append("gone"))
    stop()
    await until_no_watcher_is_left()
    os.close(ends.pop(0))
    await asyncio.sleep(0)
    assert calls == []


async def test_a_pipe_is_not_watched() -> None:
    read, write = os.pipe()
    stop = watch_hang_up(read, lambda: None)
    assert watchers() == []
    stop()
    os.close(read)
    os.close(write)
