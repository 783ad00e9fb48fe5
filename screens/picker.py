"""Choose what a policy protects, among a handful or 100,000: search, tick, import, done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from textual import on
from textual.widget import Widget

from m365backup_tui.domain.cost import size_words
from m365backup_tui.domain.facts import SHARED_MAILBOX
from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate
from m365backup_tui.screens.base import HelpText, Key
from m365backup_tui.screens.import_list import ImportScreen
from m365backup_tui.screens.sub_page import SearchPage
from m365backup_tui.screens.views.drafting import amount_words, draft_named
from m365backup_tui.screens.views.finding import (
    Finder,
    Order,
    Show,
    barred_by,
    note_of,
    other_drafts,
    short_address,
    why_barred,
)
from m365backup_tui.screens.widgets.entry import Entry
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column, LazyRows, Row
from m365backup_tui.state import Catalog, Remote, State

_COLUMNS = (
    Column("Name", weight=2),
    Column("Address", weight=3),
    Column("Size", 9, align="right", drop=1),
    Column("", 15, drop=2),
)


class PickerScreen(SearchPage):
    """Ticks go into the draft at once, so that Esc and a lost connection lose nothing. `done` is True after
    Enter. The same page adds to an existing policy."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.done = False
        self._draft_then = draft
        self._words = ""
        self._show, self._order = Show.ALL, Order.LISTED
        self._finder = Finder()
        self._undo: list[tuple[Candidate, ...]] = []
        self._chosen: tuple[tuple[Candidate, ...], dict[str, Candidate]] = ((), {})
        self._others: tuple[tuple[Draft, ...], dict[str, str]] = ((), {})

    def content(self) -> Iterable[Widget]:
        """Search line, what is listed, the list."""
        yield Entry("Search", id="find")
        yield Prose(id="listed")
        yield RowList(_COLUMNS, boxes=True, empty="Nothing matches.", id="rows")

    # What is shown

    @property
    def _product(self) -> Product:
        return self._draft_then.product

    def _draft(self, state: State) -> Draft:
        return draft_named(state, self._draft_then.key) or replace(self._draft_then, add=())

    def _catalog(self, state: State) -> Catalog:
        return state.catalog(self._product).value or Catalog()

    def heading(self, view: State) -> str:
        """Whose choice this is and how much it is."""
        draft, total = self._draft(view), len(self._catalog(view).candidates)
        return f"Choose for “{draft.name}”: {amount_words(self._product, draft.add)}, of {total:,}."

    def keys(self, view: State) -> tuple[Key, ...]:
        """Enter is done; letters work in the list, not while searching."""
        match = len(self._found(view))
        return (
            Key("enter", "Done", do="done"),
            Key("space", "Choose"),
            Key("/", "Search", do="find"),
            Key("a", f"All {match:,}", do="all", enabled=match > 0, why_not="Nothing matches."),
            Key("i", "Import", do="import_list"),
            *self.trouble_keys(view),
            Key("f", "Filter", do="filter"),
            Key("o", "Order", do="sort"),
            Key("u", "Undo", do="undo", enabled=bool(self._undo), why_not="Nothing to undo."),
            Key("r", "Read again", do="reload"),
        )

    def help(self) -> HelpText:
        """How to choose."""
        return HelpText(
            f"Everything that can be protected of {self._product.label}. What another policy protects, or "
            "what Microsoft 365 Backup cannot protect, is dimmed: Space on it says why.",
            f"Sizes come from the usage report and may be a day or two old. {SHARED_MAILBOX.dated}.",
            (
                ("A", "choose all that match the search, now; what appears later is not added"),
                ("F", "list all, only what is not protected, or only what you chose"),
                ("O", "order as listed, by name or by size"),
                ("I", "paste addresses or read a CSV file"),
            ),
        )

    def load(self, state: State) -> None:
        """Read the catalog once a session."""
        catalog = state.catalog(self._product)
        whole = catalog.value is not None and catalog.value.complete
        if not whole and not catalog.busy and catalog.error is None:
            self.once("catalog", self._read)

    def waits(self, state: State) -> Remote[Any] | None:
        """The reading of the catalog."""
        return state.catalog(self._product)

    def usual(self, state: State) -> str:
        """One need not wait."""
        return "you can choose already" if self._catalog(state).candidates else ""

    def explain(self, view: State, row_id: str | None) -> str:
        """All about the row under the cursor, on wide terminals."""
        index = self.rows.cursor
        found, candidates = self._found(view), self._catalog(view).candidates
        if row_id is None or not index < len(found):
            return ""
        unit = candidates[found[index]]
        used = f"last used {unit.last_activity.isoformat()}" if unit.last_activity else ""
        reason = why_barred(unit, self._barred(view))
        lines = (unit.name, unit.address, unit.kind, size_words(unit.size), used, "", reason)
        return "\n".join(line for line in lines if line)

    def render_view(self, view: State) -> None:
        """The list; rows are made when they are looked at."""
        super().render_view(view)
        draft, candidates = self._draft(view), self._catalog(view).candidates
        found, barred, chosen = self._found(view), self._barred(view), self._chosen_of(draft)

        def row_at(index: int) -> Row:
            unit = candidates[found[index]]
            size = size_words(unit.size) if unit.size is not None else ""
            return Row(
                unit.key,
                (unit.name, short_address(unit.address), size, note_of(unit, barred)),
                checked=unit.key in chosen,
                disabled=why_barred(unit, barred),
            )

        listed = f"F shows: {self._show}   O orders: {self._order}   {len(found):,} listed"
        self.query_one("#listed", Prose).show([(listed, "dim")])
        self.rows.show(LazyRows(len(found), row_at))

    def _chosen_of(self, draft: Draft) -> dict[str, Candidate]:
        if self._chosen[0] is not draft.add:
            self._chosen = (draft.add, {unit.key: unit for unit in draft.add})
        return self._chosen[1]

    def _barred(self, view: State) -> dict[str, str]:
        others = other_drafts(view, self._draft_then)
        if self._others[0] != others:
            self._others = (others, barred_by(others))
        return self._others[1]

    def _found(self, view: State) -> Sequence[int]:
        draft = self._draft(view)
        return self._finder.find(
            self._catalog(view).candidates,
            self._words,
            self._show,
            self._order,
            self._chosen_of(draft),
            self._barred(view),
        )

    # What is done

    def _choose(self, add: tuple[Candidate, ...]) -> None:
        draft = self._draft(self.view)
        if add != draft.add:
            self._undo.append(draft.add)
            self.wizard.put_draft(replace(draft, add=add))

    def searched(self, words: str) -> None:
        """The search line changed."""
        self._words = words
        self.show_view()

    @on(RowList.Toggled, "#rows")
    def _toggled(self, event: RowList.Toggled) -> None:
        view, add = self.view, self._draft(self.view).add
        if event.row_id in self._chosen_of(self._draft(view)):
            self._choose(tuple(unit for unit in add if unit.key != event.row_id))
        else:
            found, index = self._found(view), self.rows.cursor
            self._choose((*add, self._catalog(view).candidates[found[index]]))
        self.rows.action_move(1)

    def action_done(self) -> None:
        """Enter: the choice stands."""
        self.done = True
        self.dismiss(None)

    def action_all(self) -> None:
        """A: all that match and can be chosen, besides what is chosen already."""
        view = self.view
        draft, candidates = self._draft(view), self._catalog(view).candidates
        chosen, barred = self._chosen_of(draft), self._barred(view)
        matching = (candidates[i] for i in self._found(view))
        more = (u for u in matching if u.key not in chosen and not why_barred(u, barred))
        self._choose((*draft.add, *more))

    def action_undo(self) -> None:
        """U: as it was before the last change."""
        self.wizard.put_draft(replace(self._draft(self.view), add=self._undo.pop()))

    def action_filter(self) -> None:
        """F: all, not protected, chosen."""
        self._show = self._show.following
        self.show_view()

    def action_sort(self) -> None:
        """O: as listed, by name, by size."""
        self._order = self._order.following
        self.show_view()

    def _read(self) -> None:
        self.wizard.load_catalog(self._product)

    def action_reload(self) -> None:
        """R: read the catalog anew."""
        self.again("catalog", self._read)

    async def action_import_list(self) -> None:
        """I: paste or a file."""
        page = ImportScreen(self._draft(self.view))
        await self.open(page, lambda _: self._imported(page.taken))

    def _imported(self, units: tuple[Candidate, ...]) -> None:
        draft = self._draft(self.view)
        chosen, barred = self._chosen_of(draft), self._barred(self.view)
        more = (u for u in units if u.key not in chosen and not why_barred(u, barred))
        self._choose((*draft.add, *more))
