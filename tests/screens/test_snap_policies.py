"""Pictures of the policy pages, from the empty list to Done, at 80x24 and 120x40."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from textual.pilot import Pilot

from m365backup_tui.domain.lists import ListCheck
from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.run import Outcome, RunPhase
from m365backup_tui.events import CHECKED, Arrived
from m365backup_tui.screens.picker import PickerScreen
from m365backup_tui.state import Remote, State
from m365backup_tui.steps import StepId
from tests.screens import states_policies as s
from tests.screens.harness import NOW, SIZE, WIDE, Shown, app_showing


@dataclass(frozen=True, slots=True)
class Picture:
    """A state, the keys that lead to the page, and what happens then."""

    state: State
    keys: tuple[str, ...] = ()
    happens: tuple[Arrived[ListCheck], ...] = ()


FILLED = s.policies(policies=Remote(s.POLICIES, NOW), drafts=(s.FRESH, s.CHANGED))
PICK = s.policies(onedrive=s.catalog())
LOADING: Remote[tuple[Policy, ...]] = Remote(since=NOW, note="Reading policies")
REFUSED = s.run_at(
    RunPhase.PARTLY,
    Outcome.REFUSED,
    Outcome.NOT_SENT,
    ended=NOW,
)
PICTURES = {
    "policies_empty": Picture(s.policies()),
    "policies_loading": Picture(s.policies(policies=LOADING)),
    "policies_filled": Picture(FILLED, ("down",)),
    "policies_some_roles": Picture(s.only_sharepoint(), ("end", "enter")),
    "policies_error": Picture(s.policies(policies=s.OFFLINE), ("d",)),
    "editor_new": Picture(PICK, ("enter",)),
    "editor_taken_name": Picture(
        s.policies(drafts=(s.FRESH,)), ("down", "enter", "backspace", "backspace", "enter")
    ),
    "picker_chosen": Picture(PICK, ("enter", "enter", "space", "down", "space")),
    "picker_filling": Picture(s.policies(onedrive=s.catalog(complete=False)), ("enter", "enter")),
    "picker_search": Picture(PICK, ("enter", "enter", "slash", "w", "i")),
    "picker_many": Picture(s.policies(onedrive=s.catalog(s.many(48_211))), ("enter", "enter", "a")),
    "picker_moved": Picture(PICK, ("enter", "enter", *["down"] * 4, "m")),
    "picker_filter": Picture(PICK, ("enter", "enter", "f", "space")),
    "picker_filtered": Picture(PICK, ("enter", "enter", "f", "space", "enter", "o", "o", "v")),
    "import_empty": Picture(PICK, ("enter", "enter", "i")),
    "import_checked": Picture(
        PICK, ("enter", "enter", "i", "x", "ctrl+r"), (Arrived(CHECKED, s.CHECKED, NOW),)
    ),
    "detail": Picture(s.detail(), ("enter", "d")),
    "review": Picture(s.review(s.FRESH, s.LEADERS)),
    "review_removal_wrong_name": Picture(s.review(s.FRESH, s.CHANGED), (*"every", "enter")),
    "review_loading": Picture(s.review(plan=Remote(since=NOW, note="Making the plan"))),
    "review_error": Picture(s.review(plan=s.REFUSED_PLAN)),
    "apply_writing": Picture(s.applying(s.WRITING)),
    "apply_watching": Picture(s.applying(s.WATCHING)),
    "apply_partly": Picture(s.applying(s.PARTLY)),
    "apply_stopped": Picture(s.applying(s.STOPPED)),
    "apply_failed": Picture(s.applying(s.FAILED)),
    "apply_refused": Picture(s.applying(REFUSED)),
    "done": Picture(s.applying(s.FINISHED, at=StepId.DONE, drafts=())),
    "done_partly": Picture(s.applying(s.PARTLY, at=StepId.DONE, drafts=())),
    "save_file": Picture(s.applying(s.FINISHED, at=StepId.DONE, drafts=()), ("e",)),
}
CASES = [(name, size) for size in (SIZE, WIDE) for name in PICTURES]


@pytest.mark.parametrize(("name", "size"), CASES, ids=[f"{n}-{w}x{h}" for n, (w, h) in CASES])
def test_it_looks_as_agreed(
    name: str, size: tuple[int, int], snap_compare: Callable[..., bool]
) -> None:
    picture = PICTURES[name]
    app: Shown = app_showing(picture.state)

    async def lead_there(pilot: Pilot[int]) -> None:
        for key in picture.keys:
            await pilot.press(key)
            await pilot.pause()
            if isinstance(app.screen, PickerScreen):
                await app.screen.settle()
        app.wizard.happen(*picture.happens)
        await pilot.pause()
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=lead_there)
