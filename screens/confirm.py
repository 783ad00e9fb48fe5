"""Ask for a typed word before something that is not easily taken back."""

from __future__ import annotations

from collections.abc import Iterable

from textual import on
from textual.widget import Widget

from m365backup_tui.screens.page import HELP, HelpText, Page
from m365backup_tui.screens.widgets.entry import Entry
from m365backup_tui.screens.widgets.keys import Key
from m365backup_tui.screens.widgets.prose import Prose, Span


class ConfirmScreen(Page[bool]):
    """Type a given word or name to go on; dismisses with True, or False for Esc.

    Example::

        page = ConfirmScreen("Stop protecting 3 mailboxes?", "New backups end ...", word="stop")
        await self.open(page, lambda yes: self.intend(Stop()) if yes else None)
    """

    ALWAYS = (HELP, Key("escape", "Back, nothing happens", do="back"))

    def __init__(self, question: str, consequence: str | list[Span], *, word: str) -> None:
        super().__init__()
        self._question = question
        self._consequence = consequence
        self._word = word

    def body(self) -> Iterable[Widget]:
        """What will happen, then the line to type into."""
        yield Prose(self._consequence)
        yield Prose("")
        yield Entry(
            f"Type  {self._word}  to go on:", validator=self._check, patient=True, id="confirm-word"
        )

    def page_keys(self) -> tuple[Key, ...]:
        """Enter works once the word is there."""
        return (Key("enter", "Go on"),)

    def help(self) -> HelpText:
        """Why there is something to type."""
        return HelpText(
            "You are asked to type a word because the next step is not easily taken back.",
            "Esc goes back and changes nothing.",
        )

    def on_mount(self) -> None:
        """Ask, and put the cursor into the line."""
        self.head(self._question)
        self.query_one(Entry).focus()

    def _check(self, value: str) -> str | None:
        if value.strip().casefold() == self._word.casefold():
            return None
        return f"Type {self._word} and press Enter, or press Esc to go back."

    @on(Entry.Entered)
    def _entered(self) -> None:
        self.dismiss(True)

    def action_back(self) -> None:
        """Esc: no."""
        self.dismiss(False)
