"""The home that a passphrase opens: asked for once a start, three tries, and the kept file stays whatever is typed."""

from __future__ import annotations

import secrets
from contextlib import suppress
from pathlib import Path

from m365backup_tui.cloud import passphrase as sealed_key
from m365backup_tui.cloud.home import SEALED, Home, cannot_keep, in_memory
from m365backup_tui.cloud.tokens import UnsafeFolderError
from m365backup_tui.domain.session import KeptIn, TokenHome

_NO_KEY_FILE = "You chose to keep the sign-in with a passphrase. Set one again to keep this one."
_OPENED = f"{SEALED}its key is sealed with your passphrase."


class WithPassphrase:
    """`folder`: the sign-in's own folder in the state folder. All methods block, for a fifth of a second where a
    passphrase is tried."""

    def __init__(self, folder: Path, profile_key: str) -> None:
        self.folder = folder / "passphrase"
        self._key_file = self.folder / "passphrase.key"
        self._profile_key = profile_key
        self._tries = 0

    def forget_tries(self) -> None:
        """After a sign-out nothing is left that they could be counted for."""
        self._tries = 0

    def find(self) -> Home:
        """Locked where a key file lies; in memory, and why, where none does."""
        try:
            sealed_key.whole(self._key_file)
        except FileNotFoundError:
            return self._memory(_NO_KEY_FILE)
        except sealed_key.TornKeyError:
            aside = self._key_file.with_suffix(f".bad-{secrets.token_hex(4)}")
            with suppress(OSError):
                self._key_file.replace(aside)
            return self._memory(
                f"The file with the key of the kept sign-in is damaged; it was put aside as {aside.name}."
            )
        except OSError as error:
            return self._memory(f"The file {self._key_file} cannot be read: {error.strerror}.")
        return self._home(None, f"{SEALED}it opens with your passphrase.")

    def unlocked(self, passphrase: str) -> Home:
        """Locked again, and how many tries are left, when it was another one."""
        try:
            key = sealed_key.read_key(self._key_file, passphrase, self._profile_key)
        except sealed_key.WrongPassphraseError:
            self._tries += 1
            left = sealed_key.TRIES - self._tries
            if left > 0:
                tries = "one try is" if left == 1 else f"{left} tries are"
                return self._home(None, f"This passphrase does not open it; {tries} left.")
            return self._memory(
                "None of three passphrases opened the kept sign-in. It stays on this host and can be opened after a "
                "new start; sign in anew for now."
            )
        except UnsafeFolderError as error:
            return self._memory(str(error))
        except (OSError, sealed_key.TornKeyError):
            return self.find()
        self._tries = 0
        return self._home(key, _OPENED)

    def make(self, passphrase: str, before: Home) -> Home:
        """A new key under this passphrase; the same key where `before` is this home and open."""
        if why := cannot_keep(self.folder):
            return self._memory(why)
        again = before.told.kept_in is KeptIn.PASSPHRASE and before.key is not None
        key = before.key if again and before.key else secrets.token_bytes(sealed_key.KEY_BYTES)
        try:
            sealed_key.write_key(self._key_file, key, passphrase, self._profile_key)
        except UnsafeFolderError as error:
            return self._memory(str(error))
        except OSError as error:
            return self._memory(f"The file {self._key_file} cannot be written: {error.strerror}.")
        self._tries = 0
        return self._home(key, _OPENED)

    def _home(self, key: bytes | None, why: str) -> Home:
        told = TokenHome(KeptIn.PASSPHRASE, why, locked=key is None)
        return Home(told, self._key_file.parent, key)

    def _memory(self, why: str) -> Home:
        return in_memory(why, self.folder)
