"""What ends `practice serve`: a signal, the end of its standard input, the end of its parent."""

import asyncio
import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable

LOOK_SECONDS = 0.25  # how often the parent is looked for
LAST_SECONDS = 1.8  # a little more than an orderly end takes (listening.py)


def stop_on_signals(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """SIGTERM, SIGINT, SIGHUP, and SIGBREAK on Windows."""
    for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is None:
            continue
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows: the loop has no signal handlers of its own
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))


def stop_when_stdin_ends(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """The parent holds the other side of the pipe: its end is our end, LAST_SECONDS later at most.

    A request that moves a million rows holds the loop for longer. It may be cut off: it has not been
    answered, nothing of it is committed, and SQLite undoes what was begun.
    """

    def watch() -> None:
        # os.read, not sys.stdin: a thread inside a buffered reader upsets Python's own ending.
        with contextlib.suppress(OSError):
            while os.read(0, 4096):
                continue
        with contextlib.suppress(RuntimeError):  # the loop may have closed in the meantime
            loop.call_soon_threadsafe(stop.set)
        time.sleep(LAST_SECONDS)
        os._exit(0)  # not reached when the process ends by itself, as it nearly always does

    threading.Thread(target=watch, name="watch-stdin", daemon=True).start()


async def stop_when_parent_ends(
    stop: asyncio.Event, parent: Callable[[], int] = os.getppid, every: float = LOOK_SECONDS
) -> None:
    """Waits for `stop`, and sets it when somebody else, init or a subreaper, has become the parent.

    Looked for, not asked of the kernel: Linux's PR_SET_PDEATHSIG also strikes when only the thread
    that started the server ends. Windows never tells another parent: `--watch-stdin` is for there.
    """
    first = parent()
    while parent() == first and not stop.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), every)
    stop.set()
