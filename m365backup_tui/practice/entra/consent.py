"""The admin consent page: a Global Administrator grants a client's scopes for everybody.

The address form is reference/auth.md §2.5, "Consent rights", item 1.
"""

from typing import Any

from m365backup_tui.practice.entra.browser import is_registered
from m365backup_tui.practice.entra.scopes import check_client, resolve
from m365backup_tui.practice.errors import OAuthError
from m365backup_tui.practice.personas import GLOBAL_ADMINISTRATOR, Persona
from m365backup_tui.practice.tenant import Tenant


def check_request(tenant: Tenant, query: dict[str, str]) -> tuple[str, ...]:
    """The scopes an adminconsent address asks for. Raises OAuthError."""
    client_id = check_client(query.get("client_id", ""))
    if not is_registered(query.get("redirect_uri", "")):
        raise OAuthError(
            "invalid_request", 50011, "The redirect address is not registered for the application."
        )
    return resolve(client_id, query.get("scope", ""), tenant.base_url).names


def grant(tenant: Tenant, query: dict[str, str], persona: Persona) -> dict[str, str]:
    """Grant the scopes; what goes back to the redirect address. Raises OAuthError.

    Cloud Application Administrators may consent too; no persona is one.
    """
    names = check_request(tenant, query)
    if GLOBAL_ADMINISTRATOR not in persona.active_roles:
        raise OAuthError("access_denied", 90094, "Only an administrator can grant these.")
    consents: dict[str, Any] = tenant.data["entra"]["consents"]
    granted = consents.setdefault(query["client_id"], ["*"])
    granted += [name for name in names if name not in granted]
    tenant.state.touch(f"consent to {', '.join(names)}")
    answer = {"admin_consent": "True", "tenant": tenant.company.tenant_id}
    answer["scope"] = query.get("scope", "")
    return answer | ({"state": query["state"]} if "state" in query else {})
