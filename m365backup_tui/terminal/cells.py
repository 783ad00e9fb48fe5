"""A row of the terminal as cells: text put into it, and where two rows differ."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len, get_character_cell_size

Cell = tuple[str, str]
"""What one cell shows: its characters ("" for the right half of a wide one) and its SGR string."""

_BRIDGE = 5
"""Unchanged cells between two changes that are cheaper to send than a cursor move."""


def write_cells(row: list[Cell | None], x: int, text: str, style: str) -> int | None:
    """Write text into a row; the column after it, or None when a terminal might disagree."""
    width = len(row)
    if text.isascii():
        if not text.isprintable() or x + len(text) > width:
            return None
        row[x : x + len(text)] = [(char, style) for char in text]
        return x + len(text)
    start = x
    for char in text:
        size = get_character_cell_size(char)
        if size == 0:
            # A combining mark joins the cell before it; control characters are not for cells.
            lead = x - 1
            while lead > start and row[lead] == ("", style):
                lead -= 1
            before = row[lead] if x > start else None
            if before is None or not char.isprintable():
                return None
            row[lead] = (before[0] + char, before[1])
            continue
        if x + size > width or not (char.isprintable() or char == "\u3000"):
            return None
        row[x] = (char, style)
        if size == 2:
            row[x + 1] = ("", style)
        x += size
    # Joined emoji: Rich counts the cluster, terminals differ. Leave those to the terminal.
    return x if cell_len(text) == x - start else None


def changed_runs(old: list[Cell | None], new: list[Cell | None]) -> Iterator[tuple[int, int]]:
    """The changed stretches [start, stop) of a row, whole wide characters only, near ones joined."""
    changed = [x for x, (before, after) in enumerate(zip(old, new, strict=True)) if before != after]
    width = len(new)
    start = stop = -1
    for x in changed:
        if x < stop:
            continue
        left, right = x, x + 1
        # Overwriting half of a wide character erases the other half, whether it is old or new.
        while left > 0 and (_half(old[left]) or _half(new[left])):
            left -= 1
        while right < width and (_half(old[right]) or _half(new[right])):
            right += 1
        if start >= 0 and left - stop <= _BRIDGE and None not in new[stop:left]:
            stop = right
            continue
        if start >= 0:
            yield start, stop
        start, stop = left, right
    if start >= 0:
        yield start, stop


def _half(cell: Cell | None) -> bool:
    return cell is not None and not cell[0]
