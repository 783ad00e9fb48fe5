"""Waits that can be seen and cut short (rule R4), and how long they are. Plain reads are repeated by the adapters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from m365backup_tui.domain.errors import CloudError, OutcomeUnknown, Throttled, Unreachable
from m365backup_tui.ports import Clock

TRANSIENT = (Throttled, Unreachable, OutcomeUnknown)  # worth asking again, for a read
_SOONEST = 1.0  # seconds between two looks
ATTEMPTS = 5  # how often the network is tried before a person is asked


def back_off(attempt: int) -> float:
    """Seconds before attempt 1, 2, 3 ...: 2, 4, 8, 16, then 30."""
    return float(min(2**attempt, 30))


def looks(interval: float) -> Iterator[float]:
    """Seconds before each look at work that the service does: a twentieth of what was waited so far, at least
    `_SOONEST` and at most `interval`. Work that has ended is so seen a twentieth too late at most."""
    waited = 0.0
    while True:
        pause = min(max(_SOONEST, waited / 20), interval)
        yield pause
        waited += pause


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
