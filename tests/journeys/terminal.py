"""A real terminal for tests: a program under a pty, its screen kept by pyte, no fixed sleeps."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

import pyte

_KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "space": " ",
    "backspace": "\x7f",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f8": "\x1b[19~",
    "f9": "\x1b[20~",
}
INHERITED = ("PATH", "HOME", "PYTHONPATH", "VIRTUAL_ENV", "COVERAGE_PROCESS_START")


class _Screen(pyte.Screen):
    """pyte's screen, deaf to private sequences that pyte 0.8.2 would read as SGR (`CSI > 1 u`)."""

    def select_graphic_rendition(self, *attrs: int, private: bool = False) -> None:
        if not private:
            super().select_graphic_rendition(*attrs)


class Terminal:
    """A program in a terminal. Use it as a context manager; leaving ends the program.

    Example::

        with Terminal([sys.executable, "-m", "m365backup_tui"]) as terminal:
            terminal.wait_for("Sign in")
            mark = terminal.mark()
            terminal.press("down")
            terminal.settle()
            assert terminal.bytes_since(mark) <= 300
    """

    def __init__(
        self,
        argv: Sequence[str],
        cols: int = 80,
        rows: int = 24,
        env: Mapping[str, str] | None = None,
        *,
        cwd: str | None = None,
    ) -> None:
        """`env` is laid over a small, fixed environment; nothing else is inherited."""
        self.cols, self.rows = cols, rows
        self.screen = _Screen(cols, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.output = bytearray()
        self.exit_code: int | None = None
        base = {name: os.environ[name] for name in INHERITED if name in os.environ}
        base |= {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "TZ": "UTC", "ESCDELAY": "25"}
        base |= dict(env or {})
        self.pid, self._fd = pty.fork()
        if self.pid == 0:  # the child
            _set_size(0, cols, rows)
            if cwd:
                os.chdir(cwd)
            os.execvpe(argv[0], list(argv), base)
        _set_size(self._fd, cols, rows)

    # Input

    def send(self, text: str) -> None:
        """Write characters as typed."""
        data = text.encode()
        while data:
            self._pump(0)
            data = data[os.write(self._fd, data[:512]) :]

    def press(self, *keys: str) -> None:
        """Press keys by name: `down`, `enter`, `ctrl+q`, or a single character."""
        for key in keys:
            if key in _KEYS:
                self.send(_KEYS[key])
            elif key.startswith("ctrl+"):
                self.send(chr(ord(key[5:].upper()) - 64))
            else:
                self.send(key)

    def paste(self, text: str) -> None:
        """Paste in brackets, as terminals do when asked to."""
        self.send(f"\x1b[200~{text}\x1b[201~")

    def resize(self, cols: int, rows: int) -> None:
        """Change the window's size."""
        self.cols, self.rows = cols, rows
        self.screen.resize(rows, cols)
        _set_size(self._fd, cols, rows)
        os.kill(self.pid, signal.SIGWINCH)

    def signal(self, number: int) -> None:
        """Send a signal to the program."""
        os.kill(self.pid, number)

    # Output

    def text(self) -> str:
        """The screen as it is, a line a row, without blanks at line ends."""
        self._pump(0)
        # Not screen.display: pyte 0.8.2 fails there on the right half of a wide character.
        buffer, columns = self.screen.buffer, range(self.screen.columns)
        rows = range(self.screen.lines)
        return "\n".join("".join(buffer[y][x].data for x in columns).rstrip() for y in rows)

    def wait_until(self, true: Callable[[str], bool], timeout: float = 30.0) -> str:
        """Read output until `true(screen text)`; the text. Fails with the screen on a timeout."""
        end = time.monotonic() + timeout
        while True:
            text = self.text()
            if true(text):
                return text
            left = end - time.monotonic()
            if left <= 0 or not self._pump(left):
                if true(self.text()):
                    return self.text()
                raise AssertionError(f"not seen; the screen shows:\n{self.text()}")

    def wait_for(self, words: str, timeout: float = 30.0) -> str:
        """Wait until the screen shows `words`."""
        return self.wait_until(lambda text: words in text, timeout)

    def reads(self, *words: str, timeout: float = 30.0) -> None:
        """Wait until all of `words` are shown at the same time, wherever the lines break.

        For what a page shows together: it may be drawn in more than one go, and a busy host is seen in between."""

        def there(text: str) -> bool:
            line = " ".join(text.split())
            return all(word in line for word in words)

        self.wait_until(there, timeout)

    def settle(self, quiet: float = 0.15, timeout: float = 5.0, *, first: float = 0.0) -> None:
        """Read until nothing came for `quiet` seconds, after waiting `first` for the first byte."""
        end = time.monotonic() + timeout
        if first:
            self._pump(first)
        while time.monotonic() < end and self._pump(quiet):
            continue

    def mark(self) -> int:
        """Where the output stands, for `bytes_since`."""
        self._pump(0)
        return len(self.output)

    def bytes_since(self, mark: int) -> int:
        """Bytes that came since the mark."""
        self._pump(0)
        return len(self.output) - mark

    def memory(self) -> int:
        """The program's resident memory in bytes (Linux: /proc)."""
        pages = Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    # The end

    def wait_exit(self, timeout: float = 30.0) -> int:
        """Wait for the program to end; its exit code (negative for a signal)."""
        end = time.monotonic() + timeout
        while self.exit_code is None:
            alive = self._pump(0.05)
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                self.exit_code = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > end:
                raise AssertionError(f"still running; the screen shows:\n{self.text()}")
            elif not alive:
                select.select([], [], [], 0.01)
        while self._pump(0.05):
            continue
        return self.exit_code

    def hang_up(self) -> None:
        """Close the terminal as a dropped SSH connection does: the program gets SIGHUP."""
        os.close(self._fd)
        self._fd = -1

    def kill(self) -> None:
        """End the program if it still runs, and close the terminal."""
        if self.exit_code is None:
            os.kill(self.pid, signal.SIGKILL)
            _, status = os.waitpid(self.pid, 0)
            self.exit_code = os.waitstatus_to_exitcode(status)
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def _pump(self, wait: float) -> bool:
        """Read what is there, waiting up to `wait` seconds for the first byte; False for none."""
        got = False
        while self._fd >= 0:
            ready, _, _ = select.select([self._fd], [], [], 0 if got else wait)
            if not ready:
                return got
            try:
                data = os.read(self._fd, 65536)
            except OSError:  # Linux says EIO when the program has closed its side
                return got
            if not data:
                return got
            got = True
            self.output += data
            self._stream.feed(data)
        return got


def _set_size(fd: int, cols: int, rows: int) -> None:
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
