"""What a person sees and does: the words on the screen, and keys pressed one after the other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.state import State
from tests.screens.harness import SIZE, Shown, app_showing


class Seat:
    """Somebody at the terminal: presses keys, reads the screen."""

    def __init__(self, app: Shown, pilot: Pilot[int]) -> None:
        self.app = app
        self._pilot = pilot

    async def press(self, *keys: str) -> str:
        """Press keys one after the other; the text of the screen after the last one."""
        for key in keys:
            await self._pilot.press(key)
            await self._pilot.pause()
        return self.text

    async def type(self, text: str) -> str:
        """Type words."""
        named = {
            " ": "space",
            "/": "slash",
            "-": "minus",
            ".": "full_stop",
            "~": "tilde",
            "_": "underscore",
        }
        return await self.press(*(named.get(character, character) for character in text))

    async def settle(self) -> str:
        """Let what happened reach the screen."""
        await self._pilot.pause()
        await self._pilot.pause()
        return self.text

    @property
    def text(self) -> str:
        """Every line on the screen."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(part.text for part in line).rstrip() for line in strips)

    @property
    def state(self) -> State:
        return self.app.wizard.state

    @property
    def page(self) -> str:
        """The class of the page in front."""
        return type(self.app.screen).__name__

    @property
    def row(self) -> str:
        """The id of the row under the cursor."""
        row = self.app.screen.query_one(RowList).current
        return row.id if row else ""


@asynccontextmanager
async def seated(state: State, size: tuple[int, int] = SIZE) -> AsyncIterator[Seat]:
    """A seat before the app at `state`."""
    app = app_showing(state)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield Seat(app, pilot)
