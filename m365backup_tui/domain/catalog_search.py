"""Finding rows of a catalog: words in any order, filters and an order, in small steps that never block.

A `Search` is advanced by whoever runs it (`for _ in search.work()`), a chunk of rows a step. Its answer grows while it
works, and a search that was begun can lend what it found to the next one, which narrows it.
"""

from __future__ import annotations

import heapq
from array import array
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice
from typing import overload

from m365backup_tui.domain.catalog import Catalog, Chunk
from m365backup_tui.domain.catalog_query import Filter, Order, Query

__all__ = ["Filter", "Found", "Order", "Query", "Search"]

_NONE: frozenset[str] = frozenset()
_PREVIEW = 60
"""Rows shown before all is known: two pages."""
_TOP, _TOP_LEAST = 12, 8192
"""A page is looked for in this part of the rows, and in so many at least, before all are searched."""
_FEW = 40
"""Matches are few when they are less than this part of the rows: merging them is quicker than going through all."""


class Found(Sequence[int]):
    """Row numbers of a catalog, in order; it grows while the search works."""

    __slots__ = ("_ends", "_parts")

    def __init__(self) -> None:
        self._parts: list[tuple[int, Sequence[int]]] = []  # (first row of the chunk, rows in it)
        self._ends: list[int] = []

    def add(self, first: int, rows: Sequence[int]) -> None:
        """Rows of one chunk, after all those before."""
        if rows:
            self._parts.append((first, rows))
            self._ends.append(len(self) + len(rows))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[int]: ...

    def __getitem__(self, index: int | slice) -> int | Sequence[int]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        number = bisect_right(self._ends, index)
        if index < 0 or number == len(self._parts):
            raise IndexError(index)
        first, rows = self._parts[number]
        return first + rows[index - self._ends[number] + len(rows)]

    def __iter__(self) -> Iterator[int]:
        for first, rows in self._parts:
            for row in rows:
                yield first + row


