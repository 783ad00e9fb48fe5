"""Look at the environment once, before Textual is imported, and decide how to treat the terminal."""

from __future__ import annotations

import codecs
import locale
import os
import sys
from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path

from m365backup_tui.terminal.marks import Marks


@dataclass(frozen=True, slots=True)
class TerminalProfile:
    """What this terminal can do and how the wizard will use it.

    `dumb` is empty, or the part of a sentence that says why the wizard cannot draw here.
    `theme` names a Textual theme. `mouse` is what to hand to `App.run(mouse=...)`.
    """

    colour: bool = True
    unicode: bool = True
    ssh: bool = False
    dumb: str = ""
    theme: str = "ansi-dark"
    mouse: bool = False
    diff: bool = True
    tmux: bool = False
    screen: bool = False

    @property
    def marks(self) -> Marks:
        """The signs to use here."""
        return Marks(self.unicode)


def prepare_environment(
    environ: MutableMapping[str, str],
    *,
    ssh: bool | None = None,
    mouse: bool = False,
    tty: bool | None = None,
    encoding: str | None = None,
) -> TerminalProfile:
    """Set Textual's switches in `environ` and return the profile. Call before importing Textual.

    Textual reads TEXTUAL_FPS and friends once, at import (textual 8.2.8 constants.py), so a later
    call has no effect. A value that the person set is kept. `ssh`, `tty` and `encoding` override
    what would be found out: they serve `--ssh/--no-ssh` and the tests.

    Example::

        profile = prepare_environment(os.environ)
        if profile.dumb:
            print(profile.dumb)
        else:
            from m365backup_tui.app import BackupApp
    """
    over_ssh = _over_ssh(environ) if ssh is None else ssh
    if over_ssh:
        environ.setdefault("TEXTUAL_FPS", "15")
    environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    environ.setdefault("TEXTUAL_SMOOTH_SCROLL", "0")
    colour = not environ.get("NO_COLOR")  # no-color.org: set and not empty
    if not environ.get("NO_COLOR"):
        environ.pop("NO_COLOR", None)  # Textual takes an empty NO_COLOR for set (app.py, 8.2.8)
    return TerminalProfile(
        colour=colour,
        unicode=_speaks_utf8(environ, encoding),
        ssh=over_ssh,
        dumb=_why_not(environ, _is_tty() if tty is None else tty),
        theme=_theme(environ, colour, over_ssh),
        mouse=mouse,
        diff=environ.get("M365BACKUP_TUI_DIFF", "1") != "0",
        tmux="TMUX" in environ,
        screen=environ.get("TERM", "").startswith("screen") and "TMUX" not in environ,
    )


def _over_ssh(environ: MutableMapping[str, str]) -> bool:
    return any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"))


def _speaks_utf8(environ: MutableMapping[str, str], encoding: str | None) -> bool:
    """Whether the terminal shows UTF-8. The locale decides; without one, Python's own choice does.

    Python turns the C locale into UTF-8 mode by itself (PEP 540), which says nothing about the
    terminal, so a locale that is named must say UTF-8. TERM=linux has UTF-8 but few glyphs; the
    signs used here are in its usual fonts (UNVERIFIED on every console font).
    """
    names = ["LC_ALL", "LC_CTYPE", "LANG"]
    if environ is os.environ and _ctype_is_pythons_own():
        names.remove("LC_CTYPE")
    named = next((environ[n] for n in names if environ.get(n)), "")
    if named:
        if "." in named:
            return _is_utf8(named.partition(".")[2].partition("@")[0])
        return named not in {"C", "POSIX"} and _is_utf8(encoding or _own_encoding())
    return _is_utf8(encoding or _own_encoding())


def _ctype_is_pythons_own() -> bool:
    """Whether Python itself put LC_CTYPE into the environment: in the C locale it does (PEP 538), although the person
    said LANG=C. Linux keeps the environment that the program was started with."""
    try:
        began_with = Path("/proc/self/environ").read_bytes().split(b"\0")
    except OSError:
        return False
    return not any(one.startswith(b"LC_CTYPE=") for one in began_with)


def _own_encoding() -> str:
    stream = sys.__stdout__
    return (stream.encoding if stream is not None else None) or locale.getpreferredencoding(False)


def _is_utf8(name: str) -> bool:
    try:
        return codecs.lookup(name).name == "utf-8"
    except LookupError:
        return False


def _is_tty() -> bool:
    return all(
        stream is not None and not stream.closed and stream.isatty()
        for stream in (sys.__stdin__, sys.__stdout__, sys.__stderr__)
    )


def _why_not(environ: MutableMapping[str, str], tty: bool) -> str:
    # Windows sets no TERM, and a console there can draw all the same.
    term = environ.get("TERM", "dumb" if sys.platform != "win32" else "windows")
    if not tty:
        return "the wizard needs a terminal to draw on, and input or output is not one"
    if term in {"dumb", "unknown", ""}:
        return (
            f"the wizard needs a terminal that can place text, and this one cannot "
            f"(TERM={term or 'empty'})"
        )
    return ""


def _theme(environ: MutableMapping[str, str], colour: bool, over_ssh: bool) -> str:
    """The ANSI theme sends the fewest bytes and keeps the person's own colours: always over SSH.

    With NO_COLOR only an ANSI theme really sends no colour (reference/terminal.md §3).
    """
    if environ.get("TEXTUAL_THEME"):
        return environ["TEXTUAL_THEME"].split(",")[0]
    truecolor = environ.get("COLORTERM", "").lower() in {"truecolor", "24bit"}
    return "textual-dark" if colour and truecolor and not over_ssh else "ansi-dark"
