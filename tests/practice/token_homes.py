"""One host for tests of where a sign-in is kept: its state folder, its settings file, its keyring."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from m365backup_tui.cloud import kernel_key
from m365backup_tui.cloud.identity import SessionIdentity
from m365backup_tui.cloud.keyring_key import item_name
from m365backup_tui.cloud.practice import PracticeStandIn
from m365backup_tui.cloud.profiles import practice_profile
from m365backup_tui.cloud.signin import SignIn
from m365backup_tui.cloud.transport import tls_context
from m365backup_tui.domain.session import Account
from m365backup_tui.domain.settings import SignInSettings
from m365backup_tui.settings_file import read_settings, write_sign_in
from tests.unit.rings import Ring

PASSPHRASE = "correct horse"
ADMIN = "global-admin"
NO_KERNEL = kernel_key.why_not()


class Host:
    """One state folder with its settings file; every `start` is a new start of the program."""

    def __init__(self, ready: Any, folder: Path) -> None:
        self.profile = practice_profile(ready)
        self.stand_in = PracticeStandIn(ready, tls_context(self.profile, {}))
        self.folder = folder / "state"
        self.environ = {"XDG_RUNTIME_DIR": str(folder / "run")}
        Path(self.environ["XDG_RUNTIME_DIR"]).mkdir(mode=0o700)
        self.ring = Ring()
        self.started: list[SignIn] = []

    def start(self, keyring: bool = True, save: Any = None) -> SessionIdentity:
        one = SignIn(
            self.profile,
            self.folder,
            settings=read_settings(self.folder, self.profile.key).sign_in,
            backends=(("a test keyring", lambda: self.ring),) if keyring else (),
            environ=self.environ,
            sleep=_no_wait,
        )
        self.started.append(one)
        return SessionIdentity(one, self.profile, save or self.save)

    def save(self, settings: SignInSettings) -> None:
        write_sign_in(self.folder, self.profile.key, settings)

    async def come_in(self, identity: SessionIdentity) -> Account:
        code = await identity.device_code()
        await self.stand_in.approve(code.user_code, ADMIN)
        return await identity.wait_for_sign_in(code)

    @property
    def files(self) -> list[str]:
        """Token and key files on this host, locks apart."""
        places = (self.folder / "practice" / "signin", Path(self.environ["XDG_RUNTIME_DIR"]))
        found = [path for place in places for path in place.rglob("*") if path.is_file()]
        return sorted(path.name for path in found if path.suffix != ".lock")

    async def close(self) -> None:
        for one in self.started:
            one.close()
        self._forget_kernel_key()
        await self.stand_in.close()

    def _forget_kernel_key(self) -> None:
        folder = self.folder / "practice" / "signin"
        if not NO_KERNEL:
            kernel_key.revoke(f"m365backup-tui:{item_name('practice', folder)}")


async def _no_wait(_: float) -> None:
    return


async def opened(identity: SessionIdentity) -> None:
    if (await identity.token_home()).locked:
        assert not (await identity.unlock(PASSPHRASE)).locked
