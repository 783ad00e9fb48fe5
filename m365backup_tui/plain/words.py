"""Signs and list rows as words: nothing here is a picture that a screen reader would have to guess at."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from m365backup_tui.screens.widgets.paint import Part
from m365backup_tui.screens.widgets.rows import Column, Row, Shown
from m365backup_tui.screens.widgets.text import clean

_MARKS = {"ok": "ok", "warn": "attention", "no": "not ok", "current": "current", "dot": "open"}
_SIGNS = {"✓": "ok: ", "×": "not ok: ", "!": "attention: ", "●": "current: ", "·": "- "}
_LEADING = re.compile(r"^\s*([✓×!●·]) +")
_TIMES = re.compile(r"\d+:\d\d(?::\d\d)?|\b\d+ (?:h|min|s)\b")
_NUMBERS = re.compile(r"\d[\d,. ]*")


def spoken(line: str) -> str:
    """A line of text with its leading sign as a word: `✓ Ready` becomes `ok: Ready`."""
    found = _LEADING.match(line)
    if found is None:
        return clean(line).strip()
    return _SIGNS[found[1]] + clean(line[found.end() :]).strip()


def row_of(shown: Shown, index: int) -> str:
    """`row_line` of a row of a list, on its own: a first cell that is empty because it is that of the row above
    is told all the same."""
    row = shown.rows[index]
    if shown.columns and shown.columns[0].ditto and not _cell(row, 0):
        above = (shown.rows[at] for at in range(index - 1, -1, -1))
        group = next((name for other in above if (name := _cell(other, 0))), "")
        row = replace(row, cells=(group, *row.cells[1:]))
    return row_line(index + 1, row, shown.boxes)


def _cell(row: Row, at: int) -> str:
    cell = row.cells[at]
    return clean(cell.text if isinstance(cell, Part) else cell).strip()


def row_line(number: int, row: Row, boxes: bool) -> str:
    """`3. ok: Finance; finance@contoso.com; chosen (cannot be chosen: why)`."""
    cells = [_cell(row, at) for at in range(len(row.cells))]
    words = "; ".join(cell for cell in cells if cell)
    if row.mark in _MARKS:
        words = f"{_MARKS[row.mark]}: {words}"
    if boxes:
        words += f"; {_box(row)}" if _box(row) else ""
    if row.disabled:
        why = clean(row.disabled).strip()
        words += " (cannot be chosen)" if why in words else f" (cannot be chosen: {why})"
    return f"{number:,}. {words}"


def _box(row: Row) -> str:
    if row.attention:
        return "marked"
    if row.checked is None:
        return ""
    return "chosen" if row.checked else "not chosen"


def columns_line(columns: Sequence[Column]) -> str:
    """What the parts of a row are."""
    return "Columns: " + "; ".join(column.title for column in columns if column.title) + "."


def without_times(line: str) -> str:
    """The line as it is at any time of day: what differs only there is no news."""
    return _TIMES.sub("#", line)


def without_numbers(line: str) -> str:
    """The line without any number: what differs only there is a count that goes on."""
    return _NUMBERS.sub("#", without_times(line))
