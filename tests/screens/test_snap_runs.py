"""Pictures of review, apply, done and what follows at tenant scale, at 80x24 and 120x40."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from textual.pilot import Pilot

from m365backup_tui.domain.run import Outcome
from m365backup_tui.events import AGAIN, FAILED_FILE, Arrived
from m365backup_tui.state import Remote, State
from m365backup_tui.steps import StepId
from tests.screens import states_policies as s
from tests.screens import states_runs as runs
from tests.screens.harness import NOW, SIZE, WIDE, app_showing


@dataclass(frozen=True, slots=True)
class Picture:
    """A state, the keys that lead to the page, and what happens then."""

    state: State
    keys: tuple[str, ...] = ()
    happens: tuple[Arrived[Any], ...] = ()


BIG = s.review(plan=Remote(runs.big_plan(), NOW))
PAUSED = replace(
    runs.long_run(100), wait_until=NOW + timedelta(seconds=40), note="Microsoft Graph is busy."
)
AGAIN_PLAN = replace(s.plan_of(s.FRESH), made_at=NOW + timedelta(seconds=9))
SAVED = Arrived(FAILED_FILE, "/home/ada/m365backup-failed-onedrive.csv", NOW)
DONE_PARTLY = s.applying(runs.partly(), at=StepId.DONE, drafts=())
MAY_NOT = (
    "Your roles do not allow changing the e-mail notifications. That takes a Global Administrator or Microsoft 365 "
    "Backup Administrator. Ask a Global Administrator or Privileged Role Administrator, then check again."
)
PICTURES = {
    "review_big": Picture(BIG),
    "review_big_end": Picture(BIG, ("pagedown", "pagedown", "pagedown", "pagedown", "pagedown")),
    "review_moved_on": Picture(s.review(s.FRESH, run=runs.MOVED_ON, plan=Remote(AGAIN_PLAN, NOW))),
    "apply_long": Picture(s.applying(runs.long_run(100, 1)), ("down", "down", "down")),
    "apply_pause": Picture(s.applying(PAUSED)),
    "apply_job": Picture(s.applying(runs.job_run())),
    "apply_moved_on": Picture(s.applying(runs.MOVED_ON)),
    "apply_partly_big": Picture(s.applying(runs.partly(), drafts=()), ("x",), (SAVED,)),
    "done_partly_big": Picture(DONE_PARTLY),
    "review_notified": Picture(s.review(s.FRESH, plan=Remote(runs.notified(), NOW))),
    "apply_notified": Picture(s.applying(runs.notified_run(Outcome.SENDING))),
    "done_notified": Picture(
        s.applying(runs.notified_run(Outcome.DONE), at=StepId.DONE, drafts=())
    ),
    "done_not_notified": Picture(
        s.applying(runs.notified_run(Outcome.REFUSED, MAY_NOT), at=StepId.DONE, drafts=())
    ),
    "undo": Picture(DONE_PARTLY, ("u",), (Arrived(AGAIN, runs.UNDO, NOW),)),
    "save_plan": Picture(s.review(), ("ctrl+o",)),
}
CASES = [(name, size) for size in (SIZE, WIDE) for name in PICTURES]


@pytest.mark.parametrize(("name", "size"), CASES, ids=[f"{n}-{w}x{h}" for n, (w, h) in CASES])
def test_it_looks_as_agreed(
    name: str, size: tuple[int, int], snap_compare: Callable[..., bool]
) -> None:
    picture = PICTURES[name]
    app = app_showing(picture.state)

    async def lead_there(pilot: Pilot[int]) -> None:
        for key in picture.keys:
            await pilot.press(key)
            await pilot.pause()
        app.wizard.happen(*picture.happens)
        await pilot.pause()
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=lead_there)
