"""HTTP for delegated permission grants, the authorization policy, and revoking sign-ins."""

from __future__ import annotations

from urllib.parse import unquote

from aiohttp import web

from m365backup_tui.practice.entra import applications as apps
from m365backup_tui.practice.entra import grants, principals
from m365backup_tui.practice.entra.scopes import SCOPES, resource_of
from m365backup_tui.practice.entra.store import grant_id
from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.graph.app_access import (
    READ_GRANTS,
    WRITE_GRANTS,
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
from m365backup_tui.practice.tenant import Tenant, tenant_of

WHAT = "oauth2PermissionGrants"
FIELDS = frozenset({"id", "clientId", "consentType", "principalId", "resourceId", "scope"})


def add_grant_routes(app: web.Application) -> None:
    """Register /oauth2PermissionGrants."""
    route = app.router.add_route
    route("GET", f"/v1.0/{WHAT}", _list)
    route("POST", f"/v1.0/{WHAT}", _create)
    route("GET", f"/v1.0/{WHAT}/{{id}}", _get)
    route("PATCH", f"/v1.0/{WHAT}/{{id}}", _change)
    route("DELETE", f"/v1.0/{WHAT}/{{id}}", _delete)
    for one in ("/v1.0/servicePrincipals/{id}", r"/v1.0/servicePrincipals{key:(?:\(|%28)[^/]*}"):
        route("GET", f"{one}/{WHAT}", _of_client)


async def _list(request: web.Request) -> web.StreamResponse:
    with_scopes(request, *READ_GRANTS)
    return _page(request, list(tenant_of(request).data["entra"]["grants"].values()))


async def _of_client(request: web.Request) -> web.StreamResponse:
    with_scopes(request, *READ_GRANTS)
    client = principal_of(request)["id"]
    stored = tenant_of(request).data["entra"]["grants"].values()
    return _page(request, [one for one in stored if one["clientId"] == client])


async def _create(request: web.Request) -> web.StreamResponse:
    who = with_scopes(request, *WRITE_GRANTS)
    tenant = tenant_of(request)
    read_query(request)
    body = await read_body(request)
    require_manager(who)
    # The page's example sends an id too; it is not taken.
    allowed = {*FIELDS, "startTime", "expiryTime", "@odata.type"}
    if set(body) - allowed:
        raise apps.bad(sorted(set(body) - allowed)[0], "is not a property that can be set here")
    client = _principal(tenant, "clientId", body)
    resource = _principal(tenant, "resourceId", body)
    person = _person(tenant, body)
    names = _names(resource, body.get("scope"))
    if grant_id(client["id"], resource["id"], person) in tenant.data["entra"]["grants"]:
        raise taken("Permission entry already exists.")
    made = grants.store(tenant, client["id"], resource["id"], person, names)
    return reply(entity(request, WHAT, made), status=201)


async def _get(request: web.Request) -> web.StreamResponse:
    with_scopes(request, *READ_GRANTS)
    query = read_query(request, {"$select"})
    return reply(entity(request, WHAT, select(_shown(request, _found(request)), query)))


async def _change(request: web.Request) -> web.StreamResponse:
    """The scope is replaced, not added to (reference/auth.md §2.5 item 4)."""
    who = with_scopes(request, *WRITE_GRANTS)
    tenant = tenant_of(request)
    read_query(request)
    body = await read_body(request)
    require_manager(who)
    found = _found(request)
    if set(body) - {"scope", "@odata.type"}:
        raise apps.bad(sorted(set(body) - {"scope"})[0], "cannot be changed")
    resource = principals.by_id(tenant, found["resourceId"])
    names = _names(resource or {"appId": ""}, body.get("scope"))
    found["scope"] = " ".join(names)
    if "standing" in found:  # what an administrator names now is no longer standing consent
        found["standing"] = []
    tenant.state.touch("a permission grant changed")
    return no_content()


async def _delete(request: web.Request) -> web.StreamResponse:
    who = with_scopes(request, *WRITE_GRANTS)
    read_query(request)
    require_manager(who)
    found = _found(request)
    del tenant_of(request).data["entra"]["grants"][found["id"]]
    tenant_of(request).state.touch("a permission grant deleted")
    return no_content()


def _page(request: web.Request, stored: list[Record]) -> web.StreamResponse:
    query = read_query(request, LIST_OPTIONS)
    items = shape([_shown(request, one) for one in stored], query, FIELDS)
    return reply(page(request, WHAT, items, query))


def _shown(request: web.Request, grant: Record) -> Record:
    scope = " ".join(grants.scopes_of(tenant_of(request), grant))
    return {**visible(grant), "scope": scope}


def _found(request: web.Request) -> Record:
    key = unquote(request.match_info["id"])
    found: Record | None = tenant_of(request).data["entra"]["grants"].get(key)
    if found is None:
        raise missing(key)
    return found


def _principal(tenant: Tenant, name: str, body: Record) -> Record:
    found = principals.by_id(tenant, apps.guid(name, body.get(name)))
    if found is None:
        raise missing(str(body[name]))
    return found


def _person(tenant: Tenant, body: Record) -> str | None:
    kind = body.get("consentType")
    if kind == grants.EVERYBODY:
        if body.get("principalId") is not None:
            raise apps.bad("principalId", "must be absent for AllPrincipals")
        return None
    if kind != grants.ONE_PERSON:
        raise apps.bad("consentType", "must be AllPrincipals or Principal")
    user = tenant.company.user(apps.guid("principalId", body.get("principalId")))
    if user is None:
        raise missing(str(body["principalId"]))
    return str(user.id)


def _names(resource: Record, scope: object) -> tuple[str, ...]:
    text = apps.text("scope", scope, 4096)
    offered = SCOPES.get(resource_of(resource["appId"]) or "", ())
    names = []
    for word in text.split():
        spelled = next((one for one in offered if one.lower() == word.lower()), None)
        if spelled is None and word.lower() not in ("openid", "profile", "email", "offline_access"):
            raise GraphError(400, "Request_BadRequest", f"The scope '{word}' is not offered.")
        names.append(spelled or word.lower())
    return tuple(dict.fromkeys(names))
