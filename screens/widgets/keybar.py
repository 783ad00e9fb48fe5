"""The last line: the keys that work here, always true, in one line."""

from __future__ import annotations

from rich.cells import cell_len

from m365backup_tui.screens.widgets.keys import Key
from m365backup_tui.screens.widgets.paint import Painted, Part


class KeyBar(Painted):
    """One line of keys. `bar.show(keys, always)`; `always` keeps its place when room is short.

    Textual's own Footer recomposes on every change (1-4 KB, 50 ms); this repaints one line.
    """

    _keys: tuple[Key, ...] = ()
    _always: tuple[Key, ...] = ()

    def show(self, keys: tuple[Key, ...], always: tuple[Key, ...] = ()) -> None:
        """Show these keys; nothing is sent when they are the same as before."""
        if (keys, always) != (self._keys, self._always):
            self._keys, self._always = keys, always
            self.refresh()

    def paint(self, y: int, width: int) -> list[Part]:
        """The screen's keys from the left, as many as fit beside the ones that always work."""
        room = width - 2
        keys = [*self._keys, *self._always]
        gap = 3 if _size(keys, 3) <= room else 2
        always = list(self._always)
        while len(always) > 1 and _size(always, gap) > room:
            always.pop()
        shown = list(self._keys)
        while shown and _size([*shown, *always], gap) > room:
            shown.pop()
        parts = [Part(" ")]
        for index, key in enumerate([*shown, *always]):
            if index:
                parts.append(Part(" " * gap))
            parts += _parts(key)
        return parts


def _parts(key: Key) -> list[Part]:
    if key.enabled:
        return [Part(key.shown, "strong"), Part(f" {key.label}")]
    return [Part(f"({key.shown} {key.label})", "off")]


def _size(keys: list[Key], gap: int) -> int:
    texts = ("".join(part.text for part in _parts(key)) for key in keys)
    return sum(cell_len(text) for text in texts) + gap * max(0, len(keys) - 1)
