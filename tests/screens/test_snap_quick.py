"""Pictures of the quick edit: what was seen last, and units by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from textual.pilot import Pilot

from m365backup_tui.events import NAMED, OPENED, Arrived, Event, SignedInNow
from m365backup_tui.state import NamedUnits, Opened, State
from tests.screens import states as base
from tests.screens import states_policies as s
from tests.screens.harness import NOW, SIZE, WIDE, app_showing
from tests.screens.test_last_seen import OTHER, seen


@dataclass(frozen=True, slots=True)
class Picture:
    """A state, the keys that lead to the page, what happens then, and the keys after that."""

    state: State
    keys: tuple[str, ...] = ()
    happens: tuple[Event, ...] = ()
    more: tuple[str, ...] = ()


def named(**found: object) -> tuple[Event, ...]:
    value = NamedUnits("p-1", "diego", False, **found)  # type: ignore[arg-type]
    return (Arrived(NAMED, value, NOW),)


ASKED = ("enter", "t", *"diego", "enter")
HELD = replace(s.DIEGO, policy="Leaders")
SEVERAL = (
    "diego: 2 accounts fit. Write the address of the one you mean:\n"
    "    diego.siciliani@contoso.com  Diego Siciliani\n    diego.ruiz@contoso.com  Diego Ruiz",
)
PART = Opened(s.EVERYONE, s.UNITS, left_out=46)
PICTURES = {
    "waking": Picture(seen()),
    "waking_part": Picture(seen(), happens=(Arrived(OPENED, PART, NOW),), more=("d", "v")),
    "waking_list": Picture(seen("")),
    "somebody_else": Picture(seen(), ("d",), (SignedInNow(OTHER),)),
    "gone_name": Picture(seen("evryone")),
    "by_name": Picture(s.detail(), ("enter", "t")),
    "by_name_added": Picture(s.detail(), ASKED, named(add=(s.DIEGO,))),
    "by_name_move": Picture(s.detail(), ASKED, named(moves=(HELD,))),
    "by_name_several": Picture(s.detail(), ASKED, named(problems=SEVERAL)),
    "by_name_waking": Picture(seen(), ASKED[1:]),
    "signed_in": Picture(seen(), ("d",), (SignedInNow(base.SIGNED_IN),)),
}
CASES = [(name, size) for size in (SIZE, WIDE) for name in PICTURES]


@pytest.mark.parametrize(("name", "size"), CASES, ids=[f"{n}-{w}x{h}" for n, (w, h) in CASES])
def test_it_looks_as_agreed(
    name: str, size: tuple[int, int], snap_compare: Callable[..., bool]
) -> None:
    picture = PICTURES[name]
    app = app_showing(picture.state)

    async def lead_there(pilot: Pilot[int]) -> None:
        await pilot.pause()
        for key in picture.keys:
            await pilot.press(key)
            await pilot.pause()
        app.wizard.happen(*picture.happens)
        await pilot.pause()
        await pilot.press(*picture.more)
        await pilot.pause()
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=lead_there)
