"""What a list shows: rows, cells and columns as plain values, and how columns share a line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from m365backup_tui.screens.widgets.paint import Part
from m365backup_tui.screens.widgets.text import Align, clean, fit

GAP = 2
"""Cells between two columns."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `width` in cells, or 0 to share what is left in proportion to `weight`.

    When a line is too short, columns with the highest `drop` leave first; `drop=0` never leaves.
    `ditto`: a cell that is empty means the same as in the row above (told in plain mode).
    """

    title: str = ""
    width: int = 0
    weight: int = 1
    align: Align = "left"
    drop: int = 0
    ditto: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `id` is what messages carry; cells are plain text, never markup.

    `checked` None means no box. `attention` shows `[!]` in place of the box's state. `mark` is a
    `Sign` name (`ok`, `warn`, `no`, `dot`, `current`). `disabled` is the reason why the row cannot
    be chosen: it can still be reached, so that the reason can be read. `tone` is one of
    paint.TONES and holds for the whole row; a cell may be a `Part` with a tone of its own.
    """

    id: str
    cells: tuple[str | Part, ...]
    checked: bool | None = None
    attention: bool = False
    mark: str = ""
    disabled: str = ""
    tone: str = "plain"


class RowSource(Protocol):
    """Rows that are made when they are looked at: a tuple of `Row` fulfils it, and so can a class
    with these two methods over 200,000 objects."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> Row: ...


@dataclass(frozen=True, slots=True)
class Shown:
    """A whole list as a value: its rows are still made when they are looked at."""

    columns: tuple[Column, ...]
    rows: RowSource
    boxes: bool
    header: bool
    empty: str


class LazyRows:
    """Rows made by a function when they are looked at: `LazyRows(len(sites), row_of_site)`."""

    def __init__(self, count: int, row_at: Callable[[int], Row]) -> None:
        self._count, self._row_at = count, row_at

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int, /) -> Row:
        return self._row_at(index)


def share(columns: Sequence[Column], width: int, least: int = 16) -> list[int]:
    """The width in cells of each column on a line of `width` cells; 0 for one that was dropped.

    Flexible columns get at least `least` cells as long as there is something else to drop.
    """
    kept = list(range(len(columns)))
    while True:
        gaps = GAP * max(0, len(kept) - 1)
        fixed = sum(columns[i].width for i in kept)
        flexible = [i for i in kept if not columns[i].width]
        left = width - gaps - fixed
        droppable = [i for i in kept if columns[i].drop]
        if left >= least * len(flexible) or not droppable:
            break
        kept.remove(max(droppable, key=lambda i: columns[i].drop))
    widths = [0] * len(columns)
    for i in kept:
        widths[i] = min(columns[i].width, width)
    weights = sum(columns[i].weight for i in flexible)
    for i in flexible:
        part = max(1, left * columns[i].weight // max(1, weights))
        widths[i] = part
        left -= part
        weights -= columns[i].weight
    return widths


def lay_out(
    cells: Sequence[str | Part],
    columns: Sequence[Column],
    widths: Sequence[int],
    tone: str,
    ellipsis: str,
) -> list[Part]:
    """The cells of one row as parts, each in exactly its column's width."""
    parts: list[Part] = []
    for index, (column, width) in enumerate(zip(columns, widths, strict=True)):
        if not width:
            continue
        if parts:
            parts.append(Part(" " * GAP, tone))
        cell = cells[index] if index < len(cells) else ""
        text, own = cell if isinstance(cell, Part) else (cell, tone)
        parts.append(Part(fit(clean(text), width, column.align, ellipsis), own))
    return parts
