"""Keep large values out of garbage collection: a full one over 300,000 units stops every thread for 140 to 370 ms.

Frozen dataclasses without cycles end by themselves when nobody refers to them, so the collector need not look at them.
Measured by `tests.bench.planning` on 2 busy processors, 2026-11-21.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage collection inside; what is there at the end is never looked at again by the collector."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()


def set_aside() -> None:
    """Collect what is young, and never look again at what is left. For one part of a long piece of work."""
    gc.collect(1)
    gc.freeze()
