"""A long address in two lines: a short word that the terminal can open, and how the address begins."""

from __future__ import annotations

import os

from textual.content import Content
from textual.style import Style
from textual.widgets import Static

_WORD = "this address"
_BLIND = {"linux", "screen"}  # TERM values whose terminals have no links (OSC 8), or drop them


class AddressLink(Static):
    """`link.show(url, "https://login.example/authorize?", "... 632 characters")`; OSC 8 around the short word."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__("", markup=False, id=id, classes=classes)
        self._shown = ("", "", "")

    def show(self, url: str, begins: str, rest: str) -> None:
        """Show another address; nothing is sent when it is the same."""
        if (url, begins, rest) == self._shown:
            return
        self._shown = (url, begins, rest)
        able = os.environ.get("TERM", "").partition("-")[0] not in _BLIND
        word = Style(link=url, bold=True) if able else Style(bold=True)
        self.update(
            Content.assemble(
                "2  Open ",
                (_WORD, word),
                " in a browser on any computer:\n      ",
                (begins, "$accent"),
                "\n",
                rest,
            )
        )

    def as_lines(self) -> tuple[str, ...]:
        """The whole address on a line of its own, for whoever tells it in another way (plain mode)."""
        url = self._shown[0]
        return ("2. Open this address in a browser on any computer:", url) if url else ()
