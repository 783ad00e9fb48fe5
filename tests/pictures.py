"""The pictures of the README, drawn by the app itself: `python -m tests.pictures` writes docs/pictures/*.svg.

They show states made by hand (Contoso, a still clock), so that they are the same on every machine.
`tests/screens/test_pictures.py` fails when a page no longer looks like its picture.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import tests.screens.conftest  # noqa: F401 - fixes the environment before Textual is imported
from m365backup_tui.state import Remote, State
from m365backup_tui.steps import StepId
from tests.screens import states, states_policies
from tests.screens.harness import NOW, SIZE, WIDE, app_showing

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
_FONT_FACES = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
_FONTS = '"Fira Code", ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace'


@dataclass(frozen=True, slots=True)
class Picture:
    """One page of the wizard: the state it shows, the keys that lead there, its size in cells."""

    state: Callable[[], State]
    keys: tuple[str, ...] = ()
    size: tuple[int, int] = SIZE


def _policies() -> State:
    listed = Remote(states_policies.POLICIES, NOW)
    drafts = (states_policies.LEADERS, states_policies.CHANGED)
    return states_policies.policies(policies=listed, drafts=drafts)


def _review() -> State:
    return states_policies.review(states_policies.FRESH, states_policies.LEADERS)


def _choosing() -> State:
    # Not the account whose name is in Japanese: a browser may lack the letters, or space them otherwise.
    units = tuple(unit for unit in states_policies.ACCOUNTS if unit.name.isascii())
    return states_policies.policies(onedrive=states_policies.catalog(units))


def _without_exchange() -> State:
    roles = states.held("SharePoint Administrator")
    return states.permissions(states.report(roles))


PICTURES: dict[str, Picture] = {
    "01-welcome": Picture(states.welcome),
    "02-sign-in": Picture(states.signing_in),
    "03-permissions": Picture(_without_exchange),
    "04-subscription": Picture(states.subscription),
    "05-resource-group": Picture(states.group),
    "06-region": Picture(states.region),
    "07-prepare-azure": Picture(states.prepare),
    "08-turn-on": Picture(
        lambda: states.turn_on(accepted=True, billing=Remote(states.ALMOST, NOW))
    ),
    "09-policies": Picture(_policies, ("down",)),
    "10-choose": Picture(
        _choosing,
        ("enter", "enter", "space", "down", "space"),
    ),
    "11-review": Picture(_review),
    "12-apply": Picture(lambda: states_policies.applying(states_policies.WATCHING)),
    "13-done": Picture(
        lambda: states_policies.applying(states_policies.FINISHED, at=StepId.DONE, drafts=())
    ),
    "wide": Picture(_without_exchange, ("down",), WIDE),
}
"""By file name, in the order of the steps."""


async def draw(name: str) -> str:
    """The picture as SVG, without fonts from the network: whoever opens it fetches nothing."""
    picture = PICTURES[name]
    app = app_showing(picture.state())
    async with app.run_test(size=picture.size) as pilot:
        await pilot.pause()
        for key in picture.keys:
            await pilot.press(key)
            await pilot.pause()
        await pilot.pause()
        svg = app.export_screenshot(title="m365backup-tui")
    return _without_fonts(svg)


def _without_fonts(svg: str) -> str:
    lines = _FONT_FACES.sub("", svg).replace("Fira Code, monospace", _FONTS).splitlines()
    return "\n".join(line.rstrip() for line in lines) + "\n"


def file_of(name: str) -> Path:
    return FOLDER / f"{name}.svg"


async def _write() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in PICTURES:
        file_of(name).write_text(await draw(name), encoding="utf-8")
        print(file_of(name).relative_to(FOLDER.parent.parent))


def main() -> int:
    asyncio.run(_write())
    return 0


if __name__ == "__main__":
    sys.exit(main())
