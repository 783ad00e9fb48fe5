"""The groups of the directory as a list: found by words, with the people in them once those were counted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from textual import on
from textual.widget import Widget

from m365backup_tui.domain.groups import GROUPS_A_PAGE, GroupRef
from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.rule_preview import GroupSizes
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


class GroupListPage(SearchPage):
    """Search line, groups, and a sentence about them (`#sentence`), which a subclass fills in `show_sentence`."""

    ENTER_IN_LINE = "Search"
    BOXES: ClassVar[bool] = False
    """Whether several groups can be ticked."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self._draft = draft
        self._words = ""

    def content(self) -> Iterable[Widget]:
        """Search line, the groups, what there is to say about them."""
        empty = "No group has these words in its name."
        yield Entry("Search", id="find")
        yield RowList(_COLUMNS, boxes=self.BOXES, header=True, empty=empty, id="rows")
        yield Prose(id="sentence", classes="above")

    def show_sentence(self, view: State) -> None:
        """Put what there is to say into `#sentence`."""

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

    def listed(self, view: State) -> tuple[GroupRef, ...]:
        """The groups that were found and have all the words that stand in the line."""
        found = view.rule_groups.value
        words = self._words.casefold().split()
        return tuple(
            group
            for group in (found.groups if found else ())
            if all(word in f"{group.name}\n{group.mail}".casefold() for word in words)
        )

    def row(self, group: GroupRef, view: State, *, checked: bool | None = None) -> Row:
        """One group, with its size where that was counted."""
        size = (view.group_sizes.value or GroupSizes()).as_dict().get(group.id)
        cells = (group.name, group.kind, f"{size.people:,}" if size else "")
        return Row(group.id, cells, checked=checked)

    def render_view(self, view: State) -> None:
        """The list, then the sentence about it."""
        super().render_view(view)
        self.show_groups(view)
        self.show_sentence(view)

    def show_groups(self, view: State) -> None:
        """Put the groups into the list."""
        self.rows.show(tuple(self.row(group, view) for group in self.listed(view)))

    def searched(self, words: str) -> None:
        """While typing: those of the list that have the words; Enter asks the directory."""
        self._words = words
        self.show_view()

    @on(Entry.Entered, "#find")
    def _ask(self, event: Entry.Entered) -> None:
        self._words = event.value
        self._search()

    def _search(self) -> None:
        self.wizard.search_groups(self._words)

    def action_reload(self) -> None:
        """R: search again."""
        self.again("groups", self._search)
