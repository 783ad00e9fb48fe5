"""The Store: holds the State, applies events, runs effects as tasks, tells watchers what changed.

The only mutable thing that screens share. One writer: the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from m365backup_tui.events import Event
from m365backup_tui.reducing import reduce
from m365backup_tui.state import State

Watcher = Callable[[State, State], None]
Work = AsyncIterator[Event]


# Names of tasks that belong to no account.
OF_THIS_HOST = frozenset({"accounts", "homes", "keep", "rehearsal", "settings", "sign-out"})


class Store:
    """`send` applies an event at once. `perform` runs a use case as a task named for what it does: starting the
    same name again cancels the earlier one; `cancel` ends it. Use cases end in events, also when they fail."""

    def __init__(
        self, state: State | None = None, on_crash: Callable[[BaseException], None] | None = None
    ) -> None:
        self._state = state or State()
        self._watchers: list[Watcher] = []
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._on_crash = on_crash

    def report_crashes_to(self, on_crash: Callable[[BaseException], None]) -> None:
        """Who hears of a bug in a use case: its task would otherwise end in silence."""
        self._on_crash = on_crash

    @property
    def state(self) -> State:
        return self._state

    def view(self) -> State:
        """The state, under the name that screens ask for it."""
        return self._state

    def send(self, event: Event) -> None:
        old = self._state
        new = reduce(old, event)
        if new == old:
            return
        self._state = new
        if _person(old) and _person(new) != _person(old):
            self._end_others()
        for watcher in tuple(self._watchers):
            watcher(old, new)

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Calls `watcher(old, new)` after each change; the answer stops that."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher) if watcher in self._watchers else None

    def subscribe(self, callback: Callable[[State], None], /) -> Callable[[], None]:
        """The same for who needs only the newest state."""
        return self.watch(lambda _old, new: callback(new))

    def perform(self, name: str, work: Work) -> asyncio.Task[None]:
        self.cancel(name)
        task = asyncio.get_running_loop().create_task(self._run(work), name=name)
        self._tasks[name] = task
        task.add_done_callback(lambda done: self._ended(name, done))
        return task

    def running(self, name: str) -> bool:
        return name in self._tasks

    @property
    def busy(self) -> bool:
        return bool(self._tasks)

    def cancel(self, name: str) -> None:
        task = self._tasks.pop(name, None)
        if task is not None:
            task.cancel()

    async def close(self) -> None:
        """Cancel everything and wait for it to have ended."""
        tasks = tuple(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _end_others(self) -> None:
        """Somebody else is signed in, or nobody: what goes on for the one before must neither send nor show a thing.
        Only whoever brought that goes on, and what is of this host alone."""
        current = asyncio.current_task() if _loop_runs() else None
        for name, task in tuple(self._tasks.items()):
            if task is not current and name not in OF_THIS_HOST:
                self.cancel(name)

    async def _run(self, work: Work) -> None:
        async for event in work:
            self.send(event)

    def _ended(self, name: str, done: asyncio.Task[None]) -> None:
        if self._tasks.get(name) is done:
            del self._tasks[name]
        if not done.cancelled() and (error := done.exception()) and self._on_crash:
            self._on_crash(error)


def _person(state: State) -> tuple[str, str] | None:
    return state.signed_in.account.key if state.signed_in else None


def _loop_runs() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
