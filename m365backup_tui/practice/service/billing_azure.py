"""The Azure resource that a billing profile leaves behind: who may make it, where, and what is in it."""

from m365backup_tui.practice.arm import providers, syntex
from m365backup_tui.practice.arm.call import find_subscription, require_enabled
from m365backup_tui.practice.arm.groups import find_group
from m365backup_tui.practice.arm.kinds import SYNTEX
from m365backup_tui.practice.arm.locks import refuse_locked
from m365backup_tui.practice.errors import ArmError
from m365backup_tui.practice.personas import Persona
from m365backup_tui.practice.service import billing_profiles, switching
from m365backup_tui.practice.tenant import Tenant


def put_azure(
    tenant: Tenant,
    persona: Persona,
    subscription_id: str,
    resource_group: str,
    region: str,
    kind: str,
    name: str,
    properties: dict[str, str],
) -> tuple[str, str]:
    """Leave the Azure resource behind, seen after the ordinary wait; (group, region) as spelled.

    Registers the resource provider as the admin center is thought to (UNVERIFIED, azure.md §1.6).
    """
    sub = find_subscription(tenant, persona, subscription_id)
    if sub.tenant_id != tenant.identity.tenant_id:
        raise ArmError(400, "TenantMismatch", "The subscription belongs to another directory.")
    for action in (f"{SYNTEX}/{kind}/write", f"{SYNTEX}/register/action"):
        syntex.require(tenant, persona, sub.id, action)
    require_enabled(sub)
    home = find_group(tenant, sub.id, resource_group)
    group = str(home["name"])
    refuse_locked(tenant, home["id"])
    place = syntex.check_region(tenant, kind, region)
    providers.register(tenant, sub)
    wait = switching.billing_wait(tenant)
    body = {"location": place, "properties": properties}
    syntex.put(tenant, sub, group, kind, name, body, hidden_for=wait)
    return group, place


def link_resource(tenant: Tenant, node: str, policy_name: str) -> tuple[str, dict[str, str]]:
    """Kind and properties of the resource of the organization's own billing."""
    if node == "setup":
        # spoTenantId is taken to be the Entra tenant id (UNVERIFIED, azure.md §1.9).
        web = f"https://{tenant.identity.sharepoint_host}"
        own = {"spoTenantId": tenant.identity.tenant_id, "spoTenantUrl": web}
        return billing_profiles.PROCESSORS, own
    # Which values Microsoft 365 Backup writes here is UNVERIFIED (azure.md §1.1).
    return billing_profiles.ACCOUNTS, {
        "friendlyName": policy_name,
        "service": "SPO",
        "identityType": "Tenant",
        "identityId": tenant.identity.tenant_id,
        "feature": "M365Backup",
        "scope": "Global",
    }


def put_app_policy(
    tenant: Tenant, persona: Persona, client_id: str, place: tuple[str, str, str]
) -> None:
    """What `New-SPOAppBillingPolicy -UsageCharges AppOwnerIsCharged` does: the application has a
    billing policy of its own, an account whose identity is the application (azure.md §1.7 item 1,
    inferred there). `place` is subscription, resource group, region.
    """
    switching.require_role(persona, switching.TURN_ON_ROLES, "make an app billing policy")
    properties = {
        "friendlyName": f"App billing {client_id}",
        "service": "SPO",
        "identityType": "App",
        "identityId": client_id.lower(),
        "feature": "M365Backup",
        "scope": "Global",
    }
    name = tenant.identity.guid("app-billing", client_id.lower())
    put_azure(tenant, persona, *place, billing_profiles.ACCOUNTS, name, properties)
