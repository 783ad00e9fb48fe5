"""The base of steps with a long list: a line, opened by / or by a letter, narrows it to what has these words."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on

from m365backup_tui.screens.step import StepScreen
from m365backup_tui.screens.widgets.entry import Entry
from m365backup_tui.screens.widgets.keys import Key, find_key
from m365backup_tui.screens.widgets.rowlist import RowList

FIND = Key("/", "Find", do="find")


class NarrowingScreen(StepScreen):
    """Has an Entry `#find`, made by `find_line`, and a RowList named by `LISTING`.

    The arrow keys and PgDn move in the list from either place; Enter in the line takes the row under
    the cursor; Esc shows everything again. A subclass shows the rows that `matches` lets pass.
    """

    LISTING: ClassVar[str] = ""
    LETTERS: ClassVar[bool] = False
    """A letter typed in the list opens the line and is its first one."""
    finding = False

    def find_line(self, label: str) -> Entry:
        """The line; hidden until it is wanted, and disabled, or it would have the focus at first."""
        line = Entry(label, validator=self._nothing_found, id="find")
        line.display, line.disabled = False, True
        return line

    def found(self, words: str) -> int:
        """How many rows have these words."""
        return 1

    @property
    def words(self) -> str:
        """What the list is narrowed to; "" for all of it."""
        return self.query_one("#find", Entry).value if self.finding else ""

    def _nothing_found(self, words: str) -> str | None:
        if not self.finding or self.found(words):
            return None
        return "None has this in its name. Esc shows all of them."

    @property
    def _listing(self) -> RowList:
        return self.query_one(self.LISTING, RowList)

    async def on_key(self, event: events.Key) -> None:
        """Arrows move in the list while the cursor is in the line; a letter in the list opens the line."""
        in_line = self.finding and not isinstance(self.focused, RowList)
        if in_line and event.key in {"up", "down"}:
            self._listing.action_move(-1 if event.key == "up" else 1)
            event.stop()
        elif (
            self.LETTERS
            and isinstance(self.focused, RowList)
            and event.character is not None
            and event.character.isalpha()
            and find_key(self.all_keys(), event.key, event.character) is None
        ):
            event.stop()
            self.action_find(event.character)

    def action_find(self, first: str = "") -> None:
        """/: open the line, or go back to it."""
        if not self._listing.display:
            return
        line = self.query_one("#find", Entry)
        self.finding = True
        line.display, line.disabled = True, False
        line.value = line.value + first
        line.focus()
        self.show_keys()

    def action_page_on(self, way: int) -> None:
        """PgDn and PgUp move in the list also while the cursor is in the line."""
        if self.finding and not isinstance(self.focused, RowList):
            self._listing.action_page(way)
        else:
            super().action_page_on(way)

    def action_back(self) -> None:
        """Esc: all of the list again, then a step back."""
        if not self.finding:
            super().action_back()
            return
        self.finding = False
        line = self.query_one("#find", Entry)
        line.value = ""
        line.display, line.disabled = False, True
        self._listing.display = True
        self._listing.focus()
        self.show_view()

    @on(Entry.Edited, "#find")
    def _narrowed(self) -> None:
        self.show_view()

    @on(Entry.Entered, "#find")
    def _taken(self) -> None:
        self._listing.action_choose()


def matches(words: str, *names: str) -> bool:
    """Every word is somewhere in one of the names, in any case; "westus" finds "West US 2"."""
    text = " ".join([*names, *(name.replace(" ", "") for name in names)]).casefold()
    return all(word in text for word in words.casefold().split())
