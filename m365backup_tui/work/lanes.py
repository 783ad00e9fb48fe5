"""The order of a run's writes: as planned; a policy that the service is not ready for waits in a lane of its own.

So that the activation of one policy does not wait for another policy's job. Requests are still sent one at a time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from m365backup_tui.work.before import MustWait
from m365backup_tui.work.ledger import Ledger, PolicyKey, policy_key


class WriteOne(Protocol):
    """Brings write `n` to an outcome. Raises MustWait unless `patient`."""

    def __call__(self, n: int, *, patient: bool) -> Awaitable[None]: ...


class Lanes:
    """`write` brings one write to an outcome, `after` follows what a waiting policy's writes set going."""

    def __init__(
        self,
        ledger: Ledger,
        write: WriteOne,
        after: Callable[[PolicyKey], Awaitable[None]],
    ) -> None:
        self._ledger, self._write, self._after = ledger, write, after
        self._queues: dict[PolicyKey, deque[int]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._trouble: Exception | None = None

    async def run(self, numbers: Iterable[int]) -> None:
        """Every write once, those of one policy in their order. The first trouble ends all waits and is raised."""
        try:
            try:
                for n in numbers:
                    if self._trouble is None:
                        await self._next(n)
            except Exception as error:
                self._end_all(error)
            ended = await self._over()
        except BaseException:  # the program is told to leave, also while only lanes are left
            for task in self._tasks:
                task.cancel()
            await self._over()
            raise
        for task in ended:
            task.result()
        if self._trouble is not None:
            raise self._trouble

    async def _next(self, n: int) -> None:
        key = policy_key(self._ledger.run.writes[n])
        if key in self._queues:
            self._queues[key].append(n)
            return
        try:
            await self._write(n, patient=False)
        except MustWait:
            self._queues[key] = deque([n])
            self._tasks.add(asyncio.ensure_future(self._lane(key)))

    async def _lane(self, key: PolicyKey) -> None:
        queue = self._queues[key]
        try:
            while queue:
                await self._write(queue[0], patient=True)
                queue.popleft()
            del self._queues[key]
            await self._after(key)
        except Exception as error:
            self._end_all(error)

    def _end_all(self, trouble: Exception) -> None:
        """What others say after the first trouble is only that they were ended."""
        self._trouble = self._trouble or trouble
        self._ledger.given_up = True

    async def _over(self) -> set[asyncio.Task[None]]:
        if self._tasks:
            await asyncio.wait(self._tasks)
        return self._tasks
