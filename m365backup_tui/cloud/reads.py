"""The visible retry loop for reads. Writes never go through here (rule R1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from m365backup_tui.domain.errors import Broken, CloudError, Throttled, Unreachable
from m365backup_tui.ports import Clock

T = TypeVar("T")

# What a wait tells whoever shows it: the reason as a sentence, and until when (aware UTC).
OnWait = Callable[[str, datetime], None]
# (exception, attempt from 0, now) -> our kind
Translate = Callable[[Exception, int, datetime], CloudError]

TRIES = 4  # for a service that cannot be reached or fails
THROTTLED_TRIES = 20  # the service says when to come back; somebody can always cancel
BACK_OFF_SECONDS = (1.0, 3.0, 8.0)


async def read(
    call: Callable[[], Awaitable[T]],
    translate: Translate,
    *,
    clock: Clock,
    on_wait: OnWait | None = None,
) -> T:
    """Call until it answers. Throttled: waits exactly until the time that the service names. Unreachable (5xx too), and
    an answer that cannot be read (cut short, or a proxy's page): `TRIES` calls with a growing pause. Everything else
    is raised at once, as a CloudError."""
    throttled = failed = 0
    while True:
        try:
            return await call()
        except Exception as exc:
            error = translate(exc, throttled, clock.now())
            if isinstance(error, Throttled) and throttled < THROTTLED_TRIES and error.until:
                throttled += 1
                until = error.until
            elif _may_pass(error, exc) and failed < TRIES - 1:
                until = clock.now() + timedelta(seconds=BACK_OFF_SECONDS[failed])
                failed += 1
            elif error is exc:
                raise
            else:
                raise error from exc
        await _wait(error.what, until, clock, on_wait)


def _may_pass(error: CloudError, exc: Exception) -> bool:
    """Whether asking again may help. A Broken that the adapter raised itself is its judgement, and stays."""
    return isinstance(error, Unreachable) or (isinstance(error, Broken) and error is not exc)


def longest(errors: Sequence[CloudError]) -> CloudError:
    """What stands for all parts that were refused: a refusal that stays, else the longest wait that was asked for."""
    firm = [e for e in errors if not isinstance(e, Throttled | Unreachable)]
    waits = {e.until: e for e in errors if isinstance(e, Throttled) and e.until is not None}
    return firm[0] if firm else waits[max(waits)] if waits else errors[0]


async def _wait(reason: str, until: datetime, clock: Clock, on_wait: OnWait | None) -> None:
    if on_wait is not None:
        on_wait(reason, until)
    while (left := (until - clock.now()).total_seconds()) > 0:
        await clock.sleep(left)
