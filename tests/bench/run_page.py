"""Bench: how long one event of a large run keeps the event loop, with the run's page on screen and without.

    python -m tests.bench.run_page            2,000 requests, 100,000 units refused one by one

Prints the longest and the median stretch for: the state taking the event, the page showing it, a key.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from dataclasses import replace

from m365backup_tui.domain.run import Outcome, Run
from m365backup_tui.events import RunMoved
from m365backup_tui.headless.running import News
from tests.screens import states_policies as s
from tests.screens.looking import seated
from tests.screens.states_runs import long_run

REQUESTS, FAILED = 2_000, 50
ROUNDS = 30


async def main() -> None:
    run = long_run(REQUESTS, FAILED)
    sent: list[float] = []
    shown: list[float] = []
    keys: list[float] = []
    async with seated(s.applying(run)) as seat:
        screen = seat.app.screen
        for n in range(ROUNDS):
            run = _next(run, n)
            began = time.perf_counter()
            seat.app.wizard.happen(RunMoved(run))
            sent.append(time.perf_counter() - began)
            began = time.perf_counter()
            screen.show_view()  # type: ignore[attr-defined]  # a WizardScreen
            shown.append(time.perf_counter() - began)
            await asyncio.sleep(0)
            began = time.perf_counter()
            await seat.press("down")
            keys.append(time.perf_counter() - began)
    _tell("the state takes the event", sent)
    _tell("the page shows it", shown)
    _tell("a key, with the pilot's own pauses", keys)
    news, told = News(), []
    for n in range(ROUNDS):
        run = _next(run, n)
        began = time.perf_counter()
        list(news.of(run))
        told.append(time.perf_counter() - began)
    _tell("a command's lines, the first time", told[:1])
    _tell("a command's lines, later", told[1:])


def _next(run: Run, n: int) -> Run:
    writes = list(run.writes)
    here = replace(writes[n], outcome=Outcome.SENDING if n % 2 else Outcome.PARTLY)
    writes[n] = here
    return replace(run, writes=tuple(writes))


def _tell(what: str, seconds: list[float]) -> None:
    median = statistics.median(seconds) * 1000
    print(f"{what}: median {median:.1f} ms, longest {max(seconds) * 1000:.1f} ms")


if __name__ == "__main__":
    asyncio.run(main())
