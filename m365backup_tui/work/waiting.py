"""Waits that can be seen and cut short (rule R4), and how long they are. Plain reads are repeated by the adapters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import chain, repeat

from m365backup_tui.domain.errors import CloudError, OutcomeUnknown, Throttled, Unreachable
from m365backup_tui.ports import Clock

TRANSIENT = (Throttled, Unreachable, OutcomeUnknown)  # worth asking again, for a read
ATTEMPTS = 5  # how often the network is tried before a person is asked


def back_off(attempt: int) -> float:
    """Seconds before attempt 1, 2, 3 ...: 2, 4, 8, 16, then 30."""
    return float(min(2**attempt, 30))


def looks(interval: float) -> Iterator[float]:
    """Seconds before each look at work that the service does: soon at first, then every `interval`."""
    return chain((s for s in (2.0, 3.0, 5.0, 8.0) if s <= interval), repeat(interval))


def pause_after(error: CloudError, attempt: int, clock: Clock) -> float:
    """Seconds to wait before the same call again: what the service asks for, else the back-off."""
    if isinstance(error, Throttled) and error.until is not None:
        return max((error.until - clock.now()).total_seconds(), 0.0)
    return back_off(attempt)


async def sleep(clock: Clock, seconds: float, stopping: Callable[[], bool]) -> bool:
    """Waits in steps of at most a second; True when it was cut short because a stop was asked for."""
    until = clock.now() + timedelta(seconds=seconds)
    while (left := (until - clock.now()).total_seconds()) > 0:
        if stopping():
            return True
        await clock.sleep(min(1.0, left))
    return stopping()
