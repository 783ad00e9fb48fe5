"""What the application in use may ask for, and what to send to whom so that it may: the rest of `ports.Registrar`."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from m365backup_tui.cloud.graph_calls import GraphCalls
from m365backup_tui.cloud.profiles import Profile, Resource
from m365backup_tui.cloud.registering import GraphRegistrations
from m365backup_tui.cloud.signin import SignIn
from m365backup_tui.domain.applications import AZURE_CLI, name_of
from m365backup_tui.domain.consent import HandOff, admin_consent_link, tenant_of
from m365backup_tui.domain.settings import AZURE_CLI_SESSION


class SessionRegistrar(GraphRegistrations):
    """Fulfils `ports.Registrar` for the signed-in person."""

    def __init__(self, calls: GraphCalls, sign_in: SignIn, profile: Profile) -> None:
        super().__init__(calls)
        self._sign_in = sign_in
        self._profile = profile

    def hand_off(self, scopes: Sequence[str]) -> HandOff:
        """For the application that asks now; the tenant is the signed-in person's, or the one of the profile."""
        client_id = self._sign_in.client_id(self._resource(scopes))
        if client_id == AZURE_CLI_SESSION:
            client_id = AZURE_CLI
        account = self._sign_in.account
        parts = urlsplit(self._profile.authority)
        known = self._sign_in.settings.tenant or parts.path.strip("/").partition("/")[0]
        tenant = tenant_of(account, known)
        root = f"{parts.scheme}://{parts.netloc}"
        return HandOff(
            application=name_of(client_id),
            link=admin_consent_link(root, tenant, client_id, scopes),
            scopes=tuple(scopes),
            asked_by=account.username if account else "",
            tenant=account.tenant_name if account else "",
        )

    async def holds(self, scopes: Sequence[str]) -> None:
        """Silently; whoever asks again soon calls `forget_refusals` first, as MSAL remembers a 400 for a minute."""
        await self._sign_in.token(self._resource(scopes), tuple(scopes))

    def _resource(self, scopes: Sequence[str]) -> Resource:
        return Resource.ARM if self._profile.arm_scope in scopes else Resource.GRAPH
