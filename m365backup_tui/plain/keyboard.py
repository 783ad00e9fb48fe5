"""Lines from standard input, without ever waiting for one; what is secret is not shown while it is typed."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import os
import threading
from collections.abc import Callable
from typing import Any

_PIECE = 65536  # bytes


class Keyboard:
    """`start`, then `await line()`: a line without its end, or None at the end of the input."""

    def __init__(self, fd: int = 0, *, lost: Callable[[], object] = lambda: None) -> None:
        """`lost` is called when the terminal behind `fd` is gone."""
        self._fd = fd
        self._lost = lost
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._rest = ""
        self._before: Any = None  # how the terminal was, while it shows nothing
        self._terminal = os.isatty(fd) if fd >= 0 else False
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Begin to read, in the running loop."""
        self._loop = asyncio.get_running_loop()
        try:
            self._loop.add_reader(self._fd, self._ready)
        except (NotImplementedError, PermissionError):  # Windows; a plain file under Linux
            threading.Thread(target=self._read_on, name="plain input", daemon=True).start()

    def stop(self) -> None:
        """Give the terminal back as it was."""
        self.hide(False)
        if self._loop is not None:
            with contextlib.suppress(NotImplementedError, ValueError, RuntimeError):
                self._loop.remove_reader(self._fd)

    async def line(self, seconds: float) -> str | None:
        """The next line; None at the end. Raises TimeoutError when none came for so long."""
        return await asyncio.wait_for(self._lines.get(), seconds)

    def more(self) -> str | None:
        """A line that is here already, or None: pasted lines come together."""
        with contextlib.suppress(asyncio.QueueEmpty):
            found = self._lines.get_nowait()
            if found is None:
                self._lines.put_nowait(None)  # the end stays the end
            return found
        return None

    def forget(self) -> int:
        """Let go of the lines that are here already; how many that were."""
        count = 0
        while self.more() is not None:
            count += 1
        return count

    @property
    def waiting(self) -> bool:
        """Whether another line is here already."""
        return not self._lines.empty()

    def hide(self, secret: bool) -> None:
        """Show or do not show what is typed."""
        try:
            import termios
        except ImportError:  # Windows
            return
        with contextlib.suppress(termios.error, OSError):
            if secret and self._before is None:
                before = termios.tcgetattr(self._fd)
                now = list(before)
                now[3] &= ~termios.ECHO
                termios.tcsetattr(self._fd, termios.TCSANOW, now)
                self._before = before
            elif not secret and self._before is not None:
                termios.tcsetattr(self._fd, termios.TCSANOW, self._before)
                self._before = None

    @property
    def hidden(self) -> bool:
        """Whether the terminal shows nothing now."""
        return self._before is not None

    def _ready(self) -> None:
        try:
            data = os.read(self._fd, _PIECE)
        except OSError:  # what Linux may say when the terminal was closed
            data = b""
        if data:
            self._take(data)
            return
        self.stop()
        if self._is_lost():
            self._lost()
        else:
            self._take(b"")

    def _is_lost(self) -> bool:
        """Whether there is no terminal any more, and not only Ctrl+D in it: Linux gives both as no bytes."""
        return self._terminal and not os.isatty(self._fd)

    def _read_on(self) -> None:
        while True:
            try:
                data = os.read(self._fd, _PIECE)
            except OSError:
                data = b""
            if self._loop is not None and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._take, data)
            if not data:
                return

    def _take(self, data: bytes) -> None:
        text = self._rest + self._decode(data, final=not data)
        *lines, self._rest = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        if not data and self._rest:
            lines, self._rest = [*lines, self._rest], ""
        for line in lines:
            self._lines.put_nowait(line)
        if not data:
            self._lines.put_nowait(None)
