"""HTTP for what an administrator decides about sign-ins: who may register and consent, revoking."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from aiohttp import web

from m365backup_tui.practice.auth import caller, require_scopes
from m365backup_tui.practice.entra import applications as apps
from m365backup_tui.practice.entra import sessions
from m365backup_tui.practice.graph.app_access import (
    DIRECTORY_WRITE,
    denied,
    missing,
    with_scopes,
)
from m365backup_tui.practice.graph.odata import context, no_content, read_body, read_query, reply
from m365backup_tui.practice.personas import GLOBAL_ADMINISTRATOR
from m365backup_tui.practice.tenant import tenant_of

POLICY = "/v1.0/policies/authorizationPolicy"
# What Entra's default for user consent is called is general knowledge: UNVERIFIED.
USERS_CONSENT = "ManagePermissionGrantsForSelf.microsoft-user-default-legacy"
ROLE_PERMISSIONS = "defaultUserRolePermissions"
REVOKE = ("User.RevokeSessions.All", "User.ReadWrite.All", DIRECTORY_WRITE)


def add_sign_in_policy_routes(app: web.Application) -> None:
    """Register the authorization policy and revokeSignInSessions."""
    route = app.router.add_route
    route("GET", POLICY, _get)
    route("PATCH", POLICY, _change)
    route("POST", "/v1.0/me/revokeSignInSessions", _revoke)
    route("POST", "/v1.0/users/{id}/revokeSignInSessions", _revoke)


async def _get(request: web.Request) -> web.StreamResponse:
    with_scopes(request, "Policy.Read.All", "Policy.ReadWrite.Authorization")
    read_query(request)
    policy = tenant_of(request).data["entra"]["policy"]
    return reply(
        {
            "@odata.context": context(request, "policies/authorizationPolicy/$entity"),
            "id": "authorizationPolicy",
            "displayName": "Authorization Policy",
            ROLE_PERMISSIONS: {
                "allowedToCreateApps": policy["users_create_apps"],
                "permissionGrantPoliciesAssigned": [USERS_CONSENT]
                if policy["users_consent"]
                else [],
            },
        }
    )


async def _change(request: web.Request) -> web.StreamResponse:
    """PATCH: whether users may register applications and consent for themselves."""
    who = with_scopes(request, "Policy.ReadWrite.Authorization")
    tenant = tenant_of(request)
    read_query(request)
    body = await read_body(request)
    if GLOBAL_ADMINISTRATOR not in who.persona.active_roles:
        raise denied()
    wanted = body.get(ROLE_PERMISSIONS)
    if set(body) - {ROLE_PERMISSIONS} or not isinstance(wanted, dict):
        raise apps.bad(ROLE_PERMISSIONS, "is the one property that can be set here")
    tenant.data["entra"]["policy"].update(_values(wanted))
    tenant.state.touch("authorization policy changed")
    return no_content()


def _values(wanted: dict[str, Any]) -> dict[str, bool]:
    values: dict[str, bool] = {}
    for name, value in wanted.items():
        if name == "allowedToCreateApps" and isinstance(value, bool):
            values["users_create_apps"] = value
        elif name == "permissionGrantPoliciesAssigned" and value in ([], [USERS_CONSENT]):
            values["users_consent"] = bool(value)
        else:
            raise apps.bad(f"{ROLE_PERMISSIONS}.{name}", "cannot be set to that here")
    return values


async def _revoke(request: web.Request) -> web.StreamResponse:
    """End every session of a person: their own, or for a Global Administrator anybody's.

    Other roles may do it in Entra too; no persona has them.
    """
    who = caller(request)
    require_scopes(who, *REVOKE)
    read_query(request)
    tenant = tenant_of(request)
    persona = who.persona
    if "id" in request.match_info:
        key = unquote(request.match_info["id"])
        user = tenant.company.find_user(key)
        if user is None:
            raise missing(key)
        if user.id != who.oid and GLOBAL_ADMINISTRATOR not in persona.active_roles:
            raise denied()
        found = tenant.personas.by_oid(user.id)
        if found is None:  # somebody who cannot sign in has no sessions to end
            return reply({"@odata.context": context(request, "Edm.Boolean"), "value": True})
        persona = found
    sessions.revoke(tenant, persona)
    return reply({"@odata.context": context(request, "Edm.Boolean"), "value": True})
