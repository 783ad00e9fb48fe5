"""The sign-in pages in a real terminal: the plain address while the wizard goes on, a paste in pieces, a quick Esc."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from tests.journeys.admin import SLOW, Admin, at_the_wizard
from tests.journeys.outside_browser import address_copied, signs_in

CANCEL_SECONDS = 5.0  # far below any wait of the sign-in; 0.2 to 0.3 on two cores shared by nine


@pytest.fixture
def port(tmp_path: Path) -> int:
    """A port of this test's own, as the settings file names it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found: int = free.getsockname()[1]
    (tmp_path / "settings.toml").write_text(f"[practice.sign_in]\nport = {found}\n")
    return found


def chooses_the_browser(admin: Admin) -> None:
    admin.sees("Guided set-up")
    admin.press("enter")
    admin.sees("Still valid for")
    admin.press("b")
    admin.sees("ssh -L")
    admin.sees("Listening on port")


def answer_of(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(b"GET /favicon.ico HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return line.recv(64)


def test_the_plain_address_lets_the_wizard_go_on_and_a_paste_in_pieces_signs_in(
    tmp_path: Path, port: int
) -> None:
    with at_the_wizard(tmp_path) as admin:
        chooses_the_browser(admin)
        address = address_copied(admin)
        admin.press("f")
        admin.sees("Press Enter to go back to the wizard")
        shown = "".join(admin.terminal.text().split())
        assert address[-60:] in shown
        assert answer_of(port).startswith(b"HTTP/1.1 404")
        admin.press("enter")
        admin.terminal.wait_until(
            lambda text: "Still valid for" in text and "Press Enter to go back" not in text
        )
        admin.terminal.paste(address)
        admin.sees("copy")  # the sentence under the box; the waiting goes on
        admin.sees("Still valid for")
        ended = signs_in(admin, address)
        admin.terminal.paste(f"{ended[:50]}\r{ended[50:120]}\n{ended[120:]}")
        admin.sees("Checked at", SLOW)
        assert "code=" not in admin.terminal.text()


@pytest.mark.usefixtures("port")
def test_esc_gives_up_at_once_either_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with at_the_wizard(tmp_path) as admin:
        chooses_the_browser(admin)
        took = {}
        for way in ("browser", "code"):
            admin.terminal.settle()
            begun = time.perf_counter()
            admin.press("escape")
            admin.sees("Guided set-up")
            took[way] = time.perf_counter() - begun
            admin.press("enter")
            admin.sees("Still valid for")
        with capsys.disabled():
            print("\nEsc to the page before:", {k: f"{v * 1000:.0f} ms" for k, v in took.items()})
        assert max(took.values()) < CANCEL_SECONDS


def test_f8_shows_the_accounts_from_any_page_and_esc_leads_back_there(tmp_path: Path) -> None:
    with at_the_wizard(tmp_path) as admin:
        admin.signs_in()
        for _ in range(2):  # it works more than once
            admin.press("f8")
            admin.sees("who should the wizard work as?")
            admin.press("escape")
            admin.sees("Checked at")
