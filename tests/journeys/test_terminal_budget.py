"""Bytes, signals and crashes in a real terminal, with the sample step and the diffing driver."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.terminal import Terminal

SAMPLE = [sys.executable, "-m", "tests.journeys.sample_program"]
ROOT = str(Path(__file__).parents[2])
RESTORED = b"\x1b[?1049l"


def start(**env: str) -> Terminal:
    terminal = Terminal(SAMPLE, env=env, cwd=ROOT)
    terminal.wait_for("Ctrl+Q Leave")
    terminal.wait_for("Sites that a rule adds")
    terminal.settle()
    return terminal


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    with start() as running:
        yield running


def cost(terminal: Terminal, *keys: str) -> int:
    mark = terminal.mark()
    terminal.press(*keys)
    terminal.settle(first=5.0)
    return terminal.bytes_since(mark)


def test_budgets_at_80_by_24(terminal: Terminal) -> None:
    assert terminal.mark() <= 8000
    typed = [cost(terminal, letter) for letter in "fin"]
    assert all(0 < count <= 250 for count in typed)
    cost(terminal, "tab")
    moves = [cost(terminal, "down") for _ in range(5)]
    assert all(0 < count <= 300 for count in moves)
    assert 0 < cost(terminal, "space") <= 200
    assert 0 < cost(terminal, "pagedown") <= 3000
    assert 0 < cost(terminal, "?") <= 8000
    assert 0 < cost(terminal, "escape") <= 8000
    mark = terminal.mark()
    terminal.settle(quiet=1.5)
    assert terminal.bytes_since(mark) == 0


def test_redraw_repairs_a_broken_screen(terminal: Terminal) -> None:
    before = terminal.text()
    terminal.screen.reset()
    terminal.press("ctrl+l")
    terminal.wait_until(lambda text: text == before)


def test_resizing_leaves_no_remains(terminal: Terminal) -> None:
    terminal.resize(120, 30)
    terminal.wait_until(lambda text: "Apply" in text and len(text.splitlines()) == 30)
    terminal.resize(50, 12)
    terminal.wait_for("Make the window larger")
    terminal.resize(80, 24)
    terminal.wait_for("Sites that a rule adds")
    terminal.settle()
    shown = terminal.text()
    cost(terminal, "ctrl+l")
    assert terminal.text() == shown


def test_no_color_sends_no_colour_at_all() -> None:
    with start(NO_COLOR="1", COLORTERM="truecolor") as terminal:
        cost(terminal, "tab", "down", "space", "ctrl+t")
        codes = {c for m in re.findall(rb"\x1b\[([\d;]*)m", terminal.output) for c in m.split(b";")}
        assert codes <= {b"", b"0", b"1", b"2", b"3", b"4", b"7", b"39", b"49"}


def test_without_utf8_only_ascii_is_sent() -> None:
    with start(LC_ALL="C") as terminal:
        terminal.press("tab", "down", "space")
        terminal.wait_for("[x] ok ???? North 1")
        assert bytes(terminal.output).isascii()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_cleanly(terminal: Terminal, number: int, code: int) -> None:
    terminal.signal(number)
    assert terminal.wait_exit() == code
    assert RESTORED in terminal.output


def test_a_dropped_line_ends_the_program(terminal: Terminal) -> None:
    terminal.hang_up()
    assert terminal.wait_exit() == 130


def test_a_crash_shows_one_sentence_and_no_secret(terminal: Terminal, tmp_path: Path) -> None:
    terminal.send("\x1b[20~")  # F9 breaks the sample
    assert terminal.wait_exit() == 1
    assert RESTORED in terminal.output
    assert b"CANARY" not in terminal.output
    assert b"Traceback" not in terminal.output
    words = re.sub(r"\s+", "", terminal.output.rsplit(RESTORED, 1)[1].decode())
    assert "Somethinginthewizardbroke" in words
    found = re.search(r"(/\S*?crash-\w+\.txt)", words)
    assert found is not None
    path = Path(found[1])
    report = path.read_text(encoding="utf-8")
    path.unlink()
    assert "CANARY" not in report
    assert "key_f9" in report


def test_keys_that_arrive_in_one_packet_go_where_each_one_leads(terminal: Terminal) -> None:
    terminal.press("x", "tab", "down", "space", "?", "tab", "?", "down", "down")
    terminal.reads("› [ ] ✓ Zażółć 3", "Search x", "1 chosen", "[x] ✓ 財務 North 1")


def test_a_terminal_that_tells_no_size_is_drawn_once_and_left_by_a_signal(tmp_path: Path) -> None:
    """A serial console, or a pty that nobody gave a size. The wizard itself: the sample is too small to show it."""
    wizard = [sys.executable, "-m", "m365backup_tui", "--practice", "--state-dir", str(tmp_path)]
    argv = ["sh", "-c", 'stty cols 0 rows 0; exec "$@"', "sh", *wizard]
    with Terminal(argv, cwd=ROOT) as terminal:
        terminal.wait_for("Guided set-up", 40)
        terminal.settle(first=2.0)
        mark = terminal.mark()
        terminal.settle(quiet=1.0, timeout=2.0)
        assert terminal.bytes_since(mark) <= 1000
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_exit(20) == 143
