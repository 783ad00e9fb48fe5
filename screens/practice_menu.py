"""Practice only, behind F9: make something go wrong on purpose, from any page, and see how often it has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual import on
from textual.widget import Widget

from m365backup_tui.domain.errors import CloudError, Unreachable
from m365backup_tui.domain.rehearsal import (
    AllOff,
    InForce,
    Mishap,
    MoveClock,
    Rehearsal,
    SwitchOff,
    Turn,
)
from m365backup_tui.screens.help_text import HelpText
from m365backup_tui.screens.practice_asides import ClockPage, EarlyPage
from m365backup_tui.screens.practice_fault import PracticeFaultScreen
from m365backup_tui.screens.sub_page import SearchPage
from m365backup_tui.screens.views import rehearsal_words as shown
from m365backup_tui.screens.widgets.entry import Entry
from m365backup_tui.screens.widgets.keys import Key
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column
from m365backup_tui.state import Remote, State

_COLUMNS = (Column("Where", 15, drop=1), Column("What goes wrong", weight=2), Column("", 19))
_NOTHING = "Nothing is switched on."


class PracticeMenuScreen(SearchPage):
    """Lies on top of any page, which keeps what it holds; Esc or F9 leads back to it. The list is the practice
    tenant's own. What is on comes first."""

    def __init__(self) -> None:
        super().__init__()
        self._words = ""

    def content(self) -> Iterable[Widget]:
        """The line to filter with, the list, and what the row under the cursor means."""
        yield Entry("Filter", id="find")
        yield RowList(_COLUMNS, marks=True, empty="Nothing to show.", id="rows")
        yield Prose(id="about", classes="about")

    # What is shown

    def _found(self, view: State) -> Rehearsal:
        return view.rehearsal.value or Rehearsal()

    def _current(self) -> Mishap | InForce | None:
        row = self.rows.current
        return shown.found(self._found(self.view), row.id if row else None)

    def heading(self, view: State) -> str:
        """What this is for."""
        return "Practice: make something go wrong."

    def keys(self, view: State) -> tuple[Key, ...]:
        """Enter on what is on offers to end it; the rest works on all."""
        current = self._current() if self.is_attached and self.query("#rows") else None
        on_now = isinstance(current, InForce) or (isinstance(current, Mishap) and current.on)
        return (
            Key("enter", "Choose"),
            Key("/", "Filter", do="find"),
            Key("d", "Off", do="off", enabled=on_now, why_not="This is not on."),
            Key(
                "a",
                "All off",
                do="all_off",
                enabled=not self._found(view).quiet,
                why_not=_NOTHING,
            ),
            Key("t", "Time ahead", do="time"),
            Key("e", "Too early", do="early"),
            Key("r", "Look again", do="look"),
        )

    def load(self, state: State) -> None:
        """Ask once each time the menu is opened: the counts are others by then."""
        self.once("rehearsal", self.wizard.look_at_rehearsal)

    def waits(self, state: State) -> Remote[Any] | None:
        """The question to the practice tenant."""
        return state.rehearsal

    def meaning_of(self, error: CloudError) -> str:
        """The practice tenant is on this machine: no network is to blame."""
        return meaning_of(error)

    def at_rest(self, state: State) -> str:
        """What the last change has done, else how much is on."""
        found = state.rehearsal.value
        if found is None:
            return ""
        return shown.said(found.done, found) or shown.summary(found)

    def render_view(self, view: State) -> None:
        """The list and the words below it."""
        super().render_view(view)
        self.rows.show(shown.rows(self._found(view), self._words))
        self._tell()

    def explain(self, view: State, row_id: str | None) -> str:
        """The same words beside the list, on wide terminals."""
        return shown.about(self._found(view), row_id)

    @on(RowList.Moved, "#rows")
    def _tell(self) -> None:
        row = self.rows.current
        about = shown.about(self._found(self.view), row.id if row else None)
        self.query_one("#about", Prose).show(about)
        self.show_keys()

    # What is done

    def searched(self, words: str) -> None:
        """The filter changed."""
        self._words = words
        self.show_view()

    @on(RowList.Chosen, "#rows")
    async def _chosen(self) -> None:
        thing = self._current()
        if isinstance(thing, InForce):
            self.say(f"{thing.title}: {shown.pace_of(thing)}; {shown.struck(thing)}. D ends it.")
        elif thing is not None and thing.named:
            self.wizard.rehearse(Turn(thing.key, thing.title, not thing.on))
        elif thing is not None:
            await self.open(
                PracticeFaultScreen(thing, thing.requests or self._found(self.view).requests)
            )

    def action_off(self) -> None:
        """D: end what is under the cursor."""
        thing = self._current()
        if isinstance(thing, InForce):
            self.wizard.rehearse(SwitchOff(thing.number, thing.title))
        elif isinstance(thing, Mishap) and thing.on:
            self.wizard.rehearse(Turn(thing.key, thing.title, on=False))

    def action_all_off(self) -> None:
        """A: end everything."""
        self.wizard.rehearse(AllOff())

    def action_look(self) -> None:
        """R: ask again, for the newest counts."""
        self.again("rehearsal", self.wizard.look_at_rehearsal)

    async def action_time(self) -> None:
        """T: move the tenant's clock ahead."""
        await self.open(ClockPage(), self._time_passed)

    def _time_passed(self, hours: int | None) -> None:
        if hours:
            self.wizard.rehearse(MoveClock(hours))

    async def action_early(self) -> None:
        """E: who came back before a Retry-After allowed it."""
        await self.open(EarlyPage(self._found(self.view).early))

    def help(self) -> HelpText:
        """Why there is such a page."""
        return HelpText(
            "Only the practice tenant has this page. Choose what is to go wrong, then when and for "
            "which requests; it takes effect at once. Esc leads back to the page you came from, "
            "which has kept everything.",
            "What is on stays on, also after you leave the wizard, until it is switched off here or "
            "`m365backup-tui practice reset` starts the practice tenant over. “struck 1 of 4” means: "
            "of four requests that could have been struck, one was.",
            (
                ("D", "switch off what is under the cursor"),
                ("A", "switch everything off"),
                ("T", "let an hour or a day pass for the practice tenant"),
                ("E", "see who came back sooner than a Retry-After allowed"),
            ),
        )


def meaning_of(error: CloudError) -> str:
    """What trouble with the practice tenant means."""
    if isinstance(error, Unreachable):
        return (
            "It may be busy: press R in a moment. If it stays so, leave with Ctrl+Q and start the "
            "wizard again; what you entered is kept."
        )
    return "Nothing was changed. Press R to see what is on now."
