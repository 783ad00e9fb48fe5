"""A host without a keyring: the admin keeps the sign-in with a passphrase or until logout, in a real terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from m365backup_tui.cloud import kernel_key
from m365backup_tui.cloud.keyring_key import item_name
from tests.journeys.admin import Admin, at_the_wizard

PASSPHRASE = "correct horse"
NO_KERNEL = kernel_key.why_not()


@contextmanager
def wizard(folder: Path) -> Iterator[Admin]:
    """No D-Bus, and a folder of the login as systemd makes it."""
    runtime = folder / "run"
    runtime.mkdir(mode=0o700, exist_ok=True)
    environ = {"DBUS_SESSION_BUS_ADDRESS": "", "XDG_RUNTIME_DIR": str(runtime), "HOME": str(folder)}
    with at_the_wizard(folder / "state", env=environ) as admin:
        yield admin


def leaves(admin: Admin) -> None:
    admin.press("ctrl+q")
    admin.sees("Leave now?")
    admin.press("enter")
    assert admin.terminal.wait_exit(20) == 0


def asks_where(admin: Admin) -> None:
    """From the permission check back to the sign-in page, and to the places."""
    admin.press("escape")
    admin.reads("Your sign-in is kept in memory only")
    admin.press("k")
    admin.sees("Where should this sign-in be kept?")
    admin.sees("With a passphrase of mine")


def chooses(admin: Admin, name: str) -> None:
    """Down until the cursor is on the place of this name."""
    for _ in range(4):
        if any("›" in line and name in line for line in admin.terminal.text().splitlines()):
            break
        admin.press("down")
        admin.terminal.settle(first=0.5)
    admin.press("enter")


def test_a_passphrase_keeps_the_sign_in_and_opens_it_again(tmp_path: Path) -> None:
    with wizard(tmp_path) as admin:
        admin.signs_in()
        asks_where(admin)
        chooses(admin, "With a passphrase")
        admin.sees("New passphrase:")
        admin.type("short")
        admin.press("enter", "enter")
        admin.sees("At least 8 characters")
        for _ in "short":
            admin.press("backspace")
        admin.type(PASSPHRASE)
        admin.press("enter")
        admin.type(PASSPHRASE)
        admin.press("enter")
        admin.reads("its key is sealed with your passphrase")
        assert PASSPHRASE not in admin.terminal.output.decode(errors="replace")
        leaves(admin)
    state = tmp_path / "state"
    assert 'keep = "passphrase"' in (state / "settings.toml").read_text(encoding="utf-8")
    assert list((state / "practice" / "signin" / "passphrase").glob("tokens-*.bin"))
    with wizard(tmp_path) as admin:
        admin.sees("Guided set-up")
        admin.press("enter")
        admin.sees("sealed with a passphrase")
        admin.type("another horse")
        admin.press("enter")
        admin.reads("This passphrase does not open it; 2 tries are left")
        for _ in range(20):
            admin.press("backspace")
        admin.type(PASSPHRASE)
        admin.press("enter")
        admin.sees("Checked at")  # nobody was asked for a code
        leaves(admin)


@pytest.mark.skipif(bool(NO_KERNEL), reason=f"no kernel keys here: {NO_KERNEL}")
def test_until_logout_no_new_sign_in_is_needed(tmp_path: Path) -> None:
    signin = tmp_path / "state" / "practice" / "signin"
    try:
        with wizard(tmp_path) as admin:
            admin.signs_in()
            asks_where(admin)
            chooses(admin, "Until I log out")
            admin.reads("until you log out of it, for 8 hours at most")
            leaves(admin)
        assert list((tmp_path / "run").rglob("tokens-*.bin"))
        assert not list(signin.rglob("tokens-*.bin"))
        with wizard(tmp_path) as admin:
            admin.reads("Adele Vance")
            leaves(admin)
    finally:
        kernel_key.revoke(f"m365backup-tui:{item_name('practice', signin)}")
