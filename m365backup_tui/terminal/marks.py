"""The few signs the screens use, each with a plain ASCII twin for terminals without UTF-8."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class Sign(StrEnum):
    """A closed set of meanings a mark can have. The look is chosen by `Marks`."""

    OK = "ok"
    WARN = "warn"
    NO = "no"
    DOT = "dot"
    CURRENT = "current"


_UNICODE = {"ok": "✓", "warn": "!", "no": "×", "dot": "·", "current": "●"}
_ASCII = {"ok": "ok", "warn": "!", "no": "x", "dot": "-", "current": "*"}


@dataclass(frozen=True, slots=True)
class Marks:
    """Signs for one terminal. `Marks(unicode=False).sign(Sign.OK)` is `ok`.

    Every sign of one `Marks` fits in `width` cells (1 with UTF-8, 2 without), so lists line up.
    """

    unicode: bool = True

    @property
    def width(self) -> int:
        """Cells that the widest sign takes."""
        return 1 if self.unicode else 2

    def sign(self, sign: Sign | str) -> str:
        """The characters for a meaning; the empty string means no mark at all."""
        if not sign:
            return ""
        return (_UNICODE if self.unicode else _ASCII)[sign]

    @property
    def pointer(self) -> str:
        """In front of the row under the cursor."""
        return "›" if self.unicode else ">"

    @property
    def rule(self) -> str:
        """One cell of a horizontal rule."""
        return "─" if self.unicode else "-"

    @property
    def between(self) -> str:
        """Between two facts on one line."""
        return "·" if self.unicode else "-"

    @property
    def ellipsis(self) -> str:
        """One cell that says text was cut here."""
        return "…" if self.unicode else "~"

    @property
    def down(self) -> str:
        """There is more below."""
        return "↓" if self.unicode else "v"


class _AsciiTable(dict[int, str]):
    """A str.translate table that gives every character an ASCII stand-in of the same width."""

    def __missing__(self, code: int) -> str:
        if code < 128:
            twin = chr(code)
        else:
            char = chr(code)
            if unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me", "Cf"}:
                twin = ""
            else:
                base = unicodedata.normalize("NFKD", char)[:1]
                wide = unicodedata.east_asian_width(char) in {"W", "F"}
                twin = base if base.isascii() and base.isprintable() and not wide else "?"
                twin = twin * 2 if wide else twin
        self[code] = twin
        return twin


def ascii_table() -> dict[int, str]:
    """A table for `str.translate` that makes any text safe for a terminal without UTF-8.

    Widths stay as they were (`é` becomes `e`, a wide character becomes `??`), so cells stay put.
    """
    table = _AsciiTable()
    twins = {"✓": "+", "×": "x", "·": "-", "●": "*", "›": ">", "…": "~", "↓": "v", "↑": "^"}
    twins |= {
        "▏": "|",
        "▕": "|",
        "▾": "v",
        "•": "*",
        "’": "'",
        "“": '"',
        "”": '"',
        "–": "-",
        "—": "-",
    }
    for char, twin in twins.items():
        table[ord(char)] = twin
    for code in range(0x2500, 0x2580):  # box drawing
        table[code] = "+"
    for char, twin in {"─": "-", "━": "-", "│": "|", "┃": "|"}.items():
        table[ord(char)] = twin
    for code in range(0x2580, 0x25A0):  # blocks
        table[code] = "#"
    return table
