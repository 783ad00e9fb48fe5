"""What is chosen: sums kept up to date, steps undone in order, whatever was done before."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from m365backup_tui.domain.cost import estimate
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate
from m365backup_tui.screens.picker_choice import Choice

UNITS = tuple(
    Candidate(Product.ONEDRIVE, f"k{n}", f"N{n}", "", None if n % 3 == 0 else n) for n in range(8)
)
picks = some.lists(some.sampled_from(UNITS), max_size=4)
steps = some.lists(some.tuples(some.sampled_from(["add", "drop", "undo"]), picks), max_size=12)


@given(picks, steps)
def test_the_choice_equals_a_list_that_is_made_anew_each_time(
    first: list[Candidate], done: list[tuple[str, list[Candidate]]]
) -> None:
    choice = Choice()
    start = tuple({unit.key: unit for unit in first}.values())
    choice.follow(start)
    history = [frozenset(start)]
    for what, units in done:
        before = history[-1]
        if what == "add":
            add = choice.with_units(units)
            now = before | set(units)
        elif what == "drop":
            add = choice.without(unit.key for unit in units)
            now = before - set(units)
        else:
            assert choice.can_undo == (len(history) > 1)
            if len(history) > 1:
                history.pop()
            add = choice.undone()
            now = history[-1]
        if what != "undo" and now != before:
            history.append(now)
        assert frozenset(add) == now
        assert len(add) == len(now) == len(choice.units)
        total = estimate(unit.size for unit in now)
        assert (choice.cost.known_bytes, choice.cost.known) == (total.known_bytes, total.known)
        assert choice.cost.unknown == total.unknown
        choice.follow(add)  # the state hands back what it was given


def test_steps_that_hold_too_much_together_are_forgotten_from_the_oldest_on() -> None:
    choice = Choice()
    for unit in UNITS * 40:
        choice.with_units([unit])
        choice.without([unit.key])
    undone = 0
    while choice.can_undo:
        choice.undone()
        undone += 1
    assert undone == 100
