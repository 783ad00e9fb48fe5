"""Done: what is protected now, what is not and why, when restore points can be expected, and the record."""

from __future__ import annotations

from collections.abc import Iterable

from textual.widget import Widget

from m365backup_tui.domain.run import Run, RunPhase
from m365backup_tui.screens.base import HelpText, Key, Link
from m365backup_tui.screens.save_file import SaveFileScreen
from m365backup_tui.screens.step import StepScreen
from m365backup_tui.screens.views.plan_words import expected, expects_points
from m365backup_tui.screens.views.policy_rows import counts_words
from m365backup_tui.screens.views.run_rows import called
from m365backup_tui.screens.views.run_words import failures, refused
from m365backup_tui.screens.widgets.paint import marks_of
from m365backup_tui.screens.widgets.prose import Prose, Span
from m365backup_tui.state import State
from m365backup_tui.steps import StepId
from m365backup_tui.terminal.marks import Marks

_SHOWN = 12
"""Failures that are listed; the record has them all."""


class DoneScreen(StepScreen):
    """The summary of the last run."""

    AT = StepId.DONE
    ALONE = True
    STEP = str(StepId.DONE)

    def content(self) -> Iterable[Widget]:
        """One text."""
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
        if run is None or run.phase is RunPhase.DONE:
            return (Key("enter", "Leave", do="leave"), save, policies)
        if run.phase is RunPhase.PARTLY and refused(run):
            again = Key("t", "Try again", do="retry")
            return (Key("enter", "Leave", do="leave"), again, save, policies)
        if run.phase is RunPhase.PARTLY:
            return (Key("enter", "Leave", do="leave"), save, policies)
        return (Key("enter", "Back to the run", do="run"), save, policies)

    def help(self) -> HelpText:
        """What comes next."""
        links = self.view.place.links
        return HelpText(
            "The result of the run, as read back from the service.",
            "The record lists every request with its outcome. The policy file does the same job on the "
            "next tenant: m365backup-tui apply FILE",
            (("Q", "back to the list of policies"),),
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
            spans = summary_spans(view.run, view.place.links.policies, marks_of(self))
            self.query_one("#summary", Prose).show(spans)

    async def action_save(self) -> None:
        """E: keep the job as a file."""
        await self.open(SaveFileScreen())

    def action_retry(self) -> None:
        """T: send again what was refused as a whole; the state leads back to the run's page."""
        if self.view.run is not None:
            self.wizard.resume(self.view.run)

    def action_run(self) -> None:
        """Enter on a run that is not complete: its page, from where it can go on."""
        self.wizard.go(StepId.APPLY)

    def action_policies(self) -> None:
        """Q: change something else."""
        self.wizard.go(StepId.POLICIES)


def summary_spans(run: Run, link: str, marks: Marks) -> list[Span]:
    """Policies as read back, failures with their reasons, what to expect, where to look."""
    spans: list[Span] = []
    if run.note:
        spans.append((f"{run.note}\n", "plain"))
    for policy in run.watched:
        failed = policy.counts is not None and policy.counts.failed > 0
        sign, tone = (marks.sign("warn"), "warn") if failed else (marks.sign("ok"), "ok")
        spans.append((f" {sign} ", tone))
        where = f"{policy.product.label} “{policy.name}”"
        spans.append((f"{where}: {policy.status.words}, {counts_words(policy)}\n", "plain"))
    for state in refused(run):
        spans.append((f" {marks.sign('no')} ", "error"))
        note = f": {state.note}" if state.note else ""
        spans.append((f"Not done: {state.write.words}{note}\n", "plain"))
    lost = failures(run)
    for item in lost[:_SHOWN]:
        spans.append((f" {marks.sign('no')} ", "error"))
        spans.append((f"{called(item)}: {item.reason}\n", "plain"))
    if len(lost) > _SHOWN:
        spans.append((f"   and {len(lost) - _SHOWN:,} more, listed in the record\n", "dim"))
    if run.written and expects_points(run.plan):
        spans.append((f"\n{expected(run.ended)}\n", "plain"))
    spans.append(("\nWhat to do next\n", "strong"))
    if lost or refused(run):
        spans.append(("  - see to what is listed above: press Q and open the policy\n", "plain"))
    spans.append(("  - press E for a file that does the same job on the next tenant\n", "plain"))
    if link:
        spans.append((f"  - see {link}\n", "plain"))
    if run.record:
        spans.append((f"\nRecord of this run (C copies its path):\n{run.record}", "dim"))
    return spans
