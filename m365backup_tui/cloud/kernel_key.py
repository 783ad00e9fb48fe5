"""A key in the kernel's own memory (Linux): gone with a restart of the host, or after some hours.

No package binds these calls well (auth.md §3.8), so they are made by number. It is the key ring of the user, because a
second login has to find it. Measured on Linux 6.18, against what user-keyring(7) says: that ring outlives the last
process of its user. What ends with the login is therefore the file (homes.py), and the kernel ends the key by time.
Root can read it.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import secrets
import sys
from functools import cache

from m365backup_tui.domain.session import KERNEL_HOURS

KEY_BYTES = 32
_USER_RING = -4  # KEY_SPEC_USER_KEYRING
_REVOKE, _SET_PERMISSIONS, _SEARCH, _READ, _SET_TIMEOUT = 3, 5, 10, 11, 15
_OWNER_ONLY = 0x3F3F0000  # whoever possesses it and the same user: everything; nobody else anything
_KIND = b"user"
_NUMBERS = {"x86_64": (248, 250), "aarch64": (217, 219)}  # of add_key and keyctl
_GONE = (errno.ENOKEY, errno.EKEYEXPIRED, errno.EKEYREVOKED) if sys.platform == "linux" else ()


def why_not() -> str:
    """A sentence where the kernel keeps no keys for us, "" where it does: a key is made, read and removed."""
    if not supported():
        return "This kind of system keeps no keys for programs."
    name, value = f"m365backup-tui:probe:{secrets.token_hex(4)}", secrets.token_bytes(KEY_BYTES)
    try:
        add(name, value, seconds=60)
        found = read(name)
        revoke(name)
    except OSError as error:
        return f"The kernel of this host keeps no keys for programs, as in many containers ({error.strerror})."
    return "" if found == value else "The kernel of this host did not keep what was stored in it."


def supported() -> bool:
    """Whether the calls have known numbers here."""
    return sys.platform == "linux" and platform.machine() in _NUMBERS and sys.maxsize > 2**32


def add(name: str, value: bytes, seconds: int = KERNEL_HOURS * 3600) -> None:
    """Store or replace it for `seconds`. OSError."""
    number, _ = _numbers()
    made = _call(number, _KIND, name.encode(), value, len(value), _USER_RING)
    try:
        _control(_SET_PERMISSIONS, made, _OWNER_ONLY)
        _control(_SET_TIMEOUT, made, seconds)
    except OSError:
        _control(_REVOKE, made)  # never one that does not end
        raise


def read(name: str) -> bytes | None:
    """None when it is not there, or not any more. OSError."""
    found = _search(name)
    if found is None:
        return None
    buffer = ctypes.create_string_buffer(KEY_BYTES + 1)
    try:
        size = _control(_READ, found, buffer, len(buffer))
    except OSError as error:
        if error.errno in _GONE:
            return None
        raise
    value = buffer.raw[:size]
    ctypes.memset(buffer, 0, len(buffer))
    return value if size == KEY_BYTES else None


def revoke(name: str) -> None:
    """End it now. OSError; nothing when it is not there."""
    found = _search(name)
    if found is not None:
        _control(_REVOKE, found)


def _search(name: str) -> int | None:
    try:
        return _control(_SEARCH, _USER_RING, _KIND, name.encode(), 0)
    except OSError as error:
        if error.errno in _GONE:
            return None
        raise


def _control(operation: int, *words: int | bytes | ctypes.Array[ctypes.c_char]) -> int:
    _, number = _numbers()
    return _call(number, operation, *words)


def _numbers() -> tuple[int, int]:
    try:
        return _NUMBERS[platform.machine()]
    except KeyError:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS)) from None


def _call(number: int, *words: int | bytes | ctypes.Array[ctypes.c_char]) -> int:
    plain = [ctypes.c_long(one) if isinstance(one, int) else one for one in words]
    answer = int(_libc().syscall(ctypes.c_long(number), *plain))
    if answer < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return answer


@cache
def _libc() -> ctypes.CDLL:
    library = ctypes.CDLL(None, use_errno=True)
    library.syscall.restype = ctypes.c_long
    return library
