"""The wizard's practice menu against the running practice tenant: what one offers, the other takes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from m365backup_tui.cloud.practice import PracticeStandIn
from m365backup_tui.cloud.practice_rehearsal import PracticeRehearsal
from m365backup_tui.cloud.profiles import practice_profile
from m365backup_tui.cloud.transport import tls_context
from m365backup_tui.domain.errors import NotFound, Rejected
from m365backup_tui.domain.rehearsal import (
    AllOff,
    Mishap,
    MoveClock,
    Rehearsal,
    SwitchOff,
    SwitchOn,
    Turn,
    When,
)

Ready = dict[str, Any]


@asynccontextmanager
async def rehearsal_of(ready: Ready) -> AsyncIterator[PracticeRehearsal]:
    """The client's port, over the real socket."""
    stand_in = PracticeStandIn(ready, tls_context(practice_profile(ready), {}))
    try:
        yield PracticeRehearsal(stand_in.control)
    finally:
        await stand_in.close()


def usual(fault: Mishap, when: When) -> SwitchOn:
    """What Enter sends when nothing was changed on the page but when."""
    extras = tuple((extra.name, extra.usual) for extra in fault.extras if extra.usual)
    operation = "" if fault.lasting else fault.operation
    return SwitchOn(fault.key, fault.title, when, operation, extras=extras)


def faults_of(found: Rehearsal, pick: Callable[[Mishap], bool]) -> list[Mishap]:
    """The faults among what can go wrong."""
    return [mishap for mishap in found.mishaps if not mishap.named and pick(mishap)]


@pytest.mark.parametrize("when", When)
async def test_every_fault_is_taken_as_the_page_offers_it(
    fresh_practice: Ready, when: When
) -> None:
    async with rehearsal_of(fresh_practice) as port:
        lasting = when in {When.ALWAYS, When.TWO_MINUTES}
        offered = faults_of(await port.look(), lambda mishap: lasting or not mishap.lasting)
        assert len(offered) > 30
        for fault in offered:
            assert fault.title
            assert fault.says.endswith(".")
            await port.carry_out(usual(fault, when))
        on = (await port.look()).in_force
        assert [fault.key for fault in on] == [fault.key for fault in offered]
        assert {fault.title for fault in on} == {fault.title for fault in offered}
        await port.carry_out(AllOff())
        assert (await port.look()).quiet


async def test_every_kind_of_request_can_be_chosen(fresh_practice: Ready) -> None:
    async with rehearsal_of(fresh_practice) as port:
        kinds = (await port.look()).requests
        assert {"any", "entra", "arm", "graph", "change policy"} <= set(kinds)
        for kind in kinds:
            await port.carry_out(SwitchOn("H4", "Bad gateway", When.NEXT, kind))
        assert [fault.operation for fault in (await port.look()).in_force] == list(kinds)
        await port.carry_out(AllOff())


async def test_every_situation_begins_and_ends_alone(fresh_practice: Ready) -> None:
    async with rehearsal_of(fresh_practice) as port:
        named = [mishap for mishap in (await port.look()).mishaps if mishap.named]
        assert len(named) > 10
        for mishap in named:
            await port.carry_out(Turn(mishap.key, mishap.title, on=True))
        found = await port.look()
        assert all(mishap.on for mishap in found.mishaps if mishap.named)
        for mishap in named:
            await port.carry_out(Turn(mishap.key, mishap.title, on=False))
        assert (await port.look()).quiet


async def test_one_fault_of_two_is_ended_and_only_once(fresh_practice: Ready) -> None:
    async with rehearsal_of(fresh_practice) as port:
        for kind in ("graph", "arm"):
            await port.carry_out(SwitchOn("H4", "", When.ALWAYS, kind))
        first, second = (await port.look()).in_force
        await port.carry_out(SwitchOff(first.number, ""))
        assert (await port.look()).in_force == (second,)
        with pytest.raises(NotFound):
            await port.carry_out(SwitchOff(first.number, ""))
        await port.carry_out(AllOff())


async def test_a_value_that_is_not_taken_is_refused_in_the_tenants_words(
    fresh_practice: Ready,
) -> None:
    async with rehearsal_of(fresh_practice) as port:
        wrong = SwitchOn("H1", "", When.NEXT, "graph", extras=(("retry_after", "soon"),))
        with pytest.raises(Rejected, match="retry_after"):
            await port.carry_out(wrong)
        assert (await port.look()).quiet


async def test_time_passes_and_is_told(fresh_practice: Ready) -> None:
    async with rehearsal_of(fresh_practice) as port:
        first = await port.carry_out(MoveClock(1))
        second = await port.carry_out(MoveClock(24))
        assert first is not None
        assert second is not None
        assert 24 * 3600 <= (second - first).total_seconds() < 24 * 3600 + 60
