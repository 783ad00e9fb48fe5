"""A sign-in whose home fails, with the real MSAL: what was chosen, what is said, and that nothing is lost silently."""

from __future__ import annotations

import resource
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from m365backup_tui.cloud.keyring_key import SERVICE
from m365backup_tui.domain.errors import Broken, Rejected
from m365backup_tui.domain.session import KeptIn
from m365backup_tui.domain.settings import SignInSettings
from tests.practice.token_homes import ADMIN, NO_KERNEL, PASSPHRASE, Host, opened


@pytest.fixture
async def host(ready: dict[str, Any], tmp_path: Path) -> AsyncIterator[Host]:
    made = Host(ready, tmp_path)
    yield made
    await made.close()


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


async def test_signing_out_says_what_is_left_and_signs_out_all_the_same(host: Host) -> None:
    first = host.start()
    await host.come_in(first)

    def stubborn(service: str, username: str) -> None:
        raise OSError("(-25293, 'denied')")

    host.ring.delete_password = stubborn  # type: ignore[method-assign]  # the seam of a backend
    with pytest.raises(Broken, match="key in the keyring"):
        await first.sign_out()
    assert host.started[-1].account is None
    assert host.files == []
    assert await host.start().resume() is None


async def test_a_disk_that_fills_up_costs_the_file_and_not_the_sign_in(host: Host) -> None:
    """No file may grow past 64 bytes from here on, as on a full disk; the sign-in goes on in memory and says so."""
    first = host.start()
    assert (await first.token_home()).kept_in is KeptIn.KEYRING
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    code = await first.device_code()
    await host.stand_in.approve(code.user_code, ADMIN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, hard))
    try:
        account = await first.wait_for_sign_in(code)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    home = await first.token_home()
    assert home.kept_in is KeptIn.MEMORY
    assert "The sign-in file cannot be used (File too large)" in home.why
    assert await first.resume() == account
    assert not [name for name in host.files if name.endswith(".bin")], "no half-written file"
    again = await first.keep_in(KeptIn.PASSPHRASE, PASSPHRASE)
    assert again.kept_in is KeptIn.PASSPHRASE, "with room again it can be kept"
