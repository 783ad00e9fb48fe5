"""The key in the keyring: found, made, refused in words, and never waited for too long."""

from __future__ import annotations

import asyncio
import base64
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from m365backup_tui.cloud.keyring_key import (
    KEY_BYTES,
    SERVICE,
    KeyFound,
    NoKey,
    find_key,
    forget_key,
    item_name,
    probe_keyring,
)
from m365backup_tui.cloud.keyrings import Backend, reason
from tests.unit.rings import Hanging, Ring


class Forgetful(Ring):
    def set_password(self, service: str, username: str, password: str) -> None:
        self.items[service, username] = ""


class KeyringLocked(Exception):  # the name that keyring uses
    pass


class WindowsError1312(Exception):
    pass


def _raising(error: Exception) -> Backend:
    raise error


async def test_the_first_call_makes_a_key_and_the_next_finds_it() -> None:
    ring = Ring()
    made = await find_key("item", [("a ring", lambda: ring)])
    found = await find_key("item", [("a ring", lambda: ring)])
    assert isinstance(made, KeyFound)
    assert made == found
    assert len(made.key) == KEY_BYTES
    assert list(ring.items) == [(SERVICE, "item")], "the probe is gone"
    assert all(len(text) == 44 for text in ring.items.values())


async def test_a_key_is_never_shown() -> None:
    found = await find_key("item", [("a ring", Ring)])
    assert isinstance(found, KeyFound)
    assert repr(found) == "KeyFound(keyring='a ring')"


async def test_a_damaged_key_is_replaced() -> None:
    ring = Ring()
    ring.set_password(SERVICE, "item", "not base64 of 32 bytes")
    found = await find_key("item", [("a ring", lambda: ring)])
    assert isinstance(found, KeyFound)


async def test_two_at_once_agree_on_one_key(tmp_path: Path) -> None:
    ring = Ring()
    offered = [("a ring", lambda: ring)]
    lock = tmp_path / "key.lock"
    first, second = await asyncio.gather(
        find_key("item", offered, lock=lock), find_key("item", offered, lock=lock)
    )
    assert first == second


async def test_a_keyring_that_keeps_nothing_is_found_out() -> None:
    answer = await find_key("item", [("a ring", Forgetful)])
    assert answer == NoKey("The keyring of this host did not keep what was stored in it.")


async def test_a_hanging_keyring_costs_no_more_than_the_deadline() -> None:
    answer = await find_key("item", [("a ring", Hanging)], deadline=0.05)
    assert isinstance(answer, NoKey)
    assert "did not answer within 0.05 seconds" in answer.why
    assert await forget_key("item", [("a ring", Hanging)], deadline=0.05) is False


async def test_the_second_keyring_is_tried_when_the_first_fails() -> None:
    answer = await find_key(
        "item", [("broken", lambda: _raising(RuntimeError("no bus"))), ("a ring", Ring)]
    )
    assert isinstance(answer, KeyFound)
    assert answer.keyring == "a ring"


async def test_no_keyring_at_all_is_a_sentence() -> None:
    assert await find_key("item", []) == NoKey("This system has no keyring that is supported.")


