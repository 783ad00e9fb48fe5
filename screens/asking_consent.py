"""What every page of the wizard can do about the application that signs in: look at the choices, hand over consent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from m365backup_tui.domain.errors import CloudError, ConsentNeeded
from m365backup_tui.screens.widgets.keys import Key
from m365backup_tui.screens.widgets.prose import Span

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.screen import Screen

    from m365backup_tui.screens.consent import ConsentScreen
    from m365backup_tui.state import State

APPLICATIONS = Key("a", "Applications", do="applications")
CONSENT = Key("h", "Consent", do="consent")


class AskingConsent:
    """The actions behind `APPLICATIONS` and `CONSENT`; `StepScreen` has them."""

    if TYPE_CHECKING:
        view: State

        async def open(
            self, page: Screen[Any], callback: Callable[[Any], Any] | None = None
        ) -> None: ...
        def trouble(self, state: State) -> CloudError | None: ...
        async def action_read_again(self) -> None: ...

    async def action_applications(self) -> None:
        """A: which application signs in."""
        from m365backup_tui.screens.applications import ApplicationsScreen

        page = ApplicationsScreen()

        async def closed(_: Any) -> None:
            if page.changed:  # nobody was signed in: what was begun with the old one is begun anew
                await self.action_read_again()

        await self.open(page, closed)

    async def action_consent(self) -> None:
        """H: who can consent to what is lacking, and what to send to them."""
        from m365backup_tui.domain.consent import stage_scopes  # not for the first frame
        from m365backup_tui.screens.consent import ConsentScreen

        error = self.lacking_consent()
        page = ConsentScreen(error.scopes if error and error.scopes else stage_scopes())

        async def closed(_: Any) -> None:
            await self._consented(page)

        await self.open(page, closed)

    def lacking_consent(self) -> ConsentNeeded | None:
        """The error of this page that consent would mend."""
        error = self.trouble(self.view)
        return error if isinstance(error, ConsentNeeded) else None

    def consent_hint(self, error: CloudError) -> tuple[Span, ...]:
        """What H is for, below trouble that consent would mend."""
        if not isinstance(error, ConsentNeeded):
            return ()
        return (
            ("\nH shows what to send to whom, and asks Entra again when it is granted.", "plain"),
        )

    async def _consented(self, page: ConsentScreen) -> None:
        """It was given meanwhile: what was refused is read again."""
        if page.granted:
            await self.action_read_again()
