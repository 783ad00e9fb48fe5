"""Progress as one line of text, updated in place at most twice a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from textual.timer import Timer

from m365backup_tui.screens.widgets.paint import Painted, Part, marks_of
from m365backup_tui.screens.widgets.text import clean

BAR = 20
"""Cells inside the brackets."""
LEAST = 0.5
"""Seconds between two repaints: more is only noise on a slow line."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far something is. `seconds` since it began; `total` 0 when nobody knows."""

    done: int = 0
    total: int = 0
    failed: int = 0
    seconds: float = 0.0
    phase: str = ""


def clock(seconds: float) -> str:
    """`01:20`, or `1:02:05` from an hour on."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


class ProgressLine(Painted):
    """`[#####.....]  12 of 48  3 failed  01:20`. `line.show(Progress(12, 48, 3, 80))`.

    The newest value always arrives: what came too early is shown when half a second has passed.
    """

    _shown = Progress()
    _next = Progress()
    _painted_at = float("-inf")
    _timer: Timer | None = None
    now: Callable[[], float] = staticmethod(time.monotonic)

    def show(self, progress: Progress) -> None:
        """Show this, now or within half a second."""
        self._next = progress
        if progress == self._shown:
            return
        wait = self._painted_at + LEAST - self.now()
        finished = bool(progress.total) and progress.done + progress.failed >= progress.total
        if wait <= 0 or finished:
            self._paint_next()
        elif self._timer is None:
            self._timer = self.set_timer(wait, self._paint_next)

    def _paint_next(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self._shown, self._painted_at = self._next, self.now()
        self.refresh()

    def as_lines(self) -> tuple[str, ...]:
        """The same without the bar, for whoever tells it in another way (plain mode); nothing before it began."""
        shown = self._next
        if shown == Progress():
            return ()
        amount = f"{shown.done:,} of {shown.total:,}" if shown.total else f"{shown.done:,} so far"
        failed = f"{shown.failed:,} failed" if shown.failed else ""
        words = [f"{amount} {clean(shown.phase)}".strip(), failed, clock(shown.seconds)]
        return ("; ".join(word for word in words if word),)

    def paint(self, y: int, width: int) -> list[Part]:
        """Bar, counts, failures in words, time, phase."""
        shown = self._shown
        parts = [Part(" ")]
        if shown.total:
            full = BAR * min(shown.done + shown.failed, shown.total) // shown.total
            parts.append(Part(f"[{'#' * full}{'.' * (BAR - full)}]"))
            parts.append(Part(f"  {shown.done:,} of {shown.total:,}"))
        elif shown.done:
            parts.append(Part(f"{shown.done:,} so far"))
        if shown.failed:
            parts.append(Part(f"  {marks_of(self).sign('no')} {shown.failed:,} failed", "error"))
        parts.append(Part(f"  {clock(shown.seconds)}"))
        if shown.phase:
            parts.append(Part(f"  {clean(shown.phase)}", "dim"))
        return parts
