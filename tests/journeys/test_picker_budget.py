"""The picker over a slow line: bytes a key with 20,000 rows, in a real terminal with the diffing driver."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.terminal import Terminal

ROOT = str(Path(__file__).parents[2])
ROWS = 20_000


@pytest.fixture
def picker(tmp_path: Path) -> Iterator[Terminal]:
    program = "tests.bench.picker_program"
    argv = [sys.executable, "-m", program, str(ROWS), str(tmp_path / "turns"), str(tmp_path)]
    with Terminal(argv, cwd=ROOT) as terminal:
        terminal.wait_for("OneDrive", timeout=30)
        terminal.settle(quiet=0.5)
        terminal.press("enter")
        terminal.wait_for("Name the new OneDrive policy")
        terminal.press("enter")
        terminal.wait_until(lambda text: f"of {ROWS:,}." in text and "so far" not in text, 30)
        terminal.settle()
        yield terminal


def cost(terminal: Terminal, *keys: str) -> int:
    mark = terminal.mark()
    terminal.press(*keys)
    terminal.settle(first=5.0, quiet=0.3)
    return terminal.bytes_since(mark)


def test_budgets_of_the_picker_at_80_by_24(picker: Terminal) -> None:
    moved = [cost(picker, "down") for _ in range(8)]
    ticked = [cost(picker, "space") for _ in range(3)]  # the first names the size in the heading
    cost(picker, "/")
    typed = [cost(picker, letter) for letter in "vance 00123"]
    print(f"bytes: a move {moved}, a tick {ticked}, a letter {typed}")  # pytest -s
    assert max(moved) <= 300
    assert max(ticked) <= 300
    assert max(typed) <= 2_000  # every row may be another one
    picker.wait_for("vance.00123")


def test_choosing_all_undoing_it_and_a_tick_among_many(picker: Terminal) -> None:
    picker.press("a")
    told = "16,000 more chosen; 4,000 not: held elsewhere or not supported."
    picker.reads(told, "16,000 accounts", timeout=30)
    assert cost(picker, "space") <= 600  # the line about the 4,000 goes too
    picker.wait_for("15,999 accounts")
    picker.press("u")
    picker.wait_for("16,000 accounts")
    picker.press("u")
    picker.wait_for("no accounts yet")
