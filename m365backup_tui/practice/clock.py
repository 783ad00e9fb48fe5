"""The practice tenant's clock: real time plus an offset, and service waits divided by a pace.

A wait is computed once from its documented length and stored in the state as the moment it ends.
Nothing runs on timers, so a restarted server finds every wait where it was.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

DEFAULT_PACE = 300.0


def real_now() -> datetime:
    """The machine's time, aware, UTC."""
    return datetime.now(UTC)


def to_iso(moment: datetime) -> str:
    """`2026-11-21T09:30:00.123456Z`: how Graph and ARM write a moment."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_iso(text: str) -> datetime:
    """The aware UTC moment of `to_iso`'s text, with or without fraction. Raises ValueError."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)


class PracticeClock:
    """Time as the tenant sees it.

    `settings` is the state's own `clock` dict (`offset_seconds`, `pace`), asked for at every use so
    that a restored state brings its own time along.
    """

    def __init__(
        self,
        settings: Callable[[], dict[str, float]],
        real: Callable[[], datetime] = real_now,
    ) -> None:
        self._settings = settings
        self._real = real

    @property
    def pace(self) -> float:
        """How many times faster than documented the service's waits are."""
        return float(self._settings().get("pace", DEFAULT_PACE))

    def now(self) -> datetime:
        """Aware UTC time of the tenant."""
        return self._real() + timedelta(seconds=float(self._settings().get("offset_seconds", 0.0)))

    def now_iso(self) -> str:
        """`now()` as text."""
        return to_iso(self.now())

    def real(self) -> datetime:
        """The machine's own time: token lifetimes are checked by clients against it."""
        return self._real()

    def advance(self, by: timedelta) -> None:
        """Move the tenant's time. The caller marks the state as changed."""
        settings = self._settings()
        settings["offset_seconds"] = settings.get("offset_seconds", 0.0) + by.total_seconds()

    def wait(self, documented: timedelta) -> timedelta:
        """The practice length of a wait that the service documents as `documented`."""
        return documented / self.pace

    def due(self, documented: timedelta) -> str:
        """When a wait that starts now ends, as text for the state."""
        return to_iso(self.now() + self.wait(documented))

    def reached(self, moment: str) -> bool:
        """Whether the stored moment has come."""
        return self.now() >= from_iso(moment)
