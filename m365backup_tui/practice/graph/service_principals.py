"""HTTP for /servicePrincipals, and who is assigned to them (reference/auth.md §2.5)."""

from __future__ import annotations

import uuid

from aiohttp import web

from m365backup_tui.practice.auth import require_scopes
from m365backup_tui.practice.clock import to_iso
from m365backup_tui.practice.entra import applications as apps
from m365backup_tui.practice.entra import principals
from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.graph.app_access import (
    ASSIGN,
    READ_APPS,
    WRITE_APPS,
    entity,
    missing,
    principal_of,
    require_manager,
    taken,
    visible,
    with_scopes,
)
from m365backup_tui.practice.graph.filters import Record
from m365backup_tui.practice.graph.odata import (
    LIST_OPTIONS,
    no_content,
    page,
    read_body,
    read_query,
    reply,
    select,
    shape,
)
from m365backup_tui.practice.tenant import tenant_of

WHAT = "servicePrincipals"
FIELDS = frozenset(
    {
        "id",
        "appId",
        "displayName",
        "servicePrincipalNames",
        "servicePrincipalType",
        "accountEnabled",
    }
)
WRITABLE = ("accountEnabled", "appRoleAssignmentRequired")
ASSIGNED_FIELDS = frozenset({"id", "principalId", "resourceId", "appRoleId"})


def add_service_principal_routes(app: web.Application) -> None:
    """Register /servicePrincipals."""
    route = app.router.add_route
    route("GET", "/v1.0/servicePrincipals", _list)
    route("POST", "/v1.0/servicePrincipals", _create)
    for one in ("/v1.0/servicePrincipals/{id}", r"/v1.0/servicePrincipals{key:(?:\(|%28)[^/]*}"):
        route("GET", one, _get)
        route("PATCH", one, _change)
        route("DELETE", one, _delete)
        route("GET", f"{one}/appRoleAssignedTo", _assigned)
        route("POST", f"{one}/appRoleAssignedTo", _assign)
        route("DELETE", f"{one}/appRoleAssignedTo/{{assignment}}", _unassign)


async def _list(request: web.Request) -> web.StreamResponse:
    with_scopes(request, *READ_APPS)
    query = read_query(request, LIST_OPTIONS)
    items = [_shown(one) for one in principals.every(tenant_of(request))]
    return reply(page(request, WHAT, shape(items, query, FIELDS), query))


async def _create(request: web.Request) -> web.StreamResponse:
    who = with_scopes(request, *WRITE_APPS)
    tenant = tenant_of(request)
    read_query(request)
    body = await read_body(request)
    app_id = apps.guid("appId", body.pop("appId", None))
    values = _values(body)
    if principals.by_app_id(tenant, app_id) is not None:
        raise taken(f"There is a service principal of the application '{app_id}' already.")
    app = apps.find(tenant, "appId", app_id)
    if app is None:
        # The code is general knowledge, not in the reference: UNVERIFIED.
        raise GraphError(
            400,
            "NoBackingApplicationObject",
            f"The appId '{app_id}' of the service principal does not reference a valid "
            "application object.",
        )
    require_manager(who, app)
    made = principals.create(tenant, app)
    principals.change(tenant, made, {**values, "owner": who.oid})
    found = principals.by_id(tenant, made["id"]) or made
    return reply(entity(request, WHAT, _shown(found)), status=201)


async def _get(request: web.Request) -> web.StreamResponse:
    with_scopes(request, *READ_APPS)
    query = read_query(request, {"$select"})
    return reply(entity(request, WHAT, select(_shown(principal_of(request)), query)))


async def _change(request: web.Request) -> web.StreamResponse:
    who = with_scopes(request, *WRITE_APPS)
    read_query(request)
    values = _values(await read_body(request))
    found = principal_of(request)
    require_manager(who, found)
    principals.change(tenant_of(request), found, values)
    return no_content()


