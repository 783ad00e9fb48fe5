"""HTTP for /applications: app registrations (reference/auth.md §2.5)."""

from __future__ import annotations

from urllib.parse import unquote

from aiohttp import web

from m365backup_tui.practice.entra import applications as apps
from m365backup_tui.practice.entra import grants
from m365backup_tui.practice.graph.app_access import (
    READ_APPS,
    WRITE_APPS,
    denied,
    entity,
    missing,
    named_key,
    require_manager,
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

WHAT = "applications"
FIELDS = frozenset({"id", "appId", "displayName", "uniqueName", "signInAudience"})


def add_application_routes(app: web.Application) -> None:
    """Register /applications."""
    route = app.router.add_route
    route("GET", "/v1.0/applications", _list)
    route("POST", "/v1.0/applications", _create)
    # A key's parentheses may come escaped.
    for one in ("/v1.0/applications/{id}", r"/v1.0/applications{key:(?:\(|%28)[^/]*}"):
        route("GET", one, _get)
        route("PATCH", one, _change)
        route("DELETE", one, _delete)


async def _list(request: web.Request) -> web.StreamResponse:
    with_scopes(request, *READ_APPS)
    query = read_query(request, LIST_OPTIONS)
    items = shape([visible(one) for one in apps.every(tenant_of(request))], query, FIELDS)
    return reply(page(request, WHAT, items, query))


async def _create(request: web.Request) -> web.StreamResponse:
    who = with_scopes(request, *WRITE_APPS)
    tenant = tenant_of(request)
    read_query(request)
    if not _may_create(request, grants.is_application_admin(who.persona)):
        raise denied()
    made = apps.create(tenant, await read_body(request), who.oid)
    return reply(entity(request, WHAT, made), status=201)


async def _get(request: web.Request) -> web.StreamResponse:
    with_scopes(request, *READ_APPS)
    query = read_query(request, {"$select"})
    return reply(entity(request, WHAT, select(_found(request), query)))


async def _change(request: web.Request) -> web.StreamResponse:
    """Change one; with `(uniqueName='..')` and `Prefer: create-if-missing` make it if needed."""
    who = with_scopes(request, *WRITE_APPS)
    tenant = tenant_of(request)
    read_query(request)
    body = await read_body(request)
    upsert = "create-if-missing" in request.headers.get("Prefer", "").lower()
    if "key" in request.match_info and upsert:
        name, value = named_key(request, "uniqueName", "appId")
        if name == "uniqueName" and apps.find(tenant, name, value) is None:
            if not _may_create(request, grants.is_application_admin(who.persona)):
                raise denied()
            value = apps.text(name, value, apps.MOST_NAME)
            made = apps.create(tenant, body, who.oid, unique_name=value)
            return reply(entity(request, WHAT, made), status=201)
    found = _found(request)
    require_manager(who, found)
    apps.change(tenant, found, body)
    return no_content()


async def _delete(request: web.Request) -> web.StreamResponse:
    who = with_scopes(request, *WRITE_APPS)
    read_query(request)
    found = _found(request)
    require_manager(who, found)
    apps.remove(tenant_of(request), found)
    return no_content()


def _may_create(request: web.Request, admin: bool) -> bool:
    # Everybody may, unless the tenant's authorization policy says otherwise.
    return admin or bool(tenant_of(request).data["entra"]["policy"]["users_create_apps"])


def _found(request: web.Request) -> Record:
    name, value = "id", unquote(request.match_info.get("id", ""))
    if "key" in request.match_info:
        name, value = named_key(request, "uniqueName", "appId")
    found = apps.find(tenant_of(request), name, value)
    if found is None:
        raise missing(value)
    return found
