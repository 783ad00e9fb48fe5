"""Long lines broken between words, at the width of the terminal: a word cut in two is hard to read and to hear."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from rich.cells import cell_len

_NARROW = 20  # columns: below that nothing is broken
_COPIED = re.compile(r"https?://|[/~]|[A-Za-z]:\\")
"""How a link or a path begins: it stands on a line of its own, to be copied whole, blanks and all."""


def terminal_width(descriptor: int = 1) -> int:
    """Columns that a line may take; 0 where that is not known. Terminals differ in what they do after the last one."""
    try:
        return max(0, os.get_terminal_size(descriptor).columns - 1)
    except OSError:
        return 0


def broken(line: str, width: int) -> Iterator[str]:
    """The line in pieces of at most `width` columns. A word that is wider stays whole, and so does what is to be
    copied."""
    if width < _NARROW or cell_len(line) <= width or _COPIED.match(line):
        yield line
        return
    piece, used = "", 0
    for word in re.findall(r"\s*\S+", line):
        wide = cell_len(word)
        if piece and used + wide > width:
            yield piece
            word = word.lstrip()
            piece, used = word, cell_len(word)
        else:
            piece, used = piece + word, used + wide
    yield piece
