"""The home that a passphrase opens: the right one, wrong ones, a torn file, another passphrase."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from m365backup_tui.cloud.home import Home
from m365backup_tui.domain.errors import Rejected
from m365backup_tui.domain.session import KeptIn
from tests.unit.home_making import HELD, Make, read, write

PASSPHRASE = "correct horse"


async def sealed(make_homes: Make) -> Home:
    homes = make_homes()
    home = await homes.make(KeptIn.PASSPHRASE, PASSPHRASE, await homes.find())
    assert home.told.kept_in is KeptIn.PASSPHRASE
    assert not home.told.locked
    write(home)
    return home


async def test_a_passphrase_opens_what_it_sealed(make_homes: Make) -> None:
    await sealed(make_homes)
    homes = make_homes(KeptIn.PASSPHRASE)
    locked = await homes.find()
    assert locked.told.locked
    assert locked.key is None
    home = await homes.unlock(PASSPHRASE, locked)
    assert not home.told.locked
    assert read(home) == HELD


async def test_the_same_passphrase_typed_in_another_form_opens_it(make_homes: Make) -> None:
    homes = make_homes()
    await homes.make(KeptIn.PASSPHRASE, "Zürich 2026 é", await homes.find())
    homes = make_homes(KeptIn.PASSPHRASE)
    home = await homes.unlock("Zu\u0308rich 2026 e\u0301", await homes.find())
    assert home.key is not None


async def test_three_wrong_passphrases_leave_the_file_and_ask_no_more(make_homes: Make) -> None:
    kept = await sealed(make_homes)
    homes = make_homes(KeptIn.PASSPHRASE)
    home = await homes.find()
    for left in ("2 tries are left", "one try is left"):
        home = await homes.unlock("another horse", home)
        assert left in home.told.why
        assert home.told.locked
    home = await homes.unlock("another horse", home)
    assert (home.told.kept_in, home.told.locked) == (KeptIn.MEMORY, False)
    assert "stays on this host" in home.told.why
    assert await homes.unlock(PASSPHRASE, home) == home, "not even the right one is tried now"
    next_start = make_homes(KeptIn.PASSPHRASE)
    assert read(await next_start.unlock(PASSPHRASE, await next_start.find())) == HELD
    assert read(kept) == HELD


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b"", lambda b: b[::-1]])
async def test_a_torn_key_file_is_no_wrong_passphrase(
    make_homes: Make, home_folder: Path, damage: Callable[[bytes], bytes]
) -> None:
    await sealed(make_homes)
    path = home_folder / "passphrase" / "passphrase.key"
    path.write_bytes(damage(path.read_bytes()))
    home = await make_homes(KeptIn.PASSPHRASE).find()
    assert (home.told.kept_in, home.told.locked) == (KeptIn.MEMORY, False)
    assert "is damaged; it was put aside as passphrase.bad-" in home.told.why


async def test_a_key_file_that_asks_for_more_work_than_ours_is_not_obeyed(
    make_homes: Make, home_folder: Path
) -> None:
    await sealed(make_homes)
    path = home_folder / "passphrase" / "passphrase.key"
    body = bytearray(path.read_bytes()[:-8])
    body[9] = 40  # scrypt with 2^40 would end this host
    path.write_bytes(bytes(body) + hashlib.sha256(body).digest()[:8])
    assert "damaged" in (await make_homes(KeptIn.PASSPHRASE).find()).told.why


@pytest.mark.parametrize(
    ("passphrase", "says"), [("", "8"), ("seven c", "8"), ("x" * 1025, "1024")]
)
async def test_the_rule_for_a_passphrase_is_said(
    make_homes: Make, passphrase: str, says: str
) -> None:
    homes = make_homes()
    with pytest.raises(Rejected, match=f"{says} characters") as refused:
        await homes.make(KeptIn.PASSPHRASE, passphrase, await homes.find())
    assert not passphrase or passphrase not in str(refused.value)


async def test_another_passphrase_opens_the_same_files_and_the_old_one_does_not(
    make_homes: Make,
) -> None:
    home = await sealed(make_homes)
    homes = make_homes(KeptIn.PASSPHRASE)
    changed = await homes.make(KeptIn.PASSPHRASE, "battery staple", home)
    assert read(changed) == HELD
    again = make_homes(KeptIn.PASSPHRASE)
    assert (await again.unlock(PASSPHRASE, await again.find())).told.locked
    assert read(await again.unlock("battery staple", await again.find())) == HELD


async def test_after_a_sign_out_a_new_passphrase_is_asked_for(make_homes: Make) -> None:
    home = await sealed(make_homes)
    homes = make_homes(KeptIn.PASSPHRASE)
    assert await homes.forget(home) == ()
    assert not any(path.name.endswith((".bin", ".key")) for path in home.folder.iterdir())
    told = (await homes.find()).told
    assert told.kept_in is KeptIn.MEMORY
    assert "Set one again" in told.why


async def test_no_passphrase_and_no_key_is_ever_shown(make_homes: Make) -> None:
    home = await sealed(make_homes)
    assert home.key is not None
    assert PASSPHRASE not in repr(home)
    assert repr(home.key) not in repr(home)
    assert home.key.hex() not in repr(home)
    for path in home.folder.iterdir():
        assert PASSPHRASE.encode() not in path.read_bytes()
        assert home.key not in path.read_bytes()
