"""Leave cleanly when the line drops or someone asks the process to end.

Textual 8.2.8 handles neither: SIGHUP kills it without cleanup, SIGTERM leaves the terminal in the
alternate screen (reference/terminal.md §6).
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable

INTERRUPTED = 130
"""A dropped terminal or Ctrl+C; `resume` goes on (design/command-line.md)."""
TERMINATED = 143
"""SIGTERM: 128 + 15."""

CODES = {"SIGHUP": INTERRUPTED, "SIGINT": INTERRUPTED, "SIGTERM": TERMINATED}


def watch_signals(leave: Callable[[int], object]) -> Callable[[], None]:
    """Call `leave(exit code)` in the running loop on SIGHUP, SIGINT and SIGTERM.

    Returns a function that stops watching. Where a loop cannot watch signals (Windows), nothing
    is watched. A signal the process was told to ignore (nohup) is watched all the same: Textual
    would spin at full load on a terminal that is gone.
    """
    loop = asyncio.get_running_loop()
    watched: list[int] = []
    for name, code in CODES.items():
        number = getattr(signal, name, None)
        if number is None:
            continue
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(number, leave, code)
            watched.append(number)

    def stop() -> None:
        for number in watched:
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.remove_signal_handler(number)

    return stop
