"""The page behind Ctrl+P: every command that works now, found by typing a part of its name."""

from __future__ import annotations

from collections.abc import Iterable

from textual import events, on
from textual.widget import Widget

from m365backup_tui.screens.page import Page
from m365backup_tui.screens.widgets.entry import Entry
from m365backup_tui.screens.widgets.keys import Key
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column, Row


class PaletteScreen(Page[Key | None]):
    """Pick a command; dismisses with its Key, or None. Flat and opaque, without a spinner.

    Textual's own palette blinks and shows a LoadingIndicator (1.7 and 7.8 KB/s over SSH).
    """

    ALWAYS = (Key("escape", "Close", do="back"),)

    def __init__(self, keys: tuple[Key, ...]) -> None:
        super().__init__()
        self._keys = tuple(key for key in keys if key.do)

    def body(self) -> Iterable[Widget]:
        """The line to type into and what matches."""
        yield Entry("Find a command", id="palette-find")
        yield RowList((Column("Command"), Column("Key", 10)), empty="Nothing has that name.")

    def page_keys(self) -> tuple[Key, ...]:
        """Enter runs the command under the cursor."""
        return (Key("enter", "Do it"),)

    def on_mount(self) -> None:
        """Show everything."""
        self.head("What would you like to do?")
        self._filter("")

    def _filter(self, words: str) -> None:
        wanted = words.casefold().split()
        rows = tuple(
            Row(str(index), (key.label, key.shown), disabled="" if key.enabled else key.why_not)
            for index, key in enumerate(self._keys)
            if all(word in key.label.casefold() for word in wanted)
        )
        self.query_one(RowList).show(rows)

    async def on_key(self, event: events.Key) -> None:
        """Arrows move in the list while the cursor stays in the line."""
        if event.key in {"up", "down"} and not isinstance(self.focused, RowList):
            self.query_one(RowList).action_move(-1 if event.key == "up" else 1)
            event.stop()

    @on(Entry.Edited)
    def _typed(self, event: Entry.Edited) -> None:
        self._filter(event.value)

    @on(Entry.Entered)
    def _entered(self) -> None:
        self.query_one(RowList).action_choose()

    @on(RowList.Chosen)
    def _chosen(self, event: RowList.Chosen) -> None:
        self.dismiss(self._keys[int(event.row_id)])

    @on(RowList.Refused)
    def _refused(self, event: RowList.Refused) -> None:
        self.say(event.reason, "warn")

    async def action_palette(self) -> None:
        """Ctrl+P closes it again."""
        self.action_back()
