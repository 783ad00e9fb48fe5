"""Pages that lie on top of a step for a while: Esc and Enter lead back to it, and lists with a search line."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on

from m365backup_tui.screens.base import BACK, HELP, Key
from m365backup_tui.screens.step import StepScreen
from m365backup_tui.screens.widgets.entry import Entry
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.steps import StepId

HELP_WHILE_TYPING = Key("f1", "Help", do="help")
"""On pages where a line has the cursor: there ? is a letter like any other."""


class SubPage(StepScreen):
    """A page of the policies step. Esc closes it; what was chosen is in the drafts already."""

    AT = StepId.POLICIES
    ALWAYS: ClassVar[tuple[Key, ...]] = (HELP, BACK)

    def show_more_below(self) -> None:
        """Asked for after a refresh: the page may have been closed by then."""
        if self.query("#body"):
            super().show_more_below()

    def action_back(self) -> None:
        """Back to the page below."""
        self.dismiss(None)


class SearchPage(SubPage):
    """A list (`#rows`) with a search line (`#find`): / goes to the line, Enter and Esc to the list.

    The arrow keys move in the list from either place. A subclass gives `searched(words)`.
    """

    AUTO_FOCUS = "#rows"  # not the line above it: its keys would stand in the bar for a moment
    ENTER_IN_LINE: ClassVar[str] = "To the list"
    """What Enter does while the cursor is in the search line."""

    def searched(self, words: str) -> None:
        """The search line changed."""

    @property
    def rows(self) -> RowList:
        """The list."""
        return self.query_one("#rows", RowList)

    @property
    def find(self) -> Entry:
        """The search line."""
        return self.query_one("#find", Entry)

    def on_mount(self) -> None:
        """Begin in the list."""
        self.rows.focus()

    async def on_key(self, event: events.Key) -> None:
        """Up and down move in the list while the cursor stays in the line."""
        if not getattr(self.focused, "takes_text", False):
            return
        if event.key in {"up", "down"}:
            self.rows.action_move(-1 if event.key == "up" else 1)
            event.stop()
        elif event.key == "enter":
            event.prevent_default()  # it belongs to the line, not to the page's own Enter

    def typing_keys(self) -> tuple[Key, ...]:
        """Enter belongs to the line, not to the page."""
        others = (key for key in super().typing_keys() if key.key not in {"enter", "escape"})
        return (Key("enter", self.ENTER_IN_LINE), *others)

    def action_find(self) -> None:
        """/: type what to look for."""
        self.find.focus()

    @on(Entry.Edited, "#find")
    def _edited(self, event: Entry.Edited) -> None:
        self.searched(event.value)

    @on(Entry.Entered, "#find")
    def _entered(self) -> None:
        self.rows.focus()

    def action_back(self) -> None:
        """Esc: out of the search line first (and empty it), then out of the page."""
        if not getattr(self.focused, "takes_text", False):
            super().action_back()
            return
        self.find.value = ""
        self.rows.focus()
