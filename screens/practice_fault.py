"""Practice only: when a fault strikes, which requests, and what else can be set for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual import on
from textual.widget import Widget

from m365backup_tui.domain.errors import CloudError, Unreachable
from m365backup_tui.domain.rehearsal import Extra, Mishap, SwitchOn, When
from m365backup_tui.screens.help_text import HelpText
from m365backup_tui.screens.sub_page import SubPage
from m365backup_tui.screens.views import rehearsal_words as shown
from m365backup_tui.screens.widgets.entry import Entry
from m365backup_tui.screens.widgets.keys import Key
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column, Row
from m365backup_tui.state import Remote, State

_STRIKING = (When.NEXT, When.EVERY, When.ONE_IN_TEN, When.TWO_MINUTES, When.ALWAYS)
_LASTING = (When.ALWAYS, When.TWO_MINUTES)
_WORDS = {
    When.NEXT: "The next matching request",
    When.EVERY: "Every so many: type the number below",
    When.ONE_IN_TEN: "One in ten",
    When.TWO_MINUTES: "All for two minutes",
    When.ALWAYS: "All until it is switched off",
}


class PracticeFaultScreen(SubPage):
    """The rows under the two cursors are the choice; Enter anywhere switches the fault on."""

    ALONE = True

    def __init__(self, fault: Mishap, requests: tuple[str, ...]) -> None:
        super().__init__()
        self._fault = fault
        self._requests = listed(fault, requests)
        self._sent: SwitchOn | None = None

    # What is shown

    def content(self) -> Iterable[Widget]:
        """What will be seen, then when, which requests, and extras."""
        fault = self._fault
        yield Prose(id="promise", classes="gap")
        moments = _LASTING if fault.lasting else _STRIKING
        yield RowList(
            (Column("When"),),
            tuple(Row(when.value, (_WORDS[when],)) for when in moments),
            header=True,
            id="when",
            classes="short",
        )
        yield Entry(
            "Every how many", "3", validator=_whole, patient=True, id="every", classes="hidden"
        )
        if self._requests:
            yield RowList(
                (Column("Which requests"),),
                tuple(Row(name, (shown.scope(name),)) for name in self._requests),
                header=True,
                id="which",
                classes="short",
            )
        for number, extra in enumerate(fault.extras):
            yield Entry(label_of(extra), extra.usual, id=f"extra-{number}")

    def on_mount(self) -> None:
        """Begin with when; what the fault usually strikes is chosen already."""
        self._tell()
        self.query_one("#when", RowList).focus()

    def heading(self, view: State) -> str:
        """What is to go wrong."""
        return f"{self._fault.title}: when?"

    def keys(self, view: State) -> tuple[Key, ...]:
        """Enter from anywhere; Tab goes on to the next question."""
        questions = (Key("tab", "Next question"),) if self._questions > 1 else ()
        return (Key("enter", "Switch it on", do="switch_on"), *questions)

    @property
    def _questions(self) -> int:
        return 1 + bool(self._requests) + len(self._fault.extras)

    def waits(self, state: State) -> Remote[Any] | None:
        """The practice tenant, once it was told."""
        return state.rehearsal if self._sent else None

    def meaning_of(self, error: CloudError) -> str:
        """What to change, or whom to ask."""
        if isinstance(error, Unreachable):
            return "It may be busy: press Enter again in a moment. Esc goes back."
        return "Nothing was changed. Correct it and press Enter again."

    def at_rest(self, state: State) -> str:
        """What the line with the cursor takes."""
        if self.focused is None:
            return ""
        for number, extra in enumerate(self._fault.extras):
            if extra.takes and self.query_one(f"#extra-{number}") in self.focused.ancestors:
                return f"Takes {extra.takes}."
        return ""

    def on_descendant_focus(self) -> None:
        """Another question: what it takes, besides the keys."""
        super().on_descendant_focus()
        self.say(self.at_rest(self.view))

    def render_view(self, view: State) -> None:
        """Done: back to the menu, which says so. Refused: the reason, and everything stays as it was typed."""
        super().render_view(view)
        found = view.rehearsal.value
        if self._sent is not None and found is not None and found.done is self._sent:
            self._sent = None
            self.call_later(self._close)

    def _close(self) -> None:
        if self.is_current:
            self.dismiss(None)

    # What is done

    @on(RowList.Moved)
    @on(Entry.Edited)
    def _tell(self) -> None:
        self.query_one("#every").set_class(self._when is not When.EVERY, "hidden")
        promise = shown.promise(self._order(), self._fault.says)
        self.query_one("#promise", Prose).show(promise)

    @property
    def _when(self) -> When:
        row = self.query_one("#when", RowList).current
        return When(row.id) if row else When.ALWAYS

    def _order(self) -> SwitchOn:
        which = self.query_one("#which", RowList).current if self._requests else None
        every = self.query_one("#every", Entry)
        typed = (
            (extra.name, self.query_one(f"#extra-{number}", Entry).value.strip())
            for number, extra in enumerate(self._fault.extras)
        )
        return SwitchOn(
            self._fault.key,
            self._fault.title,
            self._when,
            which.id if which else "",
            int(every.value) if self._when is When.EVERY and every.error is None else 1,
            tuple((name, text) for name, text in typed if text),
        )

    @on(RowList.Chosen)
    @on(Entry.Entered)
    def action_switch_on(self) -> None:
        """Enter: from now on."""
        every = self.query_one("#every", Entry)
        if self._when is When.EVERY and every.error is not None:
            every.focus()
            self.say(every.error, "warn")
            return
        self._sent = self._order()
        self.wizard.rehearse(self._sent)

    def help(self) -> HelpText:
        """How the choice is made."""
        return HelpText(
            "Up and Down choose in a list, Tab goes to the next one. What the arrow points at counts, "
            "so Enter alone takes the next request of the usual kind.",
            "It takes effect at once. Only requests that come after that are struck: to see it, "
            "go back with Esc and do something that asks the service, such as R on a list.",
        )


def listed(fault: Mishap, requests: tuple[str, ...]) -> tuple[str, ...]:
    """What can be chosen, with what this fault usually strikes first; none for a lasting one."""
    if fault.lasting:
        return ()
    return (fault.operation, *(name for name in requests if name != fault.operation))


def label_of(extra: Extra) -> str:
    """What is asked for; what is taken stands in the status line while the cursor is there."""
    return shown.upper(extra.says or extra.name.replace("_", " "))


def _whole(text: str) -> str | None:
    digits = text.strip()
    good = digits.isascii() and digits.isdigit() and len(digits) <= 6 and int(digits) > 0
    return None if good else "Type a whole number from 1."