class Slow(Ring):
    """Answers, each time after a while."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    def get_password(self, service: str, username: str) -> str | None:
        time.sleep(self.seconds)
        return super().get_password(service, username)


@pytest.mark.parametrize(("part", "kind"), [(0.7, KeyFound), (1.3, NoKey)])
async def test_a_slow_keyring_is_waited_for_until_the_deadline(
    part: float, kind: type[object]
) -> None:
    """A found key takes one call; 0.7 and 1.3 of the deadline stand for 2.1 and 3.9 seconds of three."""
    ring = Slow(0.3 * part)
    ring.items[SERVICE, "item"] = base64.b64encode(bytes(KEY_BYTES)).decode()
    assert isinstance(await find_key("item", [("a ring", lambda: ring)], deadline=0.3), kind)


class DiesInTheMiddle(Ring):
    """The daemon is killed between storing and reading."""

    def set_password(self, service: str, username: str, password: str) -> None:
        raise ConnectionResetError("the daemon is gone")


async def test_a_keyring_that_dies_in_the_middle_is_a_sentence() -> None:
    answer = await find_key("item", [("a ring", DiesInTheMiddle)])
    assert isinstance(answer, NoKey)
    assert "no keyring service that answers" in answer.why


async def test_a_probe_leaves_nothing_behind() -> None:
    ring = Ring()
    assert await probe_keyring([("a ring", lambda: ring)]) == ""
    assert ring.items == {}
    assert "did not keep" in await probe_keyring([("a ring", Forgetful)])
    assert "did not answer" in await probe_keyring([("a ring", Hanging)], deadline=0.05)


async def test_a_hanging_keyring_holds_up_nobody_who_finds_a_key(tmp_path: Path) -> None:
    """What hangs in one process must not keep another from the key that is there."""
    lock, ring = tmp_path / "key.lock", Ring()
    assert isinstance(await find_key("item", [("a ring", lambda: ring)], lock=lock), KeyFound)
    await find_key("item", [("a ring", Hanging)], deadline=0.05, lock=lock)
    assert isinstance(await find_key("item", [("a ring", lambda: ring)], lock=lock), KeyFound)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (KeyringLocked("Failed to unlock"), "locked"),
        (RuntimeError("The Secret Service daemon is neither running"), "no D-Bus"),
        (ImportError("no module"), "no D-Bus"),
        (WindowsError1312("(1312, 'CredRead', 'no such logon session')"), "SSH session"),
        (OSError("Can't store password on keychain: (-25308, 'Unknown Error')"), "locked"),
        (OSError("(-128, 'User canceled')"), "denied"),
        (OSError("(1783, 'CredWrite', 'The stub received bad data')"), "1783"),
        (OSError("Prompt dismissed"), "desktop"),
        (KeyError("odd"), "failed (KeyError)"),
    ],
)
async def test_every_failure_is_one_sentence(error: Exception, says: str) -> None:
    answer = await find_key("item", [("a ring", lambda: _raising(error))])
    assert isinstance(answer, NoKey)
    assert says in answer.why
    assert answer.why == reason(error)
    assert answer.why.endswith(".")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="D-Bus is a thing of Linux")
async def test_the_environment_cannot_choose_the_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    answer = await find_key(item_name("test", Path("/nonexistent")))
    assert isinstance(answer, NoKey)
    assert "no D-Bus" in answer.why


async def test_forgetting_deletes_the_key() -> None:
    ring = Ring()
    offered = [("a ring", lambda: ring)]
    await find_key("item", offered)
    assert await forget_key("item", offered) is True
    assert ring.items == {}
    assert await forget_key("item", offered) is True, "there is none any more"


async def test_forgetting_is_not_claimed_when_no_keyring_answered() -> None:
    offered = [("a ring", lambda: _raising(RuntimeError("no bus")))]
    assert await forget_key("item", offered) is False


def test_the_item_differs_by_profile_and_folder(tmp_path: Path) -> None:
    names = {item_name(p, f) for p in ("a", "b") for f in (tmp_path, tmp_path / "x")}
    assert len(names) == 4


def test_the_program_ends_within_a_second_while_a_keyring_hangs() -> None:
    program = (
        "import asyncio, threading\n"
        "from m365backup_tui.cloud.keyring_key import find_key\n"
        "class Hanging:\n"
        "    def get_password(self, *a): threading.Event().wait()\n"
        "print(asyncio.run(find_key('item', [('x', Hanging)], 0.05)), flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert b"NoKey" in process.stdout.readline()
        assert process.wait(timeout=1) == 0


async def test_the_loop_goes_on_while_a_keyring_hangs() -> None:
    """The screen is drawn meanwhile: how long a step takes on a quiet host is measured in tests/bench/stalls.py."""
    asking = asyncio.create_task(find_key("item", [("a ring", Hanging)], deadline=0.3))
    steps = 0
    while not asking.done():
        await asyncio.sleep(0.01)
        steps += 1
    assert isinstance(asking.result(), NoKey)
    assert steps >= 5


@pytest.mark.skipif(shutil.which("dbus-run-session") is None, reason="needs dbus-run-session")
def test_a_secret_service_that_owns_its_name_and_never_answers_is_given_up(tmp_path: Path) -> None:
    program = tmp_path / "hung.py"
    program.write_text(
        "import asyncio, time\n"
        "from jeepney.bus_messages import message_bus\n"
        "from jeepney.io.blocking import open_dbus_connection\n"
        "from m365backup_tui.cloud.keyring_key import find_key\n"
        "bus = open_dbus_connection()\n"
        "bus.send_and_get_reply(message_bus.RequestName('org.freedesktop.secrets'))\n"
        "started = time.monotonic()\n"
        "print(asyncio.run(find_key('item', deadline=0.5)).why)\n"
        "print(time.monotonic() - started)\n"
    )
    done = subprocess.run(
        ["dbus-run-session", "--", sys.executable, str(program)],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    why, seconds = done.stdout.splitlines()
    assert "did not answer within 0.5 seconds" in why
    assert float(seconds) < 2
