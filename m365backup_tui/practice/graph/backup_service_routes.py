"""HTTP for the backup service itself: its status, and enable (graph.md §1, §2.1, §4)."""

from __future__ import annotations

from aiohttp import web

from m365backup_tui.practice.graph.backup_access import control_caller, knows_evolved
from m365backup_tui.practice.graph.controller_callers import deciding_caller, refuse_internal
from m365backup_tui.practice.graph.filters import Record
from m365backup_tui.practice.graph.notifications import add_notification_routes
from m365backup_tui.practice.graph.odata import context, read_body, read_query, reply, select
from m365backup_tui.practice.graph.service_app_routes import add_service_app_routes
from m365backup_tui.practice.service import apps
from m365backup_tui.practice.service.status import APP_DELETED, Service, service_now
from m365backup_tui.practice.tenant import tenant_of

ROOT = "/v1.0/solutions/backupRestore"


def add_service_routes(app: web.Application) -> None:
    """Register the service's own endpoints."""
    app.router.add_route("GET", ROOT, _root)
    app.router.add_route("POST", f"{ROOT}/enable", _enable)
    add_service_app_routes(app)
    add_notification_routes(app)


def _shown(request: web.Request, service: Service) -> Record:
    reason = service.reason
    if reason == APP_DELETED and not knows_evolved(request):
        # Pages and beta have it, the v1.0 description does not (graph.md §2.6); like the other
        # younger members it shows only to those who ask for them (choice).
        reason = "unknownFutureValue"
    shown = {
        "status": service.status,
        "disableReason": reason,
        "backupServiceConsumer": service.consumer,
        "gracePeriodDateTime": service.grace_until,
        "restoreAllowedTillDateTime": service.restore_until,
        "lastModifiedDateTime": service.changed_at,
        "lastModifiedBy": {"user": {"id": service.changed_by}} if service.changed_by else None,
    }
    return {name: value for name, value in shown.items() if value is not None}


async def _root(request: web.Request) -> web.StreamResponse:
    who = control_caller(request, changes=False)
    query = read_query(request, {"$select"})
    refuse_internal(who)
    what = context(request, "solutions/backupRestore/$entity")
    status = _shown(request, service_now(tenant_of(request)))
    body = {"@odata.context": what, "serviceStatus": status}
    return reply(select(body, query, always=("@odata.context",)))


async def _enable(request: web.Request) -> web.StreamResponse:
    who = deciding_caller(request)
    body = await read_body(request)
    service = apps.enable(tenant_of(request), who, body.get("appOwnerTenantId"))
    what = context(request, "microsoft.graph.serviceStatus")
    return reply({"@odata.context": what, **_shown(request, service)})
