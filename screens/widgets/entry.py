"""One line to type into: label in front, a still cursor, and the error in words below."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from textual import events, on
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from m365backup_tui.screens.widgets.prose import Prose

Validator = Callable[[str], str | None]
"""Takes what was typed, returns the sentence that says what is wrong, or None."""


class EntryMessage(Message):
    """Something happened to an entry: `event.entry`, `event.value`."""

    def __init__(self, entry: Entry, value: str) -> None:
        super().__init__()
        self.entry = entry
        self.value = value

    @property
    def control(self) -> Entry:
        """The entry, so that `@on(Entry.Entered, "#name")` works."""
        return self.entry


class EntryInput(Input):
    """Textual's Input, flat and with a cursor that does not blink (1.7 KB/s when it does)."""

    takes_text = True
    """Letters belong to this widget while it has the focus."""

    def __init__(self, value: str, placeholder: str, secret: bool) -> None:
        super().__init__(value, placeholder, password=secret, compact=True, select_on_focus=False)
        self.cursor_blink = False


class Entry(Vertical):
    """A labelled line. What was typed is never replaced except through `value` or `offer`.

    The error is shown as it is typed. With `patient` it waits until the person leaves the line or
    presses Enter, and is shown from then on: for words to be typed in full. Example::

        yield Entry("Policy name", validator=check_name, id="name")

        @on(Entry.Entered, "#name")
        def _(self, event: Entry.Entered) -> None: self.intend(NamePolicy(event.value))
    """

    DEFAULT_CSS = """
    Entry { height: auto; }
    Entry > Horizontal { height: 1; }
    Entry #entry-label { width: auto; padding: 0 1 0 0; }
    Entry EntryInput { width: 1fr; max-width: 100; }
    Entry #entry-error { color: $error; min-height: 1; }
    """

    class Edited(EntryMessage):
        """The value changed; `event.error` is None or the sentence that says what is wrong."""

        def __init__(self, entry: Entry, value: str, error: str | None) -> None:
            super().__init__(entry, value)
            self.error = error

    class Entered(EntryMessage):
        """Enter on a value without an error."""

    def __init__(
        self,
        label: str = "",
        value: str = "",
        *,
        validator: Validator | None = None,
        placeholder: str = "",
        secret: bool = False,
        patient: bool = False,
        id: str | None = None,  # noqa: A002 - Textual's own name
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._label = label
        self._validator = validator
        self._input = EntryInput(value, placeholder, secret)
        self._untouched = True
        self._strict = False
        self._patient = patient
        self._outside: str | None = None

    def compose(self) -> Iterator[Widget]:
        """Label and line, then the line for the error."""
        with Horizontal():
            yield Prose(self._label, id="entry-label")
            yield self._input
        error = Prose("", id="entry-error")
        error.display = self._keeps_line
        yield error

    @property
    def _keeps_line(self) -> bool:
        """The error's line is kept free where it may come while typing: nothing below moves."""
        return self._validator is not None and not self._patient

    @property
    def value(self) -> str:
        """What the line holds."""
        return self._input.value

    @value.setter
    def value(self, value: str) -> None:
        if value != self._input.value:
            self._input.value = value

    @property
    def error(self) -> str | None:
        """What is wrong with the value now, or None."""
        return self._outside or (self._validator(self.value) if self._validator else None)

    def offer(self, value: str) -> None:
        """Pre-fill the line, unless the person has typed in it already."""
        if self._untouched and value != self._input.value:
            with self.prevent(Input.Changed):
                self._input.value = value

    def blame(self, error: str | None) -> None:
        """Show an error found elsewhere (by the service); it goes with the next change."""
        self._outside = error
        self._strict = self._strict or error is not None
        self._show_error()

    def focus(self, scroll_visible: bool = True) -> Entry:
        """Put the cursor into the line."""
        self._input.focus(scroll_visible)
        return self

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._untouched = False
        self._strict = self._strict or not self._patient
        self._outside = None
        self._show_error()
        self.post_message(self.Edited(self, event.value, self.error))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._strict = True
        self._show_error()
        if self.error is None:
            self.post_message(self.Entered(self, event.value))
        else:  # its line came below: not under the lower rule, where nobody sees it
            self.call_after_refresh(self.scroll_visible, animate=False)

    def _on_descendant_blur(self, event: events.DescendantBlur) -> None:
        self._strict = self._strict or not self._untouched
        self._show_error()

    def _show_error(self) -> None:
        error = self.error if self._strict else None
        if self.is_mounted:
            place = self.query_one("#entry-error", Prose)
            place.show(error or "")
            place.display = self._keeps_line or error is not None
            self.set_class(error is not None, "-wrong")
