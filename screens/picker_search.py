"""Searching and choosing in slices of a few milliseconds: keys are answered while a million rows are looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator
from time import perf_counter

from m365backup_tui.domain.catalog import Catalog
from m365backup_tui.domain.catalog_query import Query
from m365backup_tui.domain.catalog_search import Search

_AT_ONCE = 0.012  # seconds: what a key may wait for before the rest goes on beside the screen
_SLICE = 0.005  # seconds on the event loop before keys have their turn
_NEWS = 0.25  # seconds between two pictures of how far it is
_PAGE = 40  # rows: more than a screen shows


class Slices:
    """Runs one generator at a time on the event loop. What is quick is done before `run` returns, so that one key gives
    one picture; `changed` is called now and then while the rest runs, and at its end."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._work: Iterator[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._broken: Exception | None = None

    def check(self) -> None:
        """Raises what broke the work beside the screen: a bug must not end as a page that waits for ever."""
        if self._broken is not None:
            raise self._broken

    @property
    def busy(self) -> bool:
        """Whether something is still to be done."""
        return self._work is not None

    @property
    def beside(self) -> bool:
        """Whether `run` has returned: what comes now has to be told."""
        return self._task is not None

    def run(self, work: Iterator[None], enough: Callable[[], bool] = lambda: False) -> None:
        """Begin this; what ran before is given up. `enough`: there is something to show."""
        self.stop()
        self._work = work
        if self._advance(_SLICE) and (enough() or self._advance(_AT_ONCE - _SLICE)):
            self._task = asyncio.get_running_loop().create_task(self._rest())

    def stop(self) -> None:
        """Give up what runs."""
        if self._task is not None:
            self._task.cancel()
        self._work = self._task = None

    async def wait(self) -> None:
        """Until nothing is to be done any more."""
        while self._task is not None:
            await asyncio.wait({self._task})

    def _advance(self, seconds: float) -> bool:
        """Whether there is more to do."""
        until = perf_counter() + seconds
        while self._work is not None and perf_counter() < until:
            if next(self._work, self) is self:
                self._work = None
        return self._work is not None

    async def _rest(self) -> None:
        told = perf_counter()
        try:
            while self._advance(_SLICE):
                if perf_counter() - told > _NEWS:
                    self._changed()
                    told = perf_counter()
                await asyncio.sleep(0.001)  # not 0: a key goes through several turns of the loop
        except Exception as error:
            self._broken, self._work = error, None
        self._task = None
        self._changed()


class Finding:
    """The newest search wins. `shown` is what the list shows: the last answer, until the next one fills a page."""

    def __init__(self, changed: Callable[[], None]) -> None:
        """`changed` is called whenever there is more to show."""
        self.shown = Search(Catalog(), Query())
        self._newest = self.shown
        self._changed = changed
        self._slices = Slices(changed)
        self._work: Iterator[None] = iter(())

    @property
    def busy(self) -> bool:
        """Whether the count is not final yet."""
        return self._slices.busy

    @property
    def count(self) -> str:
        """`1,204`, or `1,204+` while the search goes on."""
        return f"{self._newest.matches:,}{'' if self._newest.matched else '+'}"

    def look(self, catalog: Catalog, query: Query, barred: Collection[str]) -> None:
        """Search, unless just that was asked last."""
        last = self._newest
        if last.catalog is catalog and last.query == query and last.barred is barred:
            return
        self._newest = Search(catalog, query, barred=barred, before=last)
        self._work = self._watched(self._newest)
        self._slices.run(self._work, lambda: self.shown is self._newest)

    def finish(self) -> Iterator[None]:
        """Steps until the newest search is complete, for who needs all of its answer."""
        while not self._newest.complete and next(self._work, self) is not self:
            yield

    def check(self) -> None:
        """Raises what broke the search."""
        self._slices.check()

    def stop(self) -> None:
        """Nobody looks any more."""
        self._slices.stop()

    async def wait(self) -> None:
        """Until the answer is complete."""
        await self._slices.wait()

    def _watched(self, search: Search) -> Iterator[None]:
        for _ in search.work():
            if self.shown is not search and len(search.found) >= _PAGE:
                self.shown = search
                if self._slices.beside:
                    self._changed()
            yield
        self.shown = search
