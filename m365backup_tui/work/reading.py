"""The life of one read, as events: began, arrived or broke; cancelled reads end without a value."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from typing import TypeVar

from m365backup_tui.domain.errors import CloudError
from m365backup_tui.events import Arrived, Began, Broke, Event, Slot
from m365backup_tui.ports import Clock

T = TypeVar("T")


async def read(slot: Slot[T], value: Awaitable[T], clock: Clock, note: str) -> AsyncIterator[Event]:
    """Waits for `value` and says so; a CloudError becomes an event, anything else is a bug and surfaces."""
    yield Began(slot, clock.now(), note)
    try:
        yield Arrived(slot, await value, clock.now())
    except CloudError as error:
        yield Broke(slot, error)


async def caught(value: Awaitable[T]) -> T | CloudError:
    """The value, or the CloudError in its place, so that several reads can fail one by one."""
    try:
        return await value
    except CloudError as error:
        return error
