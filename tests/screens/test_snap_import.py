"""Pictures of lists and groups as sources, at 80x24 and 120x40."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from textual.pilot import Pilot

from m365backup_tui.domain.groups import GroupSize
from m365backup_tui.domain.rule_preview import GroupSizes
from m365backup_tui.domain.rules import FoundGroups
from m365backup_tui.events import CHECKED, GROUP_SIZES, RULE_GROUPS, Arrived
from m365backup_tui.screens.picker import PickerScreen
from tests.screens import states_policies as s
from tests.screens import states_rules as r
from tests.screens.harness import NOW, SIZE, WIDE, Shown, app_showing
from tests.screens.test_import_list import GUESSED, MIXED


@dataclass(frozen=True, slots=True)
class Picture:
    """Keys that lead to the page, what happens then, and keys after that."""

    keys: tuple[str, ...]
    happens: tuple[Arrived[Any], ...] = ()
    then: tuple[str, ...] = ()


IMPORT = ("enter", "enter", "i")
CHECK = (*IMPORT, "x", "ctrl+r")
GROUPS: Arrived[Any] = Arrived(RULE_GROUPS, FoundGroups("", r.GROUPS), NOW)
SIZES: Arrived[Any] = Arrived(GROUP_SIZES, GroupSizes().plus(r.FINANCE.id, GroupSize(212, 3)), NOW)
PICTURES = {
    "moves_offered": Picture(CHECK, (Arrived(CHECKED, MIXED, NOW),), ("down",)),
    "moves_taken": Picture(CHECK, (Arrived(CHECKED, MIXED, NOW),), ("t",)),
    "header_guessed": Picture(CHECK, (Arrived(CHECKED, GUESSED, NOW),)),
    "groups": Picture((*IMPORT, "ctrl+g"), (GROUPS,)),
    "group_counted": Picture((*IMPORT, "ctrl+g"), (GROUPS, SIZES), ("down",)),
}
CASES = [(name, size) for size in (SIZE, WIDE) for name in PICTURES]


@pytest.mark.parametrize(("name", "size"), CASES, ids=[f"{n}-{w}x{h}" for n, (w, h) in CASES])
def test_it_looks_as_agreed(
    name: str, size: tuple[int, int], snap_compare: Callable[..., bool]
) -> None:
    picture = PICTURES[name]
    app: Shown = app_showing(s.policies(onedrive=s.catalog()))

    async def lead_there(pilot: Pilot[int]) -> None:
        for keys, happens in ((picture.keys, picture.happens), (picture.then, ())):
            for key in keys:
                await pilot.press(key)
                await pilot.pause()
                if isinstance(app.screen, PickerScreen):
                    await app.screen.settle()
            app.wizard.happen(*happens)
            await pilot.pause()
            await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=lead_there)
