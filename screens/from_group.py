"""Choose a group whose members are taken as they are now: found by words, its size seen before anything is read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual import on
from textual.widget import Widget

from m365backup_tui.domain.groups import GROUPS_A_PAGE, GroupRef, GroupSize
from m365backup_tui.domain.plan import Draft
from m365backup_tui.screens.base import HelpText, Key
from m365backup_tui.screens.sub_page import SearchPage
from m365backup_tui.screens.widgets.entry import Entry
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column, Row
from m365backup_tui.state import Remote, State

_COLUMNS = (
    Column("Group", weight=3),
    Column("Kind", 27, drop=1),
    Column("People", 7, align="right"),
)


class FromGroupScreen(SearchPage):
    """`taken` holds the group when the page closes after Enter; nothing was read of its members by then."""

    ENTER_IN_LINE = "Search"

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.taken: GroupRef | None = None
        self._draft = draft
        self._words = ""

    def content(self) -> Iterable[Widget]:
        """Search line, the groups, what Enter would take."""
        yield Entry("Search", id="find")
        yield RowList(
            _COLUMNS, header=True, empty="No group has these words in its name.", id="rows"
        )
        yield Prose(id="sentence", classes="above")

    def heading(self, view: State) -> str:
        """What a group is good for here."""
        units = self._draft.product.units
        return f"Take the {units} of everybody who is in a group now, for “{self._draft.name}”."

    def keys(self, view: State) -> tuple[Key, ...]:
        """Enter counts first, then takes."""
        size = self._size_here(view)
        if size is None:
            first = Key("enter", "Count the people", enabled=bool(self._listed(view)))
        else:
            first = Key("enter", f"Look at the {size.people:,}")
        return (
            first,
            Key("/", "Search", do="find"),
            *self.trouble_keys(view),
            Key("r", "Read again", do="reload"),
        )

    def help(self) -> HelpText:
        """The difference between a group taken now and a rule."""
        return HelpText(
            "Everybody who is in the group now is taken, members of groups in it too. Who joins later is not "
            "protected by this: for that, make a rule that keeps in step (G on the policy's page).",
            "Each member is checked as a row of a list is: who is a guest, has no such unit or is protected "
            "elsewhere is shown with the reason.",
            (
                ("/", "type words of the name, Enter searches your whole directory"),
                ("Enter", "count who is in the group; once more: look at them"),
            ),
        )

    def load(self, state: State) -> None:
        """The first groups, so that the list is not empty at first."""
        self.once("groups", self._search)

    def waits(self, state: State) -> Remote[Any] | None:
        """The search; then the counting."""
        sizes, groups = state.group_sizes, state.rule_groups
        return sizes if sizes.busy or (sizes.error and not groups.busy) else groups

    def at_rest(self, state: State) -> str:
        """That there may be more than a search shows."""
        found = state.rule_groups.value
        if found is not None and len(found.groups) >= GROUPS_A_PAGE:
            return f"The first {GROUPS_A_PAGE} groups: type more of the name to find others."
        return ""

    def render_view(self, view: State) -> None:
        """The groups that were found, with their sizes where those were counted."""
        super().render_view(view)
        sizes = view.group_sizes.value.as_dict() if view.group_sizes.value else {}

        def row(group: GroupRef) -> Row:
            size = sizes.get(group.id)
            return Row(group.id, (group.name, group.kind, f"{size.people:,}" if size else ""))

        self.rows.show(tuple(row(group) for group in self._listed(view)))
        self._show_sentence(view)

    def _show_sentence(self, view: State) -> None:
        group, size = self._current(view), self._size_here(view)
        place = self.query_one("#sentence", Prose)
        if group is None:
            place.show("")
        elif size is None:
            place.show("Enter counts who is in it. / searches for another.")
        else:
            place.show(size_sentence(group, size))

    def _listed(self, view: State) -> tuple[GroupRef, ...]:
        found = view.rule_groups.value
        words = self._words.casefold().split()
        return tuple(
            group
            for group in (found.groups if found else ())
            if all(word in f"{group.name}\n{group.mail}".casefold() for word in words)
        )

    def _current(self, view: State) -> GroupRef | None:
        row = self.rows.current
        return next((g for g in self._listed(view) if row and g.id == row.id), None)

    def _size_here(self, view: State) -> GroupSize | None:
        group, sizes = self._current(view), view.group_sizes.value
        return sizes.as_dict().get(group.id) if group and sizes else None

    # What is done

    def searched(self, words: str) -> None:
        """While typing: those of the list that have the words; Enter asks the directory."""
        self._words = words
        self.show_view()

    @on(Entry.Entered, "#find")
    def _ask(self, event: Entry.Entered) -> None:
        self._words = event.value
        self._search()

    @on(RowList.Moved, "#rows")
    def _reads(self) -> None:
        self._show_sentence(self.view)
        self.show_keys()

    @on(RowList.Chosen, "#rows")
    def _chosen(self) -> None:
        group, size = self._current(self.view), self._size_here(self.view)
        if group is None:
            return
        if size is None:
            self.wizard.measure_groups((group,))
        elif size.people == 0:
            self.say(f"Nobody is in {group.name}: choose another group.", "warn")
        else:
            self.taken = group
            self.dismiss(None)

    def _search(self) -> None:
        self.wizard.search_groups(self._words)

    def action_reload(self) -> None:
        """R: search again."""
        self.again("groups", self._search)


def size_sentence(group: GroupRef, size: GroupSize) -> str:
    """`SG Finance: 212 people, with those of 3 groups in it. Enter looks at who they are.`"""
    people = "1 person" if size.people == 1 else f"{size.people:,} people"
    nested = ""
    if size.groups:
        nested = f", with those of {size.groups:,} group{'s' * (size.groups != 1)} in it"
    return f"{group.name}: {people}{nested}. Enter looks at who they are; nothing is chosen yet."
