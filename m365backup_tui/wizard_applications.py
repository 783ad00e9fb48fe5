"""What a person can ask for about applications and consent: a part of `Wizard`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from m365backup_tui import events as ev
from m365backup_tui import work

if TYPE_CHECKING:
    from m365backup_tui.domain.settings import SignInSettings
    from m365backup_tui.ports import Tools
    from m365backup_tui.state import State
    from m365backup_tui.store import Store


class ApplicationsWizard:
    """The methods of the pages about applications and consent."""

    store: Store

    if TYPE_CHECKING:

        @property
        def tools(self) -> Tools: ...
        @property
        def state(self) -> State: ...

    # --- which application signs in -------------------------------------------------------------------------------

    def use_applications(self, settings: SignInSettings) -> None:
        """The next sign-in uses them; whoever is signed in is asked to sign in with them at once."""
        self.store.perform(
            "applications", work.applications.use(self.tools, settings, self.state.signed_in)
        )

    def list_applications(self) -> None:
        """The app registrations of the organization."""
        self.store.perform("applications", work.applications.list_applications(self.tools))

    # --- an application of one's own ------------------------------------------------------------------------------

    def look_at_own_app(self, *, everybody: bool = False) -> None:
        """What is there of it, and so what would be made. Reads only."""
        signed_in = self.state.signed_in
        if signed_in is not None:
            look = work.own_app.look(self.tools, signed_in.account, everybody)
            self.store.perform("own-app", look)

    def make_own_app(self) -> None:
        """Write what the page shows as missing."""
        own, signed_in = self.state.own_app.value, self.state.signed_in
        if own is not None and signed_in is not None:
            making = work.own_app.make(self.tools, signed_in.account, own.wish)
            self.store.perform("own-app", making)

    def delete_own_app(self) -> None:
        own, signed_in = self.state.own_app.value, self.state.signed_in
        if own is not None and signed_in is not None:
            deleting = work.own_app.delete(self.tools, signed_in.account, own)
            self.store.perform("own-app", deleting)

    def save_app_hand_off(self, path: Path) -> None:
        """The commands for somebody who may create applications."""
        if self.state.signed_in is not None:
            account = self.state.signed_in.account
            self.store.perform("save", work.applications.save_hand_off(self.tools, account, path))

    # --- consent --------------------------------------------------------------------------------------------------

    def prepare_consent(self, scopes: Sequence[str]) -> None:
        """What to send to somebody who may consent to these."""
        self.store.perform("hand-off", work.consent.prepare(self.tools, scopes))

    def check_consent(self, scopes: Sequence[str]) -> None:
        """Ask Entra again, now."""
        self.store.perform("consent", work.consent.check(self.tools, scopes))

    def forget_consent(self) -> None:
        """The page was left, or another permission is looked at: an older answer is not about it."""
        self.store.cancel("consent")
        self.store.send(ev.Dropped(ev.CONSENT))
        self.store.send(ev.Dropped(ev.HAND_OFF))

    def save_consent(self, scopes: Sequence[str], path: Path) -> None:
        """The message as a file that only this user reads."""
        self.store.perform("save", work.consent.save(self.tools, scopes, path))
