"""A place to paste lists of addresses or links into: flat, and calm with thousands of lines."""

from __future__ import annotations

import asyncio

from textual import events
from textual.document._document_navigator import DocumentNavigator
from textual.message import Message
from textual.widgets import TextArea

from m365backup_tui.screens.widgets.calm_document import CalmDocument

_CHUNK = 250
"""Lines inserted per turn of the loop; about 10 ms each on the reference machine."""


class PasteBox(TextArea):
    """Many lines to type or paste. Import it only where it is used: TextArea is not light.

    `PasteBox.Edited` comes once per change, and once after a paste however long it was.
    Tab leaves the box; Esc goes back as everywhere. Example::

        yield PasteBox(placeholder="One address a line", id="addresses")

        @on(PasteBox.Edited, "#addresses")
        def _(self, event: PasteBox.Edited) -> None: self.intend(Pasted(event.text))
    """

    takes_text = True
    """Letters belong to this widget while it has the focus."""

    DEFAULT_CSS = """
    PasteBox { height: 1fr; min-height: 4; max-width: 100; border: none; padding: 0;
               scrollbar-size: 0 0; background: $background; }
    PasteBox:focus { border: none; }
    PasteBox:ansi { background: ansi_default; color: ansi_default; }
    """

    class Edited(Message):
        """The text changed: `event.box`, `event.text`."""

        def __init__(self, box: PasteBox, text: str) -> None:
            super().__init__()
            self.box = box
            self.text = text

        @property
        def control(self) -> PasteBox:
            """The box, so that `@on(PasteBox.Edited, "#addresses")` works."""
            return self.box

    def __init__(
        self,
        text: str = "",
        *,
        placeholder: str = "",
        id: str | None = None,  # noqa: A002 - Textual's own name
        classes: str | None = None,
    ) -> None:
        self._wrapped_at = -1
        super().__init__(
            text,
            soft_wrap=True,
            compact=True,
            highlight_cursor_line=False,
            placeholder=placeholder,
            id=id,
            classes=classes,
        )
        self.cursor_blink = False

    def _set_document(self, text: str, language: str | None) -> None:
        """Textual's own, with a document that is calm with many lines."""
        super()._set_document(text, language)
        self.wrapped_document = CalmDocument(self.document, tab_width=self.indent_width)
        self.navigator = DocumentNavigator(self.wrapped_document)
        self._rewrap_and_refresh_virtual_size()

    def _on_resize(self) -> None:
        """Wrap anew only for another width: the box is hidden and shown again while a list is checked."""
        if self.wrap_width not in {0, self._wrapped_at}:  # 0: hidden
            self._wrapped_at = self.wrap_width
            super()._on_resize()

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines that are not empty, without blanks around them."""
        return tuple(line.strip() for line in self.text.splitlines() if line.strip())

    async def _on_key(self, event: events.Key) -> None:
        """Esc belongs to the page (TextArea would only leave the box)."""
        if event.key == "escape":
            event.prevent_default()

    async def _on_paste(self, event: events.Paste) -> None:
        """Insert in portions, so that the loop breathes between them."""
        event.prevent_default()
        event.stop()
        await self._insert(event.text)

    async def fill(self, text: str) -> None:
        """Put back what was typed here before, without a pause of the loop. Keys wait until all of it is there."""
        self.read_only = True
        try:
            await self._insert(text)
        finally:
            self.read_only = False

    async def _insert(self, text: str) -> None:
        # A terminal sends CR for a line end inside brackets; some send CR LF.
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for start in range(0, len(lines), _CHUNK):
            portion = lines[start : start + _CHUNK]
            more = start + _CHUNK < len(lines)
            with self.prevent(TextArea.Changed):
                result = self.replace("\n".join(portion) + "\n" * more, *self.selection)
            self.move_cursor(result.end_location)
            await asyncio.sleep(0)
        self.post_message(self.Edited(self, self.text))

    def _on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self.post_message(self.Edited(self, self.text))
