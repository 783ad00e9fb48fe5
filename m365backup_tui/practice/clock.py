"""The practice tenant's clock: real time plus an offset, and service waits divided by a pace.

A wait is computed once from its documented length and stored in the state as the moment it ends.
Nothing runs on timers, so a restarted server finds every wait where it was.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

DEFAULT_PACE = 300.0
# The longest documented wait is 90 days: at a much slower pace its end would leave the calendar.
SLOWEST_PACE, FASTEST_PACE = 0.01, 1e9
# Calendars end; a moment that cannot be written would break every answer after it.
LATEST = datetime(9000, 1, 1, tzinfo=UTC)
_DURATION = re.compile(
    r"^P(?:(?P<weeks>\d{1,9})W)?(?:(?P<days>\d{1,9})D)?"
    r"(?:T(?:(?P<hours>\d{1,9})H)?(?:(?P<minutes>\d{1,9})M)?(?:(?P<seconds>\d{1,9})S)?)?$",
    re.ASCII,
)


def real_now() -> datetime:
    """The machine's time, aware, UTC."""
    return datetime.now(UTC)


def to_iso(moment: datetime) -> str:
    """`2026-11-21T09:30:00.123456Z`: how Graph and ARM write a moment."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def from_iso(text: str) -> datetime:
    """The aware UTC moment of `to_iso`'s text, with or without fraction. Raises ValueError."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)


def check_pace(pace: Any) -> float:
    """The pace as a number that every wait can be divided by. Raises ValueError."""
    number = isinstance(pace, int | float) and not isinstance(pace, bool)
    if not number or not SLOWEST_PACE <= pace <= FASTEST_PACE:
        raise ValueError("The pace is a number from 0.01 to 1000000000.")
    return float(pace)


def check_settings(settings: Any) -> None:
    """Raises ValueError for a state's `clock` area that no time can be read from."""
    wrong = ValueError("The clock area has pace, offset_seconds and perhaps held_at.")
    if not isinstance(settings, dict):
        raise wrong
    check_pace(settings.get("pace"))
    try:
        now = PracticeClock(lambda: settings).now()
    except (TypeError, ValueError, OverflowError):
        raise wrong from None
    if not datetime(1970, 1, 1, tzinfo=UTC) <= now <= LATEST:
        raise ValueError("The tenant's time is between the years 1970 and 9000.")


def parse_duration(text: str) -> timedelta:
    """An ISO 8601 duration of weeks, days, hours, minutes and seconds. Raises ValueError."""
    found = _DURATION.match(text)
    parts = {unit: int(n) for unit, n in found.groupdict().items() if n} if found else {}
    if not parts:
        raise ValueError(f"{text!r} is not a duration such as PT15M.")
    try:
        return timedelta(**parts)
    except OverflowError:
        raise ValueError(f"{text} is longer than any calendar.") from None


class PracticeClock:
    """Time as the tenant sees it.

    `settings` is the state's own `clock` dict (`offset_seconds`, `pace`, and `held_at` while time
    stands still), asked for at every use so that a restored state brings its own time along.
    """

    def __init__(
        self,
        settings: Callable[[], dict[str, Any]],
        real: Callable[[], datetime] = real_now,
    ) -> None:
        self._settings = settings
        self._real = real

    @property
    def pace(self) -> float:
        """How many times faster than documented the service's waits are."""
        return float(self._settings().get("pace", DEFAULT_PACE))

    @property
    def held(self) -> bool:
        """Whether the tenant's time stands still until it is moved or let go."""
        return self._settings().get("held_at") is not None

    def now(self) -> datetime:
        """Aware UTC time of the tenant."""
        settings = self._settings()
        if settings.get("held_at") is not None:
            return from_iso(str(settings["held_at"]))
        return self._real() + timedelta(seconds=float(settings.get("offset_seconds", 0.0)))

    def now_iso(self) -> str:
        """`now()` as text."""
        return to_iso(self.now())

    def real(self) -> datetime:
        """The machine's own time: token lifetimes are checked by clients against it."""
        return self._real()

    def advance(self, by: timedelta) -> None:
        """Move the tenant's time on. Raises ValueError beyond the year 9000.

        The caller marks the state as changed.
        """
        if by > LATEST - self.now():
            raise ValueError("The tenant's time ends in the year 9000.")
        settings = self._settings()
        if self.held:
            settings["held_at"] = to_iso(self.now() + by)
        settings["offset_seconds"] = settings.get("offset_seconds", 0.0) + by.total_seconds()

    def set_to(self, moment: datetime) -> None:
        """Move the tenant's time on to this moment. Raises ValueError for one that has passed."""
        by = moment - self.now()
        if by < timedelta(0):
            raise ValueError(f"The tenant's time is {self.now_iso()}; it cannot go back.")
        self.advance(by)

    def hold(self, at: datetime | None = None) -> None:
        """Let time stand still, now or at a moment that it was just set to."""
        self._settings()["held_at"] = to_iso(at or self.now())

    def let_go(self) -> None:
        """Let time run again from where it stood."""
        settings = self._settings()
        if self.held:
            settings["offset_seconds"] = (self.now() - self._real()).total_seconds()
            del settings["held_at"]

    def wait(self, documented: timedelta) -> timedelta:
        """The practice length of a wait that the service documents as `documented`."""
        return documented / self.pace

    def due(self, documented: timedelta) -> str:
        """When a wait that starts now ends, as text for the state."""
        return to_iso(self.now() + self.wait(documented))

    def reached(self, moment: str) -> bool:
        """Whether the stored moment has come."""
        return self.now() >= from_iso(moment)
