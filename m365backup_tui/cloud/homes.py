"""Where a sign-in is kept on this host: which key seals the token files, and in which folder they lie.

A keyring by default, else memory. The kernel's key ring and a passphrase only for who asked (auth.md §3.8). Each kind
has a folder of its own, so that a move leaves one of the two whole at every moment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from m365backup_tui.cloud import passphrase as sealed_key
from m365backup_tui.cloud.daemon import DaemonWorker
from m365backup_tui.cloud.home import SEALED, Home, cannot_keep, clear, in_memory
from m365backup_tui.cloud.keyring_key import (
    DEADLINE_SECONDS,
    KeyFound,
    NoKey,
    find_key,
    forget_key,
    item_name,
    probe_keyring,
)
from m365backup_tui.cloud.keyrings import BackendFactory
from m365backup_tui.cloud.shared_host import not_ours, shared
from m365backup_tui.cloud.until_logout import UntilLogout
from m365backup_tui.cloud.with_passphrase import WithPassphrase
from m365backup_tui.domain.errors import Rejected
from m365backup_tui.domain.session import HomeOffer, KeptIn, TokenHome


class Homes:
    """`folder`: the sign-in's own folder of one profile in the state folder. `keep`: what the person chose, None until
    they have. Nothing is ever written in clear."""

    def __init__(
        self,
        profile_key: str,
        folder: Path,
        worker: DaemonWorker,
        environ: Mapping[str, str],
        backends: Sequence[tuple[str, BackendFactory]] | None = None,
        keyring_seconds: float = DEADLINE_SECONDS,
        keep: Callable[[], KeptIn | None] = lambda: None,
    ) -> None:
        self._profile_key = profile_key
        self._folder = folder
        self._worker = worker
        self._environ = environ
        self._backends = backends
        self._keyring_seconds = keyring_seconds
        self._keep = keep
        self._with_passphrase = WithPassphrase(folder, profile_key)
        self._until_logout = UntilLogout(folder, item_name(profile_key, folder), environ)

    async def find(self) -> Home:
        """What the person chose, else a keyring or memory. Takes up to `keyring_seconds`; never raises."""
        if why := await self._worker.run(not_ours, self._environ):
            return self._in_memory(why)
        match self._keep():
            case None:
                if why := await self._worker.run(shared, self._environ):
                    return self._in_memory(why)
                return await self._keyring()
            case KeptIn.KEYRING:
                return await self._keyring()
            case KeptIn.LOGOUT:
                return await self._worker.run(self._until_logout.find)
            case KeptIn.PASSPHRASE:
                return await self._worker.run(self._with_passphrase.find)
            case KeptIn.MEMORY:
                return self._in_memory("")

    async def make(self, where: KeptIn, passphrase: str, before: Home) -> Home:
        """A home that is ready to be written to; in memory, and why, where it did not work out. Raises Rejected for a
        passphrase that is too short."""
        if where is KeptIn.PASSPHRASE and (broken := sealed_key.rule_broken(passphrase)):
            raise Rejected(broken, "passphrase_rule")
        if where is KeptIn.MEMORY:
            return self._in_memory("")
        if why := await self._worker.run(not_ours, self._environ):
            return self._in_memory(why)
        match where:
            case KeptIn.KEYRING:
                return await self._keyring()
            case KeptIn.LOGOUT:
                return await self._worker.run(self._until_logout.make)
            case KeptIn.PASSPHRASE:
                return await self._worker.run(self._with_passphrase.make, passphrase, before)

    async def unlock(self, passphrase: str, home: Home) -> Home:
        """Three tries in one sitting; then the kept file stays as it is, and nothing is asked any more."""
        if not home.told.locked:
            return home
        return await self._worker.run(self._with_passphrase.unlocked, passphrase)

    async def offers(self, now: Home) -> tuple[HomeOffer, ...]:
        """Takes up to `keyring_seconds`."""
        closed = await self._worker.run(self._closed)
        keyring = "" if now.told.kept_in is KeptIn.KEYRING else closed
        if not keyring and now.told.kept_in is not KeptIn.KEYRING:
            keyring = await probe_keyring(self._backends, self._keyring_seconds)
        found = [HomeOffer(KeptIn.KEYRING, keyring), HomeOffer(KeptIn.MEMORY)]
        if self._until_logout.known:
            why = closed or await self._worker.run(self._until_logout.why_not)
            by_login = await self._worker.run(self._until_logout.ends_with_login)
            found.append(HomeOffer(KeptIn.LOGOUT, why, by_login))
        found.append(HomeOffer(KeptIn.PASSPHRASE, closed))
        shy = keyring or await self._worker.run(shared, self._environ)
        if shy:  # memory first: that is what happens to who does not choose
            found.sort(key=lambda one: one.kept_in is not KeptIn.MEMORY)
        return tuple(sorted(found, key=lambda one: bool(one.why_not)))

    async def leave(self, home: Home) -> tuple[str, ...]:
        """Delete key and files of this home; sentences on what could not be deleted."""
        kind = home.told.kept_in
        failed: list[str] = []
        if kind is KeptIn.KEYRING and not await self._forget_key():
            failed.append(
                "The key in the keyring of this host could not be deleted: the keyring did not answer."
            )
        if kind is KeptIn.LOGOUT:
            failed += await self._worker.run(self._until_logout.revoke)
        if kind is not KeptIn.MEMORY:
            failed += await self._worker.run(clear, home.folder)
        return tuple(failed)

    async def forget(self, home: Home) -> tuple[str, ...]:
        """Delete every key and file of this sign-in, of other homes too; sentences on what could not be deleted."""
        failed: list[str] = []
        for one in await self._worker.run(self._all, home):
            failed += await self.leave(one)
        self._with_passphrase.forget_tries()
        return tuple(failed)

    # --- each kind ------------------------------------------------------------------------------------------------

    async def _keyring(self) -> Home:
        if why := await self._worker.run(cannot_keep, self._folder):
            return self._in_memory(why)
        lock = self._folder / "key.lock"
        match await find_key(self._item, self._backends, self._keyring_seconds, lock):
            case KeyFound(key, keyring):
                told = TokenHome(KeptIn.KEYRING, f"{SEALED}its key is in {keyring}.")
                return Home(told, self._folder, key)
            case NoKey(why):
                return self._in_memory(why)

    async def _forget_key(self) -> bool:
        return await forget_key(self._item, self._backends, self._keyring_seconds)

    # --- all of them ----------------------------------------------------------------------------------------------

    def _closed(self) -> str:
        """Why nothing at all can be written here."""
        return not_ours(self._environ) or cannot_keep(self._folder)

    def _all(self, home: Home) -> list[Home]:
        """Every home in which something may lie; the keyring is asked only when it has to be."""
        found = [replace(home, key=None)]
        for kind, folder in (
            (KeptIn.KEYRING, self._folder),
            *((KeptIn.LOGOUT, one) for one in self._until_logout.folders()),
            (KeptIn.PASSPHRASE, self._with_passphrase.folder),
        ):
            there = kind is not KeptIn.KEYRING or any(folder.glob("tokens-*.bin*"))
            if folder.is_dir() and there and (kind, folder) != (home.told.kept_in, home.folder):
                found.append(Home(TokenHome(kind, ""), folder))
        return found

    @property
    def _item(self) -> str:
        return item_name(self._profile_key, self._folder)

    def _in_memory(self, why: str) -> Home:
        return in_memory(why, self._folder)
