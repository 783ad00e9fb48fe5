"""The key of the token cache, kept in the keyring of the operating system.

A keyring fails over SSH on every system and may block for ever (auth.md §3.2, §3.3): each question runs on a daemon
thread with a deadline. What hangs there holds no lock that anybody else needs for a key that is there already.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from m365backup_tui.cloud.daemon import call_with_deadline
from m365backup_tui.cloud.keyrings import (
    Backend,
    BackendFactory,
    WrongAnswerError,
    reason,
    system_backends,
)

SERVICE = "m365backup-tui"
DEADLINE_SECONDS = 3.0
KEY_BYTES = 32

Offered = Sequence[tuple[str, BackendFactory]]


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


def item_name(profile_key: str, folder: Path) -> str:
    """The name of the keyring item for one profile in one state folder."""
    place = hashlib.sha256(os.fsencode(folder.absolute())).hexdigest()[:12]
    return f"cache-key:v1:{profile_key}:{place}"


async def find_key(
    item: str,
    backends: Offered | None = None,
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
        return NoKey(_silent(deadline))


async def probe_keyring(backends: Offered | None = None, deadline: float = DEADLINE_SECONDS) -> str:
    """Why no keyring can be used, "" when one can. Leaves nothing in it. At most `deadline` seconds, never raises."""
    offered = tuple(system_backends() if backends is None else backends)
    try:
        return await call_with_deadline(lambda: _try_out(offered), deadline)
    except TimeoutError:
        return _silent(deadline)


async def forget_key(
    item: str,
    backends: Offered | None = None,
    deadline: float = DEADLINE_SECONDS,
) -> bool:
    """Delete the key, which makes every copy of the cache file unreadable. True when none is there any more, as far
    as the keyrings that answer know; False when none of them answered."""
    offered = tuple(system_backends() if backends is None else backends)
    try:
        return await call_with_deadline(lambda: _forget(item, offered), deadline)
    except TimeoutError:
        return False


def _silent(deadline: float) -> str:
    return f"The keyring of this host did not answer within {deadline:g} seconds."


def _find(
    item: str, offered: Iterable[tuple[str, BackendFactory]], lock: Path | None, seconds: float
) -> KeyFound | NoKey:
    reasons: list[str] = []
    for name, make in offered:
        try:
            backend = make()
            key = _decoded(backend.get_password(SERVICE, item))
            return KeyFound(key or _fresh_key(backend, item, lock, seconds), name)
        except Exception as error:  # Windows raises what is no KeyringError (auth.md §3.3)
            reasons.append(reason(error))
    return NoKey(_first(reasons))


def _fresh_key(backend: Backend, item: str, lock: Path | None, seconds: float) -> bytes:
    from filelock import FileLock

    with FileLock(lock, timeout=seconds, mode=0o600) if lock else nullcontext():
        if quicker := _decoded(backend.get_password(SERVICE, item)):
            return quicker
        _probe(backend)
        # 44 characters: far below the 1,280 that Windows stores (auth.md §3.4).
        fresh = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
        backend.set_password(SERVICE, item, fresh)
        kept = _decoded(backend.get_password(SERVICE, item))
    if kept is None:
        raise WrongAnswerError
    return kept


def _try_out(offered: Iterable[tuple[str, BackendFactory]]) -> str:
    reasons: list[str] = []
    for _, make in offered:
        try:
            _probe(make())
        except Exception as error:  # as in _find: any class may come
            reasons.append(reason(error))
        else:
            return ""
    return _first(reasons)


def _probe(backend: Backend) -> None:
    """A backend that swallows what it is given would lose the sign-in without a word."""
    probe, value = f"probe:{secrets.token_hex(4)}", secrets.token_urlsafe(9)
    backend.set_password(SERVICE, probe, value)
    try:
        if backend.get_password(SERVICE, probe) != value:
            raise WrongAnswerError
    finally:
        backend.delete_password(SERVICE, probe)


def _first(reasons: Sequence[str]) -> str:
    return reasons[0] if reasons else "This system has no keyring that is supported."


def _decoded(text: str | None) -> bytes | None:
    try:
        key = base64.b64decode(text or "", validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == KEY_BYTES else None


def _forget(item: str, offered: Iterable[tuple[str, BackendFactory]]) -> bool:
    answered = False
    for _, make in offered:
        try:
            backend = make()
            if backend.get_password(SERVICE, item) is not None:
                backend.delete_password(SERVICE, item)
            answered = True
        except Exception:  # noqa: S112 - as in _find: any class may come, and the next one may have the key
            continue
    return answered
