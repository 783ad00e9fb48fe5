"""Pictures of the pages about rules, at 80x24 and 120x40."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from textual.pilot import Pilot

from m365backup_tui.domain.groups import GroupSize
from m365backup_tui.domain.rule_preview import GroupSizes, RulePreview
from m365backup_tui.domain.rules import PolicyRules, SiteWish, SiteWord
from m365backup_tui.events import GROUP_SIZES, RULE_PREVIEW, Arrived
from m365backup_tui.state import Remote, State
from tests.screens import states_policies as s
from tests.screens import states_rules as r
from tests.screens.harness import NOW, SIZE, WIDE, Shown, app_showing


@dataclass(frozen=True, slots=True)
class Picture:
    """A state, the keys that lead to the page, and what happens then."""

    state: State
    keys: tuple[str, ...] = ()
    happens: tuple[Arrived[Any], ...] = ()


FREE = r.ruled(rules=Remote(PolicyRules("p-1"), NOW))
STEP = ("enter", "g", "down", "down", "enter", "down", "space")
SITES = s.policies(policies=Remote((s.PROJECTS,), NOW), rules=Remote(PolicyRules("p-2"), NOW))
TO_SITES = ("down", "enter", "g", "down", "enter")
WORDS = (*"finance, tax", "tab", *"legal")
KEYS = tuple({" ": "space", ",": "comma"}.get(key, key) for key in WORDS)
WISH = replace(
    r.SITES, sites=SiteWish((SiteWord("finance"), SiteWord("tax"), SiteWord("legal", True)))
)
FOUND = RulePreview(
    WISH.key,
    True,
    looked_at=48_211,
    matches=1_204,
    fresh=1_100,
    here=60,
    elsewhere=(("Intranet", 40), ("Nordic", 2), ("Legal hold", 1), ("Old", 1)),
    size=310_000_000_000,
    unknown_sizes=12,
)
COUNTED_GROUPS = (Arrived(GROUP_SIZES, GroupSizes(((r.FINANCE.id, GroupSize(252, 0)),)), NOW),)
NESTED = (Arrived(GROUP_SIZES, GroupSizes(((r.FINANCE.id, GroupSize(252, 3)),)), NOW),)
PICTURES = {
    "rule_ways_list": Picture(FREE, ("enter", "g")),
    "rule_ways_once": Picture(FREE, ("enter", "g", "down")),
    "rule_ways_step": Picture(FREE, ("enter", "g", "down", "down")),
    "rule_there": Picture(r.ruled(), ("enter", "g", "down", "down", "down", "u")),
    "rule_with_errors": Picture(r.ruled(), ("enter", "g", "end", "up")),
    "rule_detail": Picture(r.ruled(), ("enter", "end", "d")),
    "rule_groups": Picture(FREE, STEP, COUNTED_GROUPS),
    "rule_groups_nested": Picture(FREE, STEP, NESTED),
    "rule_preview_groups": Picture(
        FREE, (*STEP, "enter"), (Arrived(RULE_PREVIEW, r.COUNTED, NOW),)
    ),
    "rule_preview_counting": Picture(replace(FREE, rule_preview=r.COUNTING), (*STEP, "enter")),
    "rule_sites": Picture(SITES, (*TO_SITES, *KEYS)),
    "rule_sites_wrong": Picture(SITES, (*TO_SITES, *"fi", "tab", *"2027", "tab", *"2027")),
    "rule_preview_sites": Picture(
        SITES, (*TO_SITES, *KEYS, "enter"), (Arrived(RULE_PREVIEW, FOUND, NOW),)
    ),
    "rule_editor": Picture(
        r.fresh(),
        (
            "enter",
            "down",
            "down",
            "down",
            "enter",
            "down",
            "enter",
            "space",
            "enter",
            "enter",
            "escape",
        ),
    ),
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
        app.wizard.happen(*picture.happens)
        await pilot.pause()
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=lead_there)
