"""Prepare Azure: the first page that writes. Shows what will be written, and does it on Enter."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual.widget import Widget

from m365backup_tui.domain.azure import SYNTEX
from m365backup_tui.domain.errors import CloudError
from m365backup_tui.screens.help_text import HelpText, Link
from m365backup_tui.screens.step import StepScreen
from m365backup_tui.screens.views import prepare as shown
from m365backup_tui.screens.widgets.keys import Key
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.state import Remote, State
from m365backup_tui.steps import StepId


class PrepareScreen(StepScreen):
    """Enter writes what is listed, then continues once Azure is ready."""

    STEP = AT = StepId.PREPARE
    ALONE = True

    def content(self) -> Iterable[Widget]:
        """What will be written, and what that means."""
        yield Prose(id="plan", classes="gap")
        yield Prose(id="meaning")

    def heading(self, view: State) -> str:
        """Before, during and after."""
        return shown.heading(view, self.wizard.azure_plan)

    def keys(self, view: State) -> tuple[Key, ...]:
        """Enter writes, or continues."""
        if view.azure_ready or self.wizard.azure_plan.empty:
            return (Key("enter", "Continue", do="go_on"),)
        label = "Try again" if view.prepared.error else "Write this to Azure"
        if view.prepared.busy:
            label = "Continue"
        return (
            Key(
                "enter",
                label,
                do="write",
                enabled=not view.prepared.busy,
                why_not="Azure is at work; this page goes on by itself.",
            ),
            *self._look_again(view),
            *self.trouble_keys(view),
        )

    def _look_again(self, view: State) -> tuple[Key, ...]:
        """Reading again writes nothing; it shows what somebody else may have put right meanwhile."""
        if view.prepared.error is None and view.provider.error is None:
            return ()
        return (Key("r", "Look again", do="again"),)

    def action_again(self) -> None:
        """R: read the state of the resource provider anew."""
        self.wizard.load_provider()

    def load(self, state: State) -> None:
        """Whether the provider is registered decides what is written."""
        if state.provider == Remote():
            self.once("provider", self.wizard.load_provider)
        elif "provider" in self._begun and "prepare" not in self._begun and state.azure_ready:
            # Back from an earlier sitting, and all of it is done: nothing to decide here, so nothing to press.
            self.once("lead-on", self.wizard.next)

    def meaning_of(self, error: CloudError) -> str:
        """Azure's refusals name their own way out."""
        return shown.hint(error)

    def waits(self, state: State) -> Remote[Any] | None:
        """The writes, else the read they rest on."""
        if state.prepared != Remote():
            return state.prepared
        return state.provider if state.provider.busy else state.prepared

    def render_view(self, view: State) -> None:
        """The plan and its state."""
        super().render_view(view)
        plan = self.wizard.azure_plan
        self.query_one("#plan", Prose).show(shown.lines(view, plan, self.sign("ok")))
        self.query_one("#meaning", Prose).show(shown.meaning(view, plan))

    def action_write(self) -> None:
        """Enter: create the group and register the provider."""
        self.again("prepare", self.wizard.prepare_azure)

    def action_go_on(self) -> None:
        """Enter, when nothing is left to write."""
        self.wizard.next()

    def kept(self) -> str:
        """What leaving means while Azure is at work."""
        if self.view.prepared.busy:
            return (
                "What Azure was asked for goes on without the wizard. Come back at any time: it "
                "looks first and asks again only for what is missing."
            )
        return super().kept()

    def help(self) -> HelpText:
        """What is written and why."""
        return HelpText(
            f"Billing needs a resource group, and the resource provider {SYNTEX} registered in the "
            "subscription. Both are ordinary Azure operations, carried out with your own rights.",
            "Neither turns backup on and neither protects anything. A group can be deleted again in "
            "the Azure portal while it is empty.",
            (),
            (
                Link(
                    "Resource providers",
                    "https://learn.microsoft.com/azure/azure-resource-manager/management/"
                    "resource-providers-and-types",
                ),
            ),
        )
