"""Several processes at one real keyring: they sign in at the same moment, and the keyring dies under one of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.test_keyring import UNLOCKED, Host, pytestmark
from tests.practice.conftest import start_practice, stop_practice

__all__ = ["pytestmark"]

# Signs a persona in, as the wizard does it, and says who and where. Waits at a starting line for the others.
SIGN_IN = """
import asyncio, json, sys, time
from pathlib import Path
from m365backup_tui.cloud.identity import READING
from m365backup_tui.cloud.practice import PracticeStandIn
from m365backup_tui.cloud.profiles import Resource, practice_profile
from m365backup_tui.cloud.signin import SignIn
from m365backup_tui.cloud.transport import tls_context

async def main(ready_file, folder, persona, line):
    ready = json.loads(Path(ready_file).read_text())
    profile = practice_profile(ready)
    stand_in = PracticeStandIn(ready, tls_context(profile, {}))
    one = SignIn(profile, Path(folder))
    if persona:
        Path(line, persona + str(time.time_ns())).touch()
        while len(list(Path(line).iterdir())) < int(sys.argv[5]):
            await asyncio.sleep(0.01)
        home = await one.token_home()
        code = await one.device_code(READING)
        await stand_in.approve(code.user_code, persona)
        account = await one.wait_for_sign_in(code)
        await one.token(Resource.GRAPH, READING)
    home = await one.token_home()
    print(json.dumps([home.kept_in, home.why, sorted(known.username for known in await one.accounts())]))
    one.close()
    await stand_in.close()

asyncio.run(main(*sys.argv[1:5]))
"""

# Starts one of these for each persona, all in this D-Bus session, and then a last one that only looks.
TOGETHER = """
import subprocess, sys
program, ready, folder, line, *personas = sys.argv[1:]
command = [sys.executable, "-c", program, ready, folder]
count = str(len(personas))
running = [subprocess.Popen([*command, one, line, count]) for one in personas]
assert [one.wait() for one in running] == [0] * len(running)
print("then", flush=True)
assert subprocess.call([*command, "", line, count]) == 0
"""

# The keyring's daemon is killed between two of our questions.
DIES = """
import asyncio, os, signal, sys
from pathlib import Path
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection
from m365backup_tui.cloud.keyring_key import find_key
from m365backup_tui.cloud.keyrings import system_backends

bus = open_dbus_connection()
owner = bus.send_and_get_reply(message_bus.GetConnectionUnixProcessID("org.freedesktop.secrets"))
name, make = system_backends()[0]

class Dying:
    def __init__(self):
        self.real = make()
    def get_password(self, service, username):
        found = self.real.get_password(service, username)
        os.kill(owner.body[0], signal.SIGKILL)
        return found
    def __getattr__(self, name):
        return getattr(self.real, name)

print(asyncio.run(find_key("item", [(name, Dying)])).why)
print(asyncio.run(find_key("item")).why)
"""


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    made = Host(tmp_path)
    yield made
    made.end_session()


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("tenant")
    server, ready = start_practice(folder)
    yield folder / "ready.json", ready
    stop_practice(server)


def answers(text: str) -> list[list[Any]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("[")]


@pytest.mark.parametrize("personas", [2 * ["global-admin"], None], ids=["one person twice", "four"])
def test_who_sign_in_at_the_same_moment_have_one_key_and_lose_nobody(
    host: Host, tenant: tuple[Path, dict[str, Any]], tmp_path: Path, personas: list[str] | None
) -> None:
    ready_file, ready = tenant
    people = personas or [one["key"] for one in ready["personas"][:4]]
    names = {one["key"]: one["upn"] for one in ready["personas"]}
    line = tmp_path / "line"
    line.mkdir()
    words = (SIGN_IN, str(ready_file), str(host.state), str(line), *people)
    text = host.python(UNLOCKED, TOGETHER, *words)
    *each, last = answers(text)
    assert len(each) == len(people)
    assert {kept_in for kept_in, _, _ in (*each, last)} == {"keyring"}
    assert not [why for _, why, _ in (*each, last) if "put aside" in why], "one key for all"
    assert last[2] == sorted({names[one] for one in people})
    assert len(host.items()) == 1
    assert [path.name for path in host.signin.glob("*.bad-*")] == []


def test_a_keyring_that_is_killed_in_the_middle_is_said_at_once(host: Host) -> None:
    first, second = host.python(UNLOCKED, DIES).splitlines()[-2:]
    assert first.startswith(("The keyring of this host", "This host has no keyring"))
    assert second.startswith(("The keyring of this host", "This host has no keyring"))
    assert "did not answer" not in first + second
