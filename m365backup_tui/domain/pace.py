"""How fast something goes and how long it may still take, from what was seen in the last minutes: never a guess."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=5)
"""What is older does not count: the service speeds up and slows down."""
LEAST = timedelta(seconds=20)
"""Nothing is said before it was watched for so long, and before `CHANGES` steps were seen."""
CHANGES = 2
STALLED = timedelta(minutes=2)
"""Without a step for so long, no estimate is honest any more."""
_GAP = timedelta(seconds=2)
"""Two samples closer than this are one: five minutes hold 150 of them at most."""


@dataclass(frozen=True, slots=True)
class Sample:
    at: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Pace:
    """`samples`: when which count was first seen, oldest first. `what` names what is counted: another thing starts
    over. All times aware."""

    what: str = ""
    samples: tuple[Sample, ...] = ()

    def seen(self, what: str, count: int, at: datetime) -> Pace:
        """With this look. A count that fell starts over: something else is being counted."""
        last = self.samples[-1] if self.samples else None
        if last is None or what != self.what or count < last.count or at < last.at:
            return Pace(what, (Sample(at, count),))
        if count == last.count:
            return self
        kept = self.samples
        if len(kept) > CHANGES and at - kept[-2].at < _GAP:
            kept = kept[:-1]
        first = next((i for i, s in enumerate(kept) if s.at >= at - WINDOW), len(kept))
        return Pace(what, (*kept[max(0, first - 1) :], Sample(at, count)))

    def per_minute(self, now: datetime) -> float | None:
        """Steps a minute, None while nobody can say. Time without a step counts, so the rate sinks by itself."""
        if len(self.samples) <= CHANGES or now - self.samples[-1].at > STALLED:
            return None
        first, last = self.samples[0], self.samples[-1]
        span = now - first.at
        if span < LEAST:
            return None
        return (last.count - first.count) / (span.total_seconds() / 60)

    def left(self, total: int, now: datetime) -> timedelta | None:
        """How long until `total`, None while nobody can say."""
        rate = self.per_minute(now)
        if not rate or not self.samples:
            return None
        return timedelta(minutes=max(0, total - self.samples[-1].count) / rate)

    def still(self, now: datetime) -> timedelta | None:
        """How long nothing has moved, once that is long enough to be said."""
        if not self.samples or now - self.samples[-1].at <= STALLED:
            return None
        return now - self.samples[-1].at


def roughly(span: timedelta) -> str:
    """`less than a minute`, `4 minutes`, `25 minutes`, `2.5 hours`: upwards, as coarse as the estimate is."""
    minutes = math.ceil(span.total_seconds() / 60)
    if minutes <= 1:
        return "less than a minute"
    if minutes <= 10:
        return f"{minutes} minutes"
    if minutes <= 55:
        return f"{math.ceil(minutes / 5) * 5} minutes"
    halves = math.ceil(minutes / 30)
    hours = f"{halves // 2}.5" if halves % 2 else f"{halves // 2}"
    return "1 hour" if hours == "1" else f"{hours} hours"
