"""Textual's wrapped document, calm with tens of thousands of lines.

Textual 8.2.8 adds up the heights of all lines for each line it paints, and measures every line when the width changes:
34 ms a frame and 135 ms at 20,000 lines (tests/bench/stalls.py). What is computed stays the same.
"""

from __future__ import annotations

from textual._wrap import compute_wrap_offsets
from textual.document._wrapped_document import WrappedDocument
from textual.expand_tabs import get_tab_widths


class CalmDocument(WrappedDocument):
    """Knows its height, and measures only lines that may not fit."""

    @property
    def height(self) -> int:
        """Rows after wrapping."""
        return len(self._offset_to_line_info)

    def wrap(self, width: int, tab_width: int | None = None) -> None:
        """Wrap every line at `width` cells (0: not at all)."""
        self._width = width
        if tab_width:
            self._tab_width = tab_width
        wraps: list[list[int]] = []
        tabs: list[list[int]] = []
        places: list[tuple[int, int]] = []
        offsets: list[list[int]] = []
        whole, no_tab = (
            list[int](),
            [0],
        )  # shared by the lines that fit: nothing changes them in place
        for index, line in enumerate(self.document.lines):
            if line.isascii() and line.isprintable() and 0 < len(line) <= (width or len(line)):
                wrap, tab = whole, no_tab
            else:
                sections = get_tab_widths(line, self._tab_width)
                tab = [cells for _, cells in sections]
                wrap = (
                    compute_wrap_offsets(line, width, self._tab_width, True, sections)
                    if width
                    else []
                )
            first = len(places)
            if wrap:
                places += [(index, section) for section in range(len(wrap) + 1)]
                offsets.append(list(range(first, len(places))))
            else:
                places.append((index, 0))
                offsets.append([first])
            wraps.append(wrap)
            tabs.append(tab)
        self._wrap_offsets, self._tab_width_cache = wraps, tabs
        self._offset_to_line_info, self._line_index_to_offsets = places, offsets
