"""Turning the backup service on and off from the admin center: waits, roles, and what stands in the way."""

from datetime import timedelta

from m365backup_tui.practice.errors import ArmError
from m365backup_tui.practice.personas import (
    BILLING_ADMINISTRATOR,
    GLOBAL_ADMINISTRATOR,
    SHAREPOINT_ADMINISTRATOR,
    Persona,
)
from m365backup_tui.practice.service import handover
from m365backup_tui.practice.service.status import Service, service_now
from m365backup_tui.practice.tenant import Tenant

# "Changes to billing can take up to 24 hours": the 2025 set-up page. Five minutes is the practice
# tenant's own choice for the ordinary day; the scenario backup-off-slow uses the documented worst.
ORDINARY_WAIT = timedelta(minutes=5)
SLOW_WAIT = timedelta(hours=24)

# Who reaches pay-as-you-go (admin-center.md §1.1; the AI Administrator is left out: its template id
# is not in the reference), and who reaches the Backup page.
SET_UP_ROLES = {GLOBAL_ADMINISTRATOR, SHAREPOINT_ADMINISTRATOR, BILLING_ADMINISTRATOR}
TURN_ON_ROLES = {GLOBAL_ADMINISTRATOR, SHAREPOINT_ADMINISTRATOR}


def require_role(persona: Persona, roles: set[str], what: str) -> None:
    """Raises ArmError 403, with words for a page, without one of the roles."""
    if not persona.active_roles & roles:
        raise ArmError(403, "RoleMissing", f"{persona.name} has no role that may {what}.")


def billing_wait(tenant: Tenant) -> timedelta:
    """How long a change to billing takes to count, before the clock's pace."""
    return SLOW_WAIT if tenant.scenarios.on("backup-off-slow") else ORDINARY_WAIT


def turning_on(tenant: Tenant) -> bool:
    """Whether somebody has turned the service on and the wait is not over."""
    return tenant.data["billing"]["service"]["status"] == "enabled" and not (
        service_now(tenant).enabled
    )


def begin(tenant: Tenant, persona: Persona) -> Service:
    """The service becomes enabled for the admin center after the wait; no change when it is already.

    Raises ArmError 409 when another application controls backup, 403 or 402 when billing cannot be
    read or is not valid (faults B3, B4; the admin center's own words are not documented).
    """
    refuse_other_controller(tenant)
    if tenant.faults.on("B3"):
        raise ArmError(403, "UnableToReadBillingProfile", "The billing profile cannot be read.")
    if tenant.faults.on("B4"):
        raise ArmError(402, "InvalidBillingProfile", "The billing profile is not valid.")
    stored = tenant.data["billing"]["service"]
    if stored["status"] == "enabled":
        return service_now(tenant)
    ended = stored.get("ended")
    begun = {
        "status": "enabled",
        "consumer": "firstparty",
        "enabled_at": tenant.clock.now_iso(),
        "effective_at": tenant.clock.due(billing_wait(tenant)),
        "by": persona.oid,
    }
    if ended and not tenant.clock.reached(ended["at"]):
        begun |= {"enabled_at": stored["enabled_at"], "effective_at": stored["effective_at"]}
    elif ended:
        begun["ended"] = ended  # locked until the new turn-on counts
    tenant.data["billing"]["service"] = begun
    tenant.state.touch("Microsoft 365 Backup turned on")
    return service_now(tenant)


def end(tenant: Tenant, persona: Persona, reason: str) -> None:
    """The service is wound up after the wait, for this disableReason; no change when it is off."""
    stored = tenant.data["billing"]["service"]
    if stored["status"] == "disabled" or stored["consumer"] != "firstparty":
        return
    wait = billing_wait(tenant)
    off = {**stored, "status": "disabled", "consumer": "unknown", "by": persona.oid}
    if stored["effective_at"] and not tenant.clock.reached(stored["effective_at"]):
        off["enabled_at"] = off["effective_at"] = None  # it was never on
    else:
        off["ended"] = {"reason": reason, "at": tenant.clock.due(wait), "consumer": "firstparty"}
    tenant.data["billing"]["service"] = off
    tenant.state.touch(f"Microsoft 365 Backup turned off: {reason}")


def cancel_change(tenant: Tenant, persona: Persona) -> None:
    """The change of controller that is on its way is called off (admin-center.md §1.5)."""
    require_role(persona, TURN_ON_ROLES, "call off a change of controller")
    if handover.pending(tenant) is None:
        raise ArmError(409, "NoChangePending", "No change of controller is on its way.")
    handover.drop_change(tenant)
    tenant.state.touch("change of controller called off")


def refuse_other_controller(tenant: Tenant) -> None:
    """409 while an application controls backup: the way back needs Microsoft's support (FAQ26)."""
    service = service_now(tenant)
    if service.consumer == "thirdparty" or handover.active_app(tenant) is not None:
        raise ArmError(
            409,
            "OtherController",
            "Another application controls Microsoft 365 Backup here. Only Microsoft's support can "
            "bring it back to the admin center.",
        )
