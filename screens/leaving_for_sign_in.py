"""Pages that lie on the sign-in page too: when a new sign-in begins below, they make room for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App

    from m365backup_tui.domain.errors import CloudError
    from m365backup_tui.state import State
    from m365backup_tui.steps import StepId


class LeavesForSignIn:
    """Call `came(view)` when the page is mounted and ask `makes_room(state)` first in `load`. On other steps the app
    closes the pages itself, as the step changes."""

    _needs: CloudError | None = None
    _at: StepId | None = None
    _leaving = False

    if TYPE_CHECKING:
        app: App[Any]
        dismiss: Callable[..., Any]

    def came(self, state: State) -> None:
        """What was there before is no reason to leave."""
        self._needs, self._at = state.needs, state.at

    def makes_room(self, state: State) -> bool:
        """Whether the page closes, or is about to be closed, because somebody has to sign in anew."""
        if state.needs is None or state.needs is self._needs:
            return False
        # `is_current` holds for pages below too where the theme's background lets them shine through.
        page: object = self
        if state.at is self._at and not self._leaving and self.app.screen is page:
            self._leaving = True
            self.dismiss(None)
        return True
