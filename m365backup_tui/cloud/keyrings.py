"""The keyrings of the operating systems that are used, each by its class, and in words why one cannot be used.

Neither PYTHON_KEYRING_BACKEND nor keyringrc.cfg is read: a chainer, null or plaintext backend is never used
(auth.md §3.1). The Secret Service is never asked to open a window: over SSH nobody would see it, and it may wait for
ever (§3.2). KWallet and macOS may open one all the same; they are not waited for. UNVERIFIED: KWallet, Windows and
macOS, whose errors are known from code and issues only (§8.6).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import closing
from typing import Any, Protocol


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

LOCKED = "The keyring of this host is locked, as it usually is over SSH."


class WrongAnswerError(Exception):
    """The keyring did not give back what was stored."""


def system_backends() -> tuple[tuple[str, BackendFactory], ...]:
    """The keyrings of this operating system, in the order in which they are tried."""
    if sys.platform == "win32":
        return (("the Windows Credential Manager", _windows),)
    if sys.platform == "darwin":
        return (("the macOS keychain", _macos),)
    return (("the Secret Service keyring", _secret_service), ("KWallet", _kwallet))


def reason(error: BaseException) -> str:
    """One sentence for the person about why a keyring cannot be used."""
    name, text = type(error).__name__, str(error)
    if isinstance(error, WrongAnswerError):
        return "The keyring of this host did not keep what was stored in it."
    if name == "KeyringLocked" or "-25308" in text:
        return LOCKED
    if name == "InitError" or "dismissed" in text:
        return "The keyring of this host needs a desktop to be set up or unlocked."
    if "1312" in text:
        return "Windows gives no access to its credential store in an SSH session."
    if "1783" in text:
        return "Windows refused to store the key (error 1783)."
    if any(hint in text for hint in ("-128", "-25293", "denied", "AccessDenied")):
        return "The keyring of this host denied the access."
    if name == "Timeout":  # of the file lock
        return "Another process is at the keyring of this host and does not get an answer."
    if isinstance(error, ImportError | RuntimeError | FileNotFoundError | ConnectionError):
        return "This host has no keyring service that answers (no D-Bus session)."
    return f"The keyring of this host failed ({name})."


def _made(kind: Any) -> Backend:
    backend: Backend = kind()  # keyring's constructors carry no types
    return backend


def _secret_service() -> Backend:
    import secretstorage
    from keyring.backends import SecretService
    from keyring.errors import InitError, KeyringLocked

    if SecretService.Keyring.priority <= 0:  # raises RuntimeError without D-Bus
        raise RuntimeError("no Secret Service")

    class Quiet(SecretService.Keyring):
        """Where the original would open a window (unlock, first password), this one says that it is locked."""

        def get_preferred_collection(self) -> Any:
            bus = secretstorage.dbus_init()
            try:
                collection = secretstorage.get_collection_by_alias(bus, "default")
                if collection.is_locked():
                    raise KeyringLocked("locked")
            except secretstorage.ItemNotFoundException as error:
                bus.close()
                raise InitError("no keyring was set up") from error
            except BaseException:
                bus.close()
                raise
            return collection

        def unlock(self, item: Any) -> None:
            if item.is_locked():
                raise KeyringLocked("locked")

        def delete_password(self, service: str, username: str) -> None:
            collection = self.get_preferred_collection()
            with closing(collection.connection):
                for item in collection.search_items(self._query(service, username)):
                    self.unlock(item)  # deleting a locked one would open a window too
                    item.delete()

    return _made(Quiet)


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
