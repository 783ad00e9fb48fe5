"""Choose a group whose members are taken as they are now: found by words, its size seen before anything is read."""

from __future__ import annotations

from textual import on

from m365backup_tui.domain.groups import GroupRef, GroupSize
from m365backup_tui.domain.plan import Draft
from m365backup_tui.screens.base import HelpText, Key
from m365backup_tui.screens.group_list import GroupListPage
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.state import State


class FromGroupScreen(GroupListPage):
    """`taken` holds the group when the page closes after Enter; nothing was read of its members by then."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft)
        self.taken: GroupRef | None = None

    def heading(self, view: State) -> str:
        """What a group is good for here."""
        units = self._draft.product.units
        return f"Take the {units} of everybody who is in a group now, for “{self._draft.name}”."

    def keys(self, view: State) -> tuple[Key, ...]:
        """Enter counts first, then takes."""
        size = self._size_here(view)
        if size is None:
            first = Key("enter", "Count the people", enabled=bool(self.listed(view)))
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

    def show_sentence(self, view: State) -> None:
        """What Enter would take."""
        group, size = self._current(view), self._size_here(view)
        place = self.query_one("#sentence", Prose)
        if group is None:
            place.show("")
        elif size is None:
            place.show("Enter counts who is in it. / searches for another.")
        else:
            place.show(size_sentence(group, size))

    def _current(self, view: State) -> GroupRef | None:
        row = self.rows.current
        return next((g for g in self.listed(view) if row and g.id == row.id), None)

    def _size_here(self, view: State) -> GroupSize | None:
        group, sizes = self._current(view), view.group_sizes.value
        return sizes.as_dict().get(group.id) if group and sizes else None

    @on(RowList.Moved, "#rows")
    def _reads(self) -> None:
        self.show_sentence(self.view)
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


def size_sentence(group: GroupRef, size: GroupSize) -> str:
    """`SG Finance: 212 people, with those of 3 groups in it. Enter looks at who they are.`"""
    people = "1 person" if size.people == 1 else f"{size.people:,} people"
    nested = ""
    if size.groups:
        nested = f", with those of {size.groups:,} group{'s' * (size.groups != 1)} in it"
    return f"{group.name}: {people}{nested}. Enter looks at who they are; nothing is chosen yet."
