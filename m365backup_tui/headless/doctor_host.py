"""What `doctor` finds on this host itself: terminal, locale, the way in, state folder, core dumps, versions."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from m365backup_tui import __version__
from m365backup_tui.domain.diagnosis import Finding, Level, Section
from m365backup_tui.terminal.profile import prepare_environment

LEAST_FREE = 50_000_000  # bytes: a run's journal takes a few hundred kilobytes
FULL = 1_000_000  # bytes: less is not worth beginning with
_FULL = "The disk is full: nothing can be kept or recorded, and the wizard does not start."
_TMUX_SECONDS = 1.0
_LIBRARIES = (
    "textual",
    "msal",
    "msgraph-sdk",
    "azure-mgmt-resource",
    "azure-core",
    "aiohttp",
    "httpx",
    "requests",
    "keyring",
    "cryptography",
)


def terminal(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Terminal, locale and colours, as the wizard would take them."""
    seen = prepare_environment(dict(environ))
    term = environ.get("TERM", "")
    size = shutil.get_terminal_size()
    facts: dict[str, str | int | float | bool | None] = {
        "term": term,
        "columns": size.columns,
        "lines": size.lines,
        "wizard": not seen.dumb,
    }
    if seen.dumb:
        means = f"{seen.dumb[0].upper()}{seen.dumb[1:]}."
        do = "Use a terminal (`ssh -t`), or the commands without a screen: check, plan, apply."
        found = f"TERM={term or 'not set'}"
        yield Finding(Section.TERMINAL, "kind", Level.NOTE, found, means, do, facts)
    elif size.columns < 80 or size.lines < 24:
        means = "Pages are made for 80 columns and 24 lines; here they have to be scrolled."
        found = f"TERM={term}, {size.columns} columns, {size.lines} lines"
        yield Finding(Section.TERMINAL, "kind", Level.NOTE, found, means, "Make it larger.", facts)
    else:
        found = f"TERM={term}, {size.columns} columns, {size.lines} lines"
        yield Finding(Section.TERMINAL, "kind", Level.OK, found, "Large enough.", "", facts)
    named = next((n for n in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(n)), "")
    said = f"{named}={environ[named]}" if named else "no locale is set"
    plain: dict[str, str | int | float | bool | None] = {"utf8": seen.unicode, "variable": named}
    if seen.unicode:
        yield Finding(Section.LOCALE, "encoding", Level.OK, said, "UTF-8.", "", plain)
    else:
        means = "Not UTF-8: plain letters stand for the signs."
        do = "For the signs: export LANG=C.UTF-8"
        yield Finding(Section.LOCALE, "encoding", Level.NOTE, said, means, do, plain)
    found = "NO_COLOR is set" if not seen.colour else f"theme {seen.theme}"
    means = "Nothing is said by colour alone." if not seen.colour else "Ctrl+T changes it."
    yield Finding(
        Section.COLOURS,
        "theme",
        Level.OK,
        found,
        means,
        "",
        {"colour": seen.colour, "theme": seen.theme},
    )


