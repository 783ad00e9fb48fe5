"""After a run: what trying the failed again, or undoing the run, comes to. Enter takes it to the review; nothing is
written here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual.widget import Widget

from m365backup_tui.domain.again import Again
from m365backup_tui.domain.run import Run
from m365backup_tui.screens.base import BACK, HELP, HelpText, Key
from m365backup_tui.screens.sub_page import SubPage
from m365backup_tui.screens.widgets.prose import Prose, Span
from m365backup_tui.screens.words import day_time, ended
from m365backup_tui.state import Remote, State
from m365backup_tui.steps import StepId

_WAITING_DRAFTS = "Changes of yours wait to be applied. They are kept: apply or drop them first, then come back here."


class AgainScreen(SubPage):
    """Reads the tenant, shows what the drafts would be, and hands them over on Enter. `undo`: they reverse the run."""

    AT = StepId.DONE
    ALONE = True
    ALWAYS = (HELP, BACK)

    def __init__(self, run: Run, *, undo: bool) -> None:
        super().__init__()
        self._run = run
        self._undo = undo

    def content(self) -> Iterable[Widget]:
        """One text."""
        yield Prose(id="again")

    def heading(self, view: State) -> str:
        """What this is about; nothing has happened yet."""
        if self._undo:
            return f"Undo the run of {day_time(self._run.started)}: nothing is written before the review."
        return "Try again what failed: nothing is written before the review."

    def keys(self, view: State) -> tuple[Key, ...]:
        """Enter goes on to the review."""
        found = view.again.value
        if view.again.error is not None:
            return (Key("r", "Read again", do="read"), *self.trouble_keys(view))
        why = ""
        if view.drafts:
            why = _WAITING_DRAFTS
        elif found is None or view.again.busy:
            why = "The tenant is still being read."
        elif not found.drafts:
            why = "There is nothing to be done: press Esc."
        go = Key("enter", "Go on to the review", do="take", enabled=not why, why_not=why)
        return (go, Key("r", "Read again", do="read"))

    def help(self) -> HelpText:
        """What undo means."""
        if not self._undo:
            return HelpText(
                "The units that were refused, without those that have come right meanwhile. They become a change "
                "like any other: the review shows it, and you type apply.",
            )
        return HelpText(
            "What the run did is reversed as far as Microsoft 365 allows, and only where the tenant still shows it. "
            "It becomes a change like any other: the review shows it, and you type what is asked for.",
            "A backup that was not made cannot be made later, and backups that were made stay charged until they "
            "expire.",
        )

    def on_mount(self) -> None:
        """Read at once."""
        self.call_later(self.action_read)

    def waits(self, state: State) -> Remote[Any] | None:
        """The reading."""
        return state.again

    def usual(self, state: State) -> str:
        """How long it takes."""
        return "usually a few seconds; nothing is written"

    def render_view(self, view: State) -> None:
        """What would be done, then what would not."""
        super().render_view(view)
        found = view.again.value
        spans: list[Span] = []
        if view.drafts:
            spans.append((f"{_WAITING_DRAFTS}\n\n", "warn"))
        if found is not None and not view.again.busy:
            spans += again_spans(found, self.sign("warn"))
        place = self.query_one("#again", Prose)
        place.show(ended(spans))
        place.display = bool(spans)

    def action_read(self) -> None:
        """R: read the tenant again."""
        self.wizard.prepare_again(self._run, reverse=self._undo)

    def action_take(self) -> None:
        """Enter: the drafts, and on to the review."""
        found = self.view.again.value
        if found is not None:
            self.wizard.take_again(found)

    def action_back(self) -> None:
        """Esc: nothing was changed."""
        self.wizard.stop_preparing()
        super().action_back()


def again_spans(found: Again, warn: str) -> list[Span]:
    """`told` as a list, then what is left out or cannot be brought back."""
    spans: list[Span] = []
    if found.drafts:
        spans.append(("This will be proposed:\n", "strong"))
        spans += [(f"  - {words}\n", "plain") for words in found.told]
    else:
        what = ("undo", "undone") if found.undo else ("try again", "tried again")
        why = (
            f"to {what[0]}: the tenant does not need it"
            if not found.notes
            else f"that can be {what[1]}"
        )
        spans.append((f"There is nothing {why}.\n", "strong"))
    if found.notes:
        title = "What stays:" if found.undo else "Left out:"
        spans.append((f"\n{title}\n", "strong"))
        spans += [(f" {warn} {words}\n", "plain") for words in found.notes]
    return spans
