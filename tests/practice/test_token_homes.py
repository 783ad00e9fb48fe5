"""A sign-in moves between its homes with the real MSAL: it goes on everywhere, and nothing of it stays behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from m365backup_tui.cloud import kernel_key
from m365backup_tui.cloud.identity import SessionIdentity
from m365backup_tui.cloud.keyring_key import SERVICE, item_name
from m365backup_tui.cloud.practice import PracticeStandIn
from m365backup_tui.cloud.profiles import Resource, practice_profile
from m365backup_tui.cloud.signin import SignIn
from m365backup_tui.cloud.transport import tls_context
from m365backup_tui.domain.errors import Broken, Rejected
from m365backup_tui.domain.session import Account, KeptIn
from m365backup_tui.domain.settings import SignInSettings
from m365backup_tui.settings_file import read_settings, write_sign_in

PASSPHRASE = "correct horse"
ADMIN = "global-admin"
NO_KERNEL = kernel_key.why_not()
needs_kernel = pytest.mark.skipif(bool(NO_KERNEL), reason=f"no kernel keys here: {NO_KERNEL}")
K, L, P = KeptIn.KEYRING, KeptIn.LOGOUT, KeptIn.PASSPHRASE
KEEPING: Sequence[Any] = (K, pytest.param(L, marks=needs_kernel), P)
MOVES: Sequence[Any] = (
    (K, P),
    (P, K),
    *(pytest.param(*one, marks=needs_kernel) for one in ((K, L), (L, K), (L, P), (P, L))),
)


class Ring:
    def __init__(self) -> None:
        self.items: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.items.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.items[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.items[service, username]


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

    def forget_kernel_key(self) -> None:
        folder = self.folder / "practice" / "signin"
        if not NO_KERNEL:
            kernel_key.revoke(f"m365backup-tui:{item_name('practice', folder)}")


@pytest.fixture
async def host(ready: dict[str, Any], tmp_path: Path) -> AsyncIterator[Host]:
    made = Host(ready, tmp_path)
    yield made
    for one in made.started:
        one.close()
    made.forget_kernel_key()
    await made.stand_in.close()


async def _no_wait(_: float) -> None:
    return


async def opened(identity: SessionIdentity) -> None:
    if (await identity.token_home()).locked:
        assert not (await identity.unlock(PASSPHRASE)).locked


@pytest.mark.parametrize("where", KEEPING)
async def test_what_was_moved_is_there_at_the_next_start(host: Host, where: KeptIn) -> None:
    first = host.start(keyring=where is KeptIn.KEYRING)
    await first.keep_in(KeptIn.MEMORY)
    account = await host.come_in(first)
    assert host.files == []
    home = await first.keep_in(where, PASSPHRASE)
    assert home.kept_in is where
    assert first.settings.keep is where
    again = host.start()
    await opened(again)
    assert (await again.token_home()).kept_in is where
    assert await again.resume() == account


@pytest.mark.parametrize(("before", "where"), MOVES)
async def test_a_move_leaves_nothing_behind(host: Host, before: KeptIn, where: KeptIn) -> None:
    first = host.start()
    await first.keep_in(before, PASSPHRASE)
    await host.come_in(first)
    files = host.files
    assert files
    assert (await first.keep_in(where, PASSPHRASE)).kept_in is where
    assert len([name for name in host.files if name.startswith("tokens-")]) == 1
    assert ("passphrase.key" in host.files) == (where is KeptIn.PASSPHRASE)
    assert bool(host.ring.items) == (where is KeptIn.KEYRING)
    again = host.start()
    await opened(again)
    assert await again.resume() is not None


@pytest.mark.parametrize("where", KEEPING)
async def test_back_to_memory_nothing_stays_on_the_host(host: Host, where: KeptIn) -> None:
    first = host.start()
    await first.keep_in(where, PASSPHRASE)
    account = await host.come_in(first)
    assert (await first.keep_in(KeptIn.MEMORY)).kept_in is KeptIn.MEMORY
    assert host.files == []
    assert host.ring.items == {}
    assert await first.resume() == account, "this sitting goes on"
    assert await host.start().resume() is None


@pytest.mark.parametrize("where", KEEPING)
async def test_signing_out_leaves_no_file_and_no_key(host: Host, where: KeptIn) -> None:
    first = host.start()
    await first.keep_in(where, PASSPHRASE)
    await host.come_in(first)
    await first.sign_out()
    assert host.files == []
    assert host.ring.items == {}
    assert await host.start().resume() is None


async def test_both_applications_move(host: Host) -> None:
    """Azure may need a sign-in of its own, and that has a file of its own."""
    first = host.start()
    await host.come_in(first)
    signed_in = host.started[-1]
    code = await signed_in.device_code((host.profile.arm_scope,), Resource.ARM)
    await host.stand_in.approve(code.user_code, ADMIN)
    await signed_in.wait_for_sign_in(code)
    before = len(host.files)
    await first.keep_in(KeptIn.PASSPHRASE, PASSPHRASE)
    assert len([name for name in host.files if name.startswith("tokens-")]) == before
    again = host.start()
    await opened(again)
    assert await again.resume() is not None
    assert (await host.started[-1].token(Resource.ARM, (host.profile.arm_scope,)))[0]


async def test_who_signed_in_before_unlocking_is_kept_with_the_rest(host: Host) -> None:
    first = host.start()
    await first.keep_in(KeptIn.PASSPHRASE, PASSPHRASE)
    await host.come_in(first)
    second = host.start()
    assert (await second.token_home()).locked
    assert await second.accounts() == ()
    code = await second.device_code()
    await host.stand_in.approve(code.user_code, "backup-admin")
    await second.wait_for_sign_in(code)
    await second.unlock(PASSPHRASE)
    third = host.start()
    await third.unlock(PASSPHRASE)
    assert len(await third.accounts()) == 2


async def test_three_wrong_passphrases_and_the_sign_in_is_asked_anew(host: Host) -> None:
    first = host.start()
    await first.keep_in(KeptIn.PASSPHRASE, PASSPHRASE)
    account = await host.come_in(first)
    second = host.start()
    for _ in range(3):
        home = await second.unlock("another horse")
    assert (home.kept_in, home.locked) == (KeptIn.MEMORY, False)
    assert await second.resume() is None
    assert await host.come_in(second) == account
    third = host.start()
    await opened(third)
    assert await third.resume() == account, "what was kept is still there"


@pytest.mark.parametrize("where", [KeptIn.KEYRING, KeptIn.PASSPHRASE])
async def test_a_choice_that_cannot_be_written_down_is_not_made(host: Host, where: KeptIn) -> None:
    """Else the next start would look for the sign-in at the old place."""

    def full(_: SignInSettings) -> None:
        raise OSError(28, "No space left on device")

    writable = host.start()
    await writable.keep_in(KeptIn.LOGOUT if not NO_KERNEL else KeptIn.MEMORY)
    first = host.start(save=full)
    await host.come_in(first)
    before, files = first.settings, host.files
    with pytest.raises(Broken, match="No space left"):
        await first.keep_in(where, PASSPHRASE)
    assert first.settings == before
    assert host.files == files
    assert await first.resume() is not None


async def test_memory_is_taken_although_the_choice_cannot_be_written_down(host: Host) -> None:
    """Nothing is kept on the host against the person's wish."""

    def full(_: SignInSettings) -> None:
        raise OSError(28, "No space left on device")

    first = host.start(save=full)
    await host.come_in(first)
    home = await first.keep_in(KeptIn.MEMORY)
    assert "No space left" in home.why
    assert host.files == []


