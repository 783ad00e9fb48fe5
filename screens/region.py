"""Region: where billing keeps the tenant id and usage data; not where backups live."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual import on
from textual.widget import Widget

from m365backup_tui.domain.azure import SYNTEX, ResourceGroup, default_region
from m365backup_tui.domain.facts import REGION
from m365backup_tui.screens.help_text import HelpText
from m365backup_tui.screens.narrowing import FIND, NarrowingScreen, matches
from m365backup_tui.screens.widgets.keys import Key
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column, Row
from m365backup_tui.state import Remote, State
from m365backup_tui.steps import StepId

ASK = "*choose*"


def default_of(state: State) -> str:
    """The region answered before, else the group's own where it is offered, else ""."""
    answers, provider = state.answers, state.provider.value
    if answers.region:
        return answers.region
    if provider is None or not answers.group_location or answers.new_group:
        return ""
    found = default_region(provider, ResourceGroup(answers.group, answers.group_location))
    return found.name if found else ""


def rows(state: State, words: str = "") -> tuple[Row, ...]:
    """The regions by name, those that have the words. Without a default and words the first row asks, so that
    Enter alone decides nothing."""
    provider = state.provider.value
    if provider is None:
        return ()
    begins = words.strip().casefold()  # what begins with the words comes first
    regions = sorted(
        provider.regions,
        key=lambda r: (not r.display.casefold().startswith(begins), r.display),
    )
    own = "" if state.answers.new_group else state.answers.group_location
    listed = tuple(
        Row(r.name, (r.display, "the group's region" if r.name == own else ""))
        for r in regions
        if matches(words, r.display, r.name)
    )
    if words or default_of(state) or not listed:
        return listed
    ask = Row(
        ASK,
        ("Choose a region below", ""),
        disabled="Press Down, or type a part of its name, to choose a region.",
    )
    return (ask, *listed)


class RegionScreen(NarrowingScreen):
    """One list, read live from Azure. Typing letters narrows it."""

    STEP = AT = StepId.REGION
    ALONE = True
    LISTING = "#regions"
    LETTERS = True

    def content(self) -> Iterable[Widget]:
        """What the choice means, then the list: it is long."""
        yield Prose(id="meaning", classes="gap")
        yield self.find_line("Region")
        yield RowList(
            (Column("Region", weight=2), Column("", weight=1)),
            empty=f"Azure names no region for {SYNTEX} here. Press F5 to read again.",
            id="regions",
        )

    def heading(self, view: State) -> str:
        """What to decide."""
        return "Choose the region in which billing keeps your tenant id and usage data."

    def keys(self, view: State) -> tuple[Key, ...]:
        """Enter takes the row."""
        again = Key(
            "f5",  # letters find regions here
            "Read again",
            do="again",
            enabled=not view.provider.busy,
            why_not="The regions are being read.",
        )
        if view.provider.value is None:
            return (again, *self.trouble_keys(view))
        return (Key("enter", "Use this one"), FIND, again, *self.trouble_keys(view))

    def load(self, state: State) -> None:
        """The regions of the resource provider."""
        if state.provider == Remote():
            self.once("provider", self.wizard.load_provider)

    def waits(self, state: State) -> Remote[Any] | None:
        """The regions."""
        return state.provider

    def render_view(self, view: State) -> None:
        """The list, with the cursor on the default where there is one."""
        super().render_view(view)
        self.query_one("#meaning", Prose).show(_meaning(view))
        listing = self.query_one("#regions", RowList)
        listing.display = view.provider.value is not None
        if view.provider.value is not None:
            first = listing.current is None
            found = rows(view, self.words)
            listing.display = bool(found) or not self.words
            top = found[0].id if self.words and found else None
            listing.show(found, cursor=default_of(view) if first else top)
            if first:
                listing.focus()

    @on(RowList.Chosen, "#regions")
    def _choose(self, event: RowList.Chosen) -> None:
        if event.row_id != self.view.answers.region:
            self.wizard.choose_region(event.row_id)
        self.wizard.next()

    def found(self, words: str) -> int:
        """How many regions have these words."""
        return len(rows(self.view, words))

    def action_again(self) -> None:
        """F5: read the regions anew."""
        self.again("provider", self.wizard.load_provider)

    async def action_read_again(self) -> None:
        """F5 comes here by the binding of all steps."""
        self.action_again()

    def help(self) -> HelpText:
        """What the region is for."""
        return HelpText(
            f"{REGION.dated}.",
            f"The list is read from Azure: it has the regions in which {SYNTEX} is offered. It may "
            "differ from the region of the resource group.",
            (
                ("A..Z", "Find a region by a part of its name"),
                ("Home", "To the first region; End goes to the last"),
            ),
        )


def _meaning(state: State) -> str:
    new = ""
    if state.answers.new_group:
        new = f" The new group {state.answers.group} will be created in the same region."
    return f"{REGION.dated}.{new}"
