"""The page behind Ctrl+Q: what is kept when you leave; Enter leaves, Esc stays."""

from __future__ import annotations

from collections.abc import Iterable

from textual.widget import Widget

from m365backup_tui.screens.page import Page
from m365backup_tui.screens.widgets.keys import Key
from m365backup_tui.screens.widgets.prose import Prose


class LeaveScreen(Page[bool]):
    """Dismisses with True to leave, False to stay. `LeaveScreen("Your choices are saved.")`."""

    ALWAYS = (Key("escape", "Stay", do="back"),)

    def __init__(self, kept: str) -> None:
        super().__init__()
        self._kept = kept

    def body(self) -> Iterable[Widget]:
        """What is kept."""
        yield Prose(self._kept)

    def page_keys(self) -> tuple[Key, ...]:
        """Enter leaves."""
        return (Key("enter", "Leave", do="leave"),)

    def on_mount(self) -> None:
        """Ask."""
        self.head("Leave now?")

    async def action_leave(self) -> None:
        """Enter, and Ctrl+Q or Ctrl+C pressed once more: leave."""
        self.dismiss(True)

    def action_back(self) -> None:
        """Esc: stay."""
        self.dismiss(False)

    async def action_palette(self) -> None:
        """There is nothing to find here."""
