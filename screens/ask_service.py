"""Ask Microsoft 365 itself for people or sites by words: quicker than the whole list, and it finds what that lacks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual import on
from textual.widget import Widget

from m365backup_tui.domain.cost import size_words
from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.units import Candidate
from m365backup_tui.screens.base import HelpText, Key
from m365backup_tui.screens.sub_page import SearchPage
from m365backup_tui.screens.views.finding import short_address
from m365backup_tui.screens.widgets.entry import Entry
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column, Row
from m365backup_tui.state import Remote, State

_COLUMNS = (
    Column("Name", weight=2),
    Column("Address", weight=3),
    Column("Size", 9, align="right", drop=1),
)


class AskServiceScreen(SearchPage):
    """`taken` are the ticked ones when the page closes after Enter. `words`: what was searched for already."""

    ENTER_IN_LINE = "Search"

    def __init__(self, draft: Draft, words: str = "") -> None:
        super().__init__()
        self.taken: tuple[Candidate, ...] = ()
        self._draft = draft
        self._words = words
        self._ticked: dict[str, Candidate] = {}

    def content(self) -> Iterable[Widget]:
        """Search line, what was found, what to do."""
        yield Entry("Search", id="find")
        yield Prose(id="sentence")
        yield RowList(_COLUMNS, boxes=True, header=True, empty="", id="rows")

    def on_mount(self) -> None:
        """Begin in the line; search at once for what was typed before."""
        self.find.offer(self._words)
        self.call_after_refresh(self.find.focus)  # the list has it at first, as on every such page

    def heading(self, view: State) -> str:
        """Who is asked, and for what."""
        units = self._draft.product.units
        return f"Search Microsoft 365 for {units}, for “{self._draft.name}”."

    def keys(self, view: State) -> tuple[Key, ...]:
        """Enter in the line searches, in the list it takes."""
        many = len(self._ticked)
        if getattr(self.focused, "takes_text", False):
            return (Key("enter", "Search"), Key("down", "To the list"), *self.trouble_keys(view))
        return (
            Key(
                "enter", f"Take {many:,}", do="take", enabled=many > 0, why_not="Choose with Space."
            ),
            Key("space", "Choose"),
            Key("/", "Search", do="find"),
            Key(
                "a",
                "All of these",
                do="all",
                enabled=bool(self._free(view)),
                why_not="None is free.",
            ),
            *self.trouble_keys(view),
        )

    def help(self) -> HelpText:
        """What this search is."""
        return HelpText(
            "This asks Microsoft 365 itself. It is quick also where the whole list takes minutes, and it may find "
            "sites that the list lacks: no person can list every site of an organization.",
            "The service shows the first ones that it finds: type one more word when yours is not among them.",
            (
                ("Enter", "in the line: search; in the list: take what is ticked"),
                ("A", "tick all that are free"),
            ),
        )

    def load(self, state: State) -> None:
        """What was typed on the page before is looked for at once."""
        if self._words:
            self.once("found", self._search)

    def waits(self, state: State) -> Remote[Any] | None:
        """The search."""
        return state.found

    def render_view(self, view: State) -> None:
        """What was found for the words; what was ticked for other words stays, on top."""
        super().render_view(view)
        self.rows.show(tuple(self._row(unit) for unit in self._listed(view)))
        self.query_one("#sentence", Prose).show([(self._sentence(view), "dim")])

    def _listed(self, view: State) -> tuple[Candidate, ...]:
        found = view.found.value
        mine = found is not None and found.product is self._draft.product
        fresh = found.candidates if found is not None and mine else ()
        here = {unit.key for unit in fresh}  # these stay where they are, or the cursor would jump
        return (*(unit for key, unit in self._ticked.items() if key not in here), *fresh)

    def _free(self, view: State) -> tuple[Candidate, ...]:
        return tuple(u for u in self._listed(view) if not u.policy and not u.unsupported)

    def _row(self, unit: Candidate) -> Row:
        size = size_words(unit.size) if unit.size is not None else ""
        cells = (unit.name, short_address(unit.address), size)
        return Row(unit.key, cells, checked=unit.key in self._ticked, disabled=_why_not(unit))

    def _sentence(self, view: State) -> str:
        found = view.found.value
        if view.found.busy or found is None or found.product is not self._draft.product:
            return "Type words of the name, or an address, and press Enter."
        if not found.candidates:
            none = f"Microsoft 365 finds no {self._draft.product.units} for “{found.words}”."
            return f"{none} Press / for other words."
        many = self._draft.product.amount(len(found.candidates))
        return f"Microsoft 365 finds {many} for “{found.words}”. {len(self._ticked):,} chosen."

    # What is done

    @on(Entry.Entered, "#find")
    def _ask(self, event: Entry.Entered) -> None:
        self._words = event.value
        if self._words.strip():
            self._search()

    def _search(self) -> None:
        self.wizard.search_service(self._draft.product, self._words)

    @on(RowList.Toggled, "#rows")
    def _toggled(self, event: RowList.Toggled) -> None:
        unit = next((u for u in self._listed(self.view) if u.key == event.row_id), None)
        if unit is None:
            return
        if self._ticked.pop(unit.key, None) is None:
            self._ticked[unit.key] = unit
        self.show_view()

    def action_all(self) -> None:
        """A: tick all that no policy holds."""
        self._ticked |= {u.key: u for u in self._free(self.view)}
        self.show_view()

    def action_take(self) -> None:
        """Enter in the list: the ticked ones go into the choice."""
        self.taken = tuple(self._ticked.values())
        self.dismiss(None)


def _why_not(unit: Candidate) -> str:
    if unit.unsupported:
        return unit.unsupported
    if unit.policy:
        return f"“{unit.policy}” protects it. In the list of the page before, M moves it."
    return ""
