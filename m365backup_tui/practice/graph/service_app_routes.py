"""HTTP for service apps: the registrations that make an application a controller of backup
(graph.md §1, §2.1)."""

from __future__ import annotations

from aiohttp import web

from m365backup_tui.practice.auth import Caller
from m365backup_tui.practice.graph.backup_access import control_caller
from m365backup_tui.practice.graph.backup_properties import properties_of
from m365backup_tui.practice.graph.controller_callers import deciding_caller
from m365backup_tui.practice.graph.filters import Record
from m365backup_tui.practice.graph.odata import (
    context,
    no_content,
    page,
    read_body,
    read_query,
    reply,
    select,
)
from m365backup_tui.practice.identities import application, identities
from m365backup_tui.practice.service import apps, errors, handover
from m365backup_tui.practice.tenant import Tenant, tenant_of

APPS = "/v1.0/solutions/backupRestore/serviceApps"
_NAMES = properties_of("serviceApp")
WHAT = "solutions/backupRestore/serviceApps"


def add_service_app_routes(app: web.Application) -> None:
    """Register the endpoints."""
    route = app.router.add_route
    route("GET", APPS, _list)
    route("POST", APPS, _register)
    route("GET", f"{APPS}/{{id}}", _get)
    route("DELETE", f"{APPS}/{{id}}", _delete)
    route("POST", f"{APPS}/{{id}}/activate", _activate)
    route("POST", f"{APPS}/{{id}}/deactivate", _deactivate)


def _shown(tenant: Tenant, app: handover.App) -> Record:
    moment, oid, client_id = app["modified"]
    return {
        "id": app["id"],
        "application": application(tenant, app["client_id"]),
        "status": handover.status_of(tenant, app),
        "effectiveDateTime": app["effective"],
        "registrationDateTime": app["registered"],
        "lastModifiedDateTime": moment,
        "lastModifiedBy": identities(tenant, oid, client_id),
    }


def _entity(request: web.Request, app: handover.App) -> Record:
    what = context(request, f"{WHAT}/$entity")
    return {"@odata.context": what, **_shown(tenant_of(request), app)}


async def _list(request: web.Request) -> web.StreamResponse:
    control_caller(request, changes=False)
    query = read_query(request, {"$top", "$skiptoken", "$select"}, _NAMES)
    tenant = tenant_of(request)
    handover.settle(tenant)
    items = [_shown(tenant, app) for app in handover.apps(tenant).values()]
    return reply(page(request, WHAT, items, query))


async def _get(request: web.Request) -> web.StreamResponse:
    control_caller(request, changes=False)
    query = read_query(request, {"$select"}, _NAMES)
    app = apps.find(tenant_of(request), request.match_info["id"])
    return reply(select(_entity(request, app), query, always=("@odata.context",)))


async def _register(request: web.Request) -> web.StreamResponse:
    who = deciding_caller(request)
    body = await read_body(request)
    if set(body) - {"@odata.type"}:
        # Every property is the service's own; the documented body is {} (graph.md §2.1).
        raise errors.bad_request("A service app is registered with an empty object.")
    app = apps.register(tenant_of(request), who)
    # The page says 201, its example 202 (graph.md §15 item 6): choice.
    return reply(_entity(request, app), status=201)


async def _delete(request: web.Request) -> web.StreamResponse:
    apps.unregister(tenant_of(request), deciding_caller(request), request.match_info["id"])
    return no_content()


async def _activate(request: web.Request) -> web.StreamResponse:
    who = deciding_caller(request)
    body = await read_body(request)
    return _accepted(
        request,
        apps.activate(
            tenant_of(request), who, request.match_info["id"], body.get("effectiveDateTime")
        ),
    )


async def _deactivate(request: web.Request) -> web.StreamResponse:
    who: Caller = deciding_caller(request)
    app = apps.deactivate(tenant_of(request), who, request.match_info["id"])
    return _accepted(request, app)


def _accepted(request: web.Request, app: handover.App) -> web.StreamResponse:
    return reply(_entity(request, app), status=202)
