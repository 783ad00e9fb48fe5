"""A QR code as text, for opening a link on a phone: half blocks, or ASCII, only where it fits."""

from __future__ import annotations

from textual.widget import Widget
from textual.widgets import Static

from m365backup_tui.screens.widgets.paint import marks_of

_BORDER = 2
"""Light modules around the code. The standard asks for 4; phones read 2, and a terminal is small."""


def qr_lines(text: str, *, unicode: bool = True) -> tuple[str, ...]:
    """The lines of a QR code for `text`; dark modules are spaces, so it reads light on dark.

    With half blocks one line holds two rows of modules; in ASCII a module is two cells (`##`).
    segno is imported here, so that the first frame does not wait for it.
    """
    import segno

    code = segno.make(text, error="l", micro=False, boost_error=False)
    rows = [list(row) for row in code.matrix_iter(border=_BORDER)]
    if not unicode:
        return tuple("".join("  " if dark else "##" for dark in row) for row in rows)
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    blocks = {(0, 0): "█", (0, 1): "▀", (1, 0): "▄", (1, 1): " "}
    return tuple(
        "".join(blocks[int(bool(a)), int(bool(b))] for a, b in zip(upper, lower, strict=True))
        for upper, lower in zip(rows[::2], rows[1::2], strict=True)
    )


class QrCode(Static):
    """Shows a code when it fits between `room` lines and its width, otherwise nothing.

    Example: `QrCode(id="qr")`, then `self.query_one(QrCode).show(url, room=14)`. The link itself
    must stand beside it: a code that did not fit is no loss then.
    """

    DEFAULT_CSS = "QrCode { width: auto; height: auto; color: ansi_white; background: ansi_black; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__("", markup=False, id=id)
        self._asked = ("", 0)
        self.fits = False
        self.display = False

    def show(self, text: str, room: int) -> None:
        """Show the code for `text` in at most `room` lines; the empty string shows nothing."""
        if (text, room) == self._asked:
            return
        self._asked = (text, room)
        lines = qr_lines(text, unicode=marks_of(self).unicode) if text else ()
        parent = self.parent
        width = parent.size.width if isinstance(parent, Widget) else self.app.size.width
        self.fits = bool(lines) and len(lines) <= room and len(lines[0]) <= max(width, 0)
        self.display = self.fits
        self.update("\n".join(lines) if self.fits else "")
