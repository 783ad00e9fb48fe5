"""Who came back before the time it was asked to wait: noticed always, turned away only with H2."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from aiohttp import web

# Beyond so many callers in waiting the oldest are forgotten.
MOST = 10_000


class Key(NamedTuple):
    """A caller and what it called: object id, client id, method and path without the query."""

    oid: str
    client_id: str
    method: str
    path: str


@dataclass(slots=True)
class _Count:
    times: int = 0
    worst: float = 0.0


class Early:
    """Until when each caller was asked to stay away, and who did not."""

    def __init__(self) -> None:
        self._until: dict[Key, datetime] = {}
        self._counts: dict[Key, _Count] = {}

    @property
    def waiting(self) -> bool:
        """Whether anybody was asked to wait."""
        return bool(self._until)

    def note(self, key: Key, until: datetime) -> None:
        """This caller may come back at `until`; an earlier and later time stands."""
        self._until[key] = max(until, self._until.pop(key, until))
        while len(self._until) > MOST:
            del self._until[next(iter(self._until))]

    def check(self, key: Key, now: datetime) -> float | None:
        """By how many seconds this call is early; None when it is not, and then it is forgotten."""
        until = self._until.get(key)
        if until is None:
            return None
        early = (until - now).total_seconds()
        if early <= 0:
            del self._until[key]
            return None
        count = self._counts.setdefault(key, _Count())
        count.times += 1
        count.worst = max(count.worst, early)
        return round(early, 3)

    def summary(self) -> dict[str, Any]:
        """How many calls were early, the worst in seconds, and each caller's own."""
        return {
            "calls": sum(count.times for count in self._counts.values()),
            "worst_seconds": round(max((c.worst for c in self._counts.values()), default=0.0), 3),
            "callers": [
                dict(key._asdict(), calls=count.times, worst_seconds=round(count.worst, 3))
                for key, count in self._counts.items()
            ],
        }


def moment_of(response: web.StreamResponse, now: datetime, real: datetime) -> datetime | None:
    """When a throttled caller may come back by this answer; None when it says nothing.

    `now` is the time waits are counted in, `real` the machine's, which a date in the header means.
    """
    text = response.headers.get("Retry-After", "")
    if response.status not in (429, 503) or not text:
        return None
    if text.isascii() and text.isdigit():
        return now + timedelta(seconds=int(text))
    try:
        return now + (parsedate_to_datetime(text) - real)
    except (ValueError, TypeError):
        return None
