"""Billing policies of the newer node: connect them to Backup, disconnect them, delete them
(admin-center.md §1.3, §1.4)."""

from m365backup_tui.practice.arm import syntex
from m365backup_tui.practice.errors import ArmError
from m365backup_tui.practice.personas import Persona
from m365backup_tui.practice.service import billing_profiles, switching
from m365backup_tui.practice.service.billing_profiles import Profile
from m365backup_tui.practice.service.status import USER_REQUESTED, Service, service_now
from m365backup_tui.practice.service.switching import SET_UP_ROLES, require_role
from m365backup_tui.practice.tenant import Tenant

MOST = 50  # MC1311976
MIGRATED_NAME = "Service migration"  # SETUP26
LONGEST_NAME = 100  # choice: no length is documented


def identity_of(tenant: Tenant, name: str) -> str:
    """The id of the billing policy with this name; the Azure resource is called so too."""
    return tenant.identity.guid("billing-policy", name.strip().lower())


def named(tenant: Tenant, name: str) -> Profile | None:
    """The billing policy with this name, without regard to case, or None."""
    return billing_profiles.policies(tenant).get(identity_of(tenant, name))


def check_new(tenant: Tenant, name: str) -> None:
    """Raises ArmError 400 for a bad name, 409 when there are as many policies as are allowed."""
    if not 1 <= len(name.strip()) <= LONGEST_NAME:
        raise ArmError(400, "BadPolicyName", f"A policy name has 1 to {LONGEST_NAME} characters.")
    if named(tenant, name) is None and len(billing_profiles.policies(tenant)) >= MOST:
        raise ArmError(409, "TooManyBillingPolicies", f"There may be {MOST} billing policies.")


def keep(tenant: Tenant, policy: Profile, connected: bool = False) -> None:
    """Add the policy, or renew it; one that is connected stays so."""
    stored = tenant.data["billing"].setdefault("policies", {})
    before = stored.get(policy["id"])
    stored[policy["id"]] = {
        **policy,
        "connected": connected or bool(before and before["connected"]),
    }


def connect(tenant: Tenant, persona: Persona, policy_id: str) -> Service:
    """Connection status On, Save: Backup is charged to this policy and becomes enabled.

    Raises ArmError 409 while billing of the older kind is set up: Migrate comes first (choice).
    """
    require_role(persona, SET_UP_ROLES, "connect a billing policy")
    policy = _find(tenant, policy_id)
    if tenant.data["billing"]["linked"] is not None:
        raise ArmError(
            409, "OlderBillingInUse", "Billing is set up in the Setup page: migrate it first."
        )
    service = switching.begin(tenant, persona)
    if not policy["connected"]:
        policy["connected"] = True
        tenant.state.touch(f"billing policy {policy['name']} connected")
    return service


def disconnect(tenant: Tenant, persona: Persona, policy_id: str) -> Service:
    """Connection status Off, Save: without the last one offboarding begins (admin-center.md §4.1)."""
    require_role(persona, SET_UP_ROLES, "disconnect a billing policy")
    policy = _find(tenant, policy_id)
    if policy["connected"]:
        policy["connected"] = False
        tenant.state.touch(f"billing policy {policy['name']} disconnected")
        if not billing_profiles.paying(tenant):
            switching.end(tenant, persona, USER_REQUESTED)
    return service_now(tenant)


def delete(tenant: Tenant, persona: Persona, policy_id: str) -> None:
    """Delete a policy and its Azure resource; only after disconnecting (admin-center.md §1.3)."""
    require_role(persona, SET_UP_ROLES, "delete a billing policy")
    policy = _find(tenant, policy_id)
    if policy["connected"]:
        raise ArmError(
            409, "BillingPolicyConnected", "Disconnect the policy from Microsoft 365 Backup first."
        )
    drop_azure(tenant, policy)
    del tenant.data["billing"]["policies"][policy_id]
    tenant.state.touch(f"billing policy {policy['name']} deleted")


def drop_azure(tenant: Tenant, profile: Profile) -> None:
    """The profile's Azure resource goes away; 409 ScopeLocked in a locked group."""
    kind = billing_profiles.PROCESSORS if profile["node"] == "setup" else billing_profiles.ACCOUNTS
    name = billing_profiles.resource_name(profile)
    syntex.delete(tenant, profile["subscription_id"], profile["resource_group"], kind, name)


def _find(tenant: Tenant, policy_id: str) -> Profile:
    policy = billing_profiles.policies(tenant).get(policy_id)
    if policy is None:
        raise ArmError(404, "BillingPolicyNotFound", "There is no such billing policy.")
    return policy
