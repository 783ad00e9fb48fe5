"""Copy text to the clipboard of the person's own machine: OSC 52, through tmux and screen too."""

from __future__ import annotations

import base64
from collections.abc import Callable

CAP = 74_000
"""Bytes before base64: xterm and tmux drop longer sequences (about 100,000 after encoding)."""
_SCREEN_CHUNK = 700  # GNU screen's DCS buffer is 768 bytes


def osc52(text: str, *, tmux: bool = False, screen: bool = False) -> str:
    """The escape sequence that sets the clipboard, wrapped for tmux or GNU screen.

    Raises ValueError when the text is longer than `CAP` bytes.
    """
    data = text.encode("utf-8")
    if len(data) > CAP:
        raise ValueError(f"{len(data)} bytes are more than the {CAP} that terminals accept")
    plain = f"\x1b]52;c;{base64.b64encode(data).decode('ascii')}\x07"
    if tmux:
        return "\x1bPtmux;" + plain.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    if screen:
        chunks = (plain[i : i + _SCREEN_CHUNK] for i in range(0, len(plain), _SCREEN_CHUNK))
        return "".join(f"\x1bP{chunk}\x1b\\" for chunk in chunks)
    return plain


def copy(
    text: str, write: Callable[[str], None], *, tmux: bool = False, screen: bool = False
) -> str:
    """Send `text` to the terminal's clipboard and return the sentence that says what was done.

    A terminal never answers, so the sentence also names the way that always works.
    """
    try:
        sequence = osc52(text, tmux=tmux, screen=screen)
    except ValueError:
        return "Too long to copy from here. Press F2 to show it as plain text."
    write(sequence)
    if tmux:
        # tmux 3.3 and later pass it on only with allow-passthrough; set-clipboard on also works.
        return "Sent to the clipboard through tmux. If nothing arrived, F2 shows it as plain text."
    return f"Sent {len(text)} characters to the clipboard. If nothing arrived, press F2."
