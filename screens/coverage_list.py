"""One list of the coverage: everything of a kind, and the thing to do with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from textual import on
from textual.widget import Widget

from m365backup_tui.domain.coverage import Amount, Item, Kind
from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import ProtectionUnit
from m365backup_tui.screens.base import HelpText, Key
from m365backup_tui.screens.coverage_target import CoverageTargetScreen
from m365backup_tui.screens.policy_detail import PolicyDetailScreen
from m365backup_tui.screens.policy_editor import PolicyEditorScreen
from m365backup_tui.screens.sub_page import SubPage
from m365backup_tui.screens.views import coverage_words as words
from m365backup_tui.screens.views.drafting import draft_for
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column, LazyRows, Row
from m365backup_tui.state import Remote, State

_COLUMNS = (
    Column("Name", weight=2),
    Column("Address", weight=2, drop=1),
    Column("Size", 9, align="right", drop=2),
    Column("", weight=3),
)
_VERBS = {
    Kind.PROTECTED: "Open policy",
    Kind.IDLE: "Open policy",
    Kind.TWICE: "Open policy",
    Kind.CHOSEN: "Open change",
    Kind.UNPROTECTED: "Protect these",
}
_BY_RULE = "A dynamic rule holds it: change who is in its group, or end the rule in the policy."


class CoverageListScreen(SubPage):
    """Nothing is changed here but drafts: removals of what is gone go into the change of their policy."""

    def __init__(self, product: Product, kind: Kind) -> None:
        super().__init__()
        self._product, self._kind = product, kind
        self._told = ""
        self._chosen: tuple[tuple[Draft, ...], dict[str, str]] = ((), {})

    def content(self) -> Iterable[Widget]:
        """What the list is, the list, and the row under the cursor with all its words."""
        yield Prose(id="about")
        yield RowList(_COLUMNS, boxes=self._kind is Kind.VANISHED, empty="None.", id="rows")
        yield Prose(id="item", classes="above")

    # What is shown

    def _items(self, view: State) -> Sequence[Item]:
        coverage = view.coverage.value
        found = coverage.of(self._product) if coverage is not None else None
        return found.lists.get(self._kind, ()) if found is not None else ()

    def _item(self) -> Item | None:
        rows, items = self.query_one("#rows", RowList), self._items(self.view)
        return items[rows.cursor] if rows.cursor < len(items) else None

    def heading(self, view: State) -> str:
        """How many of what."""
        coverage = view.coverage.value
        found = coverage.of(self._product) if coverage is not None else None
        amount = found.amount(self._kind) if found is not None else Amount()
        return words.in_words(self._product, self._kind, amount)

    def keys(self, view: State) -> tuple[Key, ...]:
        """The one thing to do, and the file."""
        some = len(self._items(view)) > 0
        nothing = "The list is empty."
        main: tuple[Key, ...] = ()
        if verb := _VERBS.get(self._kind):
            main = (Key("enter", verb, enabled=some, why_not=nothing),)
        if self._kind is Kind.VANISHED:
            main = (
                Key("enter", "Done", do="back"),
                Key("space", "Remove, or keep"),
                Key("a", "Remove all", do="all", enabled=some, why_not=nothing),
            )
        return (
            *main,
            Key("w", "Save as CSV", do="write", enabled=some, why_not=nothing),
        )

    def help(self) -> HelpText:
        """What the kind means."""
        more = (("A", "mark all of them for removal, or none"),)
        return HelpText(
            words.about(self._product, self._kind),
            "Counted when you opened the coverage page. What you chose since then is marked; Esc leads to that page, "
            "which counts it anew.",
            more if self._kind is Kind.VANISHED else (),
        )

    def waits(self, state: State) -> Remote[Any] | None:
        """The writing of a file."""
        return state.coverage_file

    def at_rest(self, state: State) -> str:
        """What was just done."""
        return self._told or words.saved(state.coverage_file)

    def render_view(self, view: State) -> None:
        """Rows are made when they are looked at."""
        super().render_view(view)
        items, marked, chosen = self._items(view), self._marked(view), self._chosen_since(view)
        self.query_one("#about", Prose).show([(words.about(self._product, self._kind), "dim")])

        def row_at(index: int) -> Row:
            item = items[index]
            box, change = self._kind is Kind.VANISHED, chosen.get(item.key.lower(), "")
            return words.item_row(
                item, index, box=box, marked=item.unit_id in marked, chosen=change
            )

        self.query_one("#rows", RowList).show(LazyRows(len(items), row_at))
        self._show_item()

    def _show_item(self) -> None:
        item = self._item()
        text = words.whole_item(item) if item is not None else ""
        more = f" {_BY_RULE}" if item is not None and item.by_rule else ""
        if item is not None and (change := self._chosen_since(self.view).get(item.key.lower())):
            more = f" {words.chosen_for(change)}"
        self.query_one("#item", Prose).show(text + more)

    def _chosen_since(self, view: State) -> dict[str, str]:
        """Of the units that were in no change when they were counted: key -> name of the change they are in now."""
        if self._kind is not Kind.UNPROTECTED:
            return {}
        if self._chosen[0] is not view.drafts:
            mine = (draft for draft in view.drafts if draft.product is self._product)
            found = {unit.key.lower(): draft.name for draft in mine for unit in draft.add}
            self._chosen = (view.drafts, found)
        return self._chosen[1]

    def _marked(self, view: State) -> frozenset[str]:
        if self._kind is not Kind.VANISHED:
            return frozenset()
        mine = (d for d in view.drafts if d.product is self._product)
        return frozenset(unit.id for draft in mine for unit in draft.remove)

    @on(RowList.Moved, "#rows")
    def _reads(self) -> None:
        self._told = ""
        self._show_item()
        self.say(self.at_rest(self.view))

    # What is done

    @on(RowList.Toggled, "#rows")
    @on(RowList.Chosen, "#rows")
    async def _do(self) -> None:
        item = self._item()
        if item is None:
            return
        if self._kind is Kind.UNPROTECTED:
            before = self.view.drafts
            await self.open(CoverageTargetScreen(self._product), lambda _: self._back(before))
        elif self._kind is Kind.VANISHED:
            self._remove((item,), keep=item.unit_id in self._marked(self.view))
            self.query_one("#rows", RowList).action_move(1)
        elif (draft := self._draft_with(item)) is not None and draft.new:
            await self.open(PolicyEditorScreen(self._product, draft.key))
        elif (policy := self._policy(item, draft)) is not None:
            await self.open(PolicyDetailScreen(policy))

    def _back(self, before: tuple[Draft, ...]) -> None:
        self._told = ""
        if self.view.drafts != before:
            self._told = "What you chose is marked. Esc leads to the numbers, counted anew."
        self.show_view()

    def _draft_with(self, item: Item) -> Draft | None:
        """The change that has this unit, where no policy does."""
        if item.policy_id:
            return None
        key = item.key.lower()
        mine = (d for d in self.view.drafts if d.product is self._product)
        return next((d for d in mine if any(u.key.lower() == key for u in d.add)), None)

    def _policy(self, item: Item, draft: Draft | None) -> Policy | None:
        wanted = item.policy_id or (draft.policy_id if draft is not None else "")
        return next((p for p in self.view.policies.value or () if p.id == wanted), None)

    def _remove(self, items: Sequence[Item], *, keep: bool) -> None:
        """Into the changes of their policies, or out of them again. What a rule holds cannot be taken out by hand."""
        by_policy: dict[str, list[Item]] = {}
        for item in items:
            if not item.by_rule:
                by_policy.setdefault(item.policy_id, []).append(item)
        for policy in self.view.policies.value or ():
            mine = by_policy.get(policy.id)
            if policy.product is not self._product or not mine:
                continue
            draft = draft_for(self.view, policy)
            ids = {item.unit_id for item in mine}
            rest = tuple(unit for unit in draft.remove if unit.id not in ids)
            gone = () if keep else tuple(_unit(self._product, item) for item in mine)
            self.wizard.put_draft(replace(draft, remove=(*rest, *gone)))
        held = sum(item.by_rule for item in items)
        self._told = ""
        if held:
            self._told = (
                _BY_RULE if len(items) == 1 else f"{held:,} stay: a dynamic rule holds them."
            )
        self.show_view()

    def action_all(self) -> None:
        """A: mark all of them, or take every mark away."""
        items = self._items(self.view)
        free = [item for item in items if not item.by_rule]
        marked = self._marked(self.view)
        self._remove(items, keep=bool(free) and all(item.unit_id in marked for item in free))

    def action_write(self) -> None:
        """W: this list as a file."""
        self._told = ""
        self.wizard.save_coverage(self._product, (self._kind,))


def _unit(product: Product, item: Item) -> ProtectionUnit:
    return ProtectionUnit(product, item.unit_id, item.key, item.name, item.address, item.status)
