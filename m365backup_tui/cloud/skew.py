"""How far this host's clock is from Microsoft's, measured by the `Date` of its answers (auth.md §4.6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

TOLERATED = timedelta(seconds=60)
_HALF_A_SECOND = timedelta(seconds=0.5)  # `Date` has whole seconds, cut off


def now() -> datetime:
    """Aware UTC, by this host's clock."""
    return datetime.now(UTC)


class Skew:
    """What the answers so far say. `offset`: this host's clock minus the service's; None before the first answer."""

    def __init__(self, clock: Callable[[], datetime] = now) -> None:
        """`clock`: aware UTC."""
        self.offset: timedelta | None = None
        self._clock = clock

    def note(self, headers: Mapping[str, str]) -> None:
        """Learn from the headers of an answer that has just come. One that is no date, or that a cache kept, teaches
        nothing."""
        if headers.get("Age", "0").strip() not in ("", "0"):
            return
        found = offset_of(headers.get("Date", ""), self._clock())
        if found is not None:
            self.offset = found

    @property
    def warning(self) -> str:
        """A sentence for the person where the difference is more than a minute, else ""."""
        return "" if self.offset is None else words(self.offset)


def offset_of(date: str, now: datetime) -> timedelta | None:
    """`now` (aware UTC) minus the time that a `Date` header tells; None for no date."""
    try:
        there = parsedate_to_datetime(date)
    except (TypeError, ValueError):
        return None
    there = there if there.tzinfo else there.replace(tzinfo=UTC)
    return now - there - _HALF_A_SECOND


def words(offset: timedelta) -> str:
    """The warning, "" for a difference that does no harm."""
    if abs(offset) <= TOLERATED:
        return ""
    direction = "ahead of" if offset > timedelta(0) else "behind"
    return (
        f"The clock of this host is {_length(abs(offset))} {direction} Microsoft's. "
        "Set it (for example with chrony or `timedatectl set-ntp true`): certificates and sign-ins depend on it."
    )


def _length(span: timedelta) -> str:
    minutes, seconds = divmod(round(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "hour"), (minutes, "minute"), (seconds, "second"))
    told = [f"{n} {word}{'' if n == 1 else 's'}" for n, word in parts if n]
    return " ".join(told[:2])