def way_in(environ: Mapping[str, str]) -> Iterator[Finding]:
    """SSH, tmux, sudo: what they mean for signing in, copying and a dropped line."""
    over_ssh = bool(environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"))
    inside = "TMUX" in environ or "STY" in environ
    facts: dict[str, str | int | float | bool | None] = {"ssh": over_ssh, "multiplexer": inside}
    if over_ssh and not inside:
        means = "The browser is on another machine, and a dropped line ends the wizard."
        do = "Start it inside tmux or screen; it goes on where it was in any case."
        found = "over SSH, without tmux or screen"
        yield Finding(Section.SESSION, "ssh", Level.NOTE, found, means, do, facts)
    else:
        found = f"{'over SSH' if over_ssh else 'not over SSH'}{', inside tmux or screen' if inside else ''}"
        yield Finding(Section.SESSION, "ssh", Level.OK, found, "", "", facts)
    if "TMUX" in environ:
        setting = _tmux_clipboard()
        fine = setting in ("on", "external, and passed through")
        yield Finding(
            Section.SESSION,
            "tmux_clipboard",
            Level.OK if fine else Level.NOTE,
            f"tmux set-clipboard is {setting or 'not known'}",
            "Copying reaches your terminal." if fine else "tmux keeps what the wizard copies.",
            "" if fine else "tmux set -s set-clipboard on",
            {"value": setting},
        )
    if environ.get("SUDO_USER"):
        means = "Home folder and keyring may be another person's: the sign-in stays in memory."
        do = "Run it as yourself."
        yield Finding(Section.SESSION, "sudo", Level.NOTE, "through sudo", means, do)


def _tmux_clipboard() -> str:
    program = shutil.which("tmux")
    if program is None:
        return ""
    try:
        done = subprocess.run(  # noqa: S603 - tmux itself, found on the path, no shell
            [program, "show-options", "-sv", "set-clipboard"],
            capture_output=True,
            text=True,
            timeout=_TMUX_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()[:20]


def state_folder(folder: Path, place: str) -> Iterator[Finding]:
    """Path, owner, mode, room, and who is at work there. Blocks on a dead network drive: give it a deadline."""
    section = Section.STATE_FOLDER
    base = folder
    while not base.exists() and base != base.parent:
        base = base.parent
    seen = base.lstat()
    mode = f"{stat.S_IMODE(seen.st_mode):04o}"
    free = shutil.disk_usage(base).free
    facts: dict[str, str | int | float | bool | None] = {
        "path": str(folder),
        "exists": base == folder,
        "mode": mode if base == folder else "",
        "free_bytes": free,
    }
    elsewhere = "Name another folder with --state-dir."
    found = f"{folder}{f', mode {mode}' if base == folder else ', not made yet'}"
    foreign = hasattr(os, "getuid") and base == folder and seen.st_uid != os.getuid()
    if foreign:
        means = "It belongs to somebody else: no sign-in can be kept there, and no run recorded."
        yield Finding(section, "folder", Level.BAD, found, means, elsewhere, facts)
    elif not base.is_dir() or not os.access(base, os.W_OK | os.X_OK):
        means = f"{base} cannot be written: nothing can be kept or recorded."
        yield Finding(section, "folder", Level.BAD, found, means, elsewhere, facts)
    elif base == folder and stat.S_IMODE(seen.st_mode) & 0o077 and os.name == "posix":
        means = "Others on this host can look into it."
        yield Finding(section, "folder", Level.NOTE, found, means, f"chmod 700 {folder}", facts)
    else:
        means = "Yours alone." if base == folder else "It is made for you alone when needed."
        yield Finding(section, "folder", Level.OK, found, means, "", facts)
    low, full = free < LEAST_FREE, free < FULL
    yield Finding(
        section,
        "free",
        Level.BAD if full else Level.NOTE if low else Level.OK,
        f"{free // 1_000_000:,} MB free",
        _FULL if full else "Too little for the record of a large run." if low else "",
        "Make room, or name another folder with --state-dir." if low else "",
        {"free_bytes": free},
    )
    holder = None if foreign else _holder(folder / place)
    yield Finding(
        section,
        "lock",
        Level.NOTE if holder else Level.OK,
        f"in use by {holder}" if holder else "nobody is at work in it",
        "A second wizard with this folder has to wait." if holder else "",
        "Leave that one first, or name another folder with --state-dir." if holder else "",
        {"held": bool(holder)},
    )


def _holder(folder: Path) -> str:
    """Who holds the sitting's lock, "" for nobody."""
    from filelock import FileLock, Timeout

    from m365backup_tui.journal.holder import Note

    path = folder / "sitting.lock"
    if not path.exists():
        return ""
    try:
        with FileLock(path, timeout=0, mode=0o600):
            return ""
    except Timeout:
        seen = Note(folder / "sitting.holder").look()
        return seen.words if seen else "somebody who left no name"
    except OSError:
        return ""


def core_dumps() -> Iterator[Finding]:
    """Whether a crash of this program would leave its memory on disk."""
    from m365backup_tui.cloud.core_dumps import dumpable, forbid_core_dumps

    try:
        import resource
    except ImportError:
        yield Finding(Section.CORE_DUMPS, "limit", Level.OK, "this system has no core files")
        return
    forbid_core_dumps()
    limit = resource.getrlimit(resource.RLIMIT_CORE)[0]
    pattern = ""
    with suppress(OSError):
        pattern = Path("/proc/sys/kernel/core_pattern").read_text(encoding="utf-8").strip()
    flag = dumpable()
    # The limit does not hold for a pipe (core(5)).
    piped = pattern.startswith("|") and flag is not False
    facts: dict[str, str | int | float | bool | None] = {
        "limit": limit,
        "dumpable": flag,
        "piped": pattern.startswith("|"),
    }
    if limit == 0 and not piped:
        found = "switched off for this program"
        means = "A crash writes no tokens to disk."
        yield Finding(Section.CORE_DUMPS, "limit", Level.OK, found, means, "", facts)
        return
    found = "this system may keep the memory of a program that crashes"
    means = "It would hold the tokens of that moment."
    do = "Ask who runs this host to switch it off (systemd-coredump: Storage=none)."
    yield Finding(Section.CORE_DUMPS, "limit", Level.NOTE, found, means, do, facts)


def versions() -> Iterator[Finding]:
    """Of this program, Python and the libraries that matter to support; nothing is imported for it."""
    import ssl
    from importlib.metadata import PackageNotFoundError, version

    python = ".".join(str(part) for part in sys.version_info[:3])
    mine = f"m365backup-tui {__version__}, Python {python}, {ssl.OPENSSL_VERSION}"
    yield Finding(Section.VERSIONS, "program", Level.OK, mine, "", "", {"version": __version__})
    for name in _LIBRARIES:
        try:
            found = version(name)
        except PackageNotFoundError:
            means, do = "It is needed.", "Install m365backup-tui again."
            yield Finding(Section.VERSIONS, name, Level.BAD, f"{name} is missing", means, do)
            continue
        yield Finding(
            Section.VERSIONS, name, Level.OK, f"{name} {found}", "", "", {"version": found}
        )
