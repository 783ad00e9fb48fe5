"""The base of every line the wizard paints: text in tones, one Strip a line, no markup, no borders."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.strip import Strip
from textual.widget import Widget

from m365backup_tui.screens.widgets.text import cut
from m365backup_tui.terminal.marks import Marks

_ATTRIBUTES = {
    "strong": Style(bold=True),
    "dim": Style(dim=True),
    "off": Style(dim=True),
    "cursor": Style(reverse=True),
    "badge": Style(reverse=True, bold=True),
}
_COLOURS = {"accent": "accent", "ok": "success", "warn": "warning", "error": "error"}
TONES = frozenset({"plain", *_ATTRIBUTES, *_COLOURS})
"""What a piece of text may be. Colours come from the theme: one accent, one warning, one error."""


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


@lru_cache(maxsize=64)
def _colour(value: str) -> Style:
    """A foreground from a theme variable. Component classes would do the same, but Textual applies
    the whole style sheet once more for each of them and each widget: 25 ms of the first frame."""
    return Style(color=Color.parse(value).rich_color)


class Painted(Widget):
    """A widget that draws its own lines from `Part`s. Subclasses give `paint(y, width)`.

    Example::

        class Clock(Painted):
            def paint(self, y: int, width: int) -> list[Part]:
                return [Part("12:00", "strong")]
    """

    DEFAULT_CSS = "Painted { height: 1; width: 1fr; }"

    def paint(self, y: int, width: int) -> Sequence[Part]:
        """The parts of line `y` (0 is the first), for a line of `width` cells."""
        return ()

    def tone(self, name: str) -> Style:
        """The Rich style of a tone on this widget's background."""
        base = self.rich_style
        if name in _ATTRIBUTES:
            return base + _ATTRIBUTES[name]
        if name in _COLOURS:
            return base + _colour(self.app.theme_variables[_COLOURS[name]])
        return base

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
