"""Signs of life of a lock's holder, from a thread: a busy or waiting event loop must not look dead."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Beat:
    """Calls `sign` every `seconds` until `stop`. `start` and `stop` are harmless when repeated."""

    def __init__(self, sign: Callable[[], None], seconds: float) -> None:
        self._sign = sign
        self._seconds = seconds
        self._over: threading.Event | None = None

    def start(self) -> None:
        if self._over is None:
            self._over = threading.Event()
            threading.Thread(
                target=self._beat, args=(self._over,), name="sign of life", daemon=True
            ).start()

    def stop(self) -> None:
        if self._over is not None:
            self._over.set()
            self._over = None

    def _beat(self, over: threading.Event) -> None:
        while not over.wait(self._seconds):
            self._sign()
