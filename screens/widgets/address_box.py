"""One line for a long address: a paste replaces what was there, line breaks are no end of it, it is read at once."""

from __future__ import annotations

from textual import events
from textual.message import Message

from m365backup_tui.screens.widgets.entry import Entry, EntryInput


class _AddressInput(EntryInput):
    """Textual's Input takes the first line of a paste only; a terminal that wrapped an address sends several."""

    class Pasted(Message):
        """Text came in brackets."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def watch_value(self, value: str) -> None:
        """The code in the address of a sign-in is for nobody who looks on, nor for a recording of the line."""
        self.password = "code=" in value

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self.post_message(self.Pasted(event.text))


class AddressBox(Entry):
    """`AddressBox.Given` comes for a paste at once, and for what was typed at Enter; `event.value` is as it came.

    Example::

        yield AddressBox("Paste:", id="paste")

        @on(AddressBox.Given, "#paste")
        def _(self, event: AddressBox.Given) -> None: self.wizard.paste_address(event.value)
    """

    class Given(Entry.Entered):
        """An address to read."""

    def __init__(self, label: str, *, placeholder: str = "", id: str | None = None) -> None:  # noqa: A002
        super().__init__(label, placeholder=placeholder, id=id)
        self._input = _AddressInput("", placeholder, False)

    def take(self, text: str) -> None:
        """Put a pasted text here in place of what was there, and have it read."""
        self.value = "".join(text.split("\n")).replace("\r", "").strip()
        self._input.cursor_position = len(self.value)
        self.post_message(self.Given(self, text))

    def on__address_input_pasted(self, event: _AddressInput.Pasted) -> None:
        """A paste while the cursor is here."""
        event.stop()
        self.take(event.text)
