"""What a person can ask for about inclusion rules: a part of `Wizard`. Rules themselves are put into drafts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from m365backup_tui import events as ev
from m365backup_tui import work
from m365backup_tui.domain.products import Product

if TYPE_CHECKING:
    from m365backup_tui.domain.groups import GroupRef
    from m365backup_tui.domain.rules import RuleWish
    from m365backup_tui.ports import Tools
    from m365backup_tui.store import Store


class RuleWizard:
    """The methods of pages about rules."""

    store: Store

    if TYPE_CHECKING:

        @property
        def tools(self) -> Tools: ...

    def load_rules(self, product: Product, policy_id: str) -> None:
        """The policy's rules as the tenant has them."""
        self.store.perform("rules", work.rules.load_rules(self.tools, product, policy_id))

    def search_groups(self, words: str) -> None:
        """Called again while a search runs: the newest words win."""
        self.store.perform("rule-groups", work.rules.find_groups(self.tools, words))

    def measure_groups(self, groups: Sequence[GroupRef]) -> None:
        """Their sizes, those that are known already left out."""
        from m365backup_tui.domain.rule_preview import GroupSizes

        known = self.store.state.group_sizes.value or GroupSizes()
        self.store.perform("group-sizes", work.rules.measure_groups(self.tools, groups, known))

    def preview_rule(self, wish: RuleWish, own: str) -> None:
        """What it would take now. `own`: name of the policy that it is for, "" for a new one."""
        from m365backup_tui.domain.catalog import Catalog

        if wish.sites is None:
            look = work.rules.preview_groups(self.tools, wish, own)
        else:
            catalog = self.store.state.catalog(wish.product).value or Catalog()
            look = work.rules.preview_sites(self.tools, wish, own, catalog)
        self.store.perform("rule-preview", look)

    def stop_preview(self) -> None:
        """The page was left: nobody waits for it."""
        self.store.cancel("rule-preview")
        self.store.send(ev.Ended(ev.RULE_PREVIEW))
