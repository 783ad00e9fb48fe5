"""A driver that lets go when the terminal is gone.

Textual 8.2.8 hands its output to a thread through a queue of 30; when the line drops, the thread dies on EIO, the
next frames fill the queue and the event loop waits for ever inside `put`, deaf to SIGHUP (seen: a wizard that was left
behind at full load after tmux was killed).
"""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Any

from m365backup_tui.terminal.signals import INTERRUPTED

if TYPE_CHECKING:
    from textual.driver import Driver

_LOOK_SECONDS = 0.25  # between two looks whether a full queue still has a reader


def lasting(base: type[Driver]) -> type[Driver]:
    """`base` with an output that never waits for a dead thread, and that ends the app when the line is gone."""

    class LastingDriver(base):  # type: ignore[misc, valid-type]  # the base is only known at run time
        """The platform's driver, sure to end."""

        _told = False

        def write(self, data: str) -> None:
            """Hand over `data`, or let it go with the terminal."""
            writer = getattr(self, "_writer_thread", None)
            if not isinstance(writer, threading.Thread):
                super().write(data)
            elif not _put(writer, data):
                self._line_is_gone()

        def close(self) -> None:
            """End the output thread, if there is one to end."""
            writer = getattr(self, "_writer_thread", None)
            if not isinstance(writer, threading.Thread):
                super().close()
            elif _put(writer, None):
                writer.join()

        def _line_is_gone(self) -> None:
            if not self._told:
                self._told = True
                self._app.call_later(self._app.exit, return_code=INTERRUPTED)

    return LastingDriver


def _put(writer: Any, data: str | None) -> bool:
    """Whether the thread took it; a slow terminal is waited for, a dead thread is not."""
    while writer.is_alive():
        try:
            writer._queue.put(data, timeout=_LOOK_SECONDS)  # Textual is pinned exactly
        except queue.Full:
            continue
        return True
    return False
