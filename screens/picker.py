"""Choose what a policy protects, among a handful or a million: tick, take all, a range, move, undo, import, done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from textual import on

from m365backup_tui.domain.catalog import Catalog
from m365backup_tui.domain.catalog_query import Order, Query
from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.units import Candidate
from m365backup_tui.screens.ask_service import AskServiceScreen
from m365backup_tui.screens.base import HelpText, Key
from m365backup_tui.screens.picker_filter import FilterScreen, Listing
from m365backup_tui.screens.picker_help import picker_help
from m365backup_tui.screens.picker_list import PickerList
from m365backup_tui.screens.picker_many import Picks, chosen_words, dropped_words
from m365backup_tui.screens.rule import RuleScreen
from m365backup_tui.screens.views.finding import moved_words, own_policy, too_many, why_not_moved
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.state import State


class PickerScreen(PickerList):
    """Ticks go into the draft at once, so that Esc and a lost connection lose nothing. `done` is True after
    Enter. The same page adds to an existing policy."""

    def __init__(self, draft: Draft, listing: Listing | None = None) -> None:
        super().__init__(draft, listing)
        self.done = False
        self._mark: tuple[Query, int, str] | None = None  # the search, the place and the unit of V
        self._sure: Query | None = None  # the search that A was pressed in, for moves
        self._leaving = False

    def keys(self, view: State) -> tuple[Key, ...]:
        """Enter is done; letters work in the list, not while searching."""
        some = len(self._finding.shown.found) > 0
        nothing = "Nothing matches."
        return (
            Key("enter", "Done", do="done"),
            Key("space", "Choose"),
            Key("/", "Search", do="find"),
            Key("a", f"All {self._finding.count}", do="all", enabled=some, why_not=nothing),
            *self.trouble_keys(view),
            Key("i", "Import", do="import_list"),
            Key("g", "By rule", do="rule"),
            Key("t", "Ask Microsoft 365", do="ask"),
            Key("f", "Filter", do="filter"),  # the line above the list names F and O
            Key("o", "Order", do="sort"),
            Key(
                "v", "Range" if self._marked is None else "Choose to here", do="range", enabled=some
            ),
            Key("m", "Move", do="move", enabled=some, why_not=nothing),
            Key("x", "Drop these", do="drop", enabled=some, why_not=nothing),
            Key("u", "Undo", do="undo", enabled=self._choice.can_undo, why_not="Nothing to undo."),
            Key("r", "Read again", do="reload"),
        )

    def help(self) -> HelpText:
        """How to choose."""
        return picker_help(self._product)

    @property
    def _marked(self) -> int | None:
        """Where V was pressed, as long as that unit stands there in the same search (the list may still fill)."""
        if self._mark is None:
            return None
        query, place, key = self._mark
        unit = self._unit(place)
        same = query == self._finding.shown.query and unit is not None and unit.key == key
        return place if same else None

    def _tell(self, words: str, tone: str = "plain") -> None:
        self._news = (words, tone)

    # One row

    @on(RowList.Toggled, "#rows")
    def _toggled(self, event: RowList.Toggled) -> None:
        unit = self._unit(self.rows.cursor)
        if unit is None or self._occupied():
            return
        self._tell("")
        if unit.key in self._choice.units:
            self._choose(self._choice.without((unit.key,)))
        else:
            self._add((unit,))
        self.rows.action_move(1)

    def action_move(self) -> None:
        """M: choose what another policy holds, or take it back."""
        unit = self._unit(self.rows.cursor)
        if unit is None or self._occupied():
            return
        if unit.key in self._choice.units:
            self._tell("")
            self._choose(self._choice.without((unit.key,)))
            return
        reason = why_not_moved(unit, self._draft(self.view), self._barred(self.view))
        self._tell(reason or moved_words(unit), "warn" if reason else "plain")
        if not reason:
            self._add((unit,))
        self.show_view()

    # Many rows

    def action_all(self) -> None:
        """A: all that match and can be chosen, besides what is chosen already. Where the filter names a policy they
        are moves, and A asks once more."""
        query, policy = self._finding.shown.query, self._listing.filter.policy
        moves = bool(policy) and not self._listing.chosen
        if moves and self._sure != query:
            self._sure = query
            self._tell(f"A again moves all of them from “{policy}”. U takes it back.", "warn")
            self.show_view()
            return
        self._sure = None
        self._do(self._taking(None, moves=moves))

    def action_range(self) -> None:
        """V: mark this row; V once more: choose what lies between."""
        here, begun = self.rows.cursor, self._marked
        unit = self._unit(here)
        if begun is None and unit is not None:
            self._mark = (self._finding.shown.query, here, unit.key)
            self._tell("Marked. Go to the other end and press V: all between are chosen.")
            self.show_view()
        elif begun is not None:
            self._mark = None
            self._do(self._taking(range(min(here, begun), max(here, begun) + 1)))

    def action_drop(self) -> None:
        """X: take all that match out of the choice."""
        self._do(self._dropping())

    def _do(self, work: Iterator[None]) -> None:
        """Do it in slices; while it lasts nothing else is chosen."""
        if not self._occupied():
            self._tell("")
            self._doing = ""
            self._work.run(work)
            self.show_view()

    def _occupied(self) -> bool:
        if self._work.busy:
            self.say("Still choosing: a moment.", "warn")
        return self._work.busy

    def _taking(self, places: range | None, *, moves: bool = False) -> Iterator[None]:
        """All that match, or those at `places` of the list."""
        if places is None:
            yield from self._finding.finish()
        search, draft = self._finding.shown, self._draft(self.view)
        picks = Picks(search.catalog, self._choice.units, self._barred(self.view), draft, moves)
        for _ in picks.look(search.found, places):
            self._doing = f"Looking at {picks.seen:,} of {picks.total:,}"
            yield
        if reason := too_many(self._product, self._size_with(len(picks.rows))):
            self._tell(reason, "warn")
            return
        for _ in picks.make():
            self._doing = f"Choosing {len(picks.batch.units):,} of {len(picks.rows):,}"
            yield
        self._choose(self._choice.with_batch(picks.batch))
        self._tell(picks.words)

    def _dropping(self) -> Iterator[None]:
        yield from self._finding.finish()
        search = self._finding.shown
        keys: list[str] = []
        for number, row in enumerate(search.found):
            chunk, inside = search.catalog.place(row)
            keys.append(chunk.key(inside))
            if number % 256 == 255:
                self._doing = f"Looking at {number:,} of {len(search.found):,}"
                yield
        before = len(self._choice.units)
        self._choose(self._choice.without(keys))
        self._tell(dropped_words(before - len(self._choice.units)))

    # The draft

    def _size_with(self, more: int) -> int:
        """How many units the policy would hold with so many more."""
        view = self.view
        draft = self._draft(view)
        policies = view.policies.value or ()
        held = next((p.counts.total for p in policies if p.id == draft.policy_id and p.counts), 0)
        return held - len(draft.remove) + len(draft.add) + more

    def _add(self, units: Sequence[Candidate]) -> None:
        fresh = sum(unit.key not in self._choice.units for unit in units)
        if reason := too_many(self._product, self._size_with(fresh)):
            self._tell(reason, "warn")
            self.show_view()
        else:
            self._choose(self._choice.with_units(units))

    def _choose(self, add: tuple[Candidate, ...]) -> None:
        draft = self._draft_in(self.view)
        if add is not draft.add:
            self.wizard.put_draft(replace(draft, add=add))

    def action_undo(self) -> None:
        """U: as it was before the last change."""
        if not self._occupied():
            self._tell("")
            self._choose(self._choice.undone())

    # Other pages, and leaving

    def action_done(self) -> None:
        """Enter: the choice stands."""
        self.done = True
        self._leave()

    def action_back(self) -> None:
        """Esc: out of the search line, then out of the page; the choice stands too."""
        if getattr(self.focused, "takes_text", False):
            super().action_back()
        else:
            self._leave()

    def _leave(self) -> None:
        """What is being chosen is chosen first: it takes a moment."""
        if self._work.busy:
            self._leaving = True
        else:
            self.dismiss(None)

    def show_view(self) -> None:
        """The newest view; or leave, when that was only waiting for a long choice."""
        if self._leaving and not self._work.busy:
            self._leaving = False
            self.dismiss(None)
        else:
            super().show_view()

    async def action_filter(self) -> None:
        """F: what is listed."""
        page = FilterScreen(self._product, self._listing, self._catalog(self.view))
        await self.open(page, lambda _: self._filtered(page.listing) if page.done else None)

    def _filtered(self, listing: Listing) -> None:
        if listing.chosen:
            self._do(self._listing_chosen(listing))
        else:
            self._listing = listing
            self.show_view()

    def _listing_chosen(self, listing: Listing) -> Iterator[None]:
        """What is unticked later stays in the list until the filter is chosen anew."""
        add, catalog = self._draft(self.view).add, Catalog(complete=True)
        for start in range(0, len(add), 1024):
            catalog = catalog.plus(add[start : start + 1024])
            yield
        self._listing, self._chosen_then = listing, catalog

    def action_sort(self) -> None:
        """O: as listed, by name, by size, by last use."""
        order = list(Order)
        self._order = order[(order.index(self._order) + 1) % len(order)]
        self.show_view()

    def action_reload(self) -> None:
        """R: read the catalog anew."""
        self.again("catalog", self._read)

    async def action_import_list(self) -> None:
        """I: paste or a file."""
        from m365backup_tui.screens.import_list import ImportScreen  # its box takes time to load

        page = ImportScreen(self._draft(self.view), self._given)
        await self.open(page, lambda _: self._imported(page.taken))

    async def action_ask(self) -> None:
        """T: the service's own search, for the words that are in the line."""
        page = AskServiceScreen(self._draft(self.view), self.find.value)
        await self.open(page, lambda _: self._imported(page.taken))

    def _imported(self, units: tuple[Candidate, ...]) -> None:
        """What the list names and may be chosen. A unit with a policy was taken there as a move."""
        draft, barred = self._draft(self.view), self._barred(self.view)

        def free(unit: Candidate) -> bool:
            held = unit.by_rule or unit.key in barred or own_policy(unit, draft)
            return not (unit.unsupported or held)

        before = len(self._choice.units)
        self._add(tuple(unit for unit in units if free(unit)))
        more = len(self._draft_in(self.view).add) - before
        if units and not self._news[0]:
            self._tell(chosen_words(more))
        self.show_view()

    async def action_rule(self) -> None:
        """G: inclusion rules; "by a list" leads back here."""
        await self.open(RuleScreen(self._draft(self.view)))
