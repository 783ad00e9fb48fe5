"""Send only the cells that changed: a memory of the screen between Textual and the terminal.

Textual 8.2.8 keeps no copy of what the terminal shows and re-sends whole regions; this brings a key
press down 2-14 times (reference/terminal.md §5). Whatever is not understood is passed on unchanged
and the memory is dropped, so the worst case is Textual's own output.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len, get_character_cell_size

from m365backup_tui.terminal.marks import ascii_table

if TYPE_CHECKING:
    from textual.driver import Driver

Cell = tuple[str, str]
"""What one cell shows: its characters ("" for the right half of a wide one) and its SGR string."""

_TOKEN = re.compile(
    r"\x1b\[(?P<row>\d+);(?P<column>\d+)H|\x1b\[(?P<style>[\d;]*)m|(?P<line>\n)|(?P<text>[^\x1b\n]+)"
)
# Modes, queries, keyboard protocol, bell, pointer shape, clipboard, tmux pass-through: none of them moves a cell.
_HARMLESS = re.compile(
    r"(?:\x1b\[\?(?!1049)[\d;]*(?:\$p|[hl])|\x1b\[[<>=][\d;]*u|\x07|\x1b\](?:22|52);[^\x07\x1b]*\x07"
    r"|\x1bP(?:[^\x1b]|\x1b\x1b)*\x1b\\)+"
)
_SYNC_START, _SYNC_END = "\x1b[?2026h", "\x1b[?2026l"
_BRIDGE = 5
"""Unchanged cells between two changes that are cheaper to send than a cursor move."""


_ALTERNATE = "\x1b[?1049h"


class FrameDiffer:
    """Turns frames into the difference to what the terminal already shows. Knows no driver.

    `feed` takes what Textual would write and returns what to write instead (maybe nothing).
    """

    def __init__(self, width: int = 0, height: int = 0) -> None:
        self._rows: list[list[Cell | None]] = []
        self._cursor: tuple[int, int] | None = None
        self._sync_held = False
        self._sync_open = False
        self.resize(width, height)

    def resize(self, width: int, height: int) -> None:
        """Start over for another size; nothing happens when it is the same."""
        if len(self._rows) != height or (self._rows and len(self._rows[0]) != width):
            self._rows = [[None] * width for _ in range(height)]
            self._cursor = None

    def forget(self) -> None:
        """Take nothing for granted: the next frame is sent in full."""
        for row in self._rows:
            row[:] = [None] * len(row)
        self._cursor = None

    def feed(self, data: str) -> str:
        """What to send so that the terminal shows what `data` would have made it show."""
        if data == _SYNC_START:
            self._sync_held = True
            return ""
        if data == _SYNC_END:
            self._sync_held, held = False, self._sync_held
            if held and not self._sync_open:
                return ""
            self._sync_open = False
            return data
        if _HARMLESS.fullmatch(data):
            return self._with_sync(data)
        written = self._read(data)
        if written is None:
            self.forget()
            return self._with_sync(data)
        out = self._difference(*written)
        return self._with_sync(out if len(out) < len(data) else data)

    def _with_sync(self, out: str) -> str:
        """Open the synchronised update that was held back, now that there is something in it."""
        if out and self._sync_held and not self._sync_open:
            self._sync_open = True
            return _SYNC_START + out
        return out

    def _read(
        self, data: str
    ) -> tuple[dict[int, list[Cell | None]], tuple[int, int] | None] | None:
        """The rows after `data` and where the cursor ends, or None when it is not understood."""
        rows: dict[int, list[Cell | None]] = {}
        place: tuple[int, int] | None = None
        style = ""
        end = 0
        for token in _TOKEN.finditer(data):
            if token.start() != end:
                return None
            end = token.end()
            kind = token.lastgroup
            if kind == "column":
                place = int(token["row"]) - 1, int(token["column"]) - 1
            elif kind == "style":
                style = _combine(style, token["style"])
            elif kind == "line":
                place = None  # Textual always moves the cursor before it goes on writing
            else:
                if place is None or not 0 <= place[0] < len(self._rows):
                    return None
                y, x = place
                row = rows.get(y)
                if row is None:
                    row = rows[y] = self._rows[y].copy()
                after = _write(row, x, token["text"], style)
                if after is None:
                    return None
                place = y, after
        if end != len(data) or style:
            return None
        return rows, place

    def _difference(self, rows: dict[int, list[Cell | None]], place: tuple[int, int] | None) -> str:
        """Moves, styles and text for the cells that differ; remembers the new ones."""
        out: list[str] = []
        style = ""
        for y, new in rows.items():
            for start, stop in _runs(self._rows[y], new):
                if self._cursor != (y, start):
                    out.append(f"\x1b[{y + 1};{start + 1}H")
                for cell in new[start:stop]:
                    if cell is None or not cell[0]:
                        continue
                    if cell[1] != style:
                        style, before = cell[1], style
                        out.append(_switch(before, style))
                    out.append(cell[0])
                self._cursor = (y, stop) if stop < len(new) else None
            self._rows[y] = new
        if style:
            out.append("\x1b[0m")
        if place is not None and place != self._cursor:
            out.append(f"\x1b[{place[0] + 1};{place[1] + 1}H")
            self._cursor = place
        return "".join(out)


@lru_cache(maxsize=2048)
def _combine(style: str, added: str) -> str:
    """The SGR string after another one; empty for the terminal's default."""
    first, _, rest = added.partition(";")
    if first in {"", "0", "00"}:
        style, added = "", rest
    attributes, front, back = _parts(f"{style};{added}" if style and added else style or added)
    colours = [colour for colour in (front, back) if colour not in {"", "39", "49"}]
    return ";".join([*sorted(attributes), *colours])


