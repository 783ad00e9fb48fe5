"""What the picker lists: one page of choices, nothing to type. Space chooses, Enter shows the list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from textual import on
from textual.widget import Widget

from m365backup_tui.domain.catalog import Catalog
from m365backup_tui.domain.catalog_query import Filter, Size, Used
from m365backup_tui.domain.products import Product
from m365backup_tui.screens.base import HelpText, Key
from m365backup_tui.screens.sub_page import SubPage
from m365backup_tui.screens.views.finding import kinds_in, policies_in
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column, Row
from m365backup_tui.state import State


@dataclass(frozen=True, slots=True)
class Listing:
    """What is listed. `chosen`: of what is in the draft, and not of everything there is."""

    filter: Filter = field(default_factory=Filter)
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of the page: the group it belongs to, its words, and what is listed once it is chosen."""

    group: str
    words: str
    gives: Listing


class FilterScreen(SubPage):
    """`listing` is what was chosen here; it counts only when `done`."""

    def __init__(self, product: Product, listing: Listing, catalog: Catalog) -> None:
        super().__init__()
        self.listing, self.done = listing, False
        self._product = product
        self._ticked = False
        self._first_row = 0  # the row of the cursor at first
        self._policies, self._kinds = policies_in(catalog), kinds_in(catalog)

    def content(self) -> Iterable[Widget]:
        """The choices, a group after the other."""
        yield RowList((Column(""),), boxes=True, id="rows")

    def heading(self, view: State) -> str:
        """What it is about."""
        return f"Which {self._product.units} to list."

    def keys(self, view: State) -> tuple[Key, ...]:
        """Space is on the list."""
        clear = self.listing != Listing()
        return (
            Key("enter", "Show the list", do="done"),
            Key("space", "Choose"),
            Key("x", "List all", do="clear", enabled=clear, why_not="Everything is listed."),
        )

    def help(self) -> HelpText:
        """How the groups work together."""
        return HelpText(
            "One choice in each group; the list holds what fits all of them, and every word of the search.",
            "Sizes, last use and kinds come from the usage report and may be a day or two old.",
        )

    def options(self) -> tuple[Option, ...]:
        """Every choice, from what is chosen now."""
        now, wanted = self.listing, self.listing.filter
        site = self._product is Product.SHAREPOINT

        def with_(**changes: object) -> Listing:
            return replace(now, filter=replace(wanted, **changes))  # type: ignore[arg-type]

        def free(on: bool, chosen: bool = False) -> Listing:
            return Listing(replace(wanted, free=on), chosen)

        return (
            Option("Show", "everything", free(False)),
            Option("Show", "not protected yet", free(True)),
            Option("Show", "what you chose", free(False, chosen=True)),
            Option("Protected by", "any policy or none", with_(policy=None)),
            *(Option("Protected by", f"“{name}”", with_(policy=name)) for name in self._policies),
            *(Option("Size", size, with_(size=size)) for size in Size),
            *(Option("Last use", used, with_(used=used)) for used in Used),
            *(
                Option("Template" if site else "Kind", words or "not known", with_(kind=kind))
                for kind, words in (
                    ((None, "any"), *((k, k) for k in self._kinds)) if self._kinds else ()
                )
            ),
        )

    def render_view(self, view: State) -> None:
        """The choices as they stand."""
        super().render_view(view)
        self.query_one("#rows", RowList).show(self._rows())

    def _rows(self) -> tuple[Row, ...]:
        """Each group is named once."""
        rows: list[Row] = []
        before = ""
        for number, option in enumerate(self.options()):
            name = option.group if option.group != before else ""
            before = option.group
            on = option.gives == self.listing
            rows.append(Row(str(number), (f"{name:<14}{option.words}",), checked=on))
        return tuple(rows)

    def on_mount(self) -> None:
        """Space at once lists what is not protected: that is what most people come for."""
        rows = self.query_one("#rows", RowList)
        rows.focus()
        at = next(
            (n for n, option in enumerate(self.options()[:3]) if option.gives == self.listing), 0
        )
        self._first_row = at or 1
        rows.show(self._rows(), cursor=str(self._first_row))

    @on(RowList.Toggled, "#rows")
    def _toggled(self, event: RowList.Toggled) -> None:
        self._ticked = True
        options = self.options()
        option = options[int(event.row_id)]
        if option.gives == self.listing:  # take it back: the first choice of its group is "any"
            option = next(o for o in options if o.group == option.group)
        self.listing = option.gives
        self.show_view()

    def action_clear(self) -> None:
        """X: no filter."""
        self._ticked = True
        self.listing = Listing()
        self.show_view()

    def action_done(self) -> None:
        """Enter: list that. Who went to a row and did not press Space means that row."""
        at = self.query_one("#rows", RowList).cursor
        if not self._ticked and at != self._first_row:
            self.listing = self.options()[at].gives
        self.done = True
        self.dismiss(None)
