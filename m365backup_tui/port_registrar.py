"""The port of app registrations and consent: what `work.own_app` and `work.consent` need of the outside world."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from m365backup_tui.domain.app_registration import AppSeen, Found, Write
    from m365backup_tui.domain.consent import HandOff


class Registrar(Protocol):
    """Reads and writes raise `CloudError` kinds as `ports` says; a write is sent at most once per call."""

    async def find(self) -> Found:
        """What is there of our own application. Raises ConsentNeeded where the application that asks may not look."""
        ...

    async def applications(self) -> tuple[AppSeen, ...]:
        """The app registrations of the tenant."""
        ...

    async def carry_out(self, write: Write, found: Found) -> str:
        """Send one write; the request id."""
        ...

    async def delete(self, app: AppSeen) -> str: ...

    def hand_off(self, scopes: Sequence[str]) -> HandOff:
        """What to send to whom so that the application in use may ask for `scopes`."""
        ...

    async def holds(self, scopes: Sequence[str]) -> None:
        """Ask Entra, without asking the person, for a token with these scopes of one service. Raises ConsentNeeded,
        NotSignedIn, StepUpNeeded, SignInRefused, Unreachable."""
        ...
