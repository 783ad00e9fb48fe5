"""A key sealed with a passphrase, in a file beside the token files.

File: magic | version | log2 N | r | p | 16-byte salt | 12-byte nonce | AES-256-GCM(random key) | checksum. The key that
seals it is made with scrypt. The checksum tells a torn file from a wrong passphrase; it protects nothing.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import unicodedata
from pathlib import Path

from m365backup_tui.cloud.tokens import local_user, safe_folder
from m365backup_tui.whole_file import write_whole

LEAST = 8  # characters
MOST = 1024
TRIES = 3
KEY_BYTES = 32
RULE = f"A passphrase has at least {LEAST} characters."

_MAGIC = b"M365BKEY"
_VERSION = 1
_LOG_N, _R, _P = 16, 8, 1  # 64 MiB and 160 ms (auth.md §3.8)
_HEADER = _MAGIC + bytes([_VERSION, _LOG_N, _R, _P])
_SALT, _NONCE, _TAG, _CHECK = 16, 12, 16, 8
_LENGTH = len(_HEADER) + _SALT + _NONCE + KEY_BYTES + _TAG + _CHECK


class WrongPassphraseError(Exception):
    """The file is whole, and another passphrase sealed it."""


class TornKeyError(Exception):
    """The file is no key file, or not whole."""


def rule_broken(passphrase: str) -> str:
    """The rule in a sentence when `passphrase` does not keep it, else ""."""
    if len(passphrase) < LEAST:
        return RULE
    return f"A passphrase has at most {MOST} characters." if len(passphrase) > MOST else ""


def write_key(path: Path, key: bytes, passphrase: str, profile_key: str) -> None:
    """Seal `key` in `path`, whole or not at all. Blocks for a fifth of a second. OSError, UnsafeFolderError."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    safe_folder(path.parent)
    salt, nonce = secrets.token_bytes(_SALT), secrets.token_bytes(_NONCE)
    sealed = AESGCM(_made_from(passphrase, salt)).encrypt(nonce, key, _bound(salt, profile_key))
    body = _HEADER + salt + nonce + sealed
    write_whole(path, body + _checksum(body), ".key-")


def read_key(path: Path, passphrase: str, profile_key: str) -> bytes:
    """Blocks for a fifth of a second. WrongPassphraseError, TornKeyError, UnsafeFolderError, OSError."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    safe_folder(path.parent)
    body = whole(path)
    salt, rest = body[len(_HEADER) : len(_HEADER) + _SALT], body[len(_HEADER) + _SALT :]
    cipher = AESGCM(_made_from(passphrase, salt))
    try:
        return cipher.decrypt(rest[:_NONCE], rest[_NONCE:], _bound(salt, profile_key))
    except InvalidTag:
        raise WrongPassphraseError from None


def whole(path: Path) -> bytes:
    """The file without its checksum. TornKeyError, OSError."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        blob = file.read(_LENGTH + 1)
    body, checksum = blob[:-_CHECK], blob[-_CHECK:]
    # Other costs than ours are refused before they are paid.
    if len(blob) != _LENGTH or not body.startswith(_HEADER) or checksum != _checksum(body):
        raise TornKeyError
    return body


def _made_from(passphrase: str, salt: bytes) -> bytes:
    # One passphrase may be typed in several ways on several keyboards: NFC makes them one.
    typed = unicodedata.normalize("NFC", passphrase).encode()
    memory = 129 * 2**_LOG_N * _R  # OpenSSL wants a little more than 128 N r
    return hashlib.scrypt(
        typed, salt=salt, n=2**_LOG_N, r=_R, p=_P, maxmem=memory + 2**20, dklen=KEY_BYTES
    )


def _bound(salt: bytes, profile_key: str) -> bytes:
    return _HEADER + salt + "\0".join((profile_key, local_user())).encode()


def _checksum(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()[:_CHECK]
