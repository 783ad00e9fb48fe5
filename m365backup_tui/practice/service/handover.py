"""The registered service apps, and the one change of controller that may be on its way.

The state's `billing` area holds `apps` (by id, each `inactive` or `active`) and `change` (`to`,
`from` = "firstparty" or an app's id, `at`). `pendingActive` and `pendingInactive` follow from the
change (graph.md §1 item 7).
"""

from typing import Any

from m365backup_tui.practice.tenant import Tenant

FIRST_PARTY = "firstparty"
App = dict[str, Any]


def apps(tenant: Tenant) -> dict[str, App]:
    """The registered service apps by id, oldest first."""
    found: dict[str, App] = tenant.data["billing"].get("apps", {})
    return found


def app_of(tenant: Tenant, client_id: str) -> App | None:
    """The service app of this application, or None."""
    wanted = client_id.lower()
    return next((app for app in apps(tenant).values() if app["client_id"] == wanted), None)


def active_app(tenant: Tenant) -> App | None:
    """The service app that controls backup, or None."""
    return next((app for app in apps(tenant).values() if app["status"] == "active"), None)


def pending(tenant: Tenant) -> dict[str, Any] | None:
    """The change that is on its way, or None."""
    found: dict[str, Any] | None = tenant.data["billing"].get("change")
    return found


def status_of(tenant: Tenant, app: App) -> str:
    """inactive, active, pendingActive or pendingInactive."""
    change = pending(tenant)
    if change is not None and change["to"] == app["id"]:
        return "pendingActive"
    if change is not None and change["from"] == app["id"]:
        return "pendingInactive"
    return str(app["status"])


def settle(tenant: Tenant) -> None:
    """Make the change real once its moment has come."""
    change = pending(tenant)
    if change is None or not tenant.clock.reached(change["at"]):
        return
    drop_change(tenant)
    take_over(tenant, apps(tenant)[change["to"]], change["at"])


def drop_change(tenant: Tenant) -> None:
    """Forget the change that is on its way; the other side stays what it is."""
    tenant.data["billing"].pop("change", None)


def take_over(tenant: Tenant, app: App, at: str) -> None:
    """The app controls backup from `at` on.

    Choice: what was protected stays so, but nothing can be changed until the new controller has
    called `enable`, because until then nobody has shown a billing policy.
    """
    billing = tenant.data["billing"]
    before = active_app(tenant)
    if before is not None:
        before["status"] = "inactive"
    app["status"] = "active"
    for policy in billing.get("policies", {}).values():
        policy["connected"] = False
    asked = billing["service"]
    had_begun = asked["status"] != "disabled" or asked.get("ended") is not None
    billing["service"] = {
        "status": "protectionChangeLocked" if had_begun else "disabled",
        "consumer": "thirdparty" if had_begun else "unknown",
        "enabled_at": at if had_begun else None,
        "effective_at": at if had_begun else None,
    }
    tenant.state.touch(f"service app {app['id']} controls backup")
