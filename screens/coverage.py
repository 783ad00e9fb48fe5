"""Coverage: how much of the tenant is protected, by product and kind; Enter opens the list behind a number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual import on
from textual.widget import Widget

from m365backup_tui.domain.coverage import Coverage, Kind
from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.products import Product
from m365backup_tui.screens.base import HelpText, Key
from m365backup_tui.screens.coverage_list import CoverageListScreen
from m365backup_tui.screens.sub_page import SubPage
from m365backup_tui.screens.views import coverage_words as words
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column
from m365backup_tui.state import Remote, State

_COLUMNS = (
    Column("Product", 10, ditto=True),
    Column("What", weight=1),
    Column("How many", 9, align="right"),
    Column("Size", 13, align="right", drop=2),
    Column("Share", 9, align="right", drop=1),
)


class CoverageScreen(SubPage):
    """Read once a visit, and when something was chosen meanwhile; R reads everything anew. The state keeps the result,
    so that lists behind it can be opened."""

    def __init__(self) -> None:
        super().__init__()
        self._counted_with: tuple[Draft, ...] | None = None  # the changes that the count knows

    def content(self) -> Iterable[Widget]:
        """The numbers, and under them what the row means and what it leaves out."""
        yield RowList(_COLUMNS, marks=True, header=True, empty="", id="rows")
        yield Prose(id="about", classes="above")

    def heading(self, view: State) -> str:
        """The one number."""
        return words.headline(view.coverage.value)

    def keys(self, view: State) -> tuple[Key, ...]:
        """Enter opens a list; W writes all of a product."""
        there = view.coverage.value is not None
        nothing = "Nothing is counted yet."
        return (
            Key("enter", "Open list", enabled=there, why_not=nothing),
            Key("w", "Save as CSV", do="write", enabled=there, why_not=nothing),
            *self.trouble_keys(view),
            Key("r", "Read anew", do="reload"),
        )

    def help(self) -> HelpText:
        """What is counted as what."""
        return HelpText(
            "Everything that exists, compared with what policies hold, what rules name and what you are about to "
            "change. Protected means that the service says so now; a paused policy protects nothing.",
            "Sizes are of the usage reports, a day or two old. Shares are of what can be protected.",
            (
                ("Enter", "the list behind a number, and what can be done with it"),
                ("W", "every list of the product under the cursor, as a file in your home"),
            ),
        )

    def load(self, state: State) -> None:
        """Count anew on every visit, and after every choice, since changes may have been made. A count that goes on
        at the beginning is waited for."""
        if self._counted_with is None and state.coverage.busy:
            self._counted_with = state.drafts
        elif self._counted_with != state.drafts:
            self._counted_with = state.drafts
            self.wizard.read_coverage()

    def waits(self, state: State) -> Remote[Any] | None:
        """The reading and counting."""
        return state.coverage

    def usual(self, state: State) -> str:
        """How long it takes."""
        return "large tenants take minutes; you may leave, it goes on"

    def at_rest(self, state: State) -> str:
        """Where a file was written."""
        return words.saved(state.coverage_file)

    def render_view(self, view: State) -> None:
        """The numbers that are there."""
        super().render_view(view)
        coverage = view.coverage.value
        self._rows.show(words.summary_rows(coverage) if coverage is not None else ())
        self._show_about(coverage)

    @property
    def _rows(self) -> RowList:
        return self.query_one("#rows", RowList)

    def _here(self) -> tuple[Product, Kind] | None:
        row = self._rows.current
        if row is None:
            return None
        product, _, kind = row.id.partition(":")
        return Product(product), Kind[kind]

    def _show_about(self, coverage: Coverage | None) -> None:
        here = self._here()
        text = ""
        if coverage is not None and here is not None:
            product, kind = here
            text = f"{words.about(product, kind)} {words.limits(coverage, product)}"
        self.query_one("#about", Prose).show(text)

    @on(RowList.Moved, "#rows")
    def _reads(self) -> None:
        self._show_about(self.view.coverage.value)

    @on(RowList.Chosen, "#rows")
    async def _open(self) -> None:
        here = self._here()
        if here is not None:
            await self.open(CoverageListScreen(*here))

    def action_write(self) -> None:
        """W: all lists of the product under the cursor."""
        here = self._here()
        if here is not None:
            self.wizard.save_coverage(here[0], words.ORDER)

    def action_reload(self) -> None:
        """R: read what exists and what is held anew."""
        self._counted_with = self.view.drafts
        self.wizard.read_coverage(anew=True)
