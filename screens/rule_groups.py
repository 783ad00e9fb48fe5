"""The groups of a rule: found by words, ticked, their limits checked while they are chosen."""

from __future__ import annotations

from textual import on

from m365backup_tui.domain.groups import GroupRef
from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.rule_limits import LIMITS, kind_caution, rule_problems, rules_that_stay
from m365backup_tui.domain.rule_preview import GroupSizes
from m365backup_tui.domain.rules import FoundGroups, RuleWish
from m365backup_tui.screens.base import HelpText, Key
from m365backup_tui.screens.group_list import GroupListPage
from m365backup_tui.screens.rule_preview import RulePreviewScreen
from m365backup_tui.screens.widgets.entry import Entry
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.state import Remote, State


class RuleGroupsScreen(GroupListPage):
    """`groups` are those ticked when the page closes, `taken` the rule once it is in the draft."""

    ALONE = True
    BOXES = True

    def __init__(self, draft: Draft, dynamic: bool, groups: tuple[GroupRef, ...] = ()) -> None:
        super().__init__(draft)
        self.dynamic = dynamic
        self.groups = groups
        self.taken: RuleWish | None = None
        self._asked: Remote[FoundGroups] | None = None  # what was there before the search

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
        """Also the sizes of those that were chosen before."""
        super().load(state)
        if self.groups:
            self.once("sizes", self._measure)

    def show_groups(self, view: State) -> None:
        """Chosen groups stay, whatever is searched for; after a search the cursor is on what was found."""
        chosen = {group.id for group in self.groups}
        found = view.rule_groups
        first = None
        if self._asked is not None and found is not self._asked and not found.busy:
            self._asked = None
            fresh = found.value.groups if found.value else ()
            first = next((group.id for group in fresh if group.id not in chosen), None)
        rows = (self.row(group, view, checked=group.id in chosen) for group in self.listed(view))
        self.rows.show(tuple(rows), cursor=first)

    def listed(self, view: State) -> tuple[GroupRef, ...]:
        """Those that were chosen, then those that were found."""
        fresh = super().listed(view)
        here = {group.id for group in fresh}  # these stay where they are, or the cursor would jump
        return (*(group for group in self.groups if group.id not in here), *fresh)

    def _problems(self, view: State) -> tuple[str, ...]:
        read = view.rules.value
        mine = read is not None and read.policy_id == self._draft.policy_id
        there = rules_that_stay(read.rules if read and mine else (), self._draft.end_rules)
        sizes = (view.group_sizes.value or GroupSizes()).as_dict()
        return rule_problems(self.wish, there, drafted=self._draft.rules, sizes=sizes)

    def show_sentence(self, view: State) -> None:
        """What is wrong, or what the rule says."""
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

    @on(Entry.Entered, "#find")
    def _remember(self) -> None:
        """Textual runs this before the base's own handler, which searches."""
        self._asked = self.view.rule_groups

    @on(RowList.Toggled, "#rows")
    def _toggled(self, event: RowList.Toggled) -> None:
        if any(group.id == event.row_id for group in self.groups):
            self.groups = tuple(group for group in self.groups if group.id != event.row_id)
        else:
            listed = self.listed(self.view)
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

    def _measure(self) -> None:
        self.wizard.measure_groups(self.groups)
