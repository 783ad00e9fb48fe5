"""Send only the cells that changed: a memory of the screen between Textual and the terminal.

Textual 8.2.8 keeps no copy of what the terminal shows and re-sends whole regions; this brings a key
press down 2-14 times (reference/terminal.md §5). Whatever is not understood is passed on unchanged
and the memory is dropped, so the worst case is Textual's own output.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from m365backup_tui.terminal.cells import Cell, changed_runs, write_cells
from m365backup_tui.terminal.marks import ascii_table
from m365backup_tui.terminal.sgr import combine, switch

if TYPE_CHECKING:
    from textual.driver import Driver

_TOKEN = re.compile(
    r"\x1b\[(?P<row>\d+);(?P<column>\d+)H|\x1b\[(?P<style>[\d;]*)m|(?P<line>\n)|(?P<text>[^\x1b\n]+)"
)
# Modes, queries, keyboard protocol, bell, pointer shape, clipboard, tmux pass-through: none of them moves a cell.
_HARMLESS = re.compile(
    r"(?:\x1b\[\?(?!1049)[\d;]*(?:\$p|[hl])|\x1b\[[<>=][\d;]*u|\x07|\x1b\](?:22|52);[^\x07\x1b]*\x07"
    r"|\x1bP(?:[^\x1b]|\x1b\x1b)*\x1b\\)+"
)
_SYNC_START, _SYNC_END = "\x1b[?2026h", "\x1b[?2026l"
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
                style = combine(style, token["style"])
            elif kind == "line":
                place = None  # Textual always moves the cursor before it goes on writing
            else:
                if place is None or not 0 <= place[0] < len(self._rows):
                    return None
                y, x = place
                row = rows.get(y)
                if row is None:
                    row = rows[y] = self._rows[y].copy()
                after = write_cells(row, x, token["text"], style)
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
            for start, stop in changed_runs(self._rows[y], new):
                if self._cursor != (y, start):
                    out.append(f"\x1b[{y + 1};{start + 1}H")
                for cell in new[start:stop]:
                    if cell is None or not cell[0]:
                        continue
                    if cell[1] != style:
                        style, before = cell[1], style
                        out.append(switch(before, style))
                    out.append(cell[0])
                self._cursor = (y, stop) if stop < len(new) else None
            self._rows[y] = new
        if style:
            out.append("\x1b[0m")
        if place is not None and place != self._cursor:
            out.append(f"\x1b[{place[0] + 1};{place[1] + 1}H")
            self._cursor = place
        return "".join(out)


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
