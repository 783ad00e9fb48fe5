"""The key of the token cache, kept in the keyring of the operating system.

A keyring fails over SSH on every system and may block for ever (auth.md §3.2, §3.3): each question
runs on a daemon thread with a deadline, only known backends are used, by their class, and neither
PYTHON_KEYRING_BACKEND nor keyringrc.cfg is read.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from m365backup_tui.cloud.daemon import call_with_deadline

SERVICE = "m365backup-tui"
DEADLINE_SECONDS = 3.0
KEY_BYTES = 32


class Backend(Protocol):
    """The part of a keyring backend that is used."""

    def get_password(self, service: str, username: str) -> str | None:
        """The stored text, or None."""
        ...

    def set_password(self, service: str, username: str, password: str) -> None:
        """Store or replace the text."""
        ...

    def delete_password(self, service: str, username: str) -> None:
        """Remove it; raises when it is not there."""
        ...


BackendFactory = Callable[[], Backend]


@dataclass(frozen=True, slots=True)
class KeyFound:
    """The key, and the name of the keyring for people."""

    key: bytes
    keyring: str

    def __repr__(self) -> str:
        return f"KeyFound(keyring={self.keyring!r})"  # a key never reaches a log or a traceback


@dataclass(frozen=True, slots=True)
class NoKey:
    """Why there is no key: one sentence for the person."""

    why: str


class _WrongAnswerError(Exception):
    """The keyring did not give back what was stored."""


def item_name(profile_key: str, folder: Path) -> str:
    """The name of the keyring item for one profile in one state folder."""
    place = hashlib.sha256(os.fsencode(folder.absolute())).hexdigest()[:12]
    return f"cache-key:v1:{profile_key}:{place}"


def system_backends() -> tuple[tuple[str, BackendFactory], ...]:
    """The keyrings of this operating system, in the order in which they are tried."""
    if sys.platform == "win32":
        return (("the Windows Credential Manager", _windows),)
    if sys.platform == "darwin":
        return (("the macOS keychain", _macos),)
    return (("the Secret Service keyring", _secret_service), ("KWallet", _kwallet))


async def find_key(
    item: str,
    backends: Sequence[tuple[str, BackendFactory]] | None = None,
    deadline: float = DEADLINE_SECONDS,
    lock: Path | None = None,
) -> KeyFound | NoKey:
    """Find the key called `item`, or make it. Takes at most `deadline` seconds, never raises.

    `lock`: a file that keeps two processes from making two keys at the same moment.
    """
    offered = tuple(system_backends() if backends is None else backends)
    try:
        return await call_with_deadline(lambda: _find(item, offered, lock, deadline), deadline)
    except TimeoutError:
        return NoKey(f"The keyring of this host did not answer within {deadline:g} seconds.")


async def forget_key(
    item: str,
    backends: Sequence[tuple[str, BackendFactory]] | None = None,
    deadline: float = DEADLINE_SECONDS,
) -> bool:
    """Delete the key, which makes every copy of the cache file unreadable. False when unsure."""
    offered = tuple(system_backends() if backends is None else backends)
    try:
        return await call_with_deadline(lambda: _forget(item, offered), deadline)
    except TimeoutError:
        return False


def _find(
    item: str, offered: Iterable[tuple[str, BackendFactory]], lock: Path | None, seconds: float
) -> KeyFound | NoKey:
    from filelock import FileLock

    reasons: list[str] = []
    for name, make in offered:
        try:
            backend = make()
            with FileLock(lock, timeout=seconds, mode=0o600) if lock else nullcontext():
                return KeyFound(_key_in(backend, item), name)
        except Exception as error:  # Windows raises what is no KeyringError (auth.md §3.3)
            reasons.append(reason(error))
    return NoKey(reasons[0] if reasons else "This system has no keyring that is supported.")


def _key_in(backend: Backend, item: str) -> bytes:
    stored = _decoded(backend.get_password(SERVICE, item))
    if stored is not None:
        return stored
    # A backend that swallows what it is given would lose the sign-in without a word: probe it.
    probe, value = f"probe:{secrets.token_hex(4)}", secrets.token_urlsafe(9)
    backend.set_password(SERVICE, probe, value)
    try:
        if backend.get_password(SERVICE, probe) != value:
            raise _WrongAnswerError
    finally:
        backend.delete_password(SERVICE, probe)
    fresh = secrets.token_bytes(KEY_BYTES)
    # 44 characters: far below the 1,280 that Windows stores (auth.md §3.4).
    backend.set_password(SERVICE, item, base64.b64encode(fresh).decode())
    kept = _decoded(backend.get_password(SERVICE, item))  # another process may have been quicker
    if kept is None:
        raise _WrongAnswerError
    return kept


def _decoded(text: str | None) -> bytes | None:
    try:
        key = base64.b64decode(text or "", validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == KEY_BYTES else None


def _forget(item: str, offered: Iterable[tuple[str, BackendFactory]]) -> bool:
    for _, make in offered:
        try:
            backend = make()
            if backend.get_password(SERVICE, item) is None:
                continue
            backend.delete_password(SERVICE, item)
        except Exception:  # as in _find: any class may come
            return False
        return True
    return False


def reason(error: BaseException) -> str:
    """One sentence for the person about why a keyring cannot be used."""
    name, text = type(error).__name__, str(error)
    if isinstance(error, _WrongAnswerError):
        return "The keyring of this host did not keep what was stored in it."
    if name == "KeyringLocked" or "-25308" in text:
        return "The keyring of this host is locked, as it usually is over SSH."
    if name == "InitError" or "dismissed" in text:
        return "The keyring of this host needs a desktop to be unlocked."
    if "1312" in text:
        return "Windows gives no access to its credential store in an SSH session."
    if any(hint in text for hint in ("-128", "-25293", "denied", "AccessDenied")):
        return "The keyring of this host denied the access."
    if isinstance(error, ImportError | RuntimeError | FileNotFoundError | ConnectionError):
        return "This host has no keyring service that answers (no D-Bus session)."
    return f"The keyring of this host failed ({name})."


def _made(kind: Any) -> Backend:
    backend: Backend = kind()  # keyring's constructors carry no types
    return backend


def _secret_service() -> Backend:
    from keyring.backends import SecretService

    if SecretService.Keyring.priority <= 0:  # raises RuntimeError without D-Bus
        raise RuntimeError("no Secret Service")
    return _made(SecretService.Keyring)


def _kwallet() -> Backend:
    from keyring.backends import kwallet

    if kwallet.DBusKeyring.priority <= 0:
        raise RuntimeError("no KWallet")
    return _made(kwallet.DBusKeyring)


def _windows() -> Backend:
    from keyring.backends import Windows

    class Local(Windows.WinVaultKeyring):
        persist = "local machine"  # the default may roam to other machines (auth.md §3.4)

    return _made(Local)


def _macos() -> Backend:
    from keyring.backends import macOS

    return _made(macOS.Keyring)
