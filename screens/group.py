"""Resource group: an existing one, or a new one with a name checked while it is typed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual import on
from textual.widget import Widget

from m365backup_tui.domain.azure import ResourceGroup, group_name_problem
from m365backup_tui.screens.help_text import HelpText
from m365backup_tui.screens.narrowing import FIND, NarrowingScreen, matches
from m365backup_tui.screens.widgets.entry import Entry
from m365backup_tui.screens.widgets.keys import Key
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column, Row
from m365backup_tui.state import Remote, State
from m365backup_tui.steps import StepId

SUGGESTED = "rg-m365backup"
NEW = "*new*"  # a star is not allowed in the name of a group, so this row never meets a real one

RIGHTS = (
    "Your rights were read for the whole subscription. A lock or a policy on one group can still "
    "refuse; the page that writes to Azure would say so."
)


def suggested(state: State) -> str:
    """The name already answered, else `rg-m365backup` or the first free one after it."""
    if state.answers.new_group and state.answers.group:
        return state.answers.group
    taken = {g.name.lower() for g in state.groups.value or ()}
    if SUGGESTED not in taken:
        return SUGGESTED
    number = 2
    while f"{SUGGESTED}-{number}" in taken:
        number += 1
    return f"{SUGGESTED}-{number}"


def rows(state: State, words: str = "") -> tuple[Row, ...]:
    """A new group first, then those that exist, by name; with words only those that have them."""
    existing = sorted(state.groups.value or (), key=lambda g: g.name.lower())
    listed = tuple(
        Row(g.name, (g.name, region_words(state, g.location)))
        for g in existing
        if matches(words, g.name)
    )
    if words:
        return listed
    return (Row(NEW, ("Create a new one", f"suggested: {suggested(state)}")), *listed)


def region_words(state: State, location: str) -> str:
    """A region as people read it, where its name is known already."""
    provider = state.provider.value
    names = {r.name: r.display for r in provider.regions} if provider else {}
    return names.get(location, location)


def at_first(state: State) -> str:
    """The row under the cursor at first: the answer, else a group made for backup, else a new one."""
    answers = state.answers
    if answers.group:
        return NEW if answers.new_group else answers.group
    names = [g.name for g in state.groups.value or ()]
    return next((n for n in names if n.lower() == SUGGESTED), NEW)


class GroupScreen(NarrowingScreen):
    """A list, and a line to type a new name into, opened by N or its row."""

    STEP = AT = StepId.GROUP
    ALONE = True
    LISTING = "#groups"
    _typing = False

    def content(self) -> Iterable[Widget]:
        """The groups, the line for a name, and what the choice means."""
        yield self.find_line("Group")
        yield RowList(
            (Column("Resource group", weight=3), Column("Region", weight=2)),
            header=True,
            id="groups",
            classes="short",
        )
        yield Entry("Name of the new group", validator=self._problem, id="name")
        yield Prose(id="meaning", classes="above")

    def heading(self, view: State) -> str:
        """What to decide."""
        chosen = view.chosen_subscription
        where = f" in {chosen.name}" if chosen else ""
        if view.groups.value is None:
            return f"Reading the resource groups{where}."
        if self._typing:
            return f"Name the new resource group{where}."
        return f"Choose the resource group{where} that holds the billing."

    def keys(self, view: State) -> tuple[Key, ...]:
        """While a name is typed, only Enter and Esc."""
        if self._typing:
            return (Key("enter", "Use this name"),)
        again = Key(
            "r",
            "Read again",
            do="again",
            enabled=not view.groups.busy,
            why_not="The groups are being read.",
        )
        if view.groups.value is None:
            return (again, *self.trouble_keys(view))
        return (
            Key("enter", "Use this one"),
            Key("n", "New group", do="new"),
            FIND,
            *self.trouble_keys(view),
            again,
        )

    def load(self, state: State) -> None:
        """The groups; the regions too, for their names and for the next page."""
        if state.groups == Remote():
            self.once("groups", self.wizard.load_groups)
        if state.provider == Remote():
            self.once("provider", self.wizard.load_provider)

    def waits(self, state: State) -> Remote[Any] | None:
        """The groups."""
        return state.groups

    def render_view(self, view: State) -> None:
        """The list or the line."""
        super().render_view(view)
        there = view.groups.value is not None
        listing = self.query_one("#groups", RowList)
        listing.display = there and not self._typing
        entry = self.query_one("#name", Entry)
        entry.display = self._typing
        if there:
            first = listing.current is None
            found = rows(view, self.words)
            listing.display = listing.display and (bool(found) or not self.words)
            top = found[0].id if self.words and found else None
            listing.show(found, cursor=at_first(view) if first else top)
            entry.offer(suggested(view))
            if first and not self._typing:
                listing.focus()
            if first and not view.groups.value:
                self._open_entry()
        self.query_one("#meaning", Prose).show(self._meaning())

    def _meaning(self) -> str:
        if self._typing:
            return (
                "Letters, digits, - _ . ( ) and at most 90 characters. The group is not created "
                "yet: the page Prepare Azure shows what will be written, and asks."
            )
        return f"Nothing is written yet. {RIGHTS}"

    def _problem(self, name: str) -> str | None:
        existing = self.view.groups.value or ()
        return group_name_problem(name.strip(), [g.name for g in existing])

    @on(RowList.Chosen, "#groups")
    def _choose(self, event: RowList.Chosen) -> None:
        if event.row_id == NEW:
            self._open_entry()
            return
        found = _group(self.view, event.row_id)
        if found is not None:
            if (found.name, False) != (self.view.answers.group, self.view.answers.new_group):
                self.wizard.choose_group(found.name, found.location)
            self.wizard.next()

    @on(Entry.Entered, "#name")
    def _named(self, event: Entry.Entered) -> None:
        name, answers = event.value.strip(), self.view.answers
        if not (answers.new_group and answers.group == name):
            self.wizard.choose_group(name, "", new=True)
        self.wizard.next()

    def found(self, words: str) -> int:
        """How many groups have these words in their name."""
        return len(rows(self.view, words))

    def _open_entry(self) -> None:
        if self.finding:  # the line for finding gives way to the one for a name
            NarrowingScreen.action_back(self)
        self._typing = True
        self.query_one("#groups", RowList).display = False
        entry = self.query_one("#name", Entry)
        entry.display = True
        entry.focus()
        self.call_later(self.show_view)

    def action_new(self) -> None:
        """N: name a new group."""
        self._open_entry()

    def action_again(self) -> None:
        """R: read the groups anew."""
        self.again("groups", self.wizard.load_groups)

    def action_back(self) -> None:
        """Esc: from the line back to the list (what was typed stays), from the list a step back."""
        if self._typing and self.view.groups.value:
            self._typing = False
            self.show_view()
            self.query_one("#groups", RowList).focus()
            return
        super().action_back()

    def help(self) -> HelpText:
        """Why a resource group."""
        return HelpText(
            "A resource group is a folder in an Azure subscription. The billing resource of "
            "Microsoft 365 Backup lives in one; it holds no backups.",
            f"A group of its own keeps the bill easy to find. {RIGHTS}",
        )


def _group(state: State, name: str) -> ResourceGroup | None:
    return next((g for g in state.groups.value or () if g.name == name), None)
