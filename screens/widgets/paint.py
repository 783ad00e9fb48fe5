"""The base of every line the wizard paints: text in tones, one Strip a line, no markup, no borders."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from m365backup_tui.screens.widgets.text import cut
from m365backup_tui.terminal.marks import Marks

TONES = frozenset(
    {"plain", "strong", "dim", "off", "accent", "ok", "warn", "error", "cursor", "badge"}
)
"""What a piece of text may be; styles/theme.tcss says how each looks in every theme."""


class Part(NamedTuple):
    """A piece of a line: text and the name of its tone."""

    text: str
    tone: str = "plain"


def marks_of(widget: Widget) -> Marks:
    """The signs for the terminal this widget is shown in (`TerminalApp.marks`)."""
    marks = getattr(widget.app, "marks", None)
    return marks if isinstance(marks, Marks) else Marks()


def trim(parts: Sequence[Part], width: int, ellipsis: str) -> list[Part]:
    """`parts` in at most `width` cells; the part that does not fit is cut."""
    kept: list[Part] = []
    left = width
    for part in parts:
        size = cell_len(part.text)
        if size <= left:
            kept.append(part)
            left -= size
            continue
        if left > 0:
            kept.append(Part(cut(part.text, left, ellipsis), part.tone))
        break
    return kept


class Painted(Widget):
    """A widget that draws its own lines from `Part`s. Subclasses give `paint(y, width)`.

    Example::

        class Clock(Painted):
            def paint(self, y: int, width: int) -> list[Part]:
                return [Part("12:00", "strong")]
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"tone-{tone}" for tone in TONES}
    DEFAULT_CSS = "Painted { height: 1; width: 1fr; }"

    def paint(self, y: int, width: int) -> Sequence[Part]:
        """The parts of line `y` (0 is the first), for a line of `width` cells."""
        return ()

    def tone(self, name: str) -> Style:
        """The Rich style of a tone on this widget's background."""
        base = self.rich_style
        if name == "plain" or name not in TONES:
            return base
        return base + self.get_component_rich_style(f"tone-{name}", partial=True)

    def render_line(self, y: int) -> Strip:
        """One painted line, always exactly as wide as the widget."""
        width = self.size.width
        parts = trim(self.paint(y, width), width, marks_of(self).ellipsis)
        segments: list[Segment] = []
        for tone, group in groupby(parts, key=lambda part: part.tone):
            text = "".join(part.text for part in group)
            if text:
                segments.append(Segment(text, self.tone(tone)))
        return Strip(segments).adjust_cell_length(width, self.rich_style)
