"""The steps of the wizard with their state: a line on narrow terminals, a rail on wide ones."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rich.cells import cell_len

from m365backup_tui.screens.widgets.paint import Painted, Part, marks_of
from m365backup_tui.screens.widgets.text import cut
from m365backup_tui.terminal.marks import Marks, Sign


class StepState(StrEnum):
    """How far a step is."""

    DONE = "done"
    CURRENT = "current"
    UPCOMING = "upcoming"
    ATTENTION = "attention"
    BLOCKED = "blocked"


_LOOK = {
    StepState.DONE: (Sign.OK, "ok"),
    StepState.CURRENT: (Sign.CURRENT, "accent"),
    StepState.UPCOMING: (Sign.DOT, "dim"),
    StepState.ATTENTION: (Sign.WARN, "warn"),
    StepState.BLOCKED: (Sign.NO, "off"),
}


@dataclass(frozen=True, slots=True)
class StepMark:
    """One step as the bar shows it. `title` is the short label, such as `Billing`."""

    id: str
    title: str
    state: StepState = StepState.UPCOMING


class StepBar(Painted):
    """Line 2. `bar.show((StepMark("signin", "Sign in", StepState.DONE), ...))`."""

    _steps: tuple[StepMark, ...] = ()

    @property
    def steps(self) -> tuple[StepMark, ...]:
        """What the bar shows, for whoever tells it in another way (plain mode)."""
        return self._steps

    def show(self, steps: tuple[StepMark, ...]) -> None:
        """Show these steps; nothing is sent when they are the same."""
        if steps != self._steps:
            self._steps = steps
            self.refresh()

    def paint(self, y: int, width: int) -> list[Part]:
        """All steps; when they do not fit, the current one in words and the rest as marks."""
        marks = marks_of(self)
        for gap in (3, 2):
            parts = _line(self._steps, marks, gap, titles=True)
            if sum(cell_len(part.text) for part in parts) <= width:
                return parts
        return _line(self._steps, marks, 1, titles=False)


def _line(steps: tuple[StepMark, ...], marks: Marks, gap: int, *, titles: bool) -> list[Part]:
    parts = [Part(" ")]
    for index, step in enumerate(steps):
        sign, tone = _LOOK[step.state]
        if index:
            parts.append(Part(" " * gap))
        parts.append(Part(marks.sign(sign), tone))
        if titles or step.state is StepState.CURRENT:
            parts.append(Part(f" {step.title}", _title_tone(step)))
    if not titles:
        done = sum(step.state is StepState.DONE for step in steps)
        parts.append(Part(f"  {done} of {len(steps)} done", "dim"))
    return parts


def _title_tone(step: StepMark) -> str:
    return {StepState.CURRENT: "strong", StepState.BLOCKED: "off"}.get(step.state, "plain")


class StepRail(StepBar):
    """The same steps, one a line, for terminals of 100 columns and more."""

    def paint(self, y: int, width: int) -> list[Part]:
        """Line 0 is empty, then one step a line."""
        index = y - 1
        if not 0 <= index < len(self._steps):
            return []
        step, marks = self._steps[index], marks_of(self)
        sign, tone = _LOOK[step.state]
        mark = marks.sign(sign).ljust(marks.width)
        title = cut(step.title, width - marks.width - 2, marks.ellipsis)
        return [Part(" "), Part(mark, tone), Part(f" {title}", _title_tone(step))]
