"""Standard output of a command: what goes wrong there is told apart from a fault of ours."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any, TextIO, cast


class OutputFailed(Exception):
    """Standard output does not take what was printed. `why`: the system's words, such as "No space left on device"."""

    def __init__(self, error: OSError) -> None:
        super().__init__(error.strerror)
        self.why = error.strerror or type(error).__name__


class _Output:
    """A long result is written before its end: there a full disk is met inside `print`, not when it is flushed."""

    def __init__(self, under: TextIO) -> None:
        self._under = under

    def write(self, text: str) -> int:
        try:
            return self._under.write(text)
        except BrokenPipeError:  # whoever read it has gone, and that is no failure to tell of
            raise
        except OSError as error:
            raise OutputFailed(error) from error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._under, name)


@contextmanager
def told_apart() -> Iterator[None]:
    """Printing raises OutputFailed where standard output cannot be written."""
    if sys.stdout is None:  # closed by the caller: printing does nothing
        yield
        return
    with redirect_stdout(cast("TextIO", _Output(sys.stdout))):
        yield
