"""The token cache file: what MSAL holds, encrypted with the key from the keyring, shared by several processes.

File: magic | version | 12-byte nonce | AES-256-GCM(JSON). The header, the profile, the client id and the user of this
host are authenticated with it. Access tokens stay in memory: the refresh token is enough to get new ones.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
import tempfile
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Entries = dict[str, dict[str, Any]]  # MSAL's layout: kind of entry -> key -> entry

MAGIC = b"M365BKUP"
VERSION = 1
NONCE_BYTES = 12
LOCK_SECONDS = 2.0
_HEADER = MAGIC + bytes([VERSION])
_NOT_SAVED = "AccessToken"
_SCRAP = ".tokens-"


class UnsafeFolderError(Exception):
    """The folder may be read or replaced by others; the text is a sentence for the person."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the file held, and a sentence when the file had to be put aside."""

    entries: Entries
    put_aside: str = ""


class TokenFile:
    """One encrypted file. All methods block for a moment; call them on the sign-in thread."""

    def __init__(self, path: Path, key: bytes, profile_key: str, client_id: str) -> None:
        self.path = path
        self._key = key
        user = str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "")
        self._bound = "\0".join((profile_key, client_id, user)).encode()

    def signature(self) -> tuple[int, int, int]:
        """Changes whenever the file does; clocks of network drives do not matter."""
        try:
            seen = self.path.lstat()
        except FileNotFoundError:
            return (0, 0, 0)
        return (seen.st_ino, seen.st_mtime_ns, seen.st_size)

    def load(self) -> Loaded:
        """Read and decrypt. A file that cannot be decrypted is renamed, never trusted or lost."""
        safe_folder(self.path.parent)
        try:
            descriptor = os.open(self.path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        except FileNotFoundError:
            return Loaded({})
        with os.fdopen(descriptor, "rb") as file:
            blob = file.read()
        try:
            return Loaded(self._open(blob))
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
                merged = merge(saved_part(base), saved_part(ours), self.load().entries)
                self._replace(self._seal(merged))
                return merged
        except Timeout as error:
            raise TimeoutError("another process keeps the sign-in file locked") from error

    def delete(self) -> None:
        """Remove the file, those that were put aside, and what a killed process left half written."""
        folder = self.path.parent
        scraps = (*folder.glob(f"{self.path.name}.bad-*"), *folder.glob(f"{_SCRAP}*"))
        for path in (self.path, *scraps):
            path.unlink(missing_ok=True)

    def _seal(self, entries: Entries) -> bytes:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = secrets.token_bytes(NONCE_BYTES)
        plain = json.dumps(entries, separators=(",", ":")).encode()
        return _HEADER + nonce + AESGCM(self._key).encrypt(nonce, plain, _HEADER + self._bound)

    def _open(self, blob: bytes) -> Entries:
        """ValueError for everything that is not ours, whole and untouched."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        head, rest = blob[: len(_HEADER)], blob[len(_HEADER) :]
        if head != _HEADER or len(rest) <= NONCE_BYTES:
            raise ValueError("not a sign-in file of this version")
        nonce, sealed = rest[:NONCE_BYTES], rest[NONCE_BYTES:]
        try:
            plain = AESGCM(self._key).decrypt(nonce, sealed, _HEADER + self._bound)
        except InvalidTag:
            raise ValueError("sealed with another key, or changed") from None
        entries = json.loads(plain)
        if not isinstance(entries, dict):
            raise ValueError("not a token cache")
        return entries

    def _replace(self, blob: bytes) -> None:
        descriptor, name = tempfile.mkstemp(prefix=_SCRAP, dir=self.path.parent)  # 0600
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(blob)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, self.path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _sync_folder(self.path.parent)

    def _quarantine(self) -> str:
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        aside = self.path.with_name(f"{self.path.name}.bad-{stamp}")
        os.replace(self.path, aside)
        return f"The kept sign-in could not be read and was put aside as {aside.name}."


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
