"""The keyring of a Linux host, for real: gnome-keyring answers the wizard, is locked, or never answers."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from m365backup_tui.practice.state import COMPANIONS, STATE_FILE
from tests.journeys.admin import SLOW, Admin
from tests.journeys.terminal import Terminal
from tests.practice.stored import area_on_disk

pytestmark = pytest.mark.skipif(
    not (shutil.which("gnome-keyring-daemon") and shutil.which("dbus-run-session")),
    reason="needs gnome-keyring and dbus (`.ci/run` installs them)",
)

UNLOCKED = "printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1;"
WRONG_PASSWORD = UNLOCKED.replace("pw", "other")
NOTHING_STARTED = ""

# Owns the name of the Secret Service and never answers a call (auth.md 3.2: such calls block for ever).
DEAF = """
import sys, time
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection
bus = open_dbus_connection()
bus.send_and_get_reply(message_bus.RequestName("org.freedesktop.secrets"))
print("owned", flush=True)
time.sleep(120)
"""

# Owns the name and refuses every call, as a service does that a policy of the host closes to this program.
DENYING = """
from jeepney import MessageType, new_error
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection
bus = open_dbus_connection()
bus.send_and_get_reply(message_bus.RequestName("org.freedesktop.secrets"))
print("owned", flush=True)
while True:
    call = bus.receive()
    if call.header.message_type is MessageType.method_call:
        name = "org.freedesktop.DBus.Error.AccessDenied"
        bus.send(new_error(call, name, "s", ("Rejected by policy",)))
"""

WHERE = """
import asyncio, sys
from pathlib import Path
from m365backup_tui.cloud.profiles import global_profile
from m365backup_tui.cloud.signin import SignIn

async def where():
    one = SignIn(global_profile(), Path(sys.argv[1]))
    home = await one.token_home()
    print(home.kept_in, home.why, sep="|")
    one.close()

asyncio.run(where())
"""

KEYS = """
import hashlib
from keyring.backends.SecretService import Keyring
for item in Keyring().get_preferred_collection().get_all_items():
    print(item.get_attributes()["username"], hashlib.sha256(item.get_secret()).hexdigest())
