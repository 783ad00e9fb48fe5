"""The note beside a lock that says who holds it, and whose time on disk is when its holder was last seen.

Whether a lock is held is for the kernel to say (flock). The note is for people, and for disks that several hosts share,
where one kernel cannot answer for another: there the note's time decides (restic, terraform and filelock do likewise,
reliability-and-peers.md).
"""

from __future__ import annotations

import getpass
import json
import os
import secrets
import socket
import stat
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

BEAT = 30.0
"""Seconds between two signs of life."""
STALE = timedelta(minutes=10)
"""Without a sign of life for so long, a holder that no kernel can answer for counts as gone."""

_BIG = 4096  # bytes; a note is a tenth of that
_LONG = 80  # characters of a name that is shown
_BOOT = Path("/proc/sys/kernel/random/boot_id")
# Notes can be other people's: never through a link, and never waiting for a pipe's other end.
_LOOK = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@dataclass(frozen=True, slots=True)
class Seen:
    """A note as found. `at`: its last sign of life, by the clock of the disk it lies on. `uid`: whose file it is."""

    holder: str
    pid: str
    host: str
    boot: str
    user: str
    started: str
    at: datetime
    uid: int
    file: tuple[int, int]

    @property
    def words(self) -> str:
        return (
            f"{self.holder}, started {_shown(self.started)} by {self.user} on {self.host} "
            f"(process {self.pid}), last seen {_minute(self.at)}"
        )

    @property
    def same_kernel(self) -> bool:
        """Whether this machine's kernel answers for it: its flock ended when it did."""
        return self.boot == boot() if self.boot and boot() else self.host == socket.gethostname()

    def gone_at(self) -> datetime:
        """When it counts as gone, if there is no further sign of life."""
        return self.at + STALE


class Note:
    """One holder note. `write` makes it this process's, `touch` is a sign of life, `remove` takes it away again."""

    def __init__(self, path: Path, mode: int = 0o600) -> None:
        self.path = path
        self._mode = mode
        self._handle: int | None = None
        self._guard = (
            threading.Lock()
        )  # `touch` comes from another thread: never on a number that was given away

    def write(self, holder: str, at: datetime, *, only_if_absent: bool = False) -> None:
        """Replaces what is there, or raises FileExistsError. Raises OSError; nothing is left of it then."""
        self.remove()
        facts = {
            "holder": holder,
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "boot": boot(),
            "user": _user(),
            "started": at.isoformat(timespec="seconds"),
        }
        fresh = self.path.with_name(f".{self.path.name}.{secrets.token_hex(4)}")
        handle = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_RDWR, self._mode)
        try:
            if hasattr(os, "fchmod"):
                os.fchmod(handle, self._mode)  # a umask must not hide the name from those it is for
            os.write(handle, json.dumps(facts).encode())
            if only_if_absent:
                os.link(fresh, self.path)
                fresh.unlink()
            else:
                fresh.replace(self.path)
        except OSError:
            os.close(handle)
            fresh.unlink(missing_ok=True)
            raise
        self._handle = handle

    def touch(self) -> None:
        """A sign of life. On our own file, even where another has taken its place. Raises nothing."""
        with self._guard, suppress(OSError):
            handle = self._handle
            if handle is not None and os.utime in os.supports_fd:
                os.utime(handle)
            elif handle is not None:
                os.utime(self.path)

    @property
    def mine(self) -> bool:
        """Whether what this process wrote still stands there: nobody took over meanwhile."""
        if self._handle is None:
            return False
        try:
            here, ours = os.lstat(self.path), os.fstat(self._handle)
        except OSError:
            return False
        return (here.st_dev, here.st_ino) == (ours.st_dev, ours.st_ino)

    def remove(self) -> None:
        if self._handle is None:
            return
        with suppress(OSError):
            if self.mine:
                self.path.unlink()
        with self._guard, suppress(OSError):
            handle, self._handle = self._handle, None
            os.close(handle)

    def look(self) -> Seen | None:
        """What stands there; None when nothing does. A note that says nothing readable is still somebody's."""
        try:
            handle = os.open(self.path, _LOOK)
        except FileNotFoundError:
            return None
        except OSError:
            return _nameless(self.path)
        try:
            found = os.fstat(handle)
            text = b""
            if stat.S_ISREG(found.st_mode) and found.st_size <= _BIG:
                text = os.read(handle, _BIG)
        except OSError:
            return _nameless(self.path)
        finally:
            os.close(handle)
        return _seen(text, found)


def now_on(folder: Path) -> datetime:
    """The time by the clock of the disk: it may be another machine's. Raises OSError."""
    probe = folder / f".now-{secrets.token_hex(4)}"
    handle = os.open(probe, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        os.write(handle, b"0")
        return datetime.fromtimestamp(os.fstat(handle).st_mtime, UTC)
    finally:
        os.close(handle)
        probe.unlink(missing_ok=True)


def boot() -> str:
    """Names the running kernel, also inside containers; "" where the system has no such name."""
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _seen(text: bytes, found: os.stat_result) -> Seen:
    try:
        facts = json.loads(text)
    except ValueError:
        facts = None
    if not isinstance(facts, dict):
        facts = {}
    return Seen(
        holder=_plain(facts.get("holder")) or "a holder that left no name",
        pid=_plain(facts.get("pid")) or "unknown",
        host=_plain(facts.get("host")) or "an unknown computer",
        boot=_plain(facts.get("boot")),
        user=_plain(facts.get("user")) or f"user {found.st_uid}",
        started=_plain(facts.get("started")),
        at=datetime.fromtimestamp(found.st_mtime, UTC),
        uid=found.st_uid,
        file=(found.st_dev, found.st_ino),
    )


def _nameless(path: Path) -> Seen | None:
    try:
        return _seen(b"", os.lstat(path))
    except OSError:
        return None


def _plain(value: Any) -> str:
    """What may be shown of a name that another person wrote: no control characters, no end of line."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return "".join(c if c.isprintable() else "?" for c in str(value)[:_LONG])


def _shown(started: str) -> str:
    try:
        return _minute(datetime.fromisoformat(started))
    except ValueError:
        return "at an unknown time"


def _minute(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"user {os.getuid()}"
