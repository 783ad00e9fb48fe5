"""What the pages that show the permission check share: checking, checking again, and Azure's own sign-in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from m365backup_tui.domain.limits import READ_SECONDS
from m365backup_tui.screens.step import StepScreen
from m365backup_tui.screens.views.permissions import azure_sign_in, ended
from m365backup_tui.screens.widgets.keys import Key
from m365backup_tui.screens.words import lasting
from m365backup_tui.state import Remote, State

_SLOW = timedelta(seconds=15)  # choice: the check takes a few seconds


class AccessScreen(StepScreen):
    """A step that rests on the permission check. R checks again; S signs in for Azure where that is asked for."""

    def load(self, state: State) -> None:
        """Check when nothing was checked yet, and once more after a sign-in that came later than the check."""
        report, signed_in = state.readiness.value, state.signed_in
        if state.readiness == Remote():
            self.once("check", self.wizard.check_access)
        elif report is not None and signed_in is not None and report.at < signed_in.at:
            self.once("check-anew", self.wizard.check_access)

    def waits(self, state: State) -> Remote[Any] | None:
        """The check."""
        return state.readiness

    def usual(self, state: State) -> str:
        """It is quick."""
        return "usually a few seconds"

    def overdue(self, state: State) -> str:
        """How long it goes on at most, and the ways out: an answer may have stalled on its way."""
        since = state.readiness.since
        if since is None or not self._slow(state):
            return ""
        return (
            f"Still reading, {lasting(self.now() - since)}. A try ends after {READ_SECONDS:.0f} s. "
            "R starts over, Esc leaves."
        )

    def _slow(self, state: State) -> bool:
        since = state.readiness.since
        return since is not None and self.now() - since >= _SLOW

    def tick(self, view: State) -> None:
        """The seconds, and R as soon as it may start over."""
        super().tick(view)
        if self._slow(view):
            self.show_keys()

    def check_keys(self, state: State) -> tuple[Key, ...]:
        """S where Azure waits for a sign-in, R, and those of trouble."""
        trouble = self.trouble_keys(state)
        # What the words of the trouble name comes first: at 80 columns there is not room for all.
        named = [key for key in trouble if key.key != "d"]
        keys = [
            *named,
            Key(
                "r",
                "Check again",
                do="again",
                enabled=not state.readiness.busy or self._slow(state),
                why_not="The check is running.",
            ),
            *(key for key in trouble if key not in named),
        ]
        azure = azure_sign_in(state)
        if azure is not None and self.trouble(state) is None:
            label = "Sign in again" if ended(azure) else "Azure sign-in"
            keys.insert(0, Key("s", label, do="sign_in_for_azure"))
        return tuple(keys)

    def action_again(self) -> None:
        """R: read everything anew."""
        self.again("check", self.wizard.check_access)

    def action_sign_in_for_azure(self) -> None:
        """S: a code for Azure alone; it leads back here, and the check runs anew."""
        error = azure_sign_in(self.view)
        if error is not None:
            self.wizard.sign_in_for(error)
