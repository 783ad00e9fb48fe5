"""Lines to standard output: whole lines only, no control character, and never a wait for a slow terminal."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections.abc import Callable

from m365backup_tui.plain.breaking import broken
from m365backup_tui.screens.widgets.text import clean
from m365backup_tui.terminal.marks import ascii_table

PROMPT = "> "
_LONGEST_GOODBYE = 2.0  # seconds that a terminal may take for the last lines


def to_terminal(text: str) -> None:
    """All of it to file descriptor 1. Textual keeps `sys.stdout` for itself while it runs."""
    data = text.encode("utf-8", "replace")
    while data:
        data = data[os.write(1, data) :]


class Speaker:
    """`say` lines, then `prompt`; what comes while the prompt waits begins on a new line and asks again."""

    def __init__(
        self,
        write: Callable[[str], object] = to_terminal,
        *,
        unicode: bool = True,
        width: Callable[[], int] = lambda: 0,
    ) -> None:
        """`width`: columns that a line may take now, 0 for any number."""
        self._write, self._width = write, width
        self._table = None if unicode else ascii_table()
        self._waiting: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._send, name="plain text", daemon=True)
        self._asking = False
        self._thread.start()

    def say(self, *lines: str, whole: bool = False) -> None:
        """These lines, in this order. A line break inside one is kept, anything else a terminal obeys is not. `whole`:
        to be copied, so never broken."""
        width = 0 if whole else self._width()
        text = "".join(
            f"{piece}\n"
            for line in lines
            for one in (line.splitlines() or [""])
            for piece in broken(clean(one), width)
        )
        if self._asking:
            self._asking = False
            text = f"\n{text}"
        if text:
            self._put(text)

    def prompt(self) -> None:
        """A line is waited for."""
        if not self._asking:
            self._asking = True
            self._put(PROMPT)

    def answered(self, *, echoed: bool = True) -> None:
        """The person ended the line; the terminal showed the line's end unless it shows nothing."""
        if self._asking:
            self._asking = False
            if not echoed:
                self._put("\n")

    def close(self) -> None:
        """After what was said is out, or the terminal has had its time."""
        if self._asking:
            self._asking = False
            self._put("\n")
        self._waiting.put(None)
        self._thread.join(_LONGEST_GOODBYE)

    def _put(self, text: str) -> None:
        self._waiting.put(text.translate(self._table) if self._table is not None else text)

    def _send(self) -> None:
        while (text := self._waiting.get()) is not None:
            with contextlib.suppress(
                OSError
            ):  # the line is gone; whoever watches it ends the wizard
                self._write(text)