async def test_a_passphrase_that_is_too_short_changes_nothing(host: Host) -> None:
    first = host.start()
    await host.come_in(first)
    before = host.files
    with pytest.raises(Rejected, match="at least 8 characters"):
        await first.keep_in(KeptIn.PASSPHRASE, "short")
    assert host.files == before
    assert first.settings.keep is None


async def test_a_place_that_is_not_there_leaves_the_sign_in_where_it_is(host: Host) -> None:
    first = host.start(keyring=False)
    await first.keep_in(KeptIn.PASSPHRASE, PASSPHRASE)
    await host.come_in(first)
    home = await first.keep_in(KeptIn.KEYRING)
    assert home.kept_in is KeptIn.PASSPHRASE
    assert "no keyring that is supported" in home.why
    assert first.settings.keep is KeptIn.PASSPHRASE


@pytest.mark.parametrize("where", KEEPING)
async def test_a_move_that_is_killed_before_its_last_step_leaves_both_readable(
    host: Host, where: KeptIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The choice was written down, the old home not yet deleted: as after a kill in between."""
    before = KeptIn.PASSPHRASE if where is KeptIn.KEYRING else KeptIn.KEYRING
    first = host.start()
    await first.keep_in(before, PASSPHRASE)
    account = await host.come_in(first)

    async def killed(*_: object) -> tuple[str, ...]:
        raise asyncio.CancelledError

    with monkeypatch.context() as kill:
        kill.setattr("m365backup_tui.cloud.homes.Homes.leave", killed)
        with pytest.raises(asyncio.CancelledError):
            await first.keep_in(where, PASSPHRASE)
    for kept in (before, where):
        write_sign_in(host.folder, "practice", replace(SignInSettings(), keep=kept))
        again = host.start()
        await opened(again)
        assert await again.resume() == account, kept


async def test_a_keyring_that_lost_its_key_means_a_new_sign_in_and_says_so(host: Host) -> None:
    first = host.start()
    account = await host.come_in(first)
    host.ring.items.clear()
    second = host.start()
    assert "put aside" in (await second.token_home()).why
    assert await second.resume() is None
    assert await host.come_in(second) == account
    assert [one for one, _ in host.ring.items] == [SERVICE]
    assert await host.start().resume() == account
