"""Consenting: on the page after signing in, and on the admin consent page.

The admin consent address is that of reference/auth.md §2.6, its answers those of Microsoft's page
v2-admin-consent.
"""

from m365backup_tui.practice.entra import asking, clients, grants
from m365backup_tui.practice.entra.asking import Request
from m365backup_tui.practice.entra.clients import Client
from m365backup_tui.practice.entra.refusals import aadsts
from m365backup_tui.practice.entra.scopes import USER_CONSENT
from m365backup_tui.practice.personas import Persona
from m365backup_tui.practice.tenant import Tenant


def accept(
    tenant: Tenant, client: Client, asked: Request, persona: Persona, everybody: bool
) -> None:
    """The person accepts all that is missing, for themselves or for everybody.

    Raises AADSTS90094 when they may not.
    """
    names = grants.missing(tenant, client, persona, asked)
    allowed = grants.is_application_admin(persona) if everybody else True
    if not allowed or not grants.may_grant(tenant, persona, names):
        raise aadsts(90094)
    grants.grant(tenant, client, asked.resource, names, None if everybody else persona)


def accept_small(tenant: Tenant, client: Client, asked: Request, persona: Persona) -> None:
    """The person accepts what everybody may accept for themselves; the rest stays missing."""
    names = grants.missing(tenant, client, persona, asked)
    small = tuple(name for name in names if name in USER_CONSENT)
    if small and grants.may_grant(tenant, persona, small):
        grants.grant(tenant, client, asked.resource, small, persona)


def check_admin_request(
    tenant: Tenant, query: dict[str, str]
) -> tuple[Client, tuple[Request, ...]]:
    """What an adminconsent address asks for. Raises OAuthError."""
    client = clients.find(tenant, query.get("client_id", ""))
    clients.check_redirect(client, query.get("redirect_uri", ""))
    if not query.get("scope", "").strip():
        raise aadsts(900144, "The parameter scope is missing.")
    return client, asking.resolve_all(client, query["scope"], tenant.base_url)


def admin_names(client: Client, asked: Request) -> tuple[str, ...]:
    """The scopes an adminconsent request wants granted; `.default`: the registered ones."""
    extra = client.registered.get(asked.resource, ()) if asked.default else ()
    return tuple(dict.fromkeys((*asked.names, *extra)))


def grant_for_all(tenant: Tenant, query: dict[str, str], persona: Persona) -> dict[str, str]:
    """Grant the scopes; what goes back to the redirect address. Raises OAuthError 90094."""
    client, several = check_admin_request(tenant, query)
    if not grants.is_application_admin(persona):
        raise aadsts(90094, "Only an administrator can grant these.")
    for asked in several:
        if client.allowed is None:
            grants.grant(tenant, client, asked.resource, admin_names(client, asked), None)
    answer = {"admin_consent": "True", "tenant": tenant.company.tenant_id}
    answer["scope"] = query["scope"]
    return answer | ({"state": query["state"]} if "state" in query else {})


def refuse_for_all(query: dict[str, str]) -> dict[str, str]:
    """The administrator says no."""
    return {
        "admin_consent": "True",
        "error": "consent_required",
        "error_description": "AADSTS65004: The administrator refused the request.",
        **({"state": query["state"]} if "state" in query else {}),
    }
