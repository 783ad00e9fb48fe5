"""One write to Azure until it is certain: waits where Azure asks to, looks before anything is sent again (R1, R2)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from m365backup_tui.domain.errors import CloudError, OutcomeUnknown, Throttled, Unreachable
from m365backup_tui.events import Event, Noted, Slot
from m365backup_tui.ports import Clock
from m365backup_tui.work import waiting

_LOOKS = (1.0, 3.0, 5.0)  # seconds before each look: lists may lag behind writes
_THROTTLES = 20  # in a row, before a person is asked
_RESENDS = 3  # after "certainly not carried out"


async def sent(
    slot: Slot[Any],
    clock: Clock,
    send: Callable[[], Awaitable[object]],
    seen: Callable[[], Awaitable[bool]],
) -> AsyncIterator[Event]:
    """Events on `slot` that say what is waited for; ends when the write was answered or `seen` shows it.

    Raises what Azure refuses it with, OutcomeUnknown when looking failed too, Unreachable when Azure did not carry it
    out although it was asked several times.
    """
    throttles = failures = unknown = 0
    while True:
        try:
            await send()
            return
        except Throttled as error:
            throttles += 1
            if throttles > _THROTTLES:
                raise
            pause, what = waiting.pause_after(error, throttles, clock), error.what
        except Unreachable as error:
            failures += 1
            if failures > waiting.ATTEMPTS:
                raise
            pause, what = waiting.back_off(failures), error.what
        except OutcomeUnknown as error:
            unknown += 1
            yield Noted(slot, f"{error.what} Looking whether it happened")
            if await _shows(error, clock, seen):
                return
            if unknown > _RESENDS:
                raise Unreachable(
                    f"{error.what} It did not happen.", error.code, error.request_id
                ) from error
            pause, what = waiting.back_off(unknown), f"{error.what} It did not happen."
        yield Noted(slot, f"{what} Trying again in {pause:.0f} s")
        await clock.sleep(pause)


async def _shows(error: OutcomeUnknown, clock: Clock, seen: Callable[[], Awaitable[bool]]) -> bool:
    """Whether one of several looks shows it. Raises `error` when none of them had an answer."""
    answered = False
    for pause in _LOOKS:
        await clock.sleep(pause)
        try:
            if await seen():
                return True
            answered = True
        except waiting.TRANSIENT:
            continue
        except CloudError:
            raise error from None
    if not answered:
        raise error
    return False
