"""When a protected unit has restore points: computed from its protection, never stored.

A point every ten minutes, kept two weeks; each 1,008th of them (one a week) is kept a year. These are the
`retentionSettings` that every policy shows (graph.md §3): choice for Exchange too, although
admin-center.md §2.6 gives mailboxes ten-minute points for the whole year.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

EVERY = timedelta(minutes=10)
DENSE, SPARSE = timedelta(days=14), timedelta(days=365)
A_WEEK = 7 * 144
# Express points exist for SharePoint and OneDrive (admin-center.md §5); one a day is a choice.
A_DAY = 144
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Span:
    """An unbroken time of protection: points at `first` and every ten minutes until `last`."""

    first: datetime
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Moment:
    """One point: when, until when it is kept, whether it is an express ("fastRestore") point."""

    at: datetime
    expires: datetime
    express: bool


@dataclass(frozen=True, slots=True)
class Window:
    """What is asked for: points from `start` to `end`, both included, perhaps only express ones."""

    start: datetime
    end: datetime
    express: bool = False


def newest_first(span: Span, now: datetime, window: Window, fast: bool) -> Iterator[Moment]:
    """The points of a span that are there now and lie in the window.

    `fast`: the unit's kind has express points. Takes no longer for a long span than for a short.
    """
    dense, sparse = _numbers(span, now, window, fast)
    for numbers in (dense, sparse):
        for number in reversed(numbers):
            yield _moment(span, number, fast)


def oldest(span: Span, now: datetime, window: Window, fast: bool) -> Moment | None:
    """The oldest point of the span in the window, None when there is none."""
    found = [numbers[0] for numbers in _numbers(span, now, window, fast) if numbers]
    return _moment(span, min(found), fast) if found else None


def at_second(span: Span, now: datetime, second: int, fast: bool) -> Moment | None:
    """The point within this second since 1970, None when there is none (any more)."""
    try:
        start = datetime.fromtimestamp(second, span.first.tzinfo)
    except (OverflowError, ValueError, OSError):
        return None
    window = Window(start, start + timedelta(seconds=1) - _TICK)
    return next(newest_first(span, now, window, fast), None)


def _numbers(span: Span, now: datetime, window: Window, fast: bool) -> tuple[range, range]:
    """The numbers of the points, oldest first: those of the last two weeks, those before."""
    if window.express and not fast:
        return range(0), range(0)
    last = min(window.end, span.last or now, now)
    stop = (last - span.first) // EVERY + 1
    start = max(0, -((span.first - window.start) // EVERY))
    dense_from = max(start, (now - DENSE - span.first) // EVERY + 1)
    sparse_from = max(start, (now - SPARSE - span.first) // EVERY + 1)
    step = A_DAY if window.express else 1
    return (
        range(_up(dense_from, step), stop, step),
        range(_up(sparse_from, A_WEEK), min(stop, dense_from), A_WEEK),
    )


def _up(number: int, step: int) -> int:
    return -(-number // step) * step


def _moment(span: Span, number: int, fast: bool) -> Moment:
    at = span.first + number * EVERY
    kept = SPARSE if number % A_WEEK == 0 else DENSE
    return Moment(at, at + kept, fast and number % A_DAY == 0)
