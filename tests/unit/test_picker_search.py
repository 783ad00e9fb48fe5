"""Work in slices on the event loop: the newest wins, and who needs all of an answer gets it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date

import pytest

from m365backup_tui.domain.catalog import Catalog
from m365backup_tui.domain.catalog_query import Filter, Order, Query
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate
from m365backup_tui.screens import picker_search
from m365backup_tui.screens.picker_search import Finding, Slices

UNITS = Catalog.of(
    Candidate(Product.ONEDRIVE, f"k{n}", f"Person {n:05}", "") for n in range(20_000)
)


def query(words: str, order: Order = Order.LISTED) -> Query:
    return Query.of(words, Filter(), order, date(2026, 11, 21))


@pytest.fixture(autouse=True)
def tiny_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step a slice, so that everything goes on beside the screen."""
    monkeypatch.setattr(picker_search, "_SLICE", 0.0)
    monkeypatch.setattr(picker_search, "_AT_ONCE", 0.0)


async def test_the_newest_work_wins_and_the_end_is_told() -> None:
    told: list[bool] = []
    done: list[str] = []
    slices = Slices(lambda: told.append(slices.busy))

    def work(name: str) -> Iterator[None]:
        yield
        done.append(name)

    slices.run(work("old"))
    slices.run(work("new"))
    assert slices.busy
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(picker_search, "_SLICE", 1.0)
        await slices.wait()
    assert done == ["new"]
    assert told[-1] is False
    assert not slices.busy


async def test_what_breaks_beside_the_screen_is_raised_when_somebody_looks() -> None:
    def work() -> Iterator[None]:
        yield
        raise KeyError("a bug")

    told: list[bool] = []
    slices = Slices(lambda: told.append(slices.busy))
    slices.run(work())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(picker_search, "_SLICE", 1.0)
        await slices.wait()
    assert told[-1] is False
    with pytest.raises(KeyError, match="a bug"):
        slices.check()


async def test_a_search_is_finished_by_whoever_needs_all_of_it() -> None:
    finding = Finding(lambda: None)
    finding.look(UNITS, query("1"), frozenset())
    assert finding.busy
    assert finding.count.endswith("+")
    for _ in finding.finish():
        pass
    assert finding.shown.complete
    numbers = [n for n in range(20_000) if "1" in f"{n:05}"]
    assert list(finding.shown.found) == numbers
    assert finding.count == f"{len(numbers):,}"
    finding.stop()


async def test_the_old_answer_stays_until_the_new_one_fills_a_page() -> None:
    finding = Finding(lambda: None)
    finding.look(UNITS, query(""), frozenset())
    for _ in finding.finish():
        pass
    before = finding.shown
    finding.look(UNITS, query("19999"), frozenset())
    assert finding.shown is before
    for _ in finding.finish():
        pass
    assert list(finding.shown.found) == [19_999]
    finding.look(UNITS, query("19999"), frozenset())  # the same again is not asked again
    assert finding.shown.complete
    finding.stop()


async def test_keys_have_their_turn_between_two_slices() -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(picker_search, "_SLICE", 0.0002)
        finding = Finding(lambda: None)
        finding.look(UNITS, query("e", Order.NAME), frozenset())
        await finding.wait()
    counting.cancel()
    assert turns > 10
    assert len(finding.shown.found) == 20_000
