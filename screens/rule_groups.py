"""The groups of a rule: found by words, ticked, their limits checked while they are chosen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual import on
from textual.widget import Widget

from m365backup_tui.domain.groups import GROUPS_A_PAGE, GroupRef
from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.rule_limits import LIMITS, kind_caution, rule_problems, rules_that_stay
from m365backup_tui.domain.rule_preview import GroupSizes
from m365backup_tui.domain.rules import FoundGroups, RuleWish
from m365backup_tui.screens.base import HelpText, Key
from m365backup_tui.screens.rule_preview import RulePreviewScreen
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


class RuleGroupsScreen(SearchPage):
    """`groups` are those ticked when the page closes, `taken` the rule once it is in the draft."""

    ALONE = True
    ENTER_IN_LINE = "Search"

    def __init__(self, draft: Draft, dynamic: bool, groups: tuple[GroupRef, ...] = ()) -> None:
        super().__init__()
        self.dynamic = dynamic
        self.groups = groups
        self.taken: RuleWish | None = None
        self._draft = draft
        self._words = ""
        self._asked: Remote[FoundGroups] | None = None  # what was there before the search

    def content(self) -> Iterable[Widget]:
        """Search line, the groups, what is wrong or still open."""
        yield Entry("Search", id="find")
        yield RowList(
            _COLUMNS,
            boxes=True,
            header=True,
            empty="No group has these words in its name.",
            id="rows",
        )
        yield Prose(id="sentence", classes="above")

    # What is shown

    @property
    def wish(self) -> RuleWish:
        """The rule as it is chosen now."""
        return RuleWish(self._draft.product, self.dynamic, self.groups)

    def heading(self, view: State) -> str:
        """Which kind of rule, and how many groups it may have."""
        kind = "keeps in step with" if self.dynamic else "takes once"
        most = LIMITS.dynamic_groups if self.dynamic else LIMITS.static_groups
        return f"A rule that {kind} the members of groups: {len(self.groups)} of at most {most} chosen."

    def keys(self, view: State) -> tuple[Key, ...]:
        """Enter goes on when nothing speaks against it."""
        problems = self._problems(view)
        return (
            Key(
                "enter",
                "See whom it takes",
                do="next",
                enabled=not problems,
                why_not=problems[0] if problems else "",
            ),
            Key("space", "Choose"),
            Key("/", "Search", do="find"),
            *self.trouble_keys(view),
            Key("r", "Read again", do="reload"),
        )

    def help(self) -> HelpText:
        """Which groups, and what their numbers are."""
        return HelpText(
            "Security groups and distribution lists can be used. Microsoft 365 groups are listed too, but "
            "whether a rule takes them is UNVERIFIED: the service may refuse them.",
            "People are counted with the groups inside a group. A rule that keeps in step does not look into "
            "groups inside groups; a rule that runs once does.",
            (
                ("/", "type words of the name, Enter searches your whole directory"),
                ("Space", "choose a group or take it out; its people are counted then"),
            ),
        )

    def load(self, state: State) -> None:
        """The first groups, so that the list is not empty at first."""
        self.once("groups", self._search)
        if self.groups:
            self.once("sizes", self._measure)

    def waits(self, state: State) -> Remote[Any] | None:
        """The search; then the counting."""
        sizes = state.group_sizes
        return (
            sizes
            if sizes.busy or (sizes.error and not state.rule_groups.busy)
            else state.rule_groups
        )

    def at_rest(self, state: State) -> str:
        """That there may be more than a search shows."""
        found = state.rule_groups.value
        if found is not None and len(found.groups) >= GROUPS_A_PAGE:
            return f"The first {GROUPS_A_PAGE} groups: type more of the name to find others."
        return ""

    def render_view(self, view: State) -> None:
        """Chosen groups stay, whatever is searched for; after a search the cursor is on what was found."""
        super().render_view(view)
        chosen = {group.id for group in self.groups}
        sizes = (view.group_sizes.value or GroupSizes()).as_dict()

        def row(group: GroupRef) -> Row:
            size = sizes.get(group.id)
            number = f"{size.people:,}" if size else ""
            return Row(group.id, (group.name, group.kind, number), checked=group.id in chosen)

        found = view.rule_groups
        first = None
        if self._asked is not None and found is not self._asked and not found.busy:
            self._asked = None
            fresh = found.value.groups if found.value else ()
            first = next((group.id for group in fresh if group.id not in chosen), None)
        self.rows.show(tuple(row(group) for group in self._listed(view)), cursor=first)
        self._show_sentence(view)

    def _listed(self, view: State) -> tuple[GroupRef, ...]:
        found = view.rule_groups.value
        words = self._words.casefold().split()
        fresh = tuple(
            group
            for group in (found.groups if found else ())
            if all(word in f"{group.name}\n{group.mail}".casefold() for word in words)
        )
        here = {group.id for group in fresh}  # these stay where they are, or the cursor would jump
        return (*(group for group in self.groups if group.id not in here), *fresh)

    def _problems(self, view: State) -> tuple[str, ...]:
        read = view.rules.value
        mine = read is not None and read.policy_id == self._draft.policy_id
        there = rules_that_stay(read.rules if read and mine else (), self._draft.end_rules)
        sizes = (view.group_sizes.value or GroupSizes()).as_dict()
        return rule_problems(self.wish, there, drafted=self._draft.rules, sizes=sizes)

    def _show_sentence(self, view: State) -> None:
        problems = self._problems(view) if self.groups else ()
        words = self.wish.words
        place = self.query_one("#sentence", Prose)
        if problems:
            place.show([(problems[0], "error")])
        elif self.groups:
            caution = kind_caution(self.wish)
            said = f"{words[:1].upper()}{words[1:]}."
            place.show([(said, "plain"), (f"\n{caution}" if caution else "", "warn")])
        else:
            place.show(
                "Space chooses the group under the cursor. Type / and words to search for others."
            )

    # What is done

    def searched(self, words: str) -> None:
        """While typing: those of the list that have the words; Enter asks the directory."""
        self._words = words
        self.show_view()

    @on(Entry.Entered, "#find")
    def _ask(self, event: Entry.Entered) -> None:
        self._words = event.value
        self._asked = self.view.rule_groups
        self._search()

    @on(RowList.Toggled, "#rows")
    def _toggled(self, event: RowList.Toggled) -> None:
        if any(group.id == event.row_id for group in self.groups):
            self.groups = tuple(group for group in self.groups if group.id != event.row_id)
        else:
            listed = self._listed(self.view)
            self.groups = (*self.groups, *(g for g in listed if g.id == event.row_id))
            self._measure()
        self.show_view()

    async def action_next(self) -> None:
        """Enter: see what it would take."""
        page = RulePreviewScreen(self._draft, self.wish)
        await self.open(page, lambda _: self._seen(page))

    def _seen(self, page: RulePreviewScreen) -> None:
        if page.taken:
            self.taken = self.wish
            self.dismiss(None)

    def _search(self) -> None:
        self.wizard.search_groups(self._words)

    def _measure(self) -> None:
        self.wizard.measure_groups(self.groups)

    def action_reload(self) -> None:
        """R: search again."""
        self.again("groups", self._search)
