"""Pictures of the pages that lie on top of a step: help, glossary, palette, leaving."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from tests.screens import states
from tests.screens import states_policies as policies
from tests.screens.harness import SIZE, WIDE, Shown, app_showing

Lead = Callable[[Pilot[int]], object]


async def help_page(pilot: Pilot[int]) -> None:
    await pilot.press("question_mark")


async def glossary(pilot: Pilot[int]) -> None:
    await pilot.press("question_mark", "tab")


async def palette(pilot: Pilot[int]) -> None:
    await pilot.press("ctrl+p")


async def palette_narrowed(pilot: Pilot[int]) -> None:
    await pilot.press("ctrl+p", *"help")


async def leaving(pilot: Pilot[int]) -> None:
    await pilot.press("ctrl+q")


PAGES: dict[str, Lead] = {
    lead.__name__: lead for lead in (help_page, glossary, palette, palette_narrowed, leaving)
}


def shown(name: str) -> Shown:
    return app_showing(policies.policies() if name == "leaving" else states.welcome())


@pytest.mark.parametrize("size", [SIZE, WIDE], ids=["80x24", "120x40"])
@pytest.mark.parametrize("name", PAGES)
def test_it_looks_as_agreed(
    snap_compare: Callable[..., bool], name: str, size: tuple[int, int]
) -> None:
    assert snap_compare(shown(name), terminal_size=size, run_before=PAGES[name])
