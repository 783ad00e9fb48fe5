"""One existing policy: what it protects and how far each unit is; mark removals, add, rename, pause."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual import on
from textual.widget import Widget

from m365backup_tui.domain.facts import REMOVAL_COST
from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.policies import Policy, PolicyStatus
from m365backup_tui.domain.units import ProtectionUnit
from m365backup_tui.screens.base import HelpText, Key
from m365backup_tui.screens.sub_page import SearchPage
from m365backup_tui.screens.views.drafting import change_words, draft_for, switched
from m365backup_tui.screens.views.finding import short_address
from m365backup_tui.screens.views.policy_rows import counts_words
from m365backup_tui.screens.views.rule_words import rule_counts
from m365backup_tui.screens.views.seen_words import SIGNING_IN, as_it_was, why_no_review
from m365backup_tui.screens.widgets.entry import Entry
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column, LazyRows, Row
from m365backup_tui.state import Remote, State
from m365backup_tui.steps import StepId

if TYPE_CHECKING:
    from m365backup_tui.screens.rule import RuleScreen

_COLUMNS = (
    Column("Name", weight=3),
    Column("Address", weight=4, drop=1),
    Column("State", weight=3),
)
_RULE = "A rule holds it: take the person out of the group, or end the rule: G."
_RULE_MEANS = (
    "A rule that keeps in step holds it, so it cannot be removed by itself. Take the person out of the group, and "
    "the rule lets go within about a day; or end the rule: G."
)


class PolicyDetailScreen(SearchPage):
    """Everything done here goes into the policy's draft; nothing is sent before the review."""

    def __init__(self, policy: Policy) -> None:
        super().__init__()
        self._policy = policy
        self._words = ""

    def content(self) -> Iterable[Widget]:
        """What is wanted, the search line, the units."""
        yield Prose(id="wanted")
        yield Entry("Search", id="find")
        yield RowList(_COLUMNS, boxes=True, header=True, empty="Nothing to show.", id="rows")

    # What is shown

    def _now(self, view: State) -> Policy:
        """The policy as it was read last."""
        for policy in view.policies.value or ():
            if policy.id == self._policy.id:
                return policy
        opened = view.opened.value
        if opened is not None and opened.policy.id == self._policy.id:
            return opened.policy
        return self._policy

    def _units(self, view: State) -> tuple[ProtectionUnit, ...]:
        opened = view.opened.value
        return opened.units if opened and opened.policy.id == self._policy.id else ()

    def _listed(self, view: State) -> tuple[ProtectionUnit, ...]:
        words = self._words.casefold().split()
        if not words:
            return self._units(view)
        return tuple(
            unit
            for unit in self._units(view)
            if all(word in f"{unit.name}\n{unit.address}".casefold() for word in words)
        )

    def _draft(self, view: State) -> Draft:
        return draft_for(view, self._policy)

    def heading(self, view: State) -> str:
        """Product, name, state, counts."""
        policy = self._now(view)
        return f"{policy.product.label} “{policy.name}” is {policy.status.words}: {counts_words(policy)}."

    def keys(self, view: State) -> tuple[Key, ...]:
        """What can be changed."""
        policy = self._now(view)
        resume = policy.status is PolicyStatus.INACTIVE
        awake, late = not view.waking, why_no_review(view)
        waits = bool(view.drafts)
        review = (Key("v", "Review", do="review", enabled=not late, why_not=late),) if waits else ()
        return (
            Key("enter", "Done", do="back"),
            Key("a", "Add", do="add", enabled=awake, why_not=SIGNING_IN),
            Key("d", "Remove", do="remove"),
            *review,
            Key("t", "By name", do="by_name"),
            Key(
                "p",
                "Resume" if resume else "Pause",
                do="power",
                enabled=policy.resting,
                why_not="The service is working on this policy: press R in a while.",
            ),
            Key("g", "By rule", do="rule", enabled=awake, why_not=SIGNING_IN),
            Key("n", "Rename", do="rename"),
            Key("/", "Search", do="find"),
            *self.trouble_keys(view),
            Key("r", "Read again", do="reload", enabled=awake, why_not=SIGNING_IN),
        )

    def help(self) -> HelpText:
        """What removal means."""
        return HelpText(
            "What this policy protects, with the state of each unit as the service gives it.",
            f"{REMOVAL_COST.dated}.",
            (
                ("D", "mark for removal, or take the mark away; Space does the same"),
                ("T", "add or remove by typing a name, an address or the path of a list"),
                ("V", "straight to the review, once something waits for it"),
                ("G", "inclusion rules: add one, end one, run one again"),
                ("P", "pause or resume the whole policy"),
            ),
        )

    def load(self, state: State) -> None:
        """Read the units and the rules once."""
        self.once("opened", self._read)
        self.once("rules", self._read_rules)

    def waits(self, state: State) -> Remote[Any] | None:
        """The reading of this policy."""
        return state.opened

    def usual(self, state: State) -> str:
        """How long it takes."""
        return "large policies take a minute"

    def at_rest(self, state: State) -> str:
        """What is wrong with the unit under the cursor, in full."""
        row = self.rows.current
        unit = next((u for u in self._units(state) if row and u.id == row.id), None)
        return (
            f"{unit.name}: {unit_words(unit)}" if unit and (unit.error or unit.error_code) else ""
        )

    @on(RowList.Moved, "#rows")
    def _reads(self) -> None:
        if not self.view.opened.busy:
            self.say(self.at_rest(self.view))

    def explain(self, view: State, row_id: str | None) -> str:
        """All about one unit, on wide terminals."""
        unit = next((unit for unit in self._units(view) if unit.id == row_id), None)
        if unit is None:
            return ""
        lines = (unit.name, unit.address, "", unit_words(unit), _RULE_MEANS if unit.by_rule else "")
        return "\n".join(lines).rstrip()

    def render_view(self, view: State) -> None:
        """The units; those to be removed carry a sign and say so."""
        super().render_view(view)
        draft = self._draft(view)
        parts = (self._dated(view), self._renamed(view), self._ruled(view), _wanted(draft))
        self.query_one("#wanted", Prose).show(" ".join(part for part in parts if part))
        marked = {unit.id for unit in draft.remove}
        units = self._listed(view)

        def row_at(index: int) -> Row:
            unit = units[index]
            gone = unit.id in marked
            state = "to be removed" if gone else unit.error or unit_words(unit)
            return Row(
                unit.id,
                (unit.name, short_address(unit.address), state),
                checked=False,
                attention=gone,
                disabled=_RULE if unit.by_rule else "",
                tone="warn" if gone or unit.error_code else "plain",
            )

        self.rows.show(LazyRows(len(units), row_at))

    def _ruled(self, view: State) -> str:
        """The rules that the tenant has, once they are read; "" while that is not known or there is none."""
        read = view.rules.value
        if read is None or read.policy_id != self._policy.id or not read.rules:
            return ""
        return f"Rules: {rule_counts(read.rules)}."

    def _dated(self, view: State) -> str:
        """That the units are those of an earlier reading; "" once they were read anew."""
        opened = view.opened.value
        if opened is None or opened.policy.id != self._policy.id or not opened.units:
            return ""
        return as_it_was(view, view.opened, opened.left_out)

    def _renamed(self, view: State) -> str:
        """That somebody gave it another name since it was seen, so that nobody takes it for another policy."""
        was, now = self._policy.name, self._now(view).name
        return f"It was called “{was}” when you opened it." if was != now else ""

    # What is done

    def searched(self, words: str) -> None:
        """The search line changed."""
        self._words = words
        self.show_view()

    @on(RowList.Toggled, "#rows")
    def _toggled(self, event: RowList.Toggled) -> None:
        draft = self._draft(self.view)
        if any(unit.id == event.row_id for unit in draft.remove):
            remove = tuple(unit for unit in draft.remove if unit.id != event.row_id)
        else:
            found = (unit for unit in self._units(self.view) if unit.id == event.row_id)
            remove = (*draft.remove, *found)
        self.wizard.put_draft(replace(draft, remove=remove))
        self.rows.action_move(1)

    def action_remove(self) -> None:
        """D: the same as Space."""
        self.rows.action_tick()

    async def action_add(self) -> None:
        """A: choose more."""
        from m365backup_tui.screens.picker import PickerScreen

        await self.open(PickerScreen(self._draft(self.view)))

    async def action_by_name(self) -> None:
        """T: type names, addresses or the path of a list."""
        from m365backup_tui.screens.by_name import ByNameScreen

        await self.open(ByNameScreen(self._now(self.view)))

    async def action_rule(self) -> None:
        """G: its rules."""
        from m365backup_tui.screens.rule import RuleScreen

        page = RuleScreen(self._draft(self.view))
        await self.open(page, lambda _: self._back_from_rules(page))

    async def _back_from_rules(self, page: RuleScreen) -> None:
        if page.wants_list:
            await self.action_add()

    async def action_rename(self) -> None:
        """N: another name."""
        from m365backup_tui.screens.policy_editor import PolicyEditorScreen

        await self.open(PolicyEditorScreen(self._policy.product, policy=self._policy))

    def action_review(self) -> None:
        """V: straight to the review."""
        self.wizard.go(StepId.REVIEW)

    def action_power(self) -> None:
        """P: pause, resume, or leave it as it is."""
        self.wizard.put_draft(switched(self._draft(self.view), self._now(self.view)))

    def _read(self) -> None:
        self.wizard.open_policy(self._policy)

    def _read_rules(self) -> None:
        self.wizard.load_rules(self._policy.product, self._policy.id)

    def action_reload(self) -> None:
        """R: read the policy anew."""
        self.again("opened", self._read)
        self.again("rules", self._read_rules)


def unit_words(unit: ProtectionUnit) -> str:
    """The state of a unit; an error wins."""
    if unit.error or unit.error_code:
        return f"{unit.status.words}: {unit.error or unit.error_code}"
    return unit.status.words


def _wanted(draft: Draft) -> str:
    if draft.empty:
        return "You have not changed anything here."
    words = f"Waiting to be applied: {change_words(draft)}."
    if draft.remove:
        words += f" {REMOVAL_COST.dated}."
    return words
