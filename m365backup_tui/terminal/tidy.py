"""Collect garbage while nobody types.

One full collection takes 25 to 45 ms with three catalogs on hand (tests/bench/stalls.py, 2026-11-21). Python would do
it in the middle of drawing a page; here it waits for a pause of the hands, and Python's own is only a backstop.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Protocol

PAUSE = 0.4  # seconds without a key
_BACKSTOP = 50  # instead of 10: full collections on Python's own account, for hours without a key


class Handle(Protocol):
    """What `call_later` of an event loop gives back."""

    def cancel(self) -> None:
        """Not any more."""


Later = Callable[[float, Callable[[], object]], Handle]


class Tidy:
    """`touch` it with every key: the collection comes PAUSE seconds after the last one, once."""

    def __init__(self, later: Later, collect: Callable[[], object] = gc.collect) -> None:
        self._later = later
        self._collect = collect
        self._waiting: Handle | None = None

    def touch(self) -> None:
        """Somebody typed."""
        self.stop()
        self._waiting = self._later(PAUSE, self._now)

    def stop(self) -> None:
        """Nothing is collected any more until the next touch."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _now(self) -> None:
        self._waiting = None
        self._collect()


def fewer_full_collections() -> None:
    """Leave full collections to `Tidy`, but for a backstop."""
    first, second, _ = gc.get_threshold()
    gc.set_threshold(first, second, _BACKSTOP)
