"""One run per tenant at a time: a lock that the operating system frees when its holder dies, and who the holder is."""

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


class TenantLock:
    """`take` and `give_back` are harmless when repeated. The lock is the kernel's (flock), so it is never stale:
    a dead process holds nothing, on whatever host. The `.holder` file beside it only says whose it is."""

    def __init__(self, folder: Path, holder: str) -> None:
        self._folder = folder
        self._holder = holder
        self._lock = FileLock(folder / "run.lock", timeout=0, mode=0o600)

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
            raise Conflict(
                f"Another run for this tenant is going on: {self._who()}.", "locked"
            ) from None
        facts = {
            "holder": self._holder,
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "user": _user(),
            "started": at.isoformat(timespec="seconds"),
        }
        self._note.write_text(json.dumps(facts), encoding="utf-8")
        self._note.chmod(0o600)

    def give_back(self) -> None:
        if self.held:
            self._note.unlink(missing_ok=True)
            self._lock.release()

    @property
    def _note(self) -> Path:
        return self._folder / "run.holder"

    def _who(self) -> str:
        try:
            facts = json.loads(self._note.read_text(encoding="utf-8"))
            return (
                f"{facts['holder']}, started {facts['started']} by {facts['user']} "
                f"on {facts['host']} (process {facts['pid']})"
            )
        except (OSError, ValueError, KeyError, TypeError):
            return "its holder left no name"


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"user {os.getuid()}"