"""


class Host:
    """A home folder of its own; every command runs in a fresh D-Bus session, as every SSH login does."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.home.mkdir(mode=0o700)
        self.state = folder / "state"
        self.signin = self.state / "practice" / "signin"

    def argv(self, first: str, *command: str) -> list[str]:
        script = (
            f'{first} "$@"'  # no exec: what `first` put in the background ends with the session
        )
        return ["dbus-run-session", "--", "bash", "-c", script, "session", *command]

    @property
    def environment(self) -> Mapping[str, str]:
        """No display: a keyring that wants to ask for its password cannot."""
        return {"HOME": str(self.home), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}

    @contextmanager
    def wizard(self, first: str, *words: str) -> Iterator[Admin]:
        command = (sys.executable, "-m", "m365backup_tui", "--practice")
        argv = self.argv(first, *command, "--state-dir", str(self.state), *words)
        try:
            with Terminal(argv, env=self.environment) as terminal:
                yield Admin(terminal, self.state)
        finally:
            self.end_session()

    def end_session(self) -> None:
        """A wizard that had to be killed leaves its D-Bus session behind: everything with our home folder."""
        for process in psutil.process_iter():
            with suppress(psutil.Error):  # another user's, or gone meanwhile
                if process.environ().get("HOME") == str(self.home):
                    process.kill()

    def python(self, first: str, program: str, *words: str) -> str:
        done = subprocess.run(
            self.argv(first, sys.executable, "-c", program, *words),
            env={**self.environment},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def leaks(self) -> list[Path]:
        """Files with a token in clear; the practice tenant's own memory has to know what it issued."""
        folder = self.state / "practice-tenant"
        tokens = list(area_on_disk(folder, "entra")["refresh_tokens"])
        assert tokens
        own = {folder / f"{STATE_FILE}{ending}" for ending in ("", *COMPANIONS)}
        files = [path for path in self.state.rglob("*") if path.is_file() and path not in own]
        return [
            path
            for path in files
            if any(token[:32].encode() in path.read_bytes() for token in tokens)
        ]

    def where(self, first: str) -> list[str]:
        """Where a sign-in would be kept, and why."""
        lines = self.python(first, WHERE, str(self.state)).splitlines()
        return lines[-1].split("|")  # a keyring daemon that D-Bus starts talks there too

    def items(self) -> dict[str, str]:
        """What the keyring holds: names, and digests of the secrets."""
        lines = self.python(UNLOCKED, KEYS).splitlines()
        return dict(line.split(" ", 1) for line in lines if line.startswith("cache-key:"))


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def leaves(admin: Admin) -> None:
    admin.press("ctrl+q")
    admin.sees("Leave now?")
    admin.press("enter")
    assert admin.terminal.wait_exit(20) == 0


def test_a_sign_in_is_kept_until_it_is_signed_out(host: Host) -> None:
    with host.wizard(UNLOCKED) as admin:
        admin.signs_in()
        admin.press("escape")
        admin.reads("Your sign-in is kept encrypted on this host")
        leaves(admin)
    (kept,) = host.signin.glob("tokens-*.bin")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert host.leaks() == []
    first = host.items()
    assert [name.split(":")[:3] for name in first] == [["cache-key", "v1", "practice"]]

    with host.wizard(UNLOCKED, "edit") as admin:
        admin.sees("You can set up everything")  # no code, no person
        admin.press("escape")
        admin.sees("You are signed in as Adele Vance")
        admin.press("o")
        admin.sees("Accounts on this host")
        admin.press("o")
        admin.sees("Sign out of this host?")
        admin.press("enter")
        admin.sees("Signed out.")
        assert list(host.signin.glob("tokens-*.bin")) == []
        leaves(admin)
    # The list of accounts that is read after a sign-out has a home again: with a key of its own, never the old one.
    assert not set(host.items().values()) & set(first.values())


def test_a_keyring_that_never_answers_costs_three_seconds_and_is_said(host: Host) -> None:
    with host.wizard(_service(host, DEAF)) as admin:
        admin.sees("Guided set-up")
        started = time.monotonic()
        admin.press("enter")
        admin.sees("Still valid for")
        assert time.monotonic() - started < SLOW / 2
        admin.reads("The keyring of this host did not answer within 3 seconds")
        admin.reads("kept in memory only")
        admin.press("p")
        admin.sees("Who sits at the browser?")
        admin.press("enter")
        admin.sees("Checked at")
        leaves(admin)  # although the question to the keyring is still open
    assert list(host.signin.glob("tokens-*")) == []


def test_leaving_while_the_keyring_is_being_asked_does_not_wait_for_it(host: Host) -> None:
    with host.wizard(_service(host, DEAF)) as admin:
        admin.sees("Guided set-up")
        admin.press("ctrl+q")
        admin.sees("Leave now?")
        admin.press("enter")
        assert admin.terminal.wait_exit(20) == 0


@pytest.mark.parametrize(
    ("first", "says"),
    [
        (WRONG_PASSWORD, "locked"),
        (NOTHING_STARTED, "locked"),
    ],
    ids=["wrong password", "never unlocked"],
)
def test_a_locked_keyring_means_memory_only_at_once(host: Host, first: str, says: str) -> None:
    assert host.where(UNLOCKED)[0] == "keyring"
    started = time.monotonic()
    kept_in, why = host.where(first)
    assert kept_in == "memory"
    assert says in why
    assert time.monotonic() - started < SLOW / 2


def test_a_locked_keyring_is_never_asked_to_open_a_window(host: Host) -> None:
    """With a display it would, and wait for a person who sits elsewhere (auth.md 3.2): watched on the bus."""
    assert host.where(UNLOCKED)[0] == "keyring"
    heard, display = host.home / "heard", "export DISPLAY=:77;"
    listening = f"dbus-monitor --session >{heard} & while [ ! -s {heard} ]; do sleep 0.02; done;"
    kept_in, why = host.where(display + listening + WRONG_PASSWORD)
    assert (kept_in, "locked" in why) == ("memory", True)
    calls = heard.read_text(encoding="utf-8")
    assert "member=ReadAlias" in calls, "the monitor hears what is asked"
    assert not [word for word in ("member=Unlock", "member=Prompt", "Create") if word in calls]


def test_a_keyring_that_denies_means_memory_only_at_once(host: Host) -> None:
    started = time.monotonic()
    kept_in, why = host.where(_service(host, DENYING))
    assert kept_in == "memory"
    assert why.startswith("The keyring of this host denied the access.")
    assert time.monotonic() - started < SLOW / 2


@pytest.mark.parametrize("address", ["", "unix:path=/nowhere/bus"], ids=["none", "stale"])
def test_without_a_session_bus_the_sign_in_stays_in_memory(host: Host, address: str) -> None:
    """A terminal that tmux kept alive has the address of a bus that is gone."""
    bus = {"DBUS_SESSION_BUS_ADDRESS": address} if address else {}
    done = subprocess.run(
        [sys.executable, "-c", WHERE, str(host.state)],
        env={**host.environment, **bus},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.startswith("memory|This host has no keyring service that answers"), done


def test_the_environment_cannot_choose_a_keyring_that_stores_in_clear(host: Host) -> None:
    chosen = "export PYTHON_KEYRING_BACKEND=keyring.backends.null.Keyring;"
    kept_in, why = host.where(chosen + UNLOCKED)
    assert kept_in == "keyring"
    assert "the Secret Service keyring" in why


def _service(host: Host, code: str) -> str:
    """Starts a service that stands in for the keyring, and waits until it owns the name."""
    program = host.home / "service.py"
    program.write_text(code, encoding="utf-8")
    owned = host.home / "owned"
    return (
        f"{sys.executable} {program} >{owned} & "
        f"while ! grep -q owned {owned} 2>/dev/null; do sleep 0.05; done;"
    )
