"""One run per tenant at a time among all people of one computer, whose state folders do not know of each other.

A file in a place that everybody may write to (`/run/lock`), locked by the kernel (flock works on another person's file,
opened for reading alone). What others put there is looked at with care: no links, no pipes, no control characters.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from m365backup_tui.domain.errors import Conflict
from m365backup_tui.journal.holder import Note, Seen
from m365backup_tui.journal.lock import ADVICE, BUSY, alive

_PLACES = ("/run/lock", "/tmp", "/var/tmp")  # noqa: S108 - judged by owner and sticky bit before use
_TRIES = 5  # a file may vanish or appear between two looks
_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_MAKE = os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0)


def shared_place() -> Path | None:
    """Where all people of this computer can meet: the first folder of root's that everybody may write to and in which
    nobody can remove another's file (sticky). The same answer for everybody, root too. None where there is none."""
    for name in _PLACES:
        with suppress(OSError):
            found = os.stat(name)
            if (
                stat.S_ISDIR(found.st_mode)
                and found.st_uid == 0
                and found.st_mode & 0o1002 == 0o1002
            ):
                return Path(name)
    return None


class HostLock:
    """`take` and `give_back` are harmless when repeated. `cloud` and `tenant_id` name what is locked."""

    def __init__(self, place: Path | None, cloud: str, tenant_id: str, holder: str) -> None:
        self._place = place
        self._name = f"m365backup-tui-{cloud}-{tenant_id.lower()}"
        self._holder = holder
        self._handle: int | None = None
        self._note: Note | None = None

    @property
    def held(self) -> bool:
        return self._handle is not None

    def take(self, at: datetime) -> tuple[str, ...]:
        """Sentences on what could not be done. Raises Conflict naming the holder; nothing else."""
        if self.held:
            return ()
        if self._place is None:
            return (f"{_UNSEEN}: it has no folder that all people share.",)
        file = self._place / f"{self._name}.lock"
        try:
            self._handle = _locked(file)
        except BlockingIOError:
            raise Conflict(f"{BUSY}: {self._who(file)}. {ADVICE}", "locked") from None
        except (OSError, ImportError) as error:
            why = (error.strerror if isinstance(error, OSError) else "") or type(error).__name__
            return (f"{_UNSEEN}: {file} cannot be used ({why}).",)
        note = Note(self._place / f"{self._name}.{os.getuid()}.holder", 0o644)
        try:
            note.write(self._holder, at)
        except OSError as error:
            why = error.strerror or type(error).__name__
            return (f"Who comes second cannot see whose run this is: {note.path} ({why}).",)
        self._note = note
        return ()

    def give_back(self) -> None:
        if self._note is not None:
            self._note.remove()
            self._note = None
        if self._handle is not None:
            os.close(
                self._handle
            )  # the file stays: without it two could lock two files of one name
            self._handle = None

    def touch(self) -> None:
        note = self._note
        if note is not None:
            note.touch()

    @property
    def lost(self) -> bool:
        """The locked file is no longer the one of that name, so that another can lock a new one."""
        if self._handle is None or self._place is None:
            return False
        return not _is(self._place / f"{self._name}.lock", self._handle)

    def holder(self) -> Seen | None:
        """Who seems to be at work, by the notes alone; None for nobody, or this lock itself."""
        if self._place is None or self.held:
            return None
        place = self._place
        return max((n for n in self._notes() if alive(n, place)), key=lambda n: n.at, default=None)

    def _who(self, file: Path) -> str:
        seen = max(self._notes(), key=lambda note: note.at, default=None)
        if seen is not None:
            return seen.words
        try:
            return f"its holder left no name; the lock {file} belongs to {_person(os.lstat(file).st_uid)}"
        except OSError:
            return "its holder left no name"

    def _notes(self) -> Iterator[Seen]:
        """Those that stand under their owner's number: anybody can write a file, nobody under another's number."""
        if self._place is None:
            return
        with suppress(OSError):
            for path in sorted(self._place.glob(f"{self._name}.*.holder")):
                seen = Note(path).look()
                if seen is not None and path.name == f"{self._name}.{seen.uid}.holder":
                    yield seen


_UNSEEN = "Runs of other people on this computer cannot be seen"


def _locked(file: Path) -> int:
    """The open file, locked. Raises BlockingIOError when another has it, OSError where it cannot be used."""
    import fcntl  # absent on Windows

    for _ in range(_TRIES):
        handle = _opened(file)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is(file, handle):  # and not one that somebody removed meanwhile
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
    raise OSError(0, "it keeps changing")


def _opened(file: Path) -> int:
    """Opened without creating first: with `fs.protected_regular`, Linux refuses O_CREAT on another person's file in a
    sticky folder."""
    for _ in range(_TRIES):
        try:
            handle = os.open(file, _OPEN)
        except FileNotFoundError:
            try:
                handle = os.open(file, _MAKE, 0o644)
            except FileExistsError:
                continue
            os.fchmod(handle, 0o644)  # whatever the umask: others have to open it
            return handle
        if stat.S_ISREG(os.fstat(handle).st_mode):
            return handle
        os.close(handle)
        raise OSError(0, "it is no plain file")
    raise OSError(0, "it keeps changing")


def _is(file: Path, handle: int) -> bool:
    try:
        here, ours = os.lstat(file), os.fstat(handle)
    except OSError:
        return False
    return (here.st_dev, here.st_ino) == (ours.st_dev, ours.st_ino)


def _person(uid: int) -> str:
    try:
        import pwd

        return pwd.getpwuid(uid).pw_name
    except (ImportError, KeyError):
        return f"user {uid}"