class Search:
    """One search. `found` holds what is known so far, in the order asked; `matches` counts what matches so far (more
    than `found` while an order is being made); `complete` says that both are final."""

    def __init__(
        self,
        catalog: Catalog,
        query: Query,
        *,
        barred: Collection[str] = _NONE,
        before: Search | None = None,
    ) -> None:
        """`barred`: keys that are not free because another draft has them. `before`: an earlier search."""
        self.catalog, self.query, self.barred = catalog, query, barred
        self.found: Sequence[int] = ()
        self.matches = 0
        self.complete = False
        self.matched = False
        self._hits: list[Sequence[int]] = []
        sample = catalog.chunks[0].folded if catalog.chunks else b""
        self._words = sorted(query.words, key=sample.count)  # the rarest first leaves the least
        self._size, self._used = query.filter.size.bounds, query.filter.used.bounds(query.today)
        self._before = before if before is not None and self._lends(before) else None

    def _lends(self, before: Search) -> bool:
        same_bar = before.barred is self.barred or not (self.query.filter.free and self.barred)
        return same_bar and self.query.narrows(before.query)

    def work(self) -> Iterator[None]:
        """Advance it to do a few milliseconds of the search; at its end the answer is complete."""
        if self.query.order is Order.LISTED and self.query.everything:
            self.found = range(len(self.catalog))
            self.matches = len(self.found)
        elif self.query.order is Order.LISTED:
            yield from self._in_order()
        else:
            yield from self._ordered(self.query.order)
        self.matched = self.complete = True
        self._before = None

    def _in_order(self) -> Iterator[None]:
        found = Found()
        self.found = found
        first = 0
        for chunk, rows in self._matching():
            found.add(first, rows)
            first += len(chunk)
            yield

    def _ordered(self, order: Order) -> Iterator[None]:
        known = self.catalog.orders.get(order)
        if known is not None and self.query.everything:
            self.found, self.matches = known, len(known)
            return
        wider = known if known is None else self._wider(order, known)
        if wider:
            yield from self._previewed(wider)
            self.matches = 0
        for _ in self._matching():
            yield
        self.matched = True
        if wider is not None and self.matches * _FEW > len(wider):
            yield from self._filtered(wider)
        else:
            yield from self._merged(order)

    def _wider(self, order: Order, known: Sequence[int]) -> Sequence[int]:
        """Rows in this order, this search's among them: what the search before found, or all."""
        before = self._before
        if before is None or not before.complete or before.catalog is not self.catalog:
            return known
        return before.found if before.query.order is order else known

    def _previewed(self, wider: Sequence[int]) -> Iterator[None]:
        """The first page at once, where it is met near the top. Names bring matches together, so how many there are
        says little: a sample of the top does."""
        top = max(_TOP_LEAST, len(wider) // _TOP)
        sample = wider[:top:_PREVIEW]
        if len(list(islice(filter(self._takes, sample), 2))) < 2:
            return
        found = array("I")
        for start in range(0, top, 2048):
            hits = filter(self._takes, wider[start : min(top, start + 2048)])
            found.extend(islice(hits, _PREVIEW - len(found)))
            if len(found) == _PREVIEW:
                self.found, self.matches = found, len(found)
                yield
                return
            yield

    def _takes(self, row: int) -> bool:
        """What `_match` says, for one row: quicker where rows are looked at one by one."""
        chunk, inside = self.catalog.place(row)
        start, end = chunk.folded_at[inside], chunk.folded_at[inside + 1]
        for word in self._words:
            if chunk.folded.find(word, start, end) < 0:
                return False
        asked = self.query.filter
        if not asked.takes(chunk.traits[chunk.trait[inside]]):
            return False
        for bounds, values in ((self._size, chunk.sizes), (self._used, chunk.days)):
            if bounds is not None and not bounds[0] <= values[inside] < bounds[1]:
                return False
        return not (asked.free and self.barred and chunk.key(inside) in self.barred)

    def _filtered(self, wider: Sequence[int]) -> Iterator[None]:
        """Many matches: out of more rows in their known order. What was previewed stays until there is more."""
        marks = bytearray(len(self.catalog))
        first = 0
        for chunk, rows in zip(self.catalog.chunks, self._hits, strict=True):
            for row in rows:
                marks[first + row] = 1
            first += len(chunk)
            yield
        found = array("I")
        for start in range(0, len(wider), 8192):
            found.extend([row for row in wider[start : start + 8192] if marks[row]])
            if len(found) >= len(self.found):
                self.found = found
            yield
        self.found = found

    def _merged(self, order: Order) -> Iterator[None]:
        """Sorted runs, a chunk each, then merged: no step is longer than one chunk takes."""
        key = _KEYS[order]
        runs: list[Iterator[tuple[object, int]]] = []
        first = 0
        for chunk, rows in zip(self.catalog.chunks, self._hits, strict=True):
            if rows:
                rank = chunk.ranks.get(order)
                if rank is None:
                    rank = chunk.ranks[order] = _ranks(chunk, key)
                    yield
                runs.append(_run(chunk, sorted(rows, key=rank.__getitem__), first, key))
                yield
            first += len(chunk)
        found = array("I")
        preview = len(self.found)
        for number, (_, row) in enumerate(heapq.merge(*runs)):
            found.append(row)
            if len(found) > preview:
                self.found = found
            if number % 256 == 255:
                yield
        self.found = found
        if self.query.everything:
            self.catalog.orders[order] = found

    def _matching(self) -> Iterator[tuple[Chunk, Sequence[int]]]:
        before = self._before
        same = before is not None and before.query.words == self.query.words
        same = same and before is not None and before.query.filter == self.query.filter
        for number, chunk in enumerate(self.catalog.chunks):
            known = before.hits_of(number, chunk) if before is not None else None
            rows = known if known is not None and same else self._match(chunk, known)
            self._hits.append(rows)
            self.matches += len(rows)
            yield chunk, rows

    def hits_of(self, number: int, chunk: Chunk) -> Sequence[int] | None:
        """The rows found in a chunk; None when it was not searched (yet)."""
        if number < len(self._hits) and self.catalog.chunks[number] is chunk:
            return self._hits[number]
        return None

    def _match(self, chunk: Chunk, known: Sequence[int] | None) -> Sequence[int]:
        words, asked = self._words, self.query.filter
        rows: Sequence[int] = range(len(chunk)) if known is None else known
        for word in words:
            if len(rows) == len(chunk) > 1:
                rows = chunk.with_word(word)
            elif rows:
                text, at = chunk.folded, chunk.folded_at
                rows = [i for i in rows if text.find(word, at[i], at[i + 1]) >= 0]
        taken = [asked.takes(traits) for traits in chunk.traits]
        if not all(taken):
            trait = chunk.trait
            rows = [i for i in rows if taken[trait[i]]] if any(taken) else ()
        rows = _within(rows, chunk.sizes, self._size)
        rows = _within(rows, chunk.days, self._used)
        if asked.free and self.barred and rows:
            rows = [i for i in rows if chunk.key(i) not in self.barred]
        return rows if isinstance(rows, range) else array("H", rows)


def _within(
    rows: Sequence[int], values: array[int], bounds: tuple[int, int] | None
) -> Sequence[int]:
    if bounds is None or not rows:
        return rows
    low, high = bounds
    return [i for i in rows if low <= values[i] < high]


Keyed = Callable[[Chunk, int], "bytes | int"]


def _run(chunk: Chunk, rows: Sequence[int], first: int, key: Keyed) -> Iterator[tuple[object, int]]:
    for row in rows:
        yield key(chunk, row), first + row


def _ranks(chunk: Chunk, key: Keyed) -> array[int]:
    keys = [key(chunk, row) for row in range(len(chunk))]
    ranks = array("H", bytes(2 * len(chunk)))
    for place, row in enumerate(sorted(range(len(chunk)), key=keys.__getitem__)):
        ranks[row] = place
    return ranks


_KEYS: dict[Order, Keyed] = {
    Order.NAME: Chunk.line,
    Order.SIZE: lambda chunk, row: -chunk.sizes[row],  # the largest first, unknown sizes last
    Order.USED: lambda chunk, row: -chunk.days[row],  # the latest first, unknown days last
}
