"""No token ever reaches a log, a record, a report, a file in clear or the terminal, whatever happens."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.journeys import loud
from tests.journeys.admin import Admin
from tests.journeys.outside_browser import address_copied, signs_in
from tests.journeys.processes import children_of
from tests.journeys.sshd import free_port
from tests.journeys.terminal import Terminal
from tests.practice.stored import area_on_disk

TOP = Path(__file__).parents[2]
NEEDLE = 32  # characters: a token that a line break or a cut has shortened is found too
JWT = re.compile(rb"eyJ[\w-]{16,}\.[\w-]{16,}")
# The practice tenant's own memory: it is Entra here, and has to know what it issued.
ENTRA_ITSELF = "practice-tenant.db"


class Sitting:
    """One run of the program made loud: where it keeps state, and what it was given that is secret."""

    def __init__(self, folder: Path) -> None:
        self.aside, self.state = folder / "aside", folder / "state"
        self.aside.mkdir()

    def argv(self, *words: str) -> list[str]:
        program = str(Path(loud.__file__))
        return [sys.executable, program, str(self.aside), *words, "--state-dir", str(self.state)]

    def run(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        environment = {**os.environ, "PYTHONPATH": str(TOP), "NO_COLOR": "1"}
        return subprocess.run(
            self.argv(*words), env=environment, cwd=TOP, capture_output=True, timeout=120
        )

    def secrets(self) -> set[bytes]:
        """The telling part of every token and device code that was issued."""
        entra = area_on_disk(self.state / "practice-tenant", "entra")
        found = [*entra["refresh_tokens"], *entra["auth_codes"]]
        found += [code["device_code"] for code in entra["device_codes"].values()]
        for token in (self.aside / "issued.txt").read_text().split():
            _, payload, signature = token.split(".")
            found += [payload, signature]
        assert len(found) > 4
        return {text[:NEEDLE].encode() for text in found}

    def leaks(self, text: bytes) -> list[bytes]:
        return [secret for secret in self.secrets() if secret in text] + JWT.findall(text)

    def files(self) -> list[Path]:
        return [path for path in self.state.rglob("*") if path.is_file()]

    def assert_nothing_leaked(self, *more: bytes) -> None:
        for path in self.files():
            if not path.name.startswith(ENTRA_ITSELF):
                assert self.leaks(path.read_bytes()) == [], path
        for text in (*more, (self.aside / "kept.log").read_bytes()):
            assert self.leaks(text) == []
        raw = (self.aside / "raw.log").read_bytes()
        assert self.leaks(raw) != [], "the SDKs log secrets: the filter had something to do"

    def assert_private(self) -> None:
        modes = {path: stat.S_IMODE(path.stat().st_mode) for path in self.state.rglob("*")}
        modes[self.state] = stat.S_IMODE(self.state.stat().st_mode)
        open_to_others = {path: oct(mode) for path, mode in modes.items() if mode & 0o077}
        assert open_to_others == {}


@pytest.fixture
def sitting(tmp_path: Path) -> Sitting:
    return Sitting(tmp_path)


def test_a_whole_onboarding_without_a_screen_leaks_nothing(sitting: Sitting) -> None:
    done = sitting.run("apply", "examples/onboarding.yaml", "--practice", "--yes", "--verbose")
    assert done.returncode == 0, done.stderr[-2000:]
    assert b"urllib3" in done.stderr  # the loggers did speak
    sitting.assert_nothing_leaked(done.stdout, done.stderr)
    sitting.assert_private()


def test_a_whole_onboarding_in_the_wizard_leaks_nothing(sitting: Sitting) -> None:
    with Terminal(sitting.argv("--practice"), env={"PYTHONPATH": str(TOP)}) as terminal:
        admin = Admin(terminal, sitting.state)
        admin.signs_in()
        admin.prepares_billing()
        admin.turns_on()
        admin.chooses_three_of_each()
        admin.reviews()
        admin.applies()
        admin.sees("Done: everything you asked for is in place")
        terminal.press("ctrl+q")
        admin.sees("Leave now?")
        terminal.press("enter")
        assert terminal.wait_exit(20) == 0
    sitting.assert_nothing_leaked(bytes(terminal.output))
    sitting.assert_private()


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, 143), (signal.SIGHUP, 130), (signal.SIGABRT, -signal.SIGABRT)],
    ids=["terminated", "hung up", "aborted"],
)
def test_a_browser_sign_in_that_is_ended_from_outside_leaks_nothing(
    sitting: Sitting, number: int, code: int
) -> None:
    """The address is pasted. What was issued stands in no argument and no environment of any process either."""
    sitting.state.mkdir(mode=0o700)
    (sitting.state / "settings.toml").write_text(f"[practice.sign_in]\nport = {free_port()}\n")
    (sitting.state / "settings.toml").chmod(0o600)
    with Terminal(sitting.argv("--practice"), env={"PYTHONPATH": str(TOP)}) as terminal:
        admin = Admin(terminal, sitting.state)
        admin.sees("Guided set-up")
        admin.press("enter")
        admin.sees("Still valid for")
        admin.press("b")
        admin.sees("Listening on port")
        terminal.paste(signs_in(admin, address_copied(admin)))
        admin.sees("Checked at")
        known = b"\0".join(outsides(terminal.pid))
        terminal.signal(number)
        assert terminal.wait_exit(20) == code
    assert b"--practice" in known
    sitting.assert_nothing_leaked(bytes(terminal.output), known)
    sitting.assert_private()


def outsides(pid: int) -> list[bytes]:
    """What every user of the host, or this one, sees of the program and of what it started."""
    found: list[bytes] = []
    for process in (psutil.Process(pid), *children_of(pid)):
        found.append("\0".join(process.cmdline()).encode())
        with suppress(psutil.AccessDenied):  # the wizard shows its environment to root only
            found.append("\0".join(f"{k}={v}" for k, v in process.environ().items()).encode())
    return found


def test_a_crash_of_the_wizard_with_a_token_in_hand_reports_without_it(sitting: Sitting) -> None:
    argv = sitting.argv("--crash", "--practice")
    with Terminal(argv, env={"PYTHONPATH": str(TOP)}) as terminal:
        admin = Admin(terminal, sitting.state)
        admin.is_approved()
        assert terminal.wait_exit(30) == 1
    assert b"broke and it had to stop" in terminal.output
    assert_reported(sitting)
    sitting.assert_nothing_leaked(bytes(terminal.output))
    sitting.assert_private()


def test_a_crash_without_a_screen_with_a_token_in_hand_reports_without_it(sitting: Sitting) -> None:
    done = sitting.run("check", "--crash", "--practice", "--yes", "--verbose")
    assert done.returncode == 1
    assert_reported(sitting)
    sitting.assert_nothing_leaked(done.stdout, done.stderr)
    sitting.assert_private()


def assert_reported(sitting: Sitting) -> None:
    (report,) = (sitting.state / "crashes").glob("crash-*.txt")
    assert "RuntimeError: broke while holding" in report.read_text(encoding="utf-8")
