"""Where a sign-in is kept: what is offered, what is chosen, and that signing out takes all of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from m365backup_tui.cloud import kernel_key
from m365backup_tui.cloud.keyring_key import item_name
from m365backup_tui.domain.session import KeptIn
from tests.unit.home_making import NO_KERNEL, Make, write
from tests.unit.rings import Hanging, Ring


async def test_without_a_choice_a_keyring_is_used_and_else_memory(
    make_homes: Make, home_folder: Path
) -> None:
    assert (await make_homes(ring=Ring()).find()).told.kept_in is KeptIn.KEYRING
    home = await make_homes().find()
    assert home.told.kept_in is KeptIn.MEMORY
    assert home.told.why == (
        "This system has no keyring that is supported. "
        "Your sign-in is kept in memory only and ends when you leave."
    )
    assert home.file("p", "c") is None
    assert not files(home_folder)


async def test_the_offers_name_every_place_with_the_default_first(make_homes: Make) -> None:
    homes = make_homes(ring=Ring())
    offers = await homes.offers(await homes.find())
    kinds = [one.kept_in for one in offers if not one.why_not]
    assert kinds[:2] == [KeptIn.KEYRING, KeptIn.MEMORY]
    assert kinds[-1] is KeptIn.PASSPHRASE
    without = make_homes()
    offers = await without.offers(await without.find())
    assert offers[0].kept_in is KeptIn.MEMORY
    assert offers[-1].kept_in is KeptIn.KEYRING
    assert "no keyring" in offers[-1].why_not


async def test_an_offer_makes_no_key(make_homes: Make) -> None:
    ring = Ring()
    homes = make_homes(keep=KeptIn.MEMORY, ring=ring)
    await homes.offers(await homes.find())
    assert ring.items == {}


async def test_a_hanging_keyring_is_offered_as_unusable_after_the_deadline(
    make_homes: Make,
) -> None:
    homes = make_homes(keep=KeptIn.MEMORY, ring=Hanging(), seconds=0.05)
    offers = {one.kept_in: one.why_not for one in await homes.offers(await homes.find())}
    assert "did not answer within 0.05 seconds" in offers[KeptIn.KEYRING]
    assert offers[KeptIn.MEMORY] == ""


async def test_a_folder_that_others_can_open_leaves_memory_alone(
    make_homes: Make, home_folder: Path
) -> None:
    open_to_others(home_folder)
    homes = make_homes(ring=Ring())
    home = await homes.find()
    assert "Others may open" in home.told.why
    assert [one.kept_in for one in await homes.offers(home) if not one.why_not] == [KeptIn.MEMORY]


async def test_an_account_of_several_people_keeps_nothing_unasked(make_homes: Make) -> None:
    ring, environ = Ring(), {"SUDO_USER": "somebody"}
    home = await make_homes(ring=ring, environ=environ).find()
    assert home.told.why.startswith("You are here through sudo. Your sign-in is kept in memory")
    assert ring.items == {}
    homes = make_homes(KeptIn.KEYRING, ring, environ=environ)
    asked = await homes.find()
    assert asked.told.kept_in is KeptIn.KEYRING, "who chose it gets it"
    offers = await homes.offers(asked)
    assert offers[0].kept_in is KeptIn.MEMORY, "and is still shown what is safest first"


async def test_in_the_home_of_somebody_else_nothing_can_be_kept_at_all(
    make_homes: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    homes = make_homes(KeptIn.KEYRING, Ring(), environ={"HOME": str(tmp_path)})
    home = await homes.find()
    assert "belongs to somebody else" in home.told.why
    assert [one.kept_in for one in await homes.offers(home) if not one.why_not] == [KeptIn.MEMORY]
    asked = await homes.make(KeptIn.PASSPHRASE, "correct horse", home)
    assert asked.told.kept_in is KeptIn.MEMORY


async def test_a_folder_that_cannot_be_written_is_named(
    make_homes: Make, home_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("tempfile.TemporaryFile", read_only)
    for keep in (None, KeptIn.KEYRING, KeptIn.LOGOUT):
        home = await make_homes(keep, Ring()).find()
        if keep is KeptIn.LOGOUT and NO_KERNEL:
            continue  # the kernel is the first reason there
        assert home.told.kept_in is KeptIn.MEMORY
        assert str(home_folder) in home.told.why
        assert "cannot be written: Read-only file system." in home.told.why


async def test_a_chosen_keyring_that_is_not_there_means_memory_and_why(make_homes: Make) -> None:
    home = await make_homes(keep=KeptIn.KEYRING).find()
    assert home.told.kept_in is KeptIn.MEMORY
    assert "no keyring" in home.told.why


async def test_signing_out_deletes_key_and_file_and_the_next_key_is_another(
    make_homes: Make, home_folder: Path
) -> None:
    ring = Ring()
    homes = make_homes(ring=ring)
    home = await homes.find()
    write(home)
    assert await homes.forget(home) == ()
    assert ring.items == {}
    assert not files(home_folder)
    assert (await homes.find()).key != home.key


async def test_signing_out_says_what_could_not_be_deleted(
    make_homes: Make, home_folder: Path
) -> None:
    class Stubborn(Ring):
        def delete_password(self, service: str, username: str) -> None:
            if username.startswith("cache-key"):
                raise OSError("(-25293, 'denied')")
            super().delete_password(service, username)

    homes = make_homes(ring=Stubborn())
    home = await homes.find()
    (home_folder / "tokens-12345678.bin.bad-1").mkdir()
    (home_folder / "tokens-12345678.bin.bad-1" / "not ours").touch()
    key, file = await homes.forget(home)
    assert "key in the keyring" in key
    assert "could not be deleted: Directory not empty" in file


async def test_signing_out_clears_every_home(make_homes: Make, home_folder: Path) -> None:
    ring = Ring()
    write(await make_homes(ring=ring).find())
    homes = make_homes()
    write(await homes.make(KeptIn.PASSPHRASE, "correct horse", await homes.find()))
    if not NO_KERNEL:
        write(await make_homes(KeptIn.LOGOUT).find())
    homes = make_homes(KeptIn.MEMORY, ring)
    assert await homes.forget(await homes.find()) == ()
    assert ring.items == {}
    assert not files(home_folder)
    if not NO_KERNEL:
        assert kernel_key.read(f"m365backup-tui:{item_name('p', home_folder)}") is None


def files(folder: Path) -> list[str]:
    """What lies there, but for the locks, which hold nothing."""
    found = [path.name for path in folder.rglob("*") if path.is_file()]
    return [name for name in found if not name.endswith(".lock")]


def open_to_others(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o755)
