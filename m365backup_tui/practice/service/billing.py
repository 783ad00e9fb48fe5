"""Pay-as-you-go billing: what the admin center's Save and Create policy do to the tenant.

Both generations of the admin center (admin-center.md §1.2, §1.3) leave an Azure resource behind and
end in the same service. Which of the two a tenant uses is decided by what is set up first (choice).
"""

from typing import Any

from m365backup_tui.practice.arm import syntex
from m365backup_tui.practice.arm.call import none_visible
from m365backup_tui.practice.arm.world import subscriptions_of
from m365backup_tui.practice.errors import ArmError
from m365backup_tui.practice.personas import Persona
from m365backup_tui.practice.service import billing_policies, billing_profiles, switching
from m365backup_tui.practice.service.billing_azure import link_resource, put_azure
from m365backup_tui.practice.service.billing_profiles import Profile
from m365backup_tui.practice.service.status import (
    BILLING_INVALID,
    USER_REQUESTED,
    Service,
    service_now,
)
from m365backup_tui.practice.service.switching import SET_UP_ROLES, TURN_ON_ROLES, require_role
from m365backup_tui.practice.tenant import Tenant

NODES = ("setup", "billing")
DEFAULT_POLICY_NAME = "Microsoft 365 Backup"


def choices(tenant: Tenant, persona: Persona) -> list[tuple[str, str]]:
    """What the admin center's subscription list offers: (id, name).

    Only where the person is Owner or Contributor, and only of this directory, else the list stays
    empty (admin-center.md §1.2).
    """
    if none_visible(tenant):
        return []
    return [
        (sub.id, sub.name)
        for sub in subscriptions_of(tenant.identity)
        if sub.tenant_id == tenant.identity.tenant_id
        and syntex.may(tenant, persona, sub.id, "Microsoft.Syntex/write")
    ]


def set_up(
    tenant: Tenant,
    persona: Persona,
    node: str,
    subscription_id: str,
    resource_group: str,
    region: str,
    policy_name: str = DEFAULT_POLICY_NAME,
    budget: dict[str, Any] | None = None,
) -> Profile:
    """Save (older node "setup") or Create policy (newer node "billing"); returns the profile.

    Raises ArmError with the words a page would show, ValueError for an unknown node.
    """
    if node not in NODES:
        raise ValueError(f"node is one of {', '.join(NODES)}.")
    require_role(persona, SET_UP_ROLES, "set up pay-as-you-go billing")
    place = (subscription_id.lower(), resource_group.lower())
    if node == "billing":
        existing = billing_policies.named(tenant, policy_name)
        if existing is not None and _place(existing) != place:
            raise ArmError(
                409,
                "BillingPolicyExists",
                f"A billing policy called {policy_name} exists. Its subscription and resource "
                "group cannot be changed: give the new one another name.",
            )
        billing_policies.check_new(tenant, policy_name)
    elif billing_profiles.policies(tenant):
        raise ArmError(
            409, "BillingPoliciesInUse", "This organization pays through billing policies."
        )
    identity = billing_policies.identity_of(tenant, policy_name) if node == "billing" else "setup"
    name = identity if node == "billing" else billing_profiles.SETUP_RESOURCE
    kind, properties = link_resource(tenant, node, policy_name)
    group, region = put_azure(
        tenant, persona, subscription_id, resource_group, region, kind, name, properties
    )
    profile: Profile = {
        "id": identity,
        "node": node,
        "subscription_id": subscription_id.lower(),
        "resource_group": group,
        "region": region,
        "at": tenant.clock.now_iso(),
        "effective_at": tenant.clock.due(switching.billing_wait(tenant)),
        "by": persona.key,
    }
    if node == "setup":
        tenant.data["billing"]["linked"] = profile
    else:
        billing_policies.keep(tenant, {**profile, "name": policy_name, "budget": budget})
    tenant.state.touch(f"billing linked in the {node} node")
    return profile


def turn_on(tenant: Tenant, persona: Persona) -> Service:
    """Turn on (older node), or Connect the newest billing policy (newer node).

    Raises ArmError when billing is not set up or the person may not.
    """
    policies = billing_profiles.policies(tenant)
    if policies:
        return billing_policies.connect(tenant, persona, list(policies)[-1])
    require_role(persona, TURN_ON_ROLES, "turn on Microsoft 365 Backup")
    if tenant.data["billing"]["linked"] is None:
        raise ArmError(409, "BillingNotSetUp", "Set up pay-as-you-go billing first.")
    return switching.begin(tenant, persona)


def turn_off(tenant: Tenant, persona: Persona) -> Service:
    """Status Off of the older node: begins offboarding (admin-center.md §4.1)."""
    require_role(persona, TURN_ON_ROLES, "turn off Microsoft 365 Backup")
    switching.refuse_other_controller(tenant)
    switching.end(tenant, persona, USER_REQUESTED)
    return service_now(tenant)


def unlink(tenant: Tenant, persona: Persona) -> Service:
    """Disconnect Azure subscription of the older node: nobody pays any more, so offboarding begins.

    Choice: the Azure resource goes with it, and the disableReason is invalidBillingProfile.
    """
    require_role(persona, SET_UP_ROLES, "disconnect the Azure subscription")
    linked = tenant.data["billing"]["linked"]
    if linked is None:
        raise ArmError(409, "BillingNotSetUp", "No Azure subscription is connected.")
    billing_policies.drop_azure(tenant, linked)
    switching.end(tenant, persona, BILLING_INVALID)
    tenant.data["billing"]["linked"] = None
    tenant.state.touch("Azure subscription disconnected")
    return service_now(tenant)


def migrate(tenant: Tenant, persona: Persona) -> Profile:
    """Migrate of the older node: the same subscription, group and region as a billing policy, Backup
    going on without a pause (admin-center.md §1.2 item 6)."""
    require_role(persona, SET_UP_ROLES, "migrate billing")
    linked = tenant.data["billing"]["linked"]
    if linked is None:
        raise ArmError(409, "BillingNotSetUp", "No billing of the older kind is set up.")
    name = billing_policies.MIGRATED_NAME
    identity = billing_policies.identity_of(tenant, name)
    kind, properties = link_resource(tenant, "billing", name)
    where = linked["subscription_id"], linked["resource_group"], linked["region"]
    put_azure(tenant, persona, *where, kind, identity, properties)
    on = tenant.data["billing"]["service"]["status"] == "enabled"
    policy = {**linked, "id": identity, "node": "billing", "name": name, "budget": None}
    policy["effective_at"] = tenant.clock.due(switching.billing_wait(tenant))
    billing_policies.drop_azure(tenant, linked)
    tenant.data["billing"]["linked"] = None
    billing_policies.keep(tenant, policy, connected=on)
    tenant.state.touch("billing migrated to a billing policy")
    return policy


def _place(profile: Profile) -> tuple[str, str]:
    return str(profile["subscription_id"]).lower(), str(profile["resource_group"]).lower()
