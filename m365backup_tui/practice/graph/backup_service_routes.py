"""HTTP for the backup service itself: status, enable, service apps, e-mail notifications
(graph.md §1, §2.1, §4)."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from m365backup_tui.practice.auth import Caller
from m365backup_tui.practice.billing import service_status
from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.graph import backup_errors as errors
from m365backup_tui.practice.graph.backup_access import GRAPH_POWERSHELL, control_caller
from m365backup_tui.practice.graph.backup_policies import is_guid
from m365backup_tui.practice.graph.backup_policy_routes import ROOT
from m365backup_tui.practice.graph.odata import context, page, read_body, read_query, reply
from m365backup_tui.practice.graph.products import PRODUCTS
from m365backup_tui.practice.tenant import Tenant, tenant_of

EVENTS = ("none", "restoreAndPolicyUpdates")
RECIPIENTS = ("none", "globalAdmins", "backupAdmins", "custom", "allAdmins")


def add_service_routes(app: web.Application) -> None:
    """Register the service's own endpoints."""
    route = app.router.add_route
    route("GET", ROOT, _root)
    route("POST", f"{ROOT}/enable", _enable)
    route("GET", f"{ROOT}/serviceApps", _list_apps)
    route("POST", f"{ROOT}/serviceApps", _refuse_app)
    route("GET", f"{ROOT}/serviceApps/{{id}}", _no_app)
    route("DELETE", f"{ROOT}/serviceApps/{{id}}", _refuse_app)
    route("POST", f"{ROOT}/serviceApps/{{id}}/activate", _refuse_app)
    route("POST", f"{ROOT}/serviceApps/{{id}}/deactivate", _refuse_app)
    route("GET", f"{ROOT}/emailNotificationsSetting", _get_notifications)
    route("PATCH", f"{ROOT}/emailNotificationsSetting", _patch_notifications)


def _refuse_internal(who: Caller) -> None:
    if who.client_id == GRAPH_POWERSHELL:
        raise errors.internal_client()


def _status(tenant: Tenant) -> dict[str, Any]:
    service = service_status(tenant)
    shown = {
        "status": service["status"],
        "disableReason": service.get("reason") or "none",
        "backupServiceConsumer": service["consumer"],
        "gracePeriodDateTime": service.get("grace_until"),
        "restoreAllowedTillDateTime": service.get("restore_until"),
        "lastModifiedDateTime": service["enabled_at"],
    }
    return {name: value for name, value in shown.items() if value is not None}


async def _root(request: web.Request) -> web.StreamResponse:
    who = control_caller(request, changes=False)
    read_query(request, {"$select"})
    _refuse_internal(who)
    what = context(request, "solutions/backupRestore/$entity")
    return reply({"@odata.context": what, "serviceStatus": _status(tenant_of(request))})


async def _enable(request: web.Request) -> web.StreamResponse:
    who = control_caller(request, changes=True)
    read_query(request)
    _refuse_internal(who)
    body = await read_body(request)
    if not is_guid(str(body.get("appOwnerTenantId") or "")):
        raise GraphError(400, "InvalidAppOwnerTenantId", "appOwnerTenantId must be a tenant id.")
    # A third-party controller needs a billing policy of its own; nobody can make one here.
    raise GraphError(
        403, "UnableToReadBillingProfile", "No billing profile of this application was found."
    )


async def _list_apps(request: web.Request) -> web.StreamResponse:
    control_caller(request, changes=False)
    query = read_query(request, {"$top", "$skiptoken", "$select"})
    return reply(page(request, "solutions/backupRestore/serviceApps", [], query, 100, 999))


async def _no_app(request: web.Request) -> web.StreamResponse:
    control_caller(request, changes=False)
    raise GraphError(404, "ServiceAppNotFound", "There is no such service app.")


async def _refuse_app(request: web.Request) -> web.StreamResponse:
    # The practice tenant knows no controller hand-over yet: other clients are told that the
    # organisation is run from the admin center, never that something was registered.
    _refuse_internal(control_caller(request, changes=True))
    raise GraphError(
        403, "Forbidden", "This organization's backup is controlled by the admin center."
    )


def _settings(tenant: Tenant) -> dict[str, Any]:
    stored = tenant.data["backup"].get("notifications")
    fresh = {
        "isEnabled": True,
        "additionalEvents": "none",
        "recipients": {"role": "allAdmins", "customRecipients": []},
    }
    return dict(stored or fresh)


async def _get_notifications(request: web.Request) -> web.StreamResponse:
    control_caller(request, changes=True)  # there is no read scope for it (graph.md §2.1)
    read_query(request, {"$select"})
    return reply({**_settings(tenant_of(request))})


async def _patch_notifications(request: web.Request) -> web.StreamResponse:
    who = control_caller(request, changes=True)
    read_query(request)
    if not any(who.persona.active_roles & product.managers for product in PRODUCTS):
        raise errors.role_missing("changing notifications")
    body, tenant = await read_body(request), tenant_of(request)
    settings = _settings(tenant) | {k: v for k, v in body.items() if k != "@odata.type"}
    recipients = settings["recipients"]
    if set(settings) != {"isEnabled", "additionalEvents", "recipients"} or not (
        isinstance(settings["isEnabled"], bool)
        and settings["additionalEvents"] in EVENTS
        and isinstance(recipients, dict)
        and recipients.get("role") in RECIPIENTS
    ):
        raise errors.bad_request("The notification setting is not valid.")
    if recipients.get("customRecipients") and recipients["role"] != "custom":
        raise errors.bad_request("customRecipients need the role custom.")
    tenant.data["backup"]["notifications"] = settings
    tenant.state.touch("notifications changed")
    return reply(settings)
