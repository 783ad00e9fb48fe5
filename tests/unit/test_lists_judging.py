"""Which rows of a list can be added: held elsewhere, by a rule, here, or wanted by another draft; and groups."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from m365backup_tui.domain.catalog import Catalog
from m365backup_tui.domain.errors import NotFound, Rejected
from m365backup_tui.domain.groups import GroupKind, GroupRef, GroupSize, LeftOut, MemberPage
from m365backup_tui.domain.lists import ListCheck
from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate
from m365backup_tui.events import CHECKED, Arrived, Broke, Event, Noted
from m365backup_tui.work import groups, lists
from m365backup_tui.work.list_lookup import folded, named
from m365backup_tui.work.lists import Asked
from tests.unit.fakes import FakeBackup, FakeDirectory, candidate, file_runs, make_tools

MAIL, SITE = Product.EXCHANGE, Product.SHAREPOINT
ANN, BOB, CYD, DAN, EVE = (candidate(MAIL, key) for key in ("ann", "bob", "cyd", "dan", "eve"))
EVERYBODY = (ANN, BOB, CYD, DAN, EVE)


def held(backup: FakeBackup, name: str, *keys: str, by_rule: bool = False) -> str:
    policy = backup.have(MAIL, name, keys)
    units = backup.contents[policy.id]
    backup.contents[policy.id] = [replace(u, by_rule=by_rule) for u in units]
    return policy.id


def check_of(events: list[Event]) -> ListCheck:
    last = events[-1]
    assert isinstance(last, Arrived), last
    assert isinstance(last.value, ListCheck)
    return last.value


async def test_each_row_that_cannot_be_added_says_why_and_only_a_move_can_be_taken(
    tmp_path: Path,
) -> None:
    backup = FakeBackup()
    held(backup, "Board", "bob")
    held(backup, "In step", "cyd", by_rule=True)
    own = held(backup, "Mine", "dan")
    asked = Asked(MAIL, own, others=(Draft(MAIL, "Fresh", add=(EVE,)),))
    tools = make_tools(file_runs(tmp_path), backup, FakeDirectory(EVERYBODY))
    text = "\n".join(c.address for c in EVERYBODY)
    check = check_of([e async for e in lists.check_text(tools, asked, text)])
    assert check.good == (ANN,)
    rules = {p.value.partition("@")[0]: p.rule for p in check.problems}
    assert "Policy “Board” protects it already" in rules["bob"]
    assert "A rule of policy “In step” holds it" in rules["cyd"]
    assert "end the rule" in rules["cyd"]
    assert rules["dan"] == "This policy protects it already: there is nothing to do."
    assert "“Fresh” has it already" in rules["eve"]
    assert check.moves == 1
    moved = check.with_moves()
    assert moved.good == (ANN, replace(BOB, policy="Board"))
    assert [p.value for p in moved.problems] == [c.address for c in (CYD, DAN, EVE)]


async def test_a_unit_named_twice_is_moved_once(tmp_path: Path) -> None:
    backup = FakeBackup()
    held(backup, "Board", "bob")
    tools = make_tools(file_runs(tmp_path), backup, FakeDirectory(EVERYBODY))
    events = [e async for e in lists.check_text(tools, Asked(MAIL), "bob@example.com\nbob")]
    assert check_of(events).with_moves().good == (replace(BOB, policy="Board"),)


async def test_how_the_list_was_read_goes_with_the_check(tmp_path: Path) -> None:
    tools = make_tools(file_runs(tmp_path), None, FakeDirectory(EVERYBODY))
    path = tmp_path / "people.csv"
    path.write_text("Wer;Wo\nAnn;ann@example.com\n")
    check = check_of([e async for e in lists.check_file(tools, Asked(MAIL), path)])
    assert check.read_as is not None
    assert check.read_as.guessed
    data = Asked(MAIL, has_header=False)
    check = check_of([e async for e in lists.check_file(tools, data, path)])
    assert check.read_as is not None
    assert check.read_as.header == ()
    assert [p.value for p in check.problems] == ["Wer"]


# --- groups ---------------------------------------------------------------------------------------------------

GUEST = LeftOut("Gil", "gil@else.example", "This is a guest.")
STAFF = GroupRef("g-1", "Staff", "", GroupKind.SECURITY)
PAGES = (
    MemberPage((ANN, BOB), (GUEST,)),
    MemberPage((CYD,), (LeftOut("Printer", "", "A device."),)),
)


async def test_every_member_of_a_group_is_good_or_a_problem(tmp_path: Path) -> None:
    backup = FakeBackup()
    held(backup, "Board", "bob")
    directory = FakeDirectory(in_groups={STAFF: PAGES})
    tools = make_tools(file_runs(tmp_path), backup, directory)
    events = [e async for e in groups.check_group(tools, Asked(MAIL), STAFF)]
    check = check_of(events)
    assert (check.source, check.rows, check.of_group) == ("group “Staff”", 5, True)
    assert check.good == (ANN, CYD)
    assert [(p.row, p.value) for p in check.problems] == [
        (2, "bob@example.com"),
        (3, "Gil (gil@else.example)"),
        (5, "Printer"),
    ]
    assert check.moves == 1
    assert [e.note for e in events if isinstance(e, Noted)] == [
        "Reading who is in Staff: 3 of 5",
        "Reading who is in Staff: 5 of 5",
    ]


class Huge(FakeDirectory):
    """A group of more people than a policy takes; reading them fails the test."""

    async def group_size(self, group_id: str) -> GroupSize:
        return GroupSize(100_001, 0)

    async def members(self, product: Product, group_id: str) -> AsyncIterator[MemberPage]:
        raise AssertionError("too many to be read")
        yield


async def test_a_group_larger_than_a_policy_is_refused_before_it_is_read(tmp_path: Path) -> None:
    tools = make_tools(file_runs(tmp_path), None, Huge())
    events = [e async for e in groups.check_group(tools, Asked(MAIL), STAFF)]
    assert isinstance(events[-1], Broke)
    assert isinstance(events[-1].error, Rejected)
    assert "Staff has 100,001 people: 100,000 at most" in events[-1].error.what


async def test_a_group_that_is_gone_says_so(tmp_path: Path) -> None:
    tools = make_tools(file_runs(tmp_path), None, FakeDirectory())
    events = [e async for e in groups.check_group(tools, Asked(MAIL), STAFF)]
    assert events[-1] == Broke(CHECKED, NotFound("The group does not exist any more."))


# --- all there is ---------------------------------------------------------------------------------------------

keys = some.text("aäß.@/,-1", max_size=6)


@given(some.lists(some.tuples(keys, keys), max_size=12), some.lists(keys, max_size=6))
def test_columns_are_searched_as_candidates_are(
    rows: list[tuple[str, str]], wanted: list[str]
) -> None:
    known = tuple(Candidate(SITE, key, "n", address) for address, key in rows)
    asked = {folded(one) for one in wanted}
    assert named(asked, Catalog.of(known)) == named(asked, known)


async def test_a_long_list_and_a_large_tenant_leave_the_loop_its_turns(tmp_path: Path) -> None:
    """Budget of the house: 50 ms. The machine may be busy, so the processor time of the loop's own thread counts."""
    people = tuple(candidate(MAIL, f"person{n}") for n in range(60_000))
    asked = Asked(MAIL, known=Catalog.of(people))
    tools = make_tools(file_runs(tmp_path), None, FakeDirectory())
    text = "\n".join(c.address for c in people[:50_000])
    longest = await _longest_turn(lists.check_text(tools, asked, text))
    print(f"longest turn of the loop: {longest * 1000:.0f} ms")
    assert longest < 0.05


async def _longest_turn(work: AsyncIterator[Event]) -> float:
    """Processor time between two turns of the loop, while `work` goes on (other threads not counted)."""
    turns: list[float] = []
    done = asyncio.Event()
    home = threading.get_ident()

    async def beat() -> None:
        while not done.is_set():
            began = time.thread_time()
            await asyncio.sleep(0)
            turns.append(time.thread_time() - began)

    task = asyncio.ensure_future(beat())
    last: Any = None
    async for event in work:
        last = event
    done.set()
    await task
    assert isinstance(last, Arrived)
    assert threading.get_ident() == home
    return max(turns)
