"""Does on a page what a typed line asks for, with the same keys and messages that a person at the drawn page uses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from textual import events
from textual.app import App
from textual.widget import Widget

from m365backup_tui.plain.grammar import Rows, Text
from m365backup_tui.plain.page_reading import Reading, field_of, keys_of, list_of
from m365backup_tui.plain.words import row_of
from m365backup_tui.screens.page import Page
from m365backup_tui.screens.widgets.address_box import AddressBox
from m365backup_tui.screens.widgets.entry import Entry, EntryInput
from m365backup_tui.screens.widgets.keys import Key, find_key
from m365backup_tui.screens.widgets.rowlist import RowList

if TYPE_CHECKING:
    from textual.widgets import TextArea

_CHARACTERS = {"enter": "\r", "tab": "\t", "space": " ", "escape": "\x1b"}
_EVENTS = {
    *_CHARACTERS,
    "ctrl+p",
    "ctrl+q",
    "up",
    "down",
    "home",
    "end",
    "pageup",
    "pagedown",
    "f5",
}
"""Keys that work without standing in the table of a page, and those that widgets answer themselves."""


def _box() -> type[TextArea]:
    """Heavy to load, and here already when there is one."""
    from textual.widgets import TextArea

    return TextArea


class Hands:
    """`settled` waits until the page has dealt with the last key."""

    def __init__(self, app: App[Any], settled: Callable[[], Awaitable[object]]) -> None:
        self._app = app
        self._settled = settled

    def press(self, name: str) -> str:
        """A key or a command by its name; why it was not done, or ""."""
        page = self._app.screen
        name = name.replace("^", "ctrl+") if len(name) == 2 else name
        key = self._key(page, name)
        if key is None and name.casefold() not in _EVENTS:
            return f"“{name}” means nothing on this page. Type keys for what does, help for how to type."
        pressed = key.key if key is not None else name.casefold()
        if key is not None and key.do and pressed not in _EVENTS and isinstance(page, Page):
            # Not as a key: where a text field waits, a letter would be typed into it.
            page.call_later(page.press, key)
        else:
            self._event(pressed)
        return ""

    def _key(self, page: object, name: str) -> Key | None:
        if not isinstance(page, Page):
            return None
        keys = (*keys_of(page), *page.app_keys)
        if len(name) == 1 or find_key(keys, name.casefold(), None) is not None:
            return find_key(keys, name.casefold(), None)
        named = [
            key for key in keys if name.casefold() in {key.label.casefold(), key.shown.casefold()}
        ]
        return named[0] if len(named) == 1 else None

    def _event(self, name: str) -> None:
        character = name if len(name) == 1 else _CHARACTERS.get(name)
        self._app.post_message(events.Key(name, character))

    async def put(self, asked: Text) -> str:
        """A text into the field that waits."""
        field = field_of(self._app.screen)
        if field is None:
            return "No field waits for a text on this page."
        if not isinstance(field, EntryInput):
            if not asked.text and not asked.enter and isinstance(field, _box()):
                field.text = ""
                return ""
            self._app.post_message(events.Paste(f"{asked.text}\n"))
            return ""
        entry = next((one for one in field.ancestors if isinstance(one, Entry)), None)
        if isinstance(entry, AddressBox):
            entry.take(asked.text)
            return ""
        field.value = asked.text
        field.cursor_position = len(asked.text)
        if asked.enter:
            await self._settled()
            self._event("enter")
        return ""

    async def rows(self, asked: Rows, told: Reading) -> str:
        """Choose rows of the list by number, if the number still means what was `told`."""
        listing = list_of(self._app.screen)
        if listing is None:
            return "There is no list on this page."
        many = len(listing.shown.rows)
        wrong = next((n for n in asked.numbers if not 1 <= n <= many), None)
        if wrong is not None:
            last = f"the last one is {many:,}" if many else "the list is empty"
            return f"There is no row {wrong:,}: {last}. Nothing was chosen."
        if len(asked.numbers) > 1 and not listing.shown.boxes:
            return "Only one row can be chosen here. Nothing was chosen."
        heard, shown = told.heard(listing), listing.shown
        other = next(
            (
                n
                for n in asked.numbers
                if heard.get(n, shown.rows[n - 1].id) != shown.rows[n - 1].id
            ),
            None,
        )
        if other is not None:
            now = row_of(shown, other - 1)
            return (
                f"The list has changed, and this is now row {other:,}. Nothing was chosen.\n{now}"
            )
        refused = []
        for number in asked.numbers:
            self.go_to(listing, number)
            row = listing.current
            if row is not None and row.disabled and len(asked.numbers) > 1:
                refused.append(f"Row {number:,} cannot be chosen: {row.disabled}")
            self._event("space" if listing.shown.boxes else "enter")
            await self._settled()
        return "\n".join(refused)

    def go_to(self, listing: RowList, number: int) -> None:
        """The cursor to a row, from 1."""
        listing.focus()
        listing.select(number - 1)

    async def find(self, words: str) -> str:
        """Search in the list of the page."""
        page = self._app.screen
        key = find_key(page.page_keys(), "/", None) if isinstance(page, Page) else None
        if isinstance(page, Page) and key is not None:
            await page.press(key)
        else:
            line: Widget | None = next(iter(page.query("#find, #palette-find")), None)
            if not isinstance(line, Entry):
                return "This page has nothing to search in."
            line.focus()
        await self._settled()
        if not words:
            return ""
        trouble = await self.put(Text(words, enter=key is None))
        listing = list_of(page)
        if listing is None:
            listing = next(iter(page.query(RowList)), None)
        if key is not None and listing is not None:
            await self._settled()
            listing.focus()
        return trouble
