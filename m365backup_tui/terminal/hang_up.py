"""Notice that the terminal is gone where no SIGHUP tells of it.

A line that drops sends SIGHUP to the leader of the session only; who else is in it hears of it when the leader ends. A
shell that ignores the signal (`trap '' HUP`, or a wrapper that wants to write a last line) never ends, and Textual
8.2.8 then reads the end of the input again and again: a wizard left behind at full load, holding its lock (seen over a
real sshd, 2026-11-21).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import sys
import threading
from collections.abc import Callable


def watch_hang_up(terminal: int, gone: Callable[[], object]) -> Callable[[], None]:
    """Call `gone()` in the running loop, once, when the terminal behind this file descriptor was hung up.

    Returns a function that stops watching. Costs a thread that sleeps in the kernel. Nothing is watched where
    `terminal` is no terminal, or outside Linux: macOS cannot poll a terminal (UNVERIFIED for current versions).
    """
    if not sys.platform.startswith("linux") or not os.isatty(terminal):
        return lambda: None
    loop = asyncio.get_running_loop()
    ours, theirs = os.pipe()
    poll = select.poll()
    poll.register(terminal, 0)  # a hang-up is always told, and nothing else is asked for
    poll.register(ours, 0)  # the same happens to a pipe when its other end is closed

    def wait() -> None:
        told = {fd for fd, _ in poll.poll()}
        os.close(ours)
        if terminal in told:
            with contextlib.suppress(RuntimeError):  # the loop has ended: the program is leaving
                loop.call_soon_threadsafe(gone)

    threading.Thread(target=wait, name="hang-up", daemon=True).start()
    stopped = False

    def stop() -> None:
        nonlocal stopped
        if not stopped:
            stopped = True
            os.close(theirs)

    return stop
