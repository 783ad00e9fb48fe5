"""The backup service of the tenant: is it on, is it locked, for whom, until when (graph.md §4).

The state's `billing.service` says what was asked for last; the clock, the health of the billing and
the faults decide what that is worth now. Choices, because the documentation gives no lengths:

- billing that breaks and a turn-off lead to the same end: 30 days in which healthy billing or
  turning on again brings everything back, restores until day 90 (admin-center.md §4.1 has a fixed
  90-day recovery period), then restoreLocked for a week, then disabled with nothing left;
- a removed controller has 7 days of grace and 30 days of billing after it (3PL);
- these are calendar days of the tenant's clock, not divided by its pace, because people see dates.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from m365backup_tui.practice.clock import from_iso, to_iso
from m365backup_tui.practice.service import billing_profiles, handover
from m365backup_tui.practice.tables import clear
from m365backup_tui.practice.tenant import TABLES, Tenant

USER_REQUESTED = "userRequested"
BILLING_INVALID = "invalidBillingProfile"
APP_DELETED = "controllerServiceAppDeleted"  # pages and beta only (graph.md §2.6)

_DAY = timedelta(days=1)
# reason: (grace period, time in which restores are allowed)
PERIODS = {
    USER_REQUESTED: (30 * _DAY, 90 * _DAY),
    BILLING_INVALID: (30 * _DAY, 90 * _DAY),
    APP_DELETED: (7 * _DAY, 37 * _DAY),
}
_DELETING = 7 * _DAY
_DELETED_AREAS = ("backup", "restore")


@dataclass(frozen=True, slots=True)
class Service:
    """The service as `GET ~` shows it; moments are ISO text.

    `status`: disabled, enabled, protectionChangeLocked, restoreLocked. `consumer`: unknown,
    firstparty, thirdparty.
    """

    status: str
    consumer: str
    reason: str = "none"
    changed_at: str | None = None
    changed_by: str | None = None
    grace_until: str | None = None
    restore_until: str | None = None

    @property
    def enabled(self) -> bool:
        """Whether protection may be changed."""
        return self.status == "enabled"


def service_now(tenant: Tenant) -> Service:
    """The service at this moment of the tenant's clock."""
    handover.settle(tenant)
    _finish(tenant)
    found = _stored(tenant, tenant.data["billing"]["service"])
    if _note_trouble(tenant, found):
        return service_now(tenant)
    if tenant.faults.on("B1"):
        return Service("disabled", "unknown", changed_at=found.changed_at)
    if tenant.faults.on("B5"):
        return Service("enabled", "thirdparty", changed_at=found.changed_at)
    trouble = tenant.data["billing"].get("trouble")
    if trouble is None:
        return found
    locked = offboarding(tenant, found.consumer, BILLING_INVALID, trouble)
    if tenant.faults.on("B8") or not (found.enabled or tenant.faults.on("B7")):
        return replace(locked, status="disabled")
    if (lock := tenant.faults.on("B7")) and lock.get("variant") == "restore":
        return replace(locked, status="restoreLocked")
    return locked


def offboarding(tenant: Tenant, consumer: str, reason: str, since: str) -> Service:
    """The service `since` which it is being wound up: locked, then gone."""
    begun, now = from_iso(since), tenant.clock.now()
    grace, restore = PERIODS[reason]
    last = begun + restore
    if now >= last + _DELETING:
        return Service("disabled", "unknown", reason, changed_at=to_iso(last + _DELETING))
    return Service(
        "protectionChangeLocked" if now < last else "restoreLocked",
        consumer,
        reason,
        changed_at=since if now < last else to_iso(last),
        grace_until=to_iso(begun + grace),
        restore_until=to_iso(last),
    )


def _stored(tenant: Tenant, stored: dict[str, Any]) -> Service:
    """What the last turn-on, turn-off or hand-over is worth now."""
    status, ended, by = stored["status"], stored.get("ended"), stored.get("by")
    if _in_force(tenant, stored):
        since = stored.get("effective_at") or stored["enabled_at"]
        return Service("enabled", stored["consumer"], changed_at=since, changed_by=by)
    if ended is not None:
        if not tenant.clock.reached(ended["at"]):
            return Service("enabled", ended["consumer"], changed_at=stored["enabled_at"])
        return offboarding(tenant, ended["consumer"], ended["reason"], ended["at"])
    if status in ("disabled", "enabled"):
        return Service("disabled", "unknown")
    return Service(status, stored["consumer"], changed_at=stored["enabled_at"], changed_by=by)


def _finish(tenant: Tenant) -> None:
    """When the winding up is over, the policies and the backups are deleted for good."""
    stored = tenant.data["billing"]["service"]
    ended = stored.get("ended")
    if ended is None or ended.get("over") or _in_force(tenant, stored):
        return
    if offboarding(tenant, ended["consumer"], ended["reason"], ended["at"]).status != "disabled":
        return
    ended["over"] = True
    for table in TABLES:
        if table.area in _DELETED_AREAS:
            clear(tenant.state.db, table)
    tenant.state.touch("offboarding is over: policies and backups deleted")


def _in_force(tenant: Tenant, stored: dict[str, Any]) -> bool:
    effective = stored.get("effective_at")
    return stored["status"] == "enabled" and (not effective or tenant.clock.reached(effective))


def _note_trouble(tenant: Tenant, found: Service) -> bool:
    """Remember since when billing is not healthy, and forget it when it is. True when it has been
    so for too long and the service is off for good (a fault never takes it that far).

    Choice: the trouble begins when somebody first looks, there is no timer that would notice it.
    """
    billing = tenant.data["billing"]
    since = billing.get("trouble")
    fault = any(tenant.faults.on(one) for one in ("B4", "B7", "B8"))
    broken = fault or (found.enabled and not _paid(tenant, found.consumer))
    if broken and since is None:
        billing["trouble"] = tenant.clock.now_iso()
        tenant.state.touch("billing is not healthy")
    elif not broken and since is not None:
        del billing["trouble"]
        tenant.state.touch("billing is healthy again")
    elif broken and not fault and since is not None:
        return _given_up(tenant, found.consumer, since)
    return False


def _given_up(tenant: Tenant, consumer: str, since: str) -> bool:
    """Whether billing has been broken for so long that the service is off for good; makes it so."""
    if offboarding(tenant, consumer, BILLING_INVALID, since).status != "disabled":
        return False
    billing = tenant.data["billing"]
    ended = {"reason": BILLING_INVALID, "at": since, "consumer": consumer}
    off = {"status": "disabled", "consumer": "unknown", "ended": ended}
    billing["service"] = {**billing["service"], **off}
    del billing["trouble"]
    return True


def _paid(tenant: Tenant, consumer: str) -> bool:
    """Healthy as long as one profile that was connected is; a tenant without any record of one was
    put into its state by hand and counts as paid for."""
    if consumer == "thirdparty":
        payer = tenant.data["billing"]["service"].get("app")
        return payer is None or billing_profiles.app_pays(tenant, payer)
    profiles = billing_profiles.paying(tenant)
    return not profiles or any(billing_profiles.healthy(tenant, one) for one in profiles)
