"""What a person can ask for about lists and groups as a source of units: a part of `Wizard`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from m365backup_tui import events as ev
from m365backup_tui import work

if TYPE_CHECKING:
    from m365backup_tui.domain.groups import GroupRef
    from m365backup_tui.domain.lists import ListCheck
    from m365backup_tui.domain.plan import Draft
    from m365backup_tui.domain.products import Product
    from m365backup_tui.domain.units import Candidate
    from m365backup_tui.ports import Tools
    from m365backup_tui.store import Store
    from m365backup_tui.work.lists import Asked


class ListWizard:
    """The methods of the import page. `draft`: what the list is for."""

    store: Store

    if TYPE_CHECKING:

        @property
        def tools(self) -> Tools: ...

        def _known(self, product: Product) -> Sequence[Candidate]: ...

    def check_text(self, draft: Draft, text: str, has_header: bool | None = None) -> None:
        """`has_header`: what the person says of the first row, None to judge it."""
        asked = self._asked(draft, has_header)
        self.store.perform("list", work.lists.check_text(self.tools, asked, text))

    def check_file(self, draft: Draft, path: Path, has_header: bool | None = None) -> None:
        """As `check_text`."""
        asked = self._asked(draft, has_header)
        self.store.perform("list", work.lists.check_file(self.tools, asked, path))

    def check_group(self, draft: Draft, group: GroupRef) -> None:
        """Who is in the group now."""
        asked = self._asked(draft, None)
        self.store.perform("list", work.groups.check_group(self.tools, asked, group))

    def stop_checking(self) -> None:
        """The list is not wanted any more."""
        self.store.cancel("list")
        self.store.send(ev.Ended(ev.CHECKED))

    def keep_problems(self, check: ListCheck) -> None:
        """The rows with a problem, as a file in the person's home."""
        self.store.perform("problems", work.lists.keep_problems(self.tools, check, Path.home()))

    def _asked(self, draft: Draft, has_header: bool | None) -> Asked:
        from m365backup_tui.work.lists import Asked

        drafts = self.store.state.drafts
        others = tuple(d for d in drafts if d.product is draft.product and d.key != draft.key)
        known = self._known(draft.product)
        return Asked(draft.product, draft.policy_id, known, others, has_header)
