"""One policy as it should become: its name, what it protects, and whether it backs up from the start."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from textual import events, on
from textual.widget import Widget

from m365backup_tui.domain.limits import POLICY_NAME_MAX
from m365backup_tui.domain.plan import Draft, Power
from m365backup_tui.domain.policies import Policy, name_problem
from m365backup_tui.domain.products import Product
from m365backup_tui.screens.base import BACK, HelpText, Key
from m365backup_tui.screens.picker import PickerScreen
from m365backup_tui.screens.rule import RuleScreen
from m365backup_tui.screens.sub_page import HELP_WHILE_TYPING, SubPage
from m365backup_tui.screens.views.drafting import (
    amount_words,
    draft_for,
    draft_named,
    free_name,
    other_names,
    power_words,
    switched,
)
from m365backup_tui.screens.views.rule_words import rule_counts
from m365backup_tui.screens.widgets.entry import Entry
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column, Row
from m365backup_tui.state import State


class PolicyEditorScreen(SubPage):
    """`PolicyEditorScreen(product)` makes a new policy, with `key` it goes on with that draft, with `policy`
    it changes an existing one. Enter in the name goes straight to choosing; Down reaches the rest."""

    ALWAYS = (HELP_WHILE_TYPING, BACK)

    def __init__(self, product: Product, key: str = "", policy: Policy | None = None) -> None:
        super().__init__()
        self._product = product
        self._key = key
        self._policy = policy

    def content(self) -> Iterable[Widget]:
        """Name, then the other choices as a short list."""
        yield Entry("Name", validator=self._check, id="name")
        yield Prose("")
        yield RowList((Column("", 14), Column("")), id="choices", classes="short")
        yield Prose(id="what", classes="above")

    def heading(self, view: State) -> str:
        """New or existing."""
        if self._policy is not None:
            return f"Change the {self._product.label} policy “{self._policy.name}”."
        return f"Name the new {self._product.label} policy, then choose what it protects."

    def keys(self, view: State) -> tuple[Key, ...]:
        """Enter is the main thing of where the cursor is."""
        if self._policy is not None:
            return (Key("enter", "Use this name"), Key("tab", "More"))
        return (Key("enter", f"Choose {self._product.units}"), Key("tab", "More"))

    def help(self) -> HelpText:
        """Names and what happens to them."""
        return HelpText(
            "A policy has a name and a list of what it protects. Both can be changed later.",
            f"The admin center allows {POLICY_NAME_MAX} characters and wants names to be unique.",
            (("Down", "from the name to the other choices"),),
        )

    def on_mount(self) -> None:
        """Offer a name and put the cursor there."""
        self.query_one("#name", Entry).offer(self._draft(self.view).name)
        self.query_one("#name", Entry).focus()

    def render_view(self, view: State) -> None:
        """The choices as they stand."""
        super().render_view(view)
        draft = self._draft(view)
        chosen = Row(
            "choose",
            ("Add" if self._policy else "Protects", amount_words(self._product, draft.add)),
        )
        power = Row("power", ("New backups", power_words(draft, self._policy)))
        rule = Row("rule", ("By rule", rule_counts(draft.rules) or "no rules"))
        self.query_one("#choices", RowList).show((chosen, power, rule))
        self.query_one("#what", Prose).show(
            "Nothing is written to Microsoft 365 here: this becomes a draft for the review."
        )

    # The draft

    def _draft(self, state: State) -> Draft:
        if self._policy is not None:
            return draft_for(state, self._policy)
        kept = draft_named(state, self._key) if self._key else None
        return kept or Draft(self._product, free_name(state, self._product), power=Power.ACTIVATE)

    def _check(self, name: str) -> str | None:
        if self._policy is not None and name.strip() == self._policy.name:
            return None
        return name_problem(name, other_names(self.view, self._product, self._own_key))

    @property
    def _own_key(self) -> str:
        return f"{self._product}:{self._policy.id}" if self._policy else self._key

    def _put(self, draft: Draft) -> None:
        self.wizard.put_draft(draft, replaces=self._key)
        self._key = draft.key

    def _named(self) -> Draft | None:
        """The draft under the name in the line, or None when that name will not do."""
        entry = self.query_one("#name", Entry)
        if entry.error is not None:
            return None
        return replace(self._draft(self.view), name=entry.value.strip())

    # Keys

    async def on_key(self, event: events.Key) -> None:
        """Down leaves the name for the list, Up at its top returns."""
        rows = self.query_one("#choices", RowList)
        if event.key == "down" and self.focused is not rows:
            rows.focus()
            event.stop()
        elif event.key == "up" and self.focused is rows and rows.cursor == 0:
            self.query_one("#name", Entry).focus()
            event.stop()

    @on(Entry.Entered, "#name")
    async def _entered(self) -> None:
        draft = self._named()
        if draft is None:
            return
        self._put(draft)
        if self._policy is not None:
            self.dismiss(None)
        else:
            await self._choose()

    @on(RowList.Chosen, "#choices")
    async def _chosen(self, event: RowList.Chosen) -> None:
        draft = self._named()
        if draft is None:
            self.query_one("#name", Entry).focus()
            self.say(self.query_one("#name", Entry).error or "", "warn")
        elif event.row_id == "power":
            self._put(switched(draft, self._policy))
        elif event.row_id == "rule":
            self._put(draft)
            page = RuleScreen(self._draft(self.view))
            await self.open(page, lambda _: self._back_from_rules(page))
        else:
            self._put(draft)
            await self._choose()

    async def _back_from_rules(self, page: RuleScreen) -> None:
        if page.wants_list:
            await self._choose()

    async def _choose(self) -> None:
        picker = PickerScreen(self._draft(self.view))
        await self.open(picker, lambda _: self._chosen_in(picker))

    def _chosen_in(self, picker: PickerScreen) -> None:
        if picker.done:
            self.action_back()

    def action_back(self) -> None:
        """Esc: what was typed stays, unless nothing at all was chosen for a new policy."""
        draft = self._named()
        begun = self._policy is not None or self._key != ""
        if begun and draft is not None and draft != self._draft(self.view):
            self._put(draft)
        kept = self._draft(self.view)
        if self._policy is None and self._key and not (kept.add or kept.rules):
            self.wizard.drop_draft(self._key)
        super().action_back()
