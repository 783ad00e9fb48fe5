"""How a line of a list looks: pointer, box, mark, cells, and what is lit under the cursor."""

from __future__ import annotations

from collections.abc import Sequence

from m365backup_tui.screens.widgets.paint import Part
from m365backup_tui.screens.widgets.rows import Column, Row, lay_out, share
from m365backup_tui.terminal.marks import Marks

_TONES = {"ok": "ok", "warn": "warn", "no": "error", "current": "accent"}


class RowLook:
    """Turns rows into parts. `boxes` and `signs` reserve room for them."""

    def __init__(self, columns: Sequence[Column], *, boxes: bool, signs: bool) -> None:
        self.columns = tuple(columns)
        self.boxes = boxes
        self._signs = signs
        self._widths: tuple[int, list[int]] = (-1, [])  # of the columns, for the last line's width

    def header(self, width: int, marks: Marks) -> list[Part]:
        """The titles of the columns, for a line of `width` cells."""
        titles = [column.title for column in self.columns]
        cells = lay_out(titles, self.columns, self._shared(width, marks), "dim", marks.ellipsis)
        return [Part(" " * self._lead(marks)), *cells]

    def row(self, row: Row, width: int, marks: Marks, *, here: bool, lit: bool) -> list[Part]:
        """One row. `here`: the cursor is on it; `lit`: and the list has the focus."""
        tone = "off" if row.disabled else row.tone
        cells = lay_out(row.cells, self.columns, self._shared(width, marks), tone, marks.ellipsis)
        if lit:
            # With boxes, Space ticks and moves on: lighting the name alone keeps that under 200 bytes.
            end = 1 if self.boxes else len(cells)
            cells = [Part(cell.text, "cursor") for cell in cells[:end]] + cells[end:]
        return [*self._front(row, marks, here, "cursor" if lit else tone), *cells]

    def _front(self, row: Row, marks: Marks, here: bool, tone: str) -> list[Part]:
        parts = [Part(f"{marks.pointer} " if here else "  ", tone)]
        if self.boxes:
            parts.append(Part(_box(row), tone))
        if self._signs:
            own = tone if tone in {"cursor", "off"} else _TONES.get(row.mark, tone)
            parts.append(Part(marks.sign(row.mark).ljust(marks.width) + " ", own))
        return parts

    def _lead(self, marks: Marks) -> int:
        return 2 + 4 * self.boxes + (marks.width + 1) * self._signs

    def _shared(self, width: int, marks: Marks) -> list[int]:
        if self._widths[0] != width:
            self._widths = (width, share(self.columns, width - self._lead(marks) - 1))
        return self._widths[1]


def _box(row: Row) -> str:
    if row.attention:
        return "[!] "
    if row.checked is None:
        return "    "
    return "[x] " if row.checked else "[ ] "
