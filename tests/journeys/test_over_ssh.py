"""Signing in over a real OpenSSH server on loopback, at 80x24, in the C locale, without colour."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psutil
import pytest

from tests.journeys.admin import SLOW, Admin
from tests.journeys.outside_browser import ADMINS_MACHINE, address_copied, comes_back, signs_in
from tests.journeys.processes import all_gone, at_work_in
from tests.journeys.sshd import INSTALLED, WHY_NOT, Sshd, free_port, jump_host, listening

pytestmark = pytest.mark.skipif(not INSTALLED, reason=WHY_NOT)

INTERRUPTED = 130
CODE = re.compile(r"^ 2  Type   ((?:\S ){2}.*\S)$", re.MULTILINE)
PENDING = "Still valid for"
CHECKED = "Checked at"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Sshd]:
    folder = tmp_path / "ssh"
    folder.mkdir(mode=0o700)
    with jump_host(folder, alive=1) as found:
        yield found


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    return tmp_path / "state"


@contextmanager
def logged_in(host: Sshd, state_dir: Path, *forward: str) -> Iterator[Admin]:
    """An admin who has just started the wizard on the host."""
    with host.login(wizard(state_dir), forward=forward) as terminal:
        admin = Admin(terminal, state_dir)
        admin.sees("Guided set-up")
        yield admin


def wizard(state_dir: Path) -> list[str]:
    return [sys.executable, "-m", "m365backup_tui", "--practice", "--state-dir", str(state_dir)]


def code_of(admin: Admin) -> str:
    """The code as a person reads it off the page."""
    found = CODE.search(admin.sees(PENDING))
    assert found is not None, admin.terminal.text()
    return found[1].replace(" ", "")


def approve(admin: Admin, code: str) -> None:
    """Somebody at a browser elsewhere types the code and accepts."""
    admin.control("POST", f"device-codes/{code}/approve", {"persona": "global-admin"})


def leaves(admin: Admin) -> None:
    admin.press("ctrl+q")
    admin.sees("Leave now?")
    admin.press("enter")
    assert admin.terminal.wait_exit(20) == 0


def nothing_runs_on(host: Sshd, state_dir: Path, ran: list[psutil.Process]) -> None:
    """The program ended by itself as it promises, and its practice tenant with it."""
    assert host.ended_with() == INTERRUPTED
    assert all_gone(ran)
    assert at_work_in(state_dir) == []


def test_a_line_gone_silent_while_a_code_is_pending_ends_the_program_and_the_next_one_signs_in(
    host: Sshd, state_dir: Path
) -> None:
    with logged_in(host, state_dir) as admin:
        admin.press("enter")
        code_of(admin)
        ran = host.remote()
        admin.terminal.signal(
            signal.SIGSTOP
        )  # a laptop that was closed: the server gives it a second
        assert host.ended_with() == INTERRUPTED
    nothing_runs_on(host, state_dir, ran)
    with logged_in(host, state_dir) as admin:
        admin.press("enter")
        approve(admin, code_of(admin))
        admin.sees(CHECKED)
        assert admin.keys == 1
        assert_plain(admin)
        leaves(admin)
    assert host.ended_with() == 0


def assert_plain(admin: Admin) -> None:
    """LANG=C and NO_COLOR are obeyed on the line, byte by byte."""
    sent = bytes(admin.terminal.output)
    assert sent.isascii()
    codes = {code for part in re.findall(rb"\x1b\[([\d;]*)m", sent) for code in part.split(b";")}
    assert codes <= {b"", b"0", b"1", b"2", b"3", b"4", b"7", b"39", b"49"}


def test_inside_tmux_a_dropped_line_costs_nothing(host: Sshd, state_dir: Path) -> None:
    """The wizard runs on while nobody looks; whoever comes back sees it waiting, and signs in."""
    tmux = ("tmux", "-L", f"over-ssh-{host.port}", "-f", "/dev/null")
    inside = (*tmux, "new-session", "-A", "-s", "backup", shlex.join(wizard(state_dir)))
    try:
        with host.login(inside) as terminal:
            admin = Admin(terminal, state_dir)
            admin.sees("Guided set-up")
            admin.press("enter")
            code = code_of(admin)
            host.drop()  # the server's end dies
            terminal.wait_exit()
        with host.login((*tmux, "attach")) as terminal:
            admin = Admin(terminal, state_dir)
            assert code_of(admin) == code
            approve(admin, code)
            admin.sees(CHECKED)
            leaves(admin)
        assert at_work_in(state_dir) == []
    finally:
        subprocess.run([*tmux, "kill-server"], capture_output=True, check=False)


# --- through a browser ------------------------------------------------------------------------------------------------


@pytest.fixture
def port(state_dir: Path) -> int:
    """The port that the settings name, instead of 8400: tests run side by side."""
    found = free_port()
    state_dir.mkdir(mode=0o700)
    (state_dir / "settings.toml").write_text(f"[practice.sign_in]\nport = {found}\n")
    return found


def asks_for_an_address(admin: Admin, port: int) -> str:
    """By the browser's way, unless that is how it was done last time anyway."""
    admin.press("enter")
    if f"Listening on port {port}" not in admin.sees(PENDING):
        admin.press("b")
    admin.sees(f"Listening on port {port}")
    return address_copied(admin)


def test_the_browser_comes_back_through_the_tunnel(host: Sshd, state_dir: Path, port: int) -> None:
    """`ssh -L` as the page says it; the line is cut once before the browser comes back."""
    tunnel = f"{ADMINS_MACHINE}:{port}:127.0.0.1:{port}"
    with logged_in(host, state_dir, tunnel) as admin:
        asks_for_an_address(admin, port)
        ran = host.remote()
        host.drop()
        admin.terminal.wait_exit()
    nothing_runs_on(host, state_dir, ran)
    assert not listening(port)
    with logged_in(host, state_dir, tunnel) as admin:
        back = signs_in(admin, asks_for_an_address(admin, port))
        assert admin.keys == 3  # Enter, B, U
        assert "The answer has arrived" in comes_back(back)
        admin.sees(CHECKED)
        assert not listening(port)
        assert_plain(admin)
        leaves(admin)


def test_without_a_tunnel_the_address_is_pasted_and_a_line_cut_during_the_check_costs_a_check(
    host: Sshd, state_dir: Path, port: int
) -> None:
    stalls = {"id": "T7", "operation": "GET /subscriptions", "nth": 1, "times": 9}
    with logged_in(host, state_dir) as admin:
        address = asks_for_an_address(admin, port)
        admin.control("PUT", "scenarios", [stalls])
        pastes(admin, address)
        admin.is_kept("permissions")
        admin.sees("Checking")
        ran = host.remote()
        admin.terminal.kill()  # the ssh client dies
    nothing_runs_on(host, state_dir, ran)
    with logged_in(host, state_dir) as admin:
        admin.sees("Adele Vance")  # who it was last time
        address = asks_for_an_address(admin, port)
        admin.control("PUT", "scenarios", [])
        pastes(admin, address)
        admin.sees(CHECKED)
        assert admin.keys == 2  # Enter, U: the way that worked is remembered; and a paste
        leaves(admin)


def pastes(admin: Admin, address: str) -> None:
    """The browser ends on a page that cannot connect, and that is fine: its address is pasted into the terminal."""
    back = signs_in(admin, address)
    with pytest.raises(ConnectionRefusedError):
        comes_back(back)
    admin.terminal.paste(back)
    admin.terminal.wait_until(lambda text: "Sign in: " not in text, SLOW)
    (code,) = parse_qs(urlsplit(back).query)["code"]
    assert code[:32].encode() not in admin.terminal.output