@lru_cache(maxsize=2048)
def _switch(before: str, after: str) -> str:
    """The shortest SGR from one style to another: additions when possible, else from nothing."""
    if not after:
        return "\x1b[0m"
    old_set, old_front, old_back = _parts(before)
    new_set, new_front, new_back = _parts(after)
    full = f"\x1b[0;{after}m" if before else f"\x1b[{after}m"
    if old_set - new_set or (old_front and not new_front) or (old_back and not new_back):
        return full
    added = sorted(new_set - old_set)
    added += [new_front] if new_front != old_front else []
    added += [new_back] if new_back != old_back else []
    short = f"\x1b[{';'.join(added)}m"
    return short if len(short) < len(full) else full


def _parts(style: str) -> tuple[frozenset[str], str, str]:
    """Attributes, foreground and background of an SGR string."""
    codes = style.split(";") if style else []
    attributes: set[str] = set()
    front = back = ""
    i = 0
    while i < len(codes):
        code = codes[i]
        size = 1
        if code in {"38", "48"}:
            size = 5 if codes[i + 1 : i + 2] == ["2"] else 3
        colour = ";".join(codes[i : i + size])
        if len(code) == 2 and code[0] in "39":  # 30-39 and the bright 90-97
            front = colour
        elif (len(code) == 2 and code[0] == "4") or (len(code) == 3 and code[:2] == "10"):
            back = colour
        else:
            attributes.add(code)
        i += size
    return frozenset(attributes), front, back


def _write(row: list[Cell | None], x: int, text: str, style: str) -> int | None:
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


def _runs(old: list[Cell | None], new: list[Cell | None]) -> Iterator[tuple[int, int]]:
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


def diffing(base: type[Driver], *, ascii_only: bool = False) -> type[Driver]:
    """`base` (the driver Textual chose for this platform) with the memory mixed in.

    With `ascii_only` every character beyond ASCII is replaced by a stand-in of the same width.
    """
    table = ascii_table() if ascii_only else None

    class DiffDriver(base):  # type: ignore[misc, valid-type]  # the base is only known at run time
        """The platform's driver, writing differences."""

        def __init__(self, app: Any, **options: Any) -> None:
            super().__init__(app, **options)
            self._differ = FrameDiffer()

        def write(self, data: str) -> None:
            """Write what changed."""
            if table is not None and not data.isascii():
                data = data.translate(table)
            size = self._app.size
            self._differ.resize(size.width, size.height)
            out = self._differ.feed(data)
            # A console without an alternate screen (TERM=linux) keeps what stood there before.
            out = out.replace(_ALTERNATE, f"{_ALTERNATE}\x1b[2J")
            if out:
                super().write(out)

        def forget(self) -> None:
            """Clear the terminal and the memory; the next frame is sent in full."""
            self._differ.forget()
            super().write("\x1b[0m\x1b[2J")

        def distrust(self) -> None:
            """Drop the memory without touching the terminal (its size changed)."""
            self._differ.forget()

    return DiffDriver


def plain_ascii(base: type[Driver]) -> type[Driver]:
    """`base` for a terminal without UTF-8 and with the difference switched off."""
    table = ascii_table()

    class AsciiDriver(base):  # type: ignore[misc, valid-type]  # the base is only known at run time
        """The platform's driver, writing ASCII."""

        def write(self, data: str) -> None:
            """Write ASCII only."""
            super().write(data if data.isascii() else data.translate(table))

    return AsciiDriver
