"""Where a sign-in is kept on this host: which key seals the token files, and in which folder they lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from m365backup_tui.cloud.daemon import DaemonWorker
from m365backup_tui.cloud.keyring_key import (
    DEADLINE_SECONDS,
    BackendFactory,
    KeyFound,
    NoKey,
    find_key,
    forget_key,
    item_name,
)
from m365backup_tui.cloud.tokens import UnsafeFolderError, safe_folder
from m365backup_tui.domain.session import KeptIn, TokenHome

MEMORY_ONLY = "Your sign-in is kept in memory only and ends when you leave."


@dataclass(frozen=True, slots=True)
class Home:
    """What was found. `key`: None where nothing is written."""

    told: TokenHome
    folder: Path
    key: bytes | None = field(default=None, repr=False)


class Homes:
    """`folder`: the sign-in's own folder of one profile in the state folder. Nothing is ever written in clear."""

    def __init__(
        self,
        profile_key: str,
        folder: Path,
        worker: DaemonWorker,
        environ: Mapping[str, str],
        backends: Sequence[tuple[str, BackendFactory]] | None = None,
        keyring_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self._profile_key = profile_key
        self._folder = folder
        self._worker = worker
        self._environ = environ
        self._backends = backends
        self._keyring_seconds = keyring_seconds

    async def find(self) -> Home:
        """Keyring or memory. Takes up to `keyring_seconds`; never raises."""
        if self._environ.get("SUDO_USER"):  # the home and keyring may be another's (auth.md §4.1)
            return self._in_memory("You are here through sudo.")
        try:
            await self._worker.run(safe_folder, self._folder)
        except UnsafeFolderError as error:
            return self._in_memory(str(error))
        except OSError:
            return self._in_memory(f"The folder {self._folder} cannot be written.")
        lock = self._folder / "key.lock"
        match await find_key(self._item, self._backends, self._keyring_seconds, lock):
            case KeyFound(key, keyring):
                why = f"Your sign-in is kept encrypted on this host; its key is in {keyring}."
                return Home(TokenHome(KeptIn.KEYRING, why), self._folder, key)
            case NoKey(why):
                return self._in_memory(why)

    async def forget(self, home: Home) -> None:
        """Delete the key, which makes every copy of the files unreadable."""
        if home.key is not None:
            await forget_key(self._item, self._backends, self._keyring_seconds)

    @property
    def _item(self) -> str:
        return item_name(self._profile_key, self._folder)

    def _in_memory(self, why: str) -> Home:
        return Home(TokenHome(KeptIn.MEMORY, f"{why} {MEMORY_ONLY}"), self._folder)
