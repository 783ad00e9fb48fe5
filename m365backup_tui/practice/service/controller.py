"""Who may use the backup: the controlling application, and what the service's status allows."""

from m365backup_tui.practice.auth import Caller
from m365backup_tui.practice.entra.scopes import GRAPH_CLIENT
from m365backup_tui.practice.service import errors, handover
from m365backup_tui.practice.service.status import Service, service_now
from m365backup_tui.practice.tenant import Tenant


def may_touch(tenant: Tenant, who: Caller, write: bool) -> None:
    """Raise unless this application may read (or, with `write`, change) policies, units and rules.

    403 ServiceDisabled, OperationNotAllowed or ProtectionChangeLocked; 409 while the data store is
    being made (fault B2).
    """
    service = _admit(tenant, who, write)
    if write and not service.enabled:
        raise errors.change_locked(service.status)


def may_restore(tenant: Tenant, who: Caller) -> None:
    """Raise unless this application may start a restore now: `may_touch` for writing, but allowed
    while only the protection is locked (graph.md §4)."""
    service = _admit(tenant, who, write=True)
    if service.status == "restoreLocked":
        raise errors.restore_locked(service.status)


def _admit(tenant: Tenant, who: Caller, write: bool) -> Service:
    if tenant.faults.on("B2"):
        raise errors.data_store_not_ready()
    service = service_now(tenant)
    if service.status == "disabled":
        raise errors.service_disabled()
    standing = _standing(tenant, who, service)
    if standing == "stranger" or (write and standing == "reader"):
        # Only GET and POST were ever seen in this sentence (graph.md §1 item 4).
        raise errors.not_controller("POST" if write else "GET")
    return service


def _standing(tenant: Tenant, who: Caller, service: Service) -> str:
    """What the caller's application is to the tenant: controller, reader or stranger."""
    if tenant.faults.on("B5"):
        return "stranger"
    if tenant.faults.on("B6"):
        # Choice: the caller's application is the one that waits to take over, so it may only read.
        return "reader"
    app = handover.app_of(tenant, who.client_id)
    if app is not None:
        # Choice: the outgoing controller keeps its rights until the day of the change.
        return {
            "active": "controller",
            "pendingInactive": "controller",
            "pendingActive": "reader",
        }.get(handover.status_of(tenant, app), "stranger")
    if service.consumer == "thirdparty":
        return "stranger"
    # UNVERIFIED, the largest unknown of graph.md §1 item 6: whether an application that is neither
    # Graph PowerShell nor a service app may work here. Choice: it may, unless the scenario says no.
    if who.client_id != GRAPH_CLIENT and tenant.scenarios.on("own-app-refused"):
        return "stranger"
    return "controller"
