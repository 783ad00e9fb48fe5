"""Who pays for Backup: the pay-as-you-go profiles of the tenant, and whether they are healthy.

The state's `billing` area holds `linked` (the one profile of the older Setup node) and `policies`
(the billing policies of the newer Billing node, by id). An application's own billing policy is an
Azure resource of the kind `Microsoft.Syntex/accounts` whose identity is the application
(azure.md §1.7 item 1, inferred there).
"""

from typing import Any

from m365backup_tui.practice.arm import syntex
from m365backup_tui.practice.arm.world import subscriptions_of
from m365backup_tui.practice.tenant import Tenant

Profile = dict[str, Any]
ACCOUNTS, PROCESSORS = "accounts", "documentProcessors"
# Microsoft's name of the one older resource (azure.md §1.2).
SETUP_RESOURCE = "Syntex"


def policies(tenant: Tenant) -> dict[str, Profile]:
    """The billing policies by id, oldest first."""
    found: dict[str, Profile] = tenant.data["billing"].get("policies", {})
    return found


def paying(tenant: Tenant) -> list[Profile]:
    """The profiles that Backup is connected to in the admin center."""
    linked = tenant.data["billing"]["linked"]
    connected = [one for one in policies(tenant).values() if one["connected"]]
    return [linked, *connected] if linked else connected


def healthy(tenant: Tenant, profile: Profile) -> bool:
    """Whether the profile's subscription can be charged and its Azure resource is still there.

    A profile whose wait is not over has no resource yet and counts as healthy.
    """
    if not chargeable(tenant, profile["subscription_id"]):
        return False
    if not tenant.clock.reached(profile["effective_at"]):
        return True
    kind = PROCESSORS if profile["node"] == "setup" else ACCOUNTS
    name = resource_name(profile)
    found = syntex.listed(tenant, profile["subscription_id"], kind, profile["resource_group"])
    return any(item["name"] == name and _worked(item) for item in found)


def resource_name(profile: Profile) -> str:
    """The name of the Azure resource behind a profile."""
    return SETUP_RESOURCE if profile["node"] == "setup" else str(profile["id"])


def chargeable(tenant: Tenant, subscription_id: str) -> bool:
    """Whether the subscription is in a state that can be charged."""
    known = subscriptions_of(tenant.identity)
    state = next((sub.state for sub in known if sub.id == subscription_id), "Deleted")
    return state not in ("Disabled", "Deleted") and not tenant.faults.on("Z7")


def app_pays(tenant: Tenant, client_id: str) -> bool:
    """Whether this application has a healthy billing policy of its own in this tenant."""
    return any(
        _worked(item)
        and item["properties"].get("identityType", "").lower() == "app"
        and item["properties"].get("identityId", "").lower() == client_id.lower()
        for sub in subscriptions_of(tenant.identity)
        if chargeable(tenant, sub.id)
        for item in syntex.listed(tenant, sub.id, ACCOUNTS)
    )


def _worked(resource: dict[str, Any]) -> bool:
    return resource["provisioningState"] not in ("Failed", "Canceled")
