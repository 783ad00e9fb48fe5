"""Look at the keyring of this host without making, unlocking or asking anything: no prompt may ever open.

Blocking, and a keyring may never answer: run it with a deadline (cloud.daemon).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from m365backup_tui.cloud.keyring_key import SERVICE
from m365backup_tui.cloud.keyrings import LOCKED, reason, system_backends


@dataclass(frozen=True, slots=True)
class KeyringSeen:
    """`name`: the keyring for people, "" where there is none. `why`: a sentence where it cannot be used."""

    name: str
    usable: bool
    why: str = ""


def look_at_keyring() -> KeyringSeen:
    """Never raises."""
    try:
        if sys.platform in ("win32", "darwin"):
            return _by_asking()
        return _secret_service()
    except Exception as error:  # any class may come (auth.md §3.3)
        return KeyringSeen("", False, reason(error))


def _by_asking() -> KeyringSeen:
    """Windows and macOS: a question for an item that is not there. UNVERIFIED that macOS never asks for it."""
    name, make = system_backends()[0]
    try:
        make().get_password(SERVICE, "probe:doctor")
    except Exception as error:
        return KeyringSeen(name, False, reason(error))
    return KeyringSeen(name, True)


def _secret_service() -> KeyringSeen:
    """`keyring` itself would unlock a locked collection, which opens a prompt where there is a display."""
    import secretstorage
    from secretstorage.exceptions import ItemNotFoundException, SecretServiceNotAvailableException

    name = "the Secret Service keyring"
    try:
        connection = secretstorage.dbus_init()
    except SecretServiceNotAvailableException:
        return KeyringSeen("", False, reason(RuntimeError()))
    try:
        if not secretstorage.check_service_availability(connection):
            return KeyringSeen("", False, reason(RuntimeError()))
        try:
            locked = secretstorage.Collection(connection).is_locked()
        except ItemNotFoundException:
            why = "The keyring of this host has no default collection; making one needs a desktop."
            return KeyringSeen(name, False, why)
        if locked:
            return KeyringSeen(name, False, LOCKED)
    finally:
        connection.close()
    return KeyringSeen(name, True)
