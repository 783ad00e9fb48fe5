"""A group as a source of units: who is in it now, checked by the same rules as a list."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from m365backup_tui.domain.errors import CloudError, Rejected
from m365backup_tui.domain.groups import GroupRef, LeftOut
from m365backup_tui.domain.limits import UNITS_PER_POLICY
from m365backup_tui.domain.lists import ListCheck, RowProblem
from m365backup_tui.domain.lists_reading import Row
from m365backup_tui.events import CHECKED, Arrived, Began, Broke, Event, Noted
from m365backup_tui.ports import Tools
from m365backup_tui.work.list_judging import Asked, holders, judge
from m365backup_tui.work.list_lookup import Found


async def check_group(tools: Tools, asked: Asked, group: GroupRef) -> AsyncIterator[Event]:
    """Events on CHECKED, ending in a ListCheck with a row for every member, or in what went wrong."""
    yield Began(CHECKED, tools.clock.now(), f"Counting who is in {group.name}")
    found: list[Found] = []
    problems: list[RowProblem] = []
    try:
        size = await tools.directory.group_size(group.id)
        if size.people > UNITS_PER_POLICY:
            yield Broke(CHECKED, Rejected(_too_many(group, size.people), "list"))
            return
        now = await holders(tools, asked.product)
        async for page in tools.directory.members(asked.product, group.id):
            for unit in page.candidates:
                found.append((Row(_next(found, problems), "", unit.address or unit.name), unit))
            problems += [
                RowProblem(at, "", _who(one), one.why)
                for at, one in enumerate(page.left_out, _next(found, problems))
            ]
            read = len(found) + len(problems)
            yield Noted(CHECKED, f"Reading who is in {group.name}: {read:,} of {size.people:,}")
    except CloudError as error:
        yield Broke(CHECKED, error)
        return
    good, more = await asyncio.to_thread(judge, asked, found, now)
    every = tuple(sorted([*problems, *more], key=lambda p: p.row))
    total = len(found) + len(problems)
    check = ListCheck(
        asked.product, f"group “{group.name}”", total, tuple(good), every, of_group=True
    )
    yield Arrived(CHECKED, check, tools.clock.now())


def _next(found: list[Found], problems: list[RowProblem]) -> int:
    return len(found) + len(problems) + 1


def _who(one: LeftOut) -> str:
    return f"{one.name} ({one.address})" if one.address and one.address != one.name else one.name


def _too_many(group: GroupRef, people: int) -> str:
    return (
        f"{group.name} has {people:,} people: {UNITS_PER_POLICY:,} at most, which is what a policy holds. "
        "Choose smaller groups."
    )
