"""The home that ends with the login: a key in the (real) kernel, a file where logging out wipes it."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

import pytest

from m365backup_tui.cloud import kernel_key
from m365backup_tui.cloud.keyring_key import item_name
from m365backup_tui.domain.session import KeptIn
from tests.unit.home_making import HELD, NO_KERNEL, Make, read, write

needs_kernel = pytest.mark.skipif(bool(NO_KERNEL), reason=f"no kernel keys here: {NO_KERNEL}")


@needs_kernel
async def test_until_logout_the_kernel_keeps_the_key(make_homes: Make, tmp_path: Path) -> None:
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    environ = {"XDG_RUNTIME_DIR": str(runtime)}
    homes = make_homes(environ=environ)
    home = await homes.make(KeptIn.LOGOUT, "", await homes.find())
    assert home.told.kept_in is KeptIn.LOGOUT
    assert "until you log out of it, for 8 hours at most" in home.told.why
    write(home)
    assert list(runtime.rglob("*.bin")), "the file lies where logging out wipes it"
    again = await make_homes(KeptIn.LOGOUT, environ=environ).find()
    assert read(again) == HELD


@needs_kernel
async def test_without_a_folder_of_the_login_that_is_said(
    make_homes: Make, home_folder: Path
) -> None:
    home = await make_homes(KeptIn.LOGOUT).find()
    assert home.folder.parent == home_folder
    assert "Logging out does not end it" in home.told.why


@needs_kernel
async def test_the_offer_says_whether_logging_out_ends_it(make_homes: Make, tmp_path: Path) -> None:
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    for environ, ends in (({"XDG_RUNTIME_DIR": str(runtime)}, True), ({}, False)):
        homes = make_homes(environ=environ)
        offers = {one.kept_in: one for one in await homes.offers(await homes.find())}
        assert offers[KeptIn.LOGOUT].ends_with_login is ends


@needs_kernel
@pytest.mark.parametrize("mode", [0o755, 0o1777], ids=["open to others", "everybody's"])
async def test_a_runtime_folder_that_others_see_is_not_used(
    make_homes: Make, tmp_path: Path, mode: int
) -> None:
    runtime = tmp_path / "run"
    runtime.mkdir()
    runtime.chmod(mode)
    home = await make_homes(KeptIn.LOGOUT, environ={"XDG_RUNTIME_DIR": str(runtime)}).find()
    assert runtime not in home.folder.parents


@needs_kernel
async def test_a_key_that_is_gone_begins_afresh_and_says_so(
    make_homes: Make, home_folder: Path
) -> None:
    homes = make_homes(KeptIn.LOGOUT)
    home = await homes.find()
    write(home)
    kernel_key.revoke(f"m365backup-tui:{item_name('p', home_folder)}")
    again = await make_homes(KeptIn.LOGOUT).find()
    assert "has ended, with your logout or after 8 hours" in again.told.why
    assert again.told.kept_in is KeptIn.LOGOUT
    assert again.key != home.key
    assert read(again) == {}, "what nobody can open any more is gone"


@needs_kernel
async def test_a_logout_that_wiped_the_file_ends_the_key_too(
    make_homes: Make, tmp_path: Path
) -> None:
    """The key ring of the user outlives the login (kernel_key.py); the folder of the login does not."""
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    environ = {"XDG_RUNTIME_DIR": str(runtime)}
    home = await make_homes(KeptIn.LOGOUT, environ=environ).find()
    write(home)
    shutil.rmtree(runtime / "m365backup-tui")
    again = await make_homes(KeptIn.LOGOUT, environ=environ).find()
    assert "has ended, with your logout" in again.told.why
    assert again.key != home.key
    third = await make_homes(KeptIn.LOGOUT, environ=environ).find()
    assert third.key == again.key
    assert "has ended" not in third.told.why, "it is said once"


@needs_kernel
async def test_leaving_it_takes_the_key_with_it(make_homes: Make, home_folder: Path) -> None:
    homes = make_homes(KeptIn.LOGOUT)
    home = await homes.find()
    write(home)
    assert await homes.leave(home) == ()
    assert kernel_key.read(f"m365backup-tui:{item_name('p', home_folder)}") is None
    assert not any(home.folder.glob("*.bin"))


@needs_kernel
def test_a_kernel_key_ends_by_itself() -> None:
    name = f"m365backup-tui:test:{os.getpid()}"
    kernel_key.add(name, bytes(32), seconds=1)
    assert kernel_key.read(name) == bytes(32)
    ended = threading.Event()
    for _ in range(100):
        if kernel_key.read(name) is None:
            return
        ended.wait(0.05)
    pytest.fail("the key is still there after five seconds")


async def test_a_kernel_that_forbids_keys_is_a_sentence(
    make_homes: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object) -> int:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(kernel_key, "supported", lambda: True)
    monkeypatch.setattr(kernel_key, "_call", forbidden)
    home = await make_homes(KeptIn.LOGOUT).find()
    assert home.told.kept_in is KeptIn.MEMORY
    assert "as in many containers (Operation not permitted)" in home.told.why
