"""Blocking calls away from the event loop, on threads that never keep the process from ending.

`asyncio.to_thread` is not used for these: its pool is joined at exit, so one call that hangs
(a keyring that waits for a prompt) would keep the program alive for ever (auth.md §3.7).
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


def _deliver(future: asyncio.Future[T], value: T | None, error: BaseException | None) -> None:
    if future.done():  # cancelled meanwhile: nobody waits for the answer any more
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(value)  # type: ignore[arg-type]  # None only where T is None


def _call(
    loop: asyncio.AbstractEventLoop, future: asyncio.Future[T], work: Callable[[], T]
) -> None:
    value: T | None = None
    error: BaseException | None = None
    try:
        value = work()
    except BaseException as caught:  # handed to the awaiting task, whatever it is
        error = caught
    try:
        loop.call_soon_threadsafe(_deliver, future, value, error)
    except RuntimeError:
        return  # the loop has ended: the program is leaving


async def call_with_deadline(work: Callable[[], T], seconds: float) -> T:
    """Run `work` on a daemon thread of its own; TimeoutError after `seconds`, thread abandoned."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    threading.Thread(target=_call, args=(loop, future, work), daemon=True).start()
    return await asyncio.wait_for(future, seconds)


class DaemonWorker:
    """One daemon thread that does its jobs strictly in order.

    A cancelled `run` returns at once; the job still finishes on the thread, and jobs given later come after it.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    async def run(self, work: Callable[..., T], *args: Any) -> T:
        """Await `work(*args)` done on the thread; its exception is raised here."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._put(lambda: _call(loop, future, lambda: work(*args)))
        return await future

    def post(self, work: Callable[[], None]) -> None:
        """Queue `work` without waiting; it must not raise."""
        self._put(work)

    def close(self) -> None:
        """End the thread after the jobs already queued; does not wait."""
        if self._thread is not None:
            self._jobs.put(None)
            self._thread = None

    def _put(self, job: Callable[[], None]) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._loop, name=self._name, daemon=True)
            self._thread.start()
        self._jobs.put(job)

    def _loop(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
