"""Consent: which delegated scopes an application was granted, for whom, and who may grant them.

There are delegated grants only: an app-only client credentials grant is not offered, because
reference/auth.md §1.6 keeps app-only out and saw it refused for policies.
"""

from typing import Any

from m365backup_tui.practice.entra import principals
from m365backup_tui.practice.entra.asking import Request
from m365backup_tui.practice.entra.clients import Client
from m365backup_tui.practice.entra.refusals import aadsts
from m365backup_tui.practice.entra.scopes import (
    GRAPH,
    GRAPH_CLIENT,
    RESOURCE_IDS,
    USER_CONSENT,
    principal_id,
)
from m365backup_tui.practice.entra.store import grant_id
from m365backup_tui.practice.personas import GLOBAL_ADMINISTRATOR, Persona
from m365backup_tui.practice.tenant import Tenant

# Template ids of the two roles are general knowledge: UNVERIFIED. No persona has them.
APPLICATION_ADMINISTRATOR = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"
CLOUD_APPLICATION_ADMINISTRATOR = "158c047a-c907-4556-b7ef-446551a6b5f7"
APPLICATION_ROLES = frozenset(
    {GLOBAL_ADMINISTRATOR, APPLICATION_ADMINISTRATOR, CLOUD_APPLICATION_ADMINISTRATOR}
)
EVERYBODY, ONE_PERSON = "AllPrincipals", "Principal"
Grant = dict[str, Any]


def is_application_admin(persona: Persona) -> bool:
    """Whether the person may grant scopes for everybody (reference/auth.md §2.6)."""
    return bool(persona.active_roles & APPLICATION_ROLES)


def scopes_of(tenant: Tenant, grant: Grant) -> tuple[str, ...]:
    """The scopes a grant gives now."""
    taken = grant.get("standing", ()) if tenant.scenarios.on("consent-missing") else ()
    return tuple(name for name in grant["scope"].split() if name not in taken)


def granted(tenant: Tenant, client: Client, persona: Persona, resource: str) -> tuple[str, ...]:
    """The scopes of a resource that the client has for this person."""
    if client.allowed is not None:
        return client.allowed[resource]
    holder = principals.by_app_id(tenant, client.app_id)
    if holder is None:
        return ()
    key = principal_id(RESOURCE_IDS[resource])
    names: list[str] = []
    for principal in (None, persona.oid):
        found = tenant.data["entra"]["grants"].get(grant_id(holder["id"], key, principal))
        names += scopes_of(tenant, found) if found else ()
    return tuple(dict.fromkeys(names))


def missing(tenant: Tenant, client: Client, persona: Persona, asked: Request) -> tuple[str, ...]:
    """The scopes that somebody still has to consent to before this request can be met."""
    have = granted(tenant, client, persona, asked.resource)
    lacking = [name for name in asked.names if name not in have]
    if asked.default and not have:
        lacking += client.registered.get(asked.resource, ())
    return tuple(dict.fromkeys(lacking))


def consented(tenant: Tenant, client: Client, persona: Persona, asked: Request) -> tuple[str, ...]:
    """The scopes a token will carry: those asked for, and with `.default` all that are granted.

    Raises 65001 where consent is missing, 65002 where the client may not ask at all.
    """
    if asked.resource != GRAPH and client.allowed is None:
        _check_azure(tenant, client)
    lacking = missing(tenant, client, persona, asked)
    have = granted(tenant, client, persona, asked.resource)
    names = tuple(dict.fromkeys((*asked.names, *(have if asked.default else ()))))
    if lacking or (asked.default and not names):
        raise aadsts(
            65001,
            "Neither the user nor an administrator has consented to use the application "
            f"'{client.app_id}' with {', '.join(lacking) or 'this resource'}.",
        )
    return names


def may_grant(tenant: Tenant, persona: Persona, names: tuple[str, ...]) -> bool:
    """Whether this person may consent to the scopes, at least for themselves."""
    if is_application_admin(persona):
        return True
    return bool(tenant.data["entra"]["policy"]["users_consent"]) and USER_CONSENT.issuperset(names)


def grant(
    tenant: Tenant,
    client: Client,
    resource: str,
    names: tuple[str, ...],
    persona: Persona | None,
) -> None:
    """Add scopes to the grant for this person, or for everybody with None.

    The application gets its service principal with its first grant.
    """
    if not names:
        return
    holder = principals.by_app_id(tenant, client.app_id)
    if holder is None:
        apps = tenant.data["entra"]["applications"].values()
        holder = principals.create(
            tenant, next(app for app in apps if app["appId"] == client.app_id)
        )
    key = principal_id(RESOURCE_IDS[resource])
    store(tenant, holder["id"], key, persona.oid if persona else None, names)


def store(
    tenant: Tenant, client: str, resource: str, principal: str | None, names: tuple[str, ...]
) -> Grant:
    """Add scopes to the grant of these service principals, making it if there is none."""
    grants = tenant.data["entra"]["grants"]
    key = grant_id(client, resource, principal)
    found: Grant = grants.setdefault(
        key,
        {
            "id": key,
            "clientId": client,
            "consentType": ONE_PERSON if principal else EVERYBODY,
            "principalId": principal,
            "resourceId": resource,
            "scope": "",
        },
    )
    found["scope"] = " ".join(dict.fromkeys((*found["scope"].split(), *names)))
    if "standing" in found:
        found["standing"] = [name for name in found["standing"] if name not in names]
    tenant.state.touch(f"consent to {', '.join(names)}")
    return found


def _check_azure(tenant: Tenant, client: Client) -> None:
    if tenant.scenarios.on("graph-client-no-arm") and client.app_id == GRAPH_CLIENT:
        raise aadsts(
            65002,
            "This application is not authorised in advance for Azure Resource Manager.",
        )
