"""Which policy is to protect what nothing protects yet: a new one, or one that there is."""

from __future__ import annotations

from collections.abc import Iterable

from textual import on
from textual.widget import Widget

from m365backup_tui.domain.catalog_search import Filter
from m365backup_tui.domain.plan import Draft, Power
from m365backup_tui.domain.products import Product
from m365backup_tui.screens.base import HelpText, Key
from m365backup_tui.screens.picker import PickerScreen
from m365backup_tui.screens.picker_filter import Listing
from m365backup_tui.screens.sub_page import SubPage
from m365backup_tui.screens.views.drafting import (
    change_marks,
    draft_for,
    draft_named,
    free_name,
)
from m365backup_tui.screens.views.policy_rows import state_words, why_not_managed
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column, Row
from m365backup_tui.state import State

_NEW = "new"


class CoverageTargetScreen(SubPage):
    """Leads to the picker, which then lists what is not protected yet."""

    def __init__(self, product: Product) -> None:
        super().__init__()
        self._product = product

    def content(self) -> Iterable[Widget]:
        """The policies."""
        yield RowList((Column("Policy", 24), Column("State")), id="rows")

    def heading(self, view: State) -> str:
        """The question."""
        return f"Which policy is to protect these {self._product.units}?"

    def keys(self, view: State) -> tuple[Key, ...]:
        """Enter chooses."""
        return (Key("enter", f"Choose {self._product.units}"),)

    def help(self) -> HelpText:
        """What comes next."""
        return HelpText(
            f"The next page lists the {self._product.units} that nothing protects yet: press A there to take all, or "
            "Space on some. Nothing is written to Microsoft 365 before the review.",
        )

    def render_view(self, view: State) -> None:
        """New first, then changes that wait, then policies."""
        super().render_view(view)
        reason = why_not_managed(view, self._product)
        rows = [
            Row(_NEW, ("New policy", "you can rename it on the policies page"), disabled=reason)
        ]
        for draft in view.drafts:
            if draft.product is self._product and draft.new:
                cells = (draft.name, f"new, not applied yet: {change_marks(draft)}")
                rows.append(Row(draft.key, cells, tone="accent"))
        for policy in view.policies.value or ():
            if policy.product is self._product:
                key = draft_for(view, policy).key
                rows.append(Row(key, (policy.name, state_words(policy)), disabled=reason))
        self.query_one("#rows", RowList).show(tuple(rows))

    @on(RowList.Chosen, "#rows")
    async def _chosen(self, event: RowList.Chosen) -> None:
        draft = self._draft(event.row_id)
        if draft is None:
            return
        if draft.new:
            self.wizard.put_draft(draft)
        picker = PickerScreen(draft, Listing(Filter(free=True)))
        await self.open(picker, lambda _: self._back(draft))

    def _draft(self, row_id: str) -> Draft | None:
        if row_id == _NEW:
            name = free_name(self.view, self._product)
            return Draft(self._product, name, power=Power.ACTIVATE)
        if (kept := draft_named(self.view, row_id)) is not None:
            return kept
        mine = (p for p in self.view.policies.value or () if p.product is self._product)
        return next((d for p in mine if (d := draft_for(self.view, p)).key == row_id), None)

    def _back(self, draft: Draft) -> None:
        """A new policy for which nothing was chosen is forgotten."""
        kept = draft_named(self.view, draft.key)
        if kept is not None and kept.new and not (kept.add or kept.rules):
            self.wizard.drop_draft(draft.key)
        self.dismiss(None)
