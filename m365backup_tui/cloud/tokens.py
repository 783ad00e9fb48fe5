"""The token cache file: what MSAL holds, sealed (sealing.py), shared by several processes, whole or not there.

Access tokens stay in memory: the refresh token is enough to get new ones.
"""

from __future__ import annotations

import os
import stat
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from m365backup_tui.cloud.sealing import Entries as Entries
from m365backup_tui.cloud.sealing import seal, unseal
from m365backup_tui.domain.session import KeptIn
from m365backup_tui.whole_file import write_whole

LOCK_SECONDS = 2.0
MOST_BYTES = 16 * 1024 * 1024  # a cache has 27 kB with 200 groups (auth.md §3.5)
_NOT_SAVED = "AccessToken"
# No link is followed, and a pipe that somebody put there is not waited for.
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class UnsafeFolderError(Exception):
    """The folder may be read or replaced by others; the text is a sentence for the person."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the file held, and a sentence when the file had to be put aside."""

    entries: Entries
    put_aside: str = ""


class TokenFile:
    """One encrypted file. All methods block for a moment; call them on the sign-in thread.

    `source`: what kind of key `key` is. `profile_key`, `client_id` and the user of this host: what it is bound to.
    `put_aside`: a sentence from the moment when a file could not be opened.
    """

    def __init__(
        self,
        path: Path,
        key: bytes,
        profile_key: str,
        client_id: str,
        source: KeptIn = KeptIn.KEYRING,
    ) -> None:
        self.path = path
        self.put_aside = ""
        self._key = key
        self._source = source
        self._bound = "\0".join((profile_key, client_id, local_user())).encode()

    def signature(self) -> tuple[int, int, int]:
        """Changes whenever the file does; clocks of network drives do not matter."""
        try:
            seen = self.path.lstat()
        except FileNotFoundError:
            return (0, 0, 0)
        return (seen.st_ino, seen.st_mtime_ns, seen.st_size)

    def load(self) -> Loaded:
        """Read and open. What cannot be opened is renamed, never trusted or lost. OSError, UnsafeFolderError."""
        safe_folder(self.path.parent)
        try:
            return Loaded(unseal(self._read(), self._key, self._source, self._bound))
        except FileNotFoundError:
            return Loaded({})
        except ValueError:
            return Loaded({}, self._quarantine())

    def update(self, base: Entries, ours: Entries) -> Entries:
        """Write what changed between `base` and `ours` over what the file holds now.

        Returns what the file holds afterwards. TimeoutError when another process keeps the lock.
        """
        from filelock import FileLock, Timeout

        safe_folder(self.path.parent)
        try:
            with FileLock(self.path.with_suffix(".lock"), timeout=LOCK_SECONDS, mode=0o600):
                self._sweep()
                merged = merge(saved_part(base), saved_part(ours), self.load().entries)
                self._replace(seal(merged, self._key, self._source, self._bound))
                return merged
        except Timeout as error:
            raise TimeoutError("another process keeps the sign-in file locked") from error

    def delete(self) -> None:
        """Remove the file, those that were put aside, and what a killed process left half written. OSError."""
        self._sweep()
        for path in (self.path, *self.path.parent.glob(f"{self.path.name}.bad-*")):
            remove(path)

    def _read(self) -> bytes:
        """ValueError for what is no file of ours: a link, a folder, a pipe, another person's, one without end."""
        if not stat.S_ISREG(self.path.lstat().st_mode):
            raise ValueError("no file")
        try:
            descriptor = os.open(self.path, _READ)
        except PermissionError as error:
            raise ValueError("another person's") from error
        with os.fdopen(descriptor, "rb") as file:
            blob = file.read(MOST_BYTES + 1)
        if len(blob) > MOST_BYTES:
            raise ValueError("too large")
        return blob

    def _replace(self, blob: bytes) -> None:
        write_whole(self.path, blob, self._scrap)
        _sync_folder(self.path.parent)

    @property
    def _scrap(self) -> str:
        return f".{self.path.name}-"

    def _sweep(self) -> None:
        """Only who holds the lock writes, so whatever is half written under it was left by a killed process."""
        for path in self.path.parent.glob(f"{self._scrap}*"):
            path.unlink(missing_ok=True)

    def _quarantine(self) -> str:
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        aside = self.path.with_name(f"{self.path.name}.bad-{stamp}")
        try:
            os.replace(self.path, aside)
        except FileNotFoundError:  # another process was quicker
            return ""
        self.put_aside = f"The kept sign-in could not be read and was put aside as {aside.name}."
        return self.put_aside


def local_user() -> str:
    """Who runs this, as far as a file is bound to a person of this host."""
    return str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "")


def remove(path: Path) -> None:
    """A file or a link; a folder only while it is empty, because its contents are not ours. OSError."""
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    else:
        path.unlink(missing_ok=True)


def merge(base: Entries, ours: Entries, theirs: Entries) -> Entries:
    """`theirs` with every entry that we added, changed or removed since `base`."""
    result = deepcopy(theirs)
    for kind in base.keys() | ours.keys():
        before, after = base.get(kind, {}), ours.get(kind, {})
        for key in before.keys() | after.keys():
            if before.get(key) == after.get(key):
                continue
            if key in after:
                result.setdefault(kind, {})[key] = deepcopy(after[key])
            else:
                result.get(kind, {}).pop(key, None)
    return result


def saved_part(entries: Entries) -> Entries:
    """What is written: everything but access tokens, which may live 28 hours (auth.md §1.8)."""
    return {kind: dict(held) for kind, held in entries.items() if kind != _NOT_SAVED}


def safe_folder(folder: Path) -> None:
    """Make the folder (0700), or check that it is ours alone. UnsafeFolderError otherwise."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):  # mkdir(parents=True) would leave the ones above open to all
        one.mkdir(mode=0o700, exist_ok=True)
    seen = folder.lstat()
    if stat.S_ISLNK(seen.st_mode):
        raise UnsafeFolderError(f"The folder {folder} is a link to another place.")
    if not hasattr(os, "getuid"):
        return  # Windows: the profile folder is private by its access list
    if seen.st_uid != os.getuid():
        raise UnsafeFolderError(f"The folder {folder} belongs to somebody else.")
    if stat.S_IMODE(seen.st_mode) & 0o077:
        raise UnsafeFolderError(f"Others may open the folder {folder}.")


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
