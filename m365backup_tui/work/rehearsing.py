"""On the practice tenant: make something go wrong on purpose, and see how often it has."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.rehearsal import Change
from m365backup_tui.events import REHEARSAL, Arrived, Began, Broke, Event
from m365backup_tui.ports import Tools
from m365backup_tui.work.reading import read


async def look(tools: Tools) -> AsyncIterator[Event]:
    """What there is and what is on; nothing where nothing can be made to go wrong."""
    if tools.rehearsing is None:
        return
    async for event in read(
        REHEARSAL, tools.rehearsing.look(), tools.clock, "Asking the practice tenant"
    ):
        yield event


async def carry_out(tools: Tools, change: Change) -> AsyncIterator[Event]:
    """The change, then everything read again, so that what is shown is what holds."""
    if tools.rehearsing is None:
        return
    yield Began(REHEARSAL, tools.clock.now(), "Telling the practice tenant")
    try:
        clock = await tools.rehearsing.carry_out(change)
        found = await tools.rehearsing.look()
    except CloudError as error:
        yield Broke(REHEARSAL, error)
        return
    yield Arrived(REHEARSAL, replace(found, done=change, clock=clock), tools.clock.now())
