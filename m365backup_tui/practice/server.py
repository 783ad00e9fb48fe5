"""The web application of the practice tenant and the one middleware every request goes through."""

from aiohttp import web

from m365backup_tui.practice.arm.front import BUCKETS, answer_arm, buckets_of
from m365backup_tui.practice.auth import caller
from m365backup_tui.practice.control import faults
from m365backup_tui.practice.control import routes as control
from m365backup_tui.practice.doors import DOORS, settle
from m365backup_tui.practice.entra.routes import add_entra_routes
from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.faults.delivery import add_stopping
from m365backup_tui.practice.faults.operations import service_of
from m365backup_tui.practice.graph.routes import add_graph_routes
from m365backup_tui.practice.handling import MAX_BODY, Handler, handle, saved
from m365backup_tui.practice.portal import routes as portal
from m365backup_tui.practice.tenant import TENANT, Tenant, tenant_of

DOWNLOADS = "/reports-download/"  # their address is their key (usage-reports.md)


def build_app(tenant: Tenant) -> web.Application:
    """The application for this tenant."""
    app = web.Application(middlewares=[_middleware], client_max_size=MAX_BODY)
    app[TENANT] = tenant
    app[BUCKETS] = buckets_of(tenant)
    add_stopping(app)
    app[DOORS] = []
    control.add_control_routes(app)
    faults.add_fault_routes(app)
    portal.add_portal_routes(app)
    add_entra_routes(app)
    add_graph_routes(app)
    # ARM paths are matched without regard to case and doubled slashes (reference/azure.md §4.5),
    # which aiohttp's router cannot; so everything that is left goes to ARM's own table.
    app.router.add_route("*", "/{rest:.*}", _rest)
    return app


async def _rest(request: web.Request) -> web.StreamResponse:
    service = service_of(request.path)
    if service == "arm":
        return await answer_arm(request)
    if service == "graph":
        segment = request.path.rstrip("/").rpartition("/")[2]
        raise GraphError(400, "BadRequest", f"Resource not found for the segment '{segment}'.")
    raise web.HTTPNotFound


@web.middleware
async def _middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    service = service_of(request.path)
    if service == "control":
        return await _answer_control(request, handler)
    if service == "graph" and not request.path.startswith(DOWNLOADS):
        return await handle(request, _for_somebody(handler))
    return await handle(request, handler)


def _for_somebody(handler: Handler) -> Handler:
    """401 before anything else is judged: the path, the query, the body (choice of order)."""

    async def answer(request: web.Request) -> web.StreamResponse:
        caller(request)
        return await handler(request)

    return answer


async def _answer_control(request: web.Request, handler: Handler) -> web.StreamResponse:
    tenant = tenant_of(request)
    tenant.state.begin_request()
    try:
        response = await handler(request)
    except (ValueError, RecursionError, web.RequestPayloadError) as wrong:
        # RecursionError: JSON nested too deeply to read; the last: gzip that is none
        response = web.json_response({"error": str(wrong)}, status=400)
    if not saved(tenant):
        return web.json_response({"error": "The practice tenant cannot save."}, status=500)
    await settle(request.app)
    return response
