"""The list of the picker: what there is of a product, searched, filtered and in order, with what is chosen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from rich.cells import cell_len
from textual import events
from textual.widget import Widget

from m365backup_tui.domain.catalog import Catalog
from m365backup_tui.domain.catalog_query import Order, Query
from m365backup_tui.domain.cost import size_words
from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate
from m365backup_tui.screens.import_given import Given
from m365backup_tui.screens.picker_choice import Choice
from m365backup_tui.screens.picker_filter import Listing
from m365backup_tui.screens.picker_search import Finding, Slices
from m365backup_tui.screens.sub_page import SearchPage
from m365backup_tui.screens.views.drafting import draft_named, tally_words
from m365backup_tui.screens.views.finding import (
    barred_by,
    filter_words,
    moved_words,
    note_of,
    other_drafts,
    short_address,
    why_barred,
)
from m365backup_tui.screens.widgets.entry import Entry
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column, LazyRows, Row
from m365backup_tui.state import Remote, State

_COLUMNS = (
    Column("Name", weight=2),
    Column("Address", weight=3),
    Column("Size", 9, align="right", drop=1),
    Column("", 15, drop=2),
)
_NOTHING = Catalog()
_HINTS = ("M move", "V range", "G rule", "T ask")
"""Keys that the bar has no room for at 80 columns; F and O are named by what they are set to."""


def with_hints(line: str, width: int) -> str:
    """The line with as many of the hints as have room in `width` cells."""
    for number in range(len(_HINTS), 0, -1):
        for between in ("   ", "  ", " "):
            full = f"{line}   {between.join(_HINTS[:number])}"
            if cell_len(full) <= width:
                return full
    return line


class PickerList(SearchPage):
    """What is shown; `picker.PickerScreen` is what is done. Rows are made when they are looked at."""

    def __init__(self, draft: Draft, listing: Listing | None = None) -> None:
        super().__init__()
        self._draft_then = draft
        self._words = ""
        self._listing, self._order = listing or Listing(), Order.LISTED
        self._chosen_then = _NOTHING  # what was chosen when only that was to be listed
        self._choice = Choice()
        self._given = Given()  # on the import page
        self._others: tuple[tuple[Draft, ...], dict[str, str]] = ((), {})
        self._news = ("", "plain")
        self._doing = ""
        self._finding = Finding(self._changed)
        self._work = Slices(self._changed)

    def content(self) -> Iterable[Widget]:
        """Search line, what is listed, the list."""
        yield Entry("Search", id="find")
        yield Prose(id="listed")
        yield RowList(_COLUMNS, boxes=True, empty="Nothing matches.", id="rows")

    async def settle(self) -> None:
        """Until nothing is being looked for or chosen beside the screen any more."""
        await self._finding.wait()
        await self._work.wait()

    @property
    def _product(self) -> Product:
        return self._draft_then.product

    def _draft(self, state: State) -> Draft:
        """The draft as it is now; the choice is in step with it."""
        draft = self._draft_in(state)
        self._choice.follow(draft.add)
        return draft

    def _draft_in(self, state: State) -> Draft:
        """A draft of an existing policy that wants nothing any more is gone: what it wanted before stays gone."""
        then = self._draft_then
        if (draft := draft_named(state, then.key)) is not None:
            return draft
        return (
            replace(then, add=())
            if then.new
            else Draft(then.product, then.old_name, then.policy_id, then.old_name)
        )

    def _catalog(self, state: State) -> Catalog:
        return state.catalog(self._product).value or _NOTHING

    def heading(self, view: State) -> str:
        """Whose choice this is and how much it is."""
        draft, total = self._draft(view), len(self._catalog(view))
        words = tally_words(self._product, self._choice.cost)
        return f"Choose for “{draft.name}”: {words}, of {total:,}."

    def load(self, state: State) -> None:
        """Read the catalog once a session."""
        catalog = state.catalog(self._product)
        whole = catalog.value is not None and catalog.value.complete
        if not whole and not catalog.busy and catalog.error is None:
            self.once("catalog", self._read)

    def _read(self) -> None:
        self.wizard.load_catalog(self._product)

    def waits(self, state: State) -> Remote[Any] | None:
        """The reading of the catalog."""
        return state.catalog(self._product)

    def usual(self, state: State) -> str:
        """One need not wait."""
        return "you can choose already" if self._catalog(state) else ""

    def _count(self, view: State) -> None:
        text, tone = self._news
        if self._work.busy or text:
            self.say(self._doing if self._work.busy else text, tone)
        else:
            super()._count(view)

    def explain(self, view: State, row_id: str | None) -> str:
        """All about the row under the cursor, on wide terminals."""
        unit = self._unit(self.rows.cursor)
        if row_id is None or unit is None:
            return ""
        used = f"last used {unit.last_activity.isoformat()}" if unit.last_activity else ""
        chosen = unit.key in self._choice.units
        if chosen:
            reason = moved_words(unit) if unit.policy else ""
        else:
            reason = why_barred(unit, self._draft(view), self._barred(view))
        lines = (unit.name, unit.address, unit.kind, size_words(unit.size), used, "", reason)
        return "\n".join(line for line in lines if line)

    def render_view(self, view: State) -> None:
        """The list as far as it is known."""
        self._finding.check()
        self._work.check()
        draft, barred, chosen = self._draft(view), self._barred(view), self._choice.units
        query = Query.of(self._words, self._listing.filter, self._order, self.now().date())
        source = self._chosen_then if self._listing.chosen else self._catalog(view)
        self._finding.look(source, query, barred)
        super().render_view(view)
        catalog, found = self._finding.shown.catalog, self._finding.shown.found

        def row_at(index: int) -> Row:
            unit = catalog[found[index]]
            size = size_words(unit.size) if unit.size is not None else ""
            on = unit.key in chosen
            return Row(
                unit.key,
                (unit.name, short_address(unit.address), size, note_of(unit, barred, chosen=on)),
                checked=on,
                disabled="" if on else why_barred(unit, draft, barred),
            )

        listing = filter_words(self._listing.filter, chosen=self._listing.chosen)
        shown = f"F shows: {listing}   O: {self._order}   {self._finding.count} match"
        line = self.query_one("#listed", Prose)
        line.show([(with_hints(shown, line.size.width), "dim")])
        self.rows.show(LazyRows(len(found), row_at))

    def on_resize(self, event: events.Resize) -> None:
        """More or fewer keys have room above the list. (The base hears of it too.)"""
        self.call_after_refresh(self.show_view)

    def _unit(self, index: int) -> Candidate | None:
        """What the list shows there."""
        shown = self._finding.shown
        return shown.catalog[shown.found[index]] if 0 <= index < len(shown.found) else None

    def _barred(self, view: State) -> dict[str, str]:
        """Why units cannot be chosen because of other drafts; the same object while they stay as they are."""
        others = other_drafts(view, self._draft_then)
        before = self._others[0]
        if len(before) != len(others) or any(
            a.add is not b.add for a, b in zip(before, others, strict=True)
        ):
            self._others = (others, barred_by(others))
        return self._others[1]

    def searched(self, words: str) -> None:
        """The search line changed."""
        self._words = words
        self._news = ("", "plain")
        self.show_view()

    def on_unmount(self) -> None:
        """Nobody looks any more."""
        self._finding.stop()
        self._work.stop()
