"""A sign-in moves between its homes with the real MSAL: it goes on everywhere, and nothing of it stays behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from m365backup_tui.cloud.profiles import Resource
from m365backup_tui.domain.session import KeptIn
from m365backup_tui.domain.settings import SignInSettings
from m365backup_tui.settings_file import write_sign_in
from tests.practice.token_homes import ADMIN, NO_KERNEL, PASSPHRASE, Host, opened

needs_kernel = pytest.mark.skipif(bool(NO_KERNEL), reason=f"no kernel keys here: {NO_KERNEL}")
K, L, P = KeptIn.KEYRING, KeptIn.LOGOUT, KeptIn.PASSPHRASE
KEEPING: Sequence[Any] = (K, pytest.param(L, marks=needs_kernel), P)
MOVES: Sequence[Any] = (
    (K, P),
    (P, K),
    *(pytest.param(*one, marks=needs_kernel) for one in ((K, L), (L, K), (L, P), (P, L))),
)


@pytest.fixture
async def host(ready: dict[str, Any], tmp_path: Path) -> AsyncIterator[Host]:
    made = Host(ready, tmp_path)
    yield made
    await made.close()


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
