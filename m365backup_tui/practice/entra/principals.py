"""Service principals: what an application is in this tenant, and who is assigned to it."""

import uuid
from typing import Any

from m365backup_tui.practice.company.identity import everywhere
from m365backup_tui.practice.entra.scopes import (
    BUILT_IN,
    GRAPH_CLIENT,
    RESOURCE_IDS,
    RESOURCE_NAMES,
    SCOPES,
    USER_CONSENT,
    principal_id,
    resource_of,
    scope_id,
)
from m365backup_tui.practice.personas import Persona
from m365backup_tui.practice.tenant import Tenant

Principal = dict[str, Any]
DEFAULT_ROLE = "00000000-0000-0000-0000-000000000000"
# Microsoft's own tenant, where its applications are registered; this id is made up.
MICROSOFT_TENANT = everywhere("tenant-microsoft")
# The owner of the Graph command line tools (reference/auth.md §2.1).
TOOLS_TENANT = "cdc5aeea-15c5-4db6-b079-fcadd2505dc2"


def every(tenant: Tenant) -> list[Principal]:
    """All service principals: Microsoft's clients and resources, then the tenant's own."""
    stored = tenant.data["entra"]["service_principals"]
    names = {app: known.name for app, known in BUILT_IN.items()}
    names |= {app: RESOURCE_NAMES[resource] for resource, app in RESOURCE_IDS.items()}
    ours = [_fresh(app, name) for app, name in names.items()]
    shown = [stored.get(one["id"], one) for one in ours]
    known = {one["id"] for one in shown}
    return shown + [one for key, one in stored.items() if key not in known]


def by_id(tenant: Tenant, object_id: str) -> Principal | None:
    """The service principal with this object id."""
    return next((one for one in every(tenant) if one["id"] == object_id.lower()), None)


def by_app_id(tenant: Tenant, app_id: str) -> Principal | None:
    """The service principal of this application."""
    return next((one for one in every(tenant) if one["appId"] == app_id.lower()), None)


def create(tenant: Tenant, app: dict[str, Any]) -> Principal:
    """The service principal of an app registration of this tenant, made now."""
    made = _fresh(app["appId"], app["displayName"], str(uuid.uuid4()), tenant.company.tenant_id)
    tenant.data["entra"]["service_principals"][made["id"]] = made
    tenant.state.touch(f"service principal of {app['displayName']}")
    return made


def change(tenant: Tenant, principal: Principal, values: dict[str, Any]) -> None:
    """Change some properties of a service principal."""
    changed = {**principal, **values}
    tenant.data["entra"]["service_principals"][principal["id"]] = changed
    tenant.state.touch(f"service principal {principal['displayName']} changed")


def remove(tenant: Tenant, object_id: str) -> None:
    """Delete a service principal, with the grants and assignments that name it."""
    entra = tenant.data["entra"]
    entra["service_principals"].pop(object_id, None)
    for area, names in (("grants", ("clientId", "resourceId")), ("app_roles", ("resourceId",))):
        gone = [key for key, one in entra[area].items() if object_id in (one[n] for n in names)]
        for key in gone:
            del entra[area][key]
    tenant.state.touch("service principal deleted")


def is_assigned(tenant: Tenant, object_id: str, persona: Persona) -> bool:
    """Whether the person, or a group of theirs, is assigned to the application."""
    groups = {group.id for group in tenant.personas.groups if persona.key in group.member_keys}
    return any(
        role["resourceId"] == object_id and role["principalId"] in {persona.oid, *groups}
        for role in tenant.data["entra"]["app_roles"].values()
    )


def published(app_id: str) -> list[dict[str, Any]]:
    """The delegated scopes a resource offers, as `oauth2PermissionScopes`."""
    resource = resource_of(app_id)
    names = SCOPES[resource] if resource else ()
    return [
        {
            "id": scope_id(name),
            "value": name,
            "type": "User" if name in USER_CONSENT else "Admin",
            "isEnabled": True,
        }
        for name in names
    ]


def scopes_named(access: list[dict[str, Any]]) -> dict[str, tuple[str, ...]]:
    """By resource the delegated scopes that a `requiredResourceAccess` lists; unknown ones not."""
    found: dict[str, tuple[str, ...]] = {}
    for entry in access:
        resource = resource_of(entry["resourceAppId"])
        if resource is None:
            continue
        ids = {one["id"] for one in entry["resourceAccess"] if one["type"] == "Scope"}
        found[resource] = tuple(name for name in SCOPES[resource] if scope_id(name) in ids)
    return found


def _fresh(app_id: str, name: str, object_id: str = "", owner: str = MICROSOFT_TENANT) -> Principal:
    return {
        "id": object_id or principal_id(app_id),
        "appId": app_id,
        "displayName": name,
        "appDisplayName": name,
        "accountEnabled": True,
        "appRoleAssignmentRequired": False,
        "appOwnerOrganizationId": TOOLS_TENANT if app_id == GRAPH_CLIENT else owner,
        "servicePrincipalType": "Application",
        "servicePrincipalNames": [app_id],
        "signInAudience": "AzureADMultipleOrgs",
        "tags": [],
    }
