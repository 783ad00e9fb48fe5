"""Standard input, output and error as this program needs them: always there, and able to take every letter.

Nothing but the standard library is imported here.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import Mapping
from contextlib import suppress

HANDLER = "m365backup_tui.plain_letters"

# What our own sentences use beyond ASCII, and its twin on a terminal or in a pipe that has no such letter.
_TWINS = {
    "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "−": "-", "…": "...",
    "→": "->", "←": "<-", "↑": "^", "↓": "v", "·": "-", "•": "*", "×": "x", "≥": ">=", "≤": "<=",
    "✓": "+", "✗": "x", "\u00a0": " ", "\u202f": " ", "│": "|", "─": "-", "€": "EUR",
}  # fmt: skip


def make_sure() -> None:
    """A stream that the caller closed is a hole: without this, the next file that is opened would take its number,
    and what is said to standard error would land in it. What goes there is thrown away; the exit code still tells."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number: this one
    # Open until the process ends: they are its standard streams.
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def speak(environ: Mapping[str, str], *, as_json: bool, as_file: bool) -> None:
    """No letter is too much for where it goes. `as_json`: in plain ASCII where that is not UTF-8, for JSON has escapes.
    `as_file`: what is printed is a file that is read as UTF-8, whatever the locale says."""
    codecs.register_error(HANDLER, _plainly)
    _set(sys.stderr, environ)
    if as_file:
        _reconfigure(sys.stdout, encoding="utf-8", errors="surrogateescape")
    elif as_json:
        if not _is_utf8(sys.stdout):
            _reconfigure(sys.stdout, encoding="ascii", errors="backslashreplace")
    else:
        _set(sys.stdout, environ)


def let_go() -> None:
    """Before the process ends: where nobody takes what is left, Python would say so and end with code 120."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):  # a reader that has gone, a full disk; or somebody closed it
            with suppress(OSError, ValueError), open(os.devnull, "wb") as nowhere:
                os.dup2(nowhere.fileno(), stream.fileno())


def _set(stream: object, environ: Mapping[str, str]) -> None:
    if _is_utf8(stream) and _plain_terminal(stream, environ):
        # Python speaks UTF-8 in the C locale (PEP 540); the terminal behind it was never asked.
        _reconfigure(stream, encoding="ascii", errors=HANDLER)
    else:
        _reconfigure(stream, errors=HANDLER)


def _plain_terminal(stream: object, environ: Mapping[str, str]) -> bool:
    if not (isinstance(stream, io.TextIOWrapper) and stream.isatty()):
        return False
    named = next((environ[n] for n in ("LC_ALL", "LANG") if environ.get(n)), "")
    return named in ("C", "POSIX") and not environ.get("PYTHONIOENCODING")


def _is_utf8(stream: object) -> bool:
    try:
        return codecs.lookup(getattr(stream, "encoding", None) or "utf-8").name == "utf-8"
    except LookupError:
        return False


def _reconfigure(stream: object, **how: str) -> None:
    if isinstance(stream, io.TextIOWrapper):  # under a test, or embedded, it may be something else
        stream.reconfigure(**how)  # type: ignore[arg-type]


def _plainly(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    told = "".join(
        _TWINS.get(one) or one.encode("ascii", "backslashreplace").decode("ascii")
        for one in letters
    )
    return told, error.end
