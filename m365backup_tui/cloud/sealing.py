"""How a token file is sealed, and how it is opened again: the format, without a file in sight.

Version 2: magic | version | key source | 16-byte salt | 12-byte nonce | AES-256-GCM(JSON). The key of each writing is
made from the home's key and the salt (HKDF-SHA256). Everything before the nonce is authenticated, and with it whatever
the file is bound to. Version 1, which had neither source nor salt, is still read where the key is in a keyring.
"""

from __future__ import annotations

import json
import secrets
from typing import Any

from m365backup_tui.domain.session import KeptIn

Entries = dict[str, dict[str, Any]]  # MSAL's layout: kind of entry -> key -> entry

MAGIC = b"M365BKUP"
VERSION = 2
SALT_BYTES = 16
NONCE_BYTES = 12
_SOURCES = {KeptIn.KEYRING: 1, KeptIn.LOGOUT: 2, KeptIn.PASSPHRASE: 3}
_FIRST_HEADER = MAGIC + bytes([1])
_PURPOSE = b"m365backup-tui token file 2"


def seal(entries: Entries, key: bytes, source: KeptIn, bound: bytes) -> bytes:
    """`bound`: what the file belongs to; it opens only with the same again."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, nonce = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(NONCE_BYTES)
    header = MAGIC + bytes([VERSION, _SOURCES[source]]) + salt
    plain = json.dumps(entries, separators=(",", ":")).encode()
    return header + nonce + AESGCM(_derived(key, salt)).encrypt(nonce, plain, header + bound)


def unseal(blob: bytes, key: bytes, source: KeptIn, bound: bytes) -> Entries:
    """ValueError for everything that is not ours, whole and untouched; the texts hold no contents."""
    if blob.startswith(_FIRST_HEADER) and source is KeptIn.KEYRING:
        return _opened(blob, len(_FIRST_HEADER), key, bound)
    length = len(MAGIC) + 2 + SALT_BYTES
    if blob[: len(MAGIC) + 2] != MAGIC + bytes([VERSION, _SOURCES[source]]):
        raise ValueError("not a sign-in file of this version and place")
    return _opened(blob, length, _derived(key, blob[length - SALT_BYTES : length]), bound)


def _opened(blob: bytes, length: int, key: bytes, bound: bytes) -> Entries:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    header, nonce, sealed = blob[:length], blob[length : length + NONCE_BYTES], blob[length:]
    if len(sealed) <= NONCE_BYTES:
        raise ValueError("torn")
    try:
        plain = AESGCM(key).decrypt(nonce, sealed[NONCE_BYTES:], header + bound)
    except InvalidTag:
        raise ValueError("sealed with another key, or changed") from None
    entries = json.loads(plain)
    if not isinstance(entries, dict) or not all(isinstance(one, dict) for one in entries.values()):
        raise ValueError("not a token cache")
    return entries


def _derived(key: bytes, salt: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), len(key), salt, _PURPOSE).derive(key)
