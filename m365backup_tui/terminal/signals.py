"""Leave cleanly when the line drops or someone asks the process to end.

Textual 8.2.8 handles neither: SIGHUP kills it without cleanup, SIGTERM leaves the terminal in the
alternate screen (reference/terminal.md §6).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable

from m365backup_tui.terminal.hang_up import watch_hang_up

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
    terminals = [fd for fd in (1, 2) if os.isatty(fd)]

    def on_signal(name: str, code: int) -> None:
        if name == "SIGHUP":
            _abandon(terminals)
        leave(code)

    for name, code in CODES.items():
        number = getattr(signal, name, None)
        if number is None:
            continue
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(number, on_signal, name, code)
            watched.append(number)
    stop_polling = watch_hang_up(0, lambda: on_signal("SIGHUP", INTERRUPTED))

    def stop() -> None:
        stop_polling()
        for number in watched:
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.remove_signal_handler(number)

    return stop


def _abandon(terminals: list[int]) -> None:
    """Point output at nothing: the terminal is gone, and writing to it would raise EIO.

    Python would otherwise end with code 120, because it cannot flush standard output.
    """
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for fd in terminals:
            os.dup2(nowhere, fd)
        os.close(nowhere)
