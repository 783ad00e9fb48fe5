"""What an application may do about controlling backup: register, activate, deactivate, unregister,
enable. The table is graph.md §1 item 7; the three 403s of it have no documented code."""

from datetime import datetime, timedelta
from typing import Any

from m365backup_tui.practice.auth import Caller
from m365backup_tui.practice.clock import from_iso, to_iso
from m365backup_tui.practice.service import billing_profiles, errors, handover
from m365backup_tui.practice.service.handover import App
from m365backup_tui.practice.service.status import APP_DELETED, Service, service_now
from m365backup_tui.practice.tenant import Tenant

SOONEST, LATEST = timedelta(days=7), timedelta(days=30)


def register(tenant: Tenant, who: Caller) -> App:
    """The caller's application becomes an inactive service app. 409 when it is one already."""
    if handover.app_of(tenant, who.client_id) is not None:
        raise errors.app_exists()
    billing = tenant.data["billing"]
    number = billing["apps_made"] = int(billing.get("apps_made", 0)) + 1
    app: App = {
        "id": tenant.identity.guid("service-app", str(number)),
        "client_id": who.client_id.lower(),
        "status": "inactive",
        "registered": tenant.clock.now_iso(),
        "effective": None,
    }
    billing.setdefault("apps", {})[app["id"]] = app
    _changed(tenant, app, who, "registered")
    return app


def activate(tenant: Tenant, who: Caller, app_id: str, effective: Any) -> App:
    """The app takes over: at once when nobody controls backup, else on the day `effective` (ISO
    text), 7 to 30 days ahead. Active already: no change (choice)."""
    app = find(tenant, app_id)
    if handover.pending(tenant) is not None or tenant.faults.on("B6"):
        raise errors.app_action_not_allowed("A change of controller is pending already.")
    if app["status"] == "active":
        return app
    moment = _moment(effective)
    now, controller = tenant.clock.now(), _controller(tenant)
    if controller is None:
        app["effective"] = to_iso(now)
        handover.take_over(tenant, app, to_iso(now))
    else:
        if moment is None:
            raise errors.bad_request(
                "effectiveDateTime is required while another controller is active."
            )
        if not now + SOONEST <= moment <= now + LATEST:
            raise errors.bad_request("effectiveDateTime must be 7 to 30 days from now.")
        app["effective"] = to_iso(moment)
        tenant.data["billing"]["change"] = {
            "to": app["id"],
            "from": controller,
            "at": app["effective"],
        }
    _changed(tenant, app, who, handover.status_of(tenant, app))
    return app


def deactivate(tenant: Tenant, who: Caller, app_id: str) -> App:
    """Call off a change that is pending for this app; nothing for one that is inactive or going."""
    app = find(tenant, app_id)
    status = handover.status_of(tenant, app)
    if status == "active":
        raise errors.app_action_not_allowed(
            "An active service app cannot be deactivated, only deleted."
        )
    if status == "pendingActive":
        handover.drop_change(tenant)
        app["effective"] = None
        _changed(tenant, app, who, "change called off")
    return app


def unregister(tenant: Tenant, who: Caller, app_id: str) -> None:
    """Remove the app: a pending change is called off, an active one's service is wound up."""
    app = find(tenant, app_id)
    status = handover.status_of(tenant, app)
    if status == "pendingInactive":
        raise errors.app_action_not_allowed(
            "A service app that is being replaced cannot be deleted."
        )
    if status == "pendingActive":
        handover.drop_change(tenant)
    billing = tenant.data["billing"]
    if status == "active" and service_now(tenant).status != "disabled":
        stored = billing["service"]
        now = tenant.clock.now_iso()
        ended = {"reason": APP_DELETED, "at": now, "consumer": stored["consumer"]}
        billing["service"] = {
            **stored, "status": "disabled", "consumer": "unknown", "by": who.oid, "ended": ended
        }  # fmt: skip
    del billing["apps"][app["id"]]
    tenant.state.touch(f"service app {app['id']} deleted")


def enable(tenant: Tenant, who: Caller, owner_tenant: Any) -> Service:
    """The active app takes up its control; may be repeated, as after a change of billing.

    403 for an app that is not the active controller (code: choice), 402 without a healthy billing
    policy of the app, 403 UnableToReadBillingProfile with fault B3.
    """
    home = tenant.identity
    if owner_tenant not in (home.tenant_id, home.partner_tenant_id):
        raise errors.invalid_owner()
    if tenant.faults.on("B2"):
        raise errors.data_store_not_ready()
    service = service_now(tenant)  # settles a change whose day has come
    app = handover.app_of(tenant, who.client_id)
    if app is None or app["status"] != "active" or tenant.faults.on("B5"):
        raise errors.app_action_not_allowed(
            "The application is not the active controller of this organization's backup."
        )
    if tenant.faults.on("B3"):
        raise errors.unreadable_billing()
    pays = owner_tenant == home.tenant_id and billing_profiles.app_pays(tenant, who.client_id)
    if not pays or tenant.faults.on("B4"):
        raise errors.invalid_billing()
    if not (service.enabled and service.consumer == "thirdparty"):
        now = tenant.clock.now_iso()
        tenant.data["billing"]["service"] = {
            "status": "enabled",
            "consumer": "thirdparty",
            "enabled_at": now,
            "effective_at": now,
            "by": who.oid,
            "app": app["client_id"],
        }
        tenant.state.touch("backup enabled for a service app")
    return service_now(tenant)


def find(tenant: Tenant, app_id: str) -> App:
    """The service app with this id, with a change whose day has come made real. Raises 404."""
    handover.settle(tenant)
    app = handover.apps(tenant).get(app_id.lower())
    if app is None:
        raise errors.app_not_found(app_id)
    return app


def _controller(tenant: Tenant) -> str | None:
    """Who controls backup now: "firstparty", a service app's id, or nobody.

    Nobody does in any status but enabled (3PL), unless an app is active and has yet to enable.
    """
    app = handover.active_app(tenant)
    if app is not None:
        return str(app["id"])
    return handover.FIRST_PARTY if service_now(tenant).enabled else None


def _moment(text: Any) -> datetime | None:
    if text is None:
        return None
    try:
        return from_iso(text) if isinstance(text, str) and ("Z" in text or "+" in text) else _bad()
    except (ValueError, OverflowError):
        return _bad()


def _bad() -> datetime:
    raise errors.bad_request("effectiveDateTime must be a moment such as 2026-12-01T00:00:00Z.")


def _changed(tenant: Tenant, app: App, who: Caller, what: str) -> None:
    app["modified"] = [tenant.clock.now_iso(), who.oid, who.client_id]
    tenant.state.touch(f"service app {app['id']}: {what}")
