"""Done: what is protected now, what is not and why, when restore points can be expected, and the record."""

from __future__ import annotations

from collections.abc import Iterable

from textual.widget import Widget

from m365backup_tui.domain.run import Run, RunPhase
from m365backup_tui.screens.after_run import AfterRunScreen
from m365backup_tui.screens.base import HelpText, Key, Link
from m365backup_tui.screens.save_file import SaveFileScreen
from m365backup_tui.screens.views.run_summary import summary_spans
from m365backup_tui.screens.widgets.paint import marks_of
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.state import State
from m365backup_tui.steps import StepId


class DoneScreen(AfterRunScreen):
    """The summary of the last run."""

    AT = StepId.DONE
    ALONE = True
    STEP = str(StepId.DONE)
    _shown: Run | None = None

    def content(self) -> Iterable[Widget]:
        """News of a file that was asked for, then the summary."""
        yield Prose(id="saved")
        yield Prose(id="summary")

    def heading(self, view: State) -> str:
        """How it ended."""
        run = view.run
        if run is not None and run.phase is RunPhase.DONE:
            return "Done. This stands now, as read back from the service."
        if run is not None and run.phase is RunPhase.PARTLY:
            return "Done, with something to look at below."
        return "The run is not complete. What was written stands."

    def keys(self, view: State) -> tuple[Key, ...]:
        """Leave, or go on with something else."""
        run = view.run
        save, policies = Key("e", "Save as file", do="save"), Key("q", "Policies", do="policies")
        after = self.after_keys(run)
        if run is not None and not run.finished:
            return (Key("enter", "Back to the run", do="run"), *after, save, policies)
        return (Key("enter", "Leave", do="leave"), *after, save, policies)

    def help(self) -> HelpText:
        """What comes next."""
        links = self.view.place.links
        return HelpText(
            "The result of the run, as read back from the service.",
            "The record lists every request with its outcome. The policy file does the same job on the "
            "next tenant: m365backup-tui apply FILE",
            (
                ("Q", "back to the list of policies"),
                ("T", "try just the units that were refused, as a plan of their own"),
                ("X", "save what failed as CSV, in your home folder"),
                ("U", "see what undoing the run would do; nothing is undone at one key"),
            ),
            (Link("Microsoft 365 Backup in the admin center", links.policies),)
            if links.policies
            else (),
        )

    def copyable(self) -> str:
        """The path of the record."""
        return self.view.run.record if self.view.run else ""

    def kept(self) -> str:
        """Nothing of it needs the wizard."""
        return "Everything is in the tenant; protection goes on without the wizard."

    def render_view(self, view: State) -> None:
        """The summary."""
        super().render_view(view)
        if view.run is not None:
            saved = self.saved_spans(view)
            self.query_one("#saved", Prose).show(saved)
            self.query_one("#saved", Prose).display = bool(saved)
        if view.run is not None and view.run is not self._shown:
            self._shown = view.run
            spans = summary_spans(view.run, view.place.links.policies, marks_of(self))
            self.query_one("#summary", Prose).show(spans)

    async def action_save(self) -> None:
        """E: keep the job as a file."""
        await self.open(SaveFileScreen())

    def action_run(self) -> None:
        """Enter on a run that is not complete: its page, from where it can go on."""
        self.wizard.go(StepId.APPLY)

    def action_policies(self) -> None:
        """Q: change something else."""
        self.wizard.go(StepId.POLICIES)
