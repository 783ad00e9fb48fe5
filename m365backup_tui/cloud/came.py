"""What every way to sign in ends in."""

from __future__ import annotations

from dataclasses import dataclass, field

from m365backup_tui.cloud.msal_client import Answer, MsalClient


@dataclass(frozen=True, slots=True)
class Came:
    """Somebody signed in: through which client, MSAL's flow of it, and Entra's answer."""

    client: MsalClient
    flow: Answer = field(repr=False)
    answer: Answer = field(repr=False)
