"""Ctrl+C while a question waits on the terminal: `asyncio` would only note it and let the question wait on."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def interruptible() -> Iterator[None]:
    """In it, Ctrl+C raises KeyboardInterrupt at once, a hang-up or SIGTERM too. Only on the main thread."""
    numbers = [
        getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
    ]
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        for number in numbers:
            signal.signal(number, _leave)
        yield
    finally:
        for number, handler in before.items():
            if handler is not None:
                signal.signal(number, handler)


def _leave(*_: object) -> None:
    raise KeyboardInterrupt
