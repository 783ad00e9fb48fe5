"""Billing and turning on: what the admin center's Save, Connect and Turn on do to the tenant.

Both generations of the admin center (reference/admin-center.md §1.2, §1.3) end in the same state,
which Graph reads through `service_status`.
"""

from datetime import timedelta
from typing import Any

from m365backup_tui.practice.arm import providers, rbac, resources
from m365backup_tui.practice.arm.call import find_subscription, forbidden, require_enabled
from m365backup_tui.practice.arm.groups import find_group, refuse_locked
from m365backup_tui.practice.company_model import SHAREPOINT_HOST, TENANT_ID, stable_guid
from m365backup_tui.practice.errors import ArmError
from m365backup_tui.practice.personas import (
    BILLING_ADMINISTRATOR,
    GLOBAL_ADMINISTRATOR,
    SHAREPOINT_ADMINISTRATOR,
    Persona,
)
from m365backup_tui.practice.tenant import Tenant

# "Changes to billing can take up to 24 hours": the 2025 set-up page. Five minutes is the practice
# tenant's own choice for the ordinary day; the scenario backup-off-slow uses the documented worst.
ORDINARY_WAIT = timedelta(minutes=5)
SLOW_WAIT = timedelta(hours=24)

NODES = ("setup", "billing")
DEFAULT_POLICY_NAME = "Microsoft 365 Backup"
# Who reaches pay-as-you-go (reference/admin-center.md §1.1; the AI Administrator is left out: its
# template id is not in the reference).
SET_UP_ROLES = {GLOBAL_ADMINISTRATOR, SHAREPOINT_ADMINISTRATOR, BILLING_ADMINISTRATOR}
TURN_ON_ROLES = {GLOBAL_ADMINISTRATOR, SHAREPOINT_ADMINISTRATOR}


def service_status(tenant: Tenant) -> dict[str, Any]:
    """The backup service now: `status`, `consumer`, `enabled_at`, `effective_at` (ISO or None).

    `status` is disabled, enabled, protectionChangeLocked or restoreLocked; `consumer` is unknown,
    firstparty or thirdparty (reference/graph.md §1). A turn-on counts once its wait is over.
    """
    stored = tenant.data["billing"]["service"]
    answer = dict(stored)
    effective = stored.get("effective_at")
    if stored["status"] == "enabled" and effective and not tenant.clock.reached(effective):
        answer["status"] = "disabled"
        answer["consumer"] = "unknown"
    return answer


def choices(tenant: Tenant, persona: Persona) -> list[tuple[str, str]]:
    """What the admin center's subscription list offers: (id, name).

    Only where the person is Owner or Contributor, and only of this directory, else the list stays
    empty (reference/admin-center.md §1.2).
    """
    if tenant.scenarios.on("no-subscriptions"):
        return []
    from_world = (
        find_subscription(tenant, persona, right.subscription_id)
        for right in persona.azure
        if not right.eligible
    )
    offered = {
        sub.id: sub.name
        for sub in from_world
        if sub.tenant_id == TENANT_ID and rbac.allowed(persona, sub.id, "Microsoft.Syntex/write")
    }
    return list(offered.items())


def set_up(
    tenant: Tenant,
    persona: Persona,
    node: str,
    subscription_id: str,
    resource_group: str,
    region: str,
    policy_name: str = DEFAULT_POLICY_NAME,
) -> dict[str, Any]:
    """Save (older node "setup") or Create policy (newer node "billing"); returns the link.

    Registers the resource provider as the admin center is thought to (UNVERIFIED, reference/azure.md
    §1.6) and leaves the ARM resource behind after the ordinary wait. Raises ArmError with the words
    a page would show, ValueError for an unknown node.
    """
    if node not in NODES:
        raise ValueError(f"node is one of {', '.join(NODES)}.")
    _require_role(persona, SET_UP_ROLES, "set up pay-as-you-go billing")
    sub = find_subscription(tenant, persona, subscription_id)
    if sub.tenant_id != TENANT_ID:
        raise ArmError(400, "TenantMismatch", "The subscription belongs to another directory.")
    scope = f"/subscriptions/{sub.id}"
    kind = "documentProcessors" if node == "setup" else "accounts"
    for action in (f"{providers.SYNTEX}/{kind}/write", f"{providers.SYNTEX}/register/action"):
        if not rbac.allowed(persona, sub.id, action):
            raise forbidden(persona, action, scope)
    require_enabled(sub)
    group = find_group(tenant, sub.id, resource_group)["name"]
    refuse_locked(sub.id, group)
    place = resources.check_region(f"{providers.SYNTEX}/{kind}", region)
    providers.register(tenant, sub)
    wait = _wait(tenant)
    name, properties = _resource(node, policy_name)
    resources.put_resource(
        tenant,
        sub,
        group,
        kind,
        name,
        {"location": place, "properties": properties},
        hidden_for=wait,
        registered=True,
    )
    link = {
        "subscription_id": sub.id,
        "resource_group": group,
        "region": place,
        "node": node,
        "at": tenant.clock.now_iso(),
        "effective_at": tenant.clock.due(wait),
        "by": persona.key,
        "policy_name": policy_name if node == "billing" else None,
    }
    tenant.data["billing"]["linked"] = link
    tenant.state.touch(f"billing linked in the {node} node")
    return link


def turn_on(tenant: Tenant, persona: Persona) -> dict[str, Any]:
    """Turn on (older node) or Connect (newer node): the service becomes enabled after the wait.

    Raises ArmError when billing is not set up or the person may not.
    """
    _require_role(persona, TURN_ON_ROLES, "turn on Microsoft 365 Backup")
    billing = tenant.data["billing"]
    if billing["linked"] is None:
        raise ArmError(409, "BillingNotSetUp", "Set up pay-as-you-go billing first.")
    if billing["service"]["status"] == "disabled":
        billing["service"] = {
            "status": "enabled",
            "consumer": "firstparty",
            "enabled_at": tenant.clock.now_iso(),
            "effective_at": tenant.clock.due(_wait(tenant)),
        }
        tenant.state.touch("Microsoft 365 Backup turned on")
    return service_status(tenant)


def _wait(tenant: Tenant) -> timedelta:
    return SLOW_WAIT if tenant.scenarios.on("backup-off-slow") else ORDINARY_WAIT


def _resource(node: str, policy_name: str) -> tuple[str, dict[str, str]]:
    # spoTenantId is taken to be the Entra tenant id (UNVERIFIED, reference/azure.md §1.9).
    if node == "setup":
        return "Syntex", {"spoTenantId": TENANT_ID, "spoTenantUrl": f"https://{SHAREPOINT_HOST}"}
    # Which values Microsoft 365 Backup writes here is UNVERIFIED (reference/azure.md §1.1).
    return stable_guid("billing-policy", policy_name), {
        "friendlyName": policy_name,
        "service": "SPO",
        "identityType": "Tenant",
        "identityId": TENANT_ID,
        "feature": "M365Backup",
        "scope": "Global",
    }


def _require_role(persona: Persona, roles: set[str], what: str) -> None:
    if not persona.active_roles & roles:
        raise ArmError(403, "RoleMissing", f"{persona.name} has no role that may {what}.")
