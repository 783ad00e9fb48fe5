"""Fit text from anywhere into cells: clean it, measure it, cut it, pad it."""

from __future__ import annotations

import unicodedata
from typing import Literal

from rich.cells import cell_len, set_cell_size

Align = Literal["left", "right"]


def clean(text: str) -> str:
    """`text` on one line, without anything a terminal would obey.

    Names come from other people's directories: control characters, escape sequences and
    direction overrides become a space or vanish, so that a display name cannot redraw the screen.
    """
    if not text.isascii():
        # Terminals do not agree on the width of an emoji with a variation selector.
        text = text.replace("\ufe0f", "")
    if text.isprintable():
        return text
    kept = []
    for char in text:
        category = unicodedata.category(char)
        if category in {"Cc", "Zl", "Zp"}:
            kept.append(" ")
        elif category not in {"Cf", "Cs", "Co", "Cn"}:
            kept.append(char)
    return "".join(kept)


def clean_lines(text: str) -> str:
    """Like `clean`, but keeps line breaks."""
    return "\n".join(clean(line) for line in text.splitlines())


def cut(text: str, width: int, ellipsis: str = "…") -> str:
    """`text` in at most `width` cells, ending in `ellipsis` when something was left out."""
    if width <= 0:
        return ""
    if cell_len(text) <= width:
        return text
    if width == 1:
        return ellipsis
    return set_cell_size(text, width - 1).rstrip() + ellipsis


def fit(text: str, width: int, align: Align = "left", ellipsis: str = "…") -> str:
    """`text` in exactly `width` cells: cut when longer, padded when shorter."""
    text = cut(text, width, ellipsis)
    blank = " " * (width - cell_len(text))
    return blank + text if align == "right" else text + blank
