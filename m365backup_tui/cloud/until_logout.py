"""The home that ends with the login (Linux): the key in the kernel, the file where logging out wipes it.

`$XDG_RUNTIME_DIR` is in memory and is removed with the person's last login (systemd). Where there is none, the file
lies in the state folder, and only hours and a restart of the host end it: then that is what is said.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path

from m365backup_tui.cloud import kernel_key
from m365backup_tui.cloud.home import Home, cannot_keep, clear, in_memory
from m365backup_tui.cloud.tokens import LOCK_SECONDS
from m365backup_tui.domain.session import KERNEL_HOURS, KeptIn, TokenHome

_OF_LOGINS = Path("/run/user")  # systemd's
_LOCK = "key.lock"
_ENDED = f"What was kept here has ended, with your logout or after {KERNEL_HOURS} hours."
_WITH_LOGIN = (
    "Your sign-in is kept encrypted on this host until you log out of it, "
    f"for {KERNEL_HOURS} hours at most."
)
_BY_TIME = (
    f"Your sign-in is kept encrypted on this host for {KERNEL_HOURS} hours, or until it restarts. "
    "Logging out does not end it: this host has no folder that ends with your login."
)


class UntilLogout:
    """`folder`: the sign-in's own folder in the state folder. `name`: of the key. All methods block for a moment."""

    def __init__(self, folder: Path, name: str, environ: Mapping[str, str]) -> None:
        self._in_state = folder / "until-logout"
        self._name = f"m365backup-tui:{name}"
        self._place = name.rpartition(":")[2]
        self._environ = environ

    @property
    def known(self) -> bool:
        """Whether this kind of system has it at all."""
        return kernel_key.supported()

    def why_not(self) -> str:
        """In a sentence; "" where it can be used."""
        return kernel_key.why_not()

    def ends_with_login(self) -> bool:
        """Whether logging out ends it; if not, only hours and a restart do."""
        return self._folder() != self._in_state

    def find(self) -> Home:
        """The kept one, or one that begins afresh; in memory, and why, where neither can be."""
        if why := kernel_key.why_not():
            return in_memory(why, self._in_state)
        folder, there = self._folder(), any((one / _LOCK).exists() for one in self.folders())
        try:
            key = kernel_key.read(self._name)
            if key is not None and there:
                return self._home(folder, key)
            if key is not None:  # it outlived the file of its login: it is never used again
                kernel_key.revoke(self._name)
        except OSError as error:
            return in_memory(f"The kernel gave no key: {error.strerror}.", self._in_state)
        left = [one for one in self.folders() if any(one.glob("tokens-*.bin"))]
        for one in left:  # without their key they never open again
            clear(one)
        return self._begun(folder, _ENDED if left or key is not None else "")

    def make(self) -> Home:
        """A new one, or the one that another process made."""
        if why := kernel_key.why_not():
            return in_memory(why, self._in_state)
        return self._begun(self._folder(), "")

    def revoke(self) -> list[str]:
        """End the key; a sentence when that fails."""
        if not self.known:
            return []
        try:
            kernel_key.revoke(self._name)
        except OSError as error:
            return [f"The key in the kernel could not be removed: {error.strerror}."]
        return []

    def folders(self) -> tuple[Path, ...]:
        """Where files of this kind may lie, the better place first."""
        found: list[Path] = []
        named = self._environ.get("XDG_RUNTIME_DIR", "")
        if hasattr(os, "getuid"):
            # A terminal that was not opened by a login has no variable, but the person may have the folder.
            places = (named, str(_OF_LOGINS / str(os.getuid())))
            found = [
                Path(one) / "m365backup-tui" / self._place
                for one in places
                if _ends_with_login(one)
            ]
        return (*dict.fromkeys(found), self._in_state)

    def _folder(self) -> Path:
        places = self.folders()
        held = [one for one in places if any(one.glob("tokens-*.bin"))]
        return held[0] if held else places[0]

    def _begun(self, folder: Path, ended: str) -> Home:
        from filelock import FileLock, Timeout

        if why := cannot_keep(folder):
            return in_memory(why, self._in_state)
        try:
            with FileLock(folder / _LOCK, timeout=LOCK_SECONDS, mode=0o600):
                key = kernel_key.read(self._name)  # another process may have been quicker
                if key is None:
                    key = secrets.token_bytes(kernel_key.KEY_BYTES)
                    kernel_key.add(self._name, key)
        except Timeout:
            return in_memory("Another process keeps the key locked.", self._in_state)
        except OSError as error:
            return in_memory(f"The kernel kept no key: {error.strerror}.", self._in_state)
        return self._home(folder, key, ended)

    def _home(self, folder: Path, key: bytes, ended: str = "") -> Home:
        why = _BY_TIME if folder == self._in_state else _WITH_LOGIN
        return Home(TokenHome(KeptIn.LOGOUT, f"{ended} {why}".strip()), folder, key)


def _ends_with_login(place: str) -> bool:
    """A folder of this person's alone, as systemd makes it."""
    if not os.path.isabs(place):
        return False
    try:
        seen = os.lstat(place)
    except OSError:
        return False
    alone = seen.st_uid == os.getuid() and not stat.S_IMODE(seen.st_mode) & 0o077
    return stat.S_ISDIR(seen.st_mode) and alone