async def _delete(request: web.Request) -> web.StreamResponse:
    who = with_scopes(request, *WRITE_APPS)
    read_query(request)
    found = principal_of(request)
    require_manager(who, found)
    if apps.find(tenant_of(request), "appId", found["appId"]) is None:
        # Microsoft's applications are part of the practice tenant: a choice.
        raise GraphError(
            400, "Request_BadRequest", "The practice tenant's built-in applications stay."
        )
    principals.remove(tenant_of(request), found["id"])
    return no_content()


async def _assigned(request: web.Request) -> web.StreamResponse:
    with_scopes(request, *READ_APPS)
    query = read_query(request, LIST_OPTIONS)
    found = principal_of(request)
    roles = tenant_of(request).data["entra"]["app_roles"].values()
    items = [dict(one) for one in roles if one["resourceId"] == found["id"]]
    what = f"{WHAT}('{found['id']}')/appRoleAssignedTo"
    return reply(page(request, what, shape(items, query, ASSIGNED_FIELDS), query))


async def _assign(request: web.Request) -> web.StreamResponse:
    who = with_scopes(request, ASSIGN)
    require_scopes(who, *READ_APPS)  # the page asks for both
    tenant = tenant_of(request)
    read_query(request)
    body = await read_body(request)
    found = principal_of(request)
    require_manager(who, found)
    unknown = set(body) - {"principalId", "resourceId", "appRoleId", "@odata.type"}
    if unknown:
        raise apps.bad(sorted(unknown)[0], "is not a property that can be set here")
    wanted = {name: apps.guid(name, body.get(name)) for name in ("principalId", "resourceId")}
    role = apps.guid("appRoleId", body.get("appRoleId"))
    if wanted["resourceId"] != found["id"]:
        raise apps.bad("resourceId", "must be the service principal of the address")
    if role != principals.DEFAULT_ROLE:
        raise apps.bad("appRoleId", "names no role of the application: it has none of its own")
    user = tenant.company.user(wanted["principalId"])
    group = tenant.company.group(wanted["principalId"])
    someone = user or group
    if someone is None:
        raise missing(wanted["principalId"])
    stored = tenant.data["entra"]["app_roles"]
    if any(
        one["principalId"] == wanted["principalId"] and one["resourceId"] == found["id"]
        for one in stored.values()
    ):
        raise apps.bad("principalId", "is assigned to the application already")
    made: Record = {
        "id": uuid.uuid4().hex,
        "deletedDateTime": None,
        "appRoleId": role,
        "createdDateTime": to_iso(tenant.clock.now()),
        "principalDisplayName": someone.display_name,
        "principalId": wanted["principalId"],
        "principalType": "User" if user else "Group",
        "resourceDisplayName": found["displayName"],
        "resourceId": found["id"],
    }
    stored[made["id"]] = made
    tenant.state.touch(f"{someone.display_name} assigned to {found['displayName']}")
    what = f"{WHAT}('{found['id']}')/appRoleAssignedTo"
    return reply(entity(request, what, made), status=201)


async def _unassign(request: web.Request) -> web.StreamResponse:
    who = with_scopes(request, ASSIGN)
    read_query(request)
    found = principal_of(request)
    require_manager(who, found)
    stored = tenant_of(request).data["entra"]["app_roles"]
    key = request.match_info["assignment"]
    if key not in stored or stored[key]["resourceId"] != found["id"]:
        raise missing(key)
    del stored[key]
    tenant_of(request).state.touch(f"an assignment to {found['displayName']} deleted")
    return no_content()


def _shown(principal: Record) -> Record:
    published = principals.published(principal["appId"])
    return {**visible(principal), "oauth2PermissionScopes": published, "appRoles": []}


def _values(body: Record) -> Record:
    values: Record = {}
    for name, value in body.items():
        if name.startswith("@odata."):
            continue
        if name == "tags":
            values |= apps.check({name: value})
        elif name not in WRITABLE:
            raise apps.bad(name, "is not a property that can be set here")
        elif not isinstance(value, bool):
            raise apps.bad(name, "must be true or false")
        else:
            values[name] = value
    return values
