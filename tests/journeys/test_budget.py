"""Bytes to the terminal at 80x24, on the product itself: the link of a jump host may be slow.

Deterministic: what is counted is what the program writes, not how long it takes.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.admin import Admin, at_the_wizard

# The figures.
IDLE, LIST_MOVE, TOGGLE, CHARACTER, STEP = 0, 300, 200, 250, 8_000


@pytest.fixture(scope="module")
def admin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Admin]:
    """An admin who has come as far as choosing what to protect; the tests below go on from one another."""
    with at_the_wizard(tmp_path_factory.mktemp("budget")) as admin:
        admin.signs_in()
        admin.terminal.settle(quiet=0.5)
        yield admin


def sent(admin: Admin, *keys: str, until: str = "") -> int:
    mark = admin.terminal.mark()
    admin.terminal.press(*keys)
    if until:
        admin.sees(until)
    admin.terminal.settle(first=1.0)
    return admin.terminal.bytes_since(mark)


def test_a_change_of_step(admin: Admin) -> None:
    sign_in = sent(admin, "escape", until="You are signed in as Adele Vance")
    subscription = sent(admin, "enter", until="One Azure subscription can pay")
    groups = sent(admin, "enter", until="Create a new one")
    print(f"\nchange of step: {sign_in}, {subscription}, {groups} bytes")
    assert max(sign_in, subscription, groups) <= STEP


def test_a_step_in_a_list(admin: Admin) -> None:
    moves = [sent(admin, "down") for _ in range(6)]
    print(f"\nstep in a list: {moves} bytes")
    assert max(moves) <= LIST_MOVE


def test_a_typed_character(admin: Admin) -> None:
    sent(admin, "n", until="Name of the new group")
    typed = [sent(admin, letter) for letter in ("x", "y", "-", "1")]
    wrong = sent(admin, "/", until="use letters, digits")
    print(f"\ntyped character: {typed}, one that is refused with a sentence: {wrong} bytes")
    assert max(*typed, wrong) <= CHARACTER


def test_nothing_while_nothing_happens(admin: Admin) -> None:
    admin.terminal.settle(quiet=0.5)
    mark = admin.terminal.mark()
    admin.terminal.settle(quiet=3.0, timeout=6.0)
    assert admin.terminal.bytes_since(mark) == IDLE


def test_a_toggle(admin: Admin) -> None:
    sent(admin, "backspace", "enter", until="Choose the region")
    admin.press("down", "enter")
    admin.sees("This will be written to Azure")
    admin.press("enter")
    admin.sees("Azure is ready for billing")
    admin.turns_on()
    admin.press("enter")
    admin.sees("Choose what to protect")
    admin.press("enter")
    admin.sees("Name the new OneDrive policy")
    admin.press("enter")
    admin.sees("2,048 match")
    admin.terminal.settle(quiet=1.0)
    toggles = [sent(admin, "space") for _ in range(4)]
    print(f"\ntoggle (chooses, counts and moves on): {toggles} bytes")
    assert max(toggles) <= TOGGLE
