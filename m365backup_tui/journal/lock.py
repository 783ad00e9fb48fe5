"""Who is at work in a folder: locks that the operating system frees when their holder dies, and who the holder is."""

from __future__ import annotations

import getpass
import json
import os
import socket
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from m365backup_tui.domain.errors import Conflict
from m365backup_tui.journal.record import make_folder


class FolderLock:
    """`take` and `give_back` are harmless when repeated. The lock is the kernel's (flock), so it is never stale:
    a dead process holds nothing, on whatever host. `<name>.holder` beside `<name>.lock` only says whose it is."""

    def __init__(self, folder: Path, name: str, holder: str, refusal: str) -> None:
        """`holder`: what this process is; `refusal`: what the one that comes second reads, before who was first."""
        self._folder = folder
        self._holder = holder
        self._refusal = refusal
        self._note = folder / f"{name}.holder"
        self._lock = FileLock(folder / f"{name}.lock", timeout=0, mode=0o600)

    @property
    def held(self) -> bool:
        return self._lock.is_locked

    def take(self, at: datetime) -> None:
        """Raises Conflict naming the holder, OSError where the folder cannot be written."""
        if self.held:
            return
        make_folder(self._folder)
        try:
            self._lock.acquire()
        except Timeout:
            raise Conflict(f"{self._refusal}: {self._who()}.", "locked") from None
        facts = {
            "holder": self._holder,
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "user": _user(),
            "started": at.isoformat(timespec="seconds"),
        }
        try:
            self._note.write_text(json.dumps(facts), encoding="utf-8")
            self._note.chmod(0o600)
        except OSError:
            self._lock.release()
            raise

    def give_back(self) -> None:
        if self.held:
            self._note.unlink(missing_ok=True)
            self._lock.release()

    def _who(self) -> str:
        try:
            facts = json.loads(self._note.read_text(encoding="utf-8"))
            return (
                f"{facts['holder']}, started {facts['started']} by {facts['user']} "
                f"on {facts['host']} (process {facts['pid']})"
            )
        except (OSError, ValueError, KeyError, TypeError):
            return "its holder left no name"


class TenantLock(FolderLock):
    """One run per tenant at a time."""

    def __init__(self, folder: Path, holder: str) -> None:
        super().__init__(folder, "run", holder, "Another run for this tenant is going on")


class SittingLock(FolderLock):
    """One wizard per folder at a time: two would overwrite each other's answers."""

    def __init__(self, folder: Path, holder: str) -> None:
        super().__init__(folder, "sitting", holder, f"{folder.parent} is in use already")


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"user {os.getuid()}"
