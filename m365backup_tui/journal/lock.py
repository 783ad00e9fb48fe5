"""Who is at work in a folder: locks that the operating system frees when their holder dies, and who the holder is."""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from m365backup_tui.domain.errors import Conflict
from m365backup_tui.journal.holder import Note, Seen, now_on
from m365backup_tui.journal.record import make_folder

_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


class FolderLock:
    """`take` and `give_back` are harmless when repeated. The lock is the kernel's (flock), so it is never stale:
    a dead process holds nothing. `<name>.holder` beside `<name>.lock` says whose it is."""

    def __init__(self, folder: Path, name: str, holder: str, refusal: str) -> None:
        """`holder`: what this process is; `refusal`: what the one that comes second reads, before who was first."""
        self._folder = folder
        self._holder = holder
        self._refusal = refusal
        self._note = Note(folder / f"{name}.holder")
        # Not of one thread: a run is begun on a thread and ended on the loop.
        self._lock = FileLock(folder / f"{name}.lock", timeout=0, mode=0o600, thread_local=False)

    @property
    def held(self) -> bool:
        return self._lock.is_locked

    def take(self, at: datetime) -> tuple[str, ...]:
        """Sentences on what was found in the way. Raises Conflict naming the holder, OSError where the folder cannot
        be written."""
        if self.held:
            return ()
        make_folder(self._folder)
        try:
            self._lock.acquire()
        except Timeout:
            raise Conflict(f"{self._refusal}: {self._who()}.", "locked") from None
        try:
            self._note.write(self._holder, at)
        except OSError:
            self._lock.release()
            raise
        return ()

    def give_back(self) -> None:
        if self.held:
            self._note.remove()
            self._lock.release()

    def _who(self) -> str:
        seen = self._note.look()
        return seen.words if seen else "its holder left no name"


class SittingLock(FolderLock):
    """One wizard per folder at a time: two would overwrite each other's answers."""

    def __init__(self, folder: Path, holder: str) -> None:
        super().__init__(folder, "sitting", holder, f"{folder.parent} is in use already")


class TenantLock(FolderLock):
    """One run per tenant at a time, also where the state folder lies on a disk that several hosts share.

    flock is the truth among processes of one kernel. A note left by a holder on another host is respected until it
    has shown no sign of life for `holder.STALE`. `touch` is this holder's own; `lost` says that another took over.
    """

    def __init__(self, folder: Path, holder: str) -> None:
        super().__init__(folder, "run", holder, BUSY)
        self._by_note = False  # the disk has no flock: the note itself is the lock

    @property
    def held(self) -> bool:
        return self._by_note or super().held

    @property
    def lost(self) -> bool:
        """Held once, and somebody else's by now, or removed: nothing more may be sent."""
        return self.held and not self._note.mine

    def touch(self) -> None:
        if self.held:
            self._note.touch()

    def take(self, at: datetime) -> tuple[str, ...]:
        if self.held:
            return ()
        make_folder(self._folder)
        try:
            self._lock.acquire()
        except Timeout:
            raise Conflict(f"{BUSY}: {self._who()}. {ADVICE}", "locked") from None
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            return self._take_by_note(at)
        try:
            remarks = self._remarks(self._note.look(), flock=True)
            self._note.write(self._holder, at)
        except (OSError, Conflict):
            self._lock.release()
            raise
        return remarks

    def give_back(self) -> None:
        self._note.remove()
        self._by_note = False
        if self._lock.is_locked:
            self._lock.release()

    def holder(self) -> Seen | None:
        """Who seems to be at work here, by the note alone; None for nobody, or this lock itself."""
        seen = self._note.look()
        if seen is None or self.held or not alive(seen, self._folder):
            return None
        return seen

    def _remarks(self, before: Seen | None, *, flock: bool) -> tuple[str, ...]:
        """What taking over from `before` means. Raises Conflict where it may still be at work."""
        if before is None:
            return ()
        if flock and before.same_kernel:
            return (f"Took over from {before.words}: that process is gone.",)
        if now_on(self._folder) < before.gone_at():
            raise Conflict(
                f"{BUSY}: {before.words}. Whether it still works cannot be seen from this computer. {ADVICE} If it is "
                f"gone, try again after {before.gone_at():%H:%M} UTC.",
                "locked",
            )
        return (f"Took over from {before.words}: it has shown no sign of life since.",)

    def _take_by_note(self, at: datetime) -> tuple[str, ...]:
        before = self._note.look()
        remarks = self._remarks(before, flock=False)
        if before is not None:
            self._set_aside(before)
        try:
            self._note.write(self._holder, at, only_if_absent=True)
        except FileExistsError:
            raise Conflict(f"{BUSY}: {self._who()}. {ADVICE}", "locked") from None
        self._by_note = True
        return (*remarks, "The disk of the state folder has no locks: a note stands in for one.")

    def _set_aside(self, stale: Seen) -> None:
        """Removes the stale note and no other: whoever was quicker has put a new one there."""
        aside = self._note.path.with_name(f".stale-{secrets.token_hex(4)}")
        try:
            self._note.path.rename(aside)
        except FileNotFoundError:
            return
        found = os.lstat(aside)
        if (found.st_dev, found.st_ino) != stale.file:
            with suppress(FileExistsError):
                os.link(aside, self._note.path)
        aside.unlink()


BUSY = "Another run for this tenant is going on"
ADVICE = "Wait until it has ended, or stop it there."


def alive(seen: Seen, folder: Path) -> bool:
    """Whether a holder may still be at work, as far as its note and this machine can tell."""
    try:
        if now_on(folder) >= seen.gone_at():
            return False
    except OSError:
        return True
    if not (seen.same_kernel and seen.pid.isdecimal() and Path("/proc/self").exists()):
        return True
    return Path("/proc", seen.pid).exists()
