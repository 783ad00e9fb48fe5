"""The longest times in which the wizard answers nothing while somebody signs in, and how quickly it lets go.

    python -m tests.bench.sign_in_stalls [--rounds 5] [--top 6]

Four sittings in a pty with `tests.bench.loop_probe` (see `stalls` for the columns): by code and by browser with a
keyring that answers, each cancelled a few times first; then with a keyring that stops answering, before the sign-in and
in the middle of it. "Esc" is from the key to the page before. The practice tenant is the other side; needs
gnome-keyring and dbus.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from tests.bench.stalls import Journey, report
from tests.journeys.admin import ROOT, SLOW, Admin
from tests.journeys.terminal import Terminal

UNLOCKED = "printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1;"
PASSPHRASE = "correct horse"


class Host:
    """A home folder and a D-Bus session of its own, with a keyring that can be made to hang."""

    def __init__(self, folder: Path) -> None:
        self.home, self.state, self.out = folder / "home", folder / "state", folder / "turns.jsonl"
        self.home.mkdir(mode=0o700)

    @property
    def environment(self) -> Mapping[str, str]:
        return {"HOME": str(self.home), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}

    def ours(self) -> Iterator[psutil.Process]:
        for process in psutil.process_iter():
            with suppress(psutil.Error):  # another user's, or gone meanwhile
                if process.environ().get("HOME") == str(self.home):
                    yield process

    def hang(self) -> None:
        """From now on the keyring answers nobody."""
        for process in self.ours():
            if process.name().startswith("gnome-keyring"):
                process.suspend()

    @contextmanager
    def wizard(self, first: str) -> Iterator[Admin]:
        words = [sys.executable, "-m", "tests.bench.loop_probe", str(self.out), "--practice"]
        words += ["--state-dir", str(self.state)]
        argv = ["dbus-run-session", "--", "bash", "-c", f'{first} "$@"', "session", *words]
        try:
            with Terminal(argv, env=self.environment, cwd=ROOT) as terminal:
                yield Admin(terminal, self.state)
        finally:
            for process in self.ours():
                with suppress(psutil.Error):
                    process.kill()


class Watch:
    """Times in milliseconds by name."""

    def __init__(self) -> None:
        self.taken: dict[str, list[float]] = {}

    def until(self, admin: Admin, name: str, key: str, words: str) -> None:
        """From the key to the words."""
        began = time.monotonic()
        admin.press(key)
        admin.sees(words)
        self.taken.setdefault(name, []).append((time.monotonic() - began) * 1000)

    def tell(self) -> None:
        for name, taken in self.taken.items():
            worst = f", worst {max(taken):.0f} ms of {len(taken)}" if len(taken) > 1 else ""
            print(f"{name:<44}{statistics.median(taken):>6.0f} ms{worst}")


def plays(admin: Admin) -> None:
    """The person at the browser."""
    admin.press("p")
    admin.sees("Who sits at the browser?")
    admin.press("enter")
    admin.sees("Checked at")


def by_code(admin: Admin, journey: Journey, watch: Watch, rounds: int) -> None:
    """A few times given up, then approved."""
    journey.step("first frame", lambda: admin.sees("Guided set-up"))

    def give_up() -> None:
        for _ in range(rounds):
            admin.press("enter")
            admin.sees("Still valid for")
            watch.until(admin, "Esc while a code is waited for", "escape", "Guided set-up")

    journey.step("code, Esc", give_up)

    def sign_in() -> None:
        admin.press("enter")
        admin.sees("Still valid for")
        plays(admin)

    journey.step("code, approved", sign_in)


def by_browser(admin: Admin, journey: Journey, watch: Watch, rounds: int) -> None:
    """To the other way and back a few times, given up, then approved."""
    journey.step("first frame", lambda: admin.sees("Guided set-up"))

    def change() -> None:
        admin.press("enter")
        for _ in range(rounds):
            admin.sees("Still valid for")
            watch.until(admin, "B: from a code to the browser", "b", "Open this address")
            watch.until(admin, "B: from the browser to a code", "b", "Type")
        admin.press("b")
        admin.sees("Open this address")
        watch.until(admin, "Esc while a browser is waited for", "escape", "Guided set-up")

    journey.step("ways, Esc", change)

    def sign_in() -> None:
        admin.press("enter")
        admin.sees("Still valid for")
        admin.press("b")
        admin.sees("Open this address")
        plays(admin)

    journey.step("browser, done", sign_in)


def keyring_hangs(admin: Admin, journey: Journey, watch: Watch, host: Host) -> None:
    """Signed in, the keyring stops: move to a passphrase, sign out, leave."""

    def move() -> None:
        host.hang()
        admin.press("escape")
        admin.sees("K Keep elsewhere")
        admin.press("k")
        admin.sees("With a passphrase")
        admin.press("down", "down", "down", "enter")
        admin.sees("New passphrase")
        admin.type(PASSPHRASE)
        admin.press("enter")
        admin.type(PASSPHRASE)
        admin.press("enter")
        admin.sees("Done.")

    journey.step("move, hanging", move)

    def sign_out() -> None:
        admin.press("escape")
        admin.sees("K Keep elsewhere")
        admin.press("o")
        admin.sees("who should the wizard work as")
        admin.press("o")
        admin.sees("Sign out of this host?")
        admin.press("enter")
        admin.sees("Signed out.")

    journey.step("sign out, hanging", sign_out)


def leave(admin: Admin, journey: Journey, watch: Watch, name: str) -> None:
    """Out; the time from the key to the end of the program."""
    admin.press("ctrl+q")
    admin.sees("Leave now?")
    began = time.monotonic()
    admin.press("enter")
    admin.terminal.wait_exit(20)
    watch.taken.setdefault(name, []).append((time.monotonic() - began) * 1000)


def sitting(
    title: str, top: int, walk: Callable[[Host, Journey, Watch], None], watch: Watch
) -> None:
    """One report."""
    journey = Journey()
    with tempfile.TemporaryDirectory() as folder:
        host = Host(Path(folder))
        try:
            walk(host, journey, watch)
        finally:
            lines = host.out.read_text(encoding="utf-8").splitlines() if host.out.exists() else []
            print(f"\n{title}")
            report(journey, [json.loads(line) for line in lines], top)


def main() -> None:
    """Four sittings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--top", type=int, default=6)
    options = parser.parse_args()
    watch = Watch()

    def code(host: Host, journey: Journey, watch: Watch) -> None:
        with host.wizard(UNLOCKED) as admin:
            by_code(admin, journey, watch, options.rounds)
            leave(admin, journey, watch, "leave")

    def browser(host: Host, journey: Journey, watch: Watch) -> None:
        with host.wizard(UNLOCKED) as admin:
            by_browser(admin, journey, watch, options.rounds)
            leave(admin, journey, watch, "leave")

    def hanging(host: Host, journey: Journey, watch: Watch) -> None:
        with host.wizard(UNLOCKED) as admin:
            by_browser(admin, journey, watch, 1)
            keyring_hangs(admin, journey, watch, host)
            leave(admin, journey, watch, "leave, the keyring hangs")

    def at_once(host: Host, journey: Journey, watch: Watch) -> None:
        ready = host.home / "ready"
        with host.wizard(
            f"{UNLOCKED} touch {ready}; while [ -e {ready} ]; do sleep 0.1; done;"
        ) as admin:
            while not ready.exists():
                time.sleep(0.05)
            host.hang()
            ready.unlink()
            began = time.monotonic()
            journey.step("first frame", lambda: admin.sees("Guided set-up"))
            admin.press("enter")
            journey.step("code, hanging", lambda: admin.sees("Still valid for"))
            taken = (time.monotonic() - began) * 1000
            watch.taken["start to a code, the keyring hangs"] = [taken]
            leave(admin, journey, watch, "leave, the keyring hangs")

    sitting("by code", options.top, code, watch)
    sitting("by browser", options.top, browser, watch)
    sitting("by browser, then the keyring hangs", options.top, hanging, watch)
    sitting("the keyring hangs from the beginning", options.top, at_once, watch)
    print(f"\nload {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors; patience {SLOW:.0f} s")
    watch.tell()


if __name__ == "__main__":
    main()
