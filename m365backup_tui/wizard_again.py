"""What a person can ask for after a run: a part of `Wizard`. Nothing here writes to the tenant."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from m365backup_tui import events as ev
from m365backup_tui import steps, work
from m365backup_tui.steps import StepId

if TYPE_CHECKING:
    from m365backup_tui.domain.again import Again
    from m365backup_tui.domain.run import Run
    from m365backup_tui.ports import Tools
    from m365backup_tui.store import Store


class AgainWizard:
    """The methods of the pages that follow a run."""

    store: Store

    if TYPE_CHECKING:

        @property
        def tools(self) -> Tools: ...

    def prepare_again(self, run: Run, *, reverse: bool) -> None:
        """What `take_again` would put: what failed, or with `reverse` all that was done, reversed."""
        self.store.send(ev.Dropped(ev.AGAIN))
        self.store.perform("again", work.again.make(self.tools, run, reverse=reverse))

    def stop_preparing(self) -> None:
        """The page was left: nobody waits for it."""
        self.store.cancel("again")
        self.store.send(ev.Dropped(ev.AGAIN))

    def take_again(self, again: Again) -> None:
        """Its drafts become the drafts, and the review is next; where the permission check was not made in this
        sitting, that comes first. Drafts that are there are never mixed with them."""
        if self.store.state.drafts:
            return
        for draft in again.drafts:
            self.store.send(ev.DraftPut(draft))
        review = steps.step(StepId.REVIEW)
        blocked = review.blocked(self.store.state)
        self.store.send(ev.Went(StepId.PERMISSIONS if blocked else StepId.REVIEW))

    def save_failed(self, run: Run) -> None:
        """What did not make it, as files in the person's home."""
        self.store.perform("failed-file", work.failed_file.save(self.tools, run, Path.home()))
