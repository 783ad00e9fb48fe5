"""How times and amounts of time are said on every page."""

from __future__ import annotations

from datetime import datetime, timedelta

from m365backup_tui.screens.widgets.prose import Span


def lasting(span: timedelta) -> str:
    """`8 s`, `3 min 20 s`, `1 h 5 min`; never negative."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} min {seconds} s" if seconds else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def left(span: timedelta) -> str:
    """What is left on a count-down: `14:32`, `0:00` when it is over."""
    seconds = max(0, int(span.total_seconds()))
    return f"{seconds // 60}:{seconds % 60:02d}"


def clock_time(at: datetime) -> str:
    """The time of day in the zone of this machine: `10:42`."""
    return f"{at.astimezone():%H:%M}"


def day_time(at: datetime) -> str:
    """Day and time in the zone of this machine: `21 Nov 10:42`."""
    local = at.astimezone()
    return f"{local.day} {local:%b %H:%M}"


def listed(words: tuple[str, ...] | list[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def ended(spans: list[Span]) -> list[Span]:
    """The same without the line break at the end: the room below is the style sheet's business."""
    if not spans:
        return spans
    *rest, (text, tone) = spans
    return [*rest, (text.rstrip("\n"), tone)]
