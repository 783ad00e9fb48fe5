"""Azure values and rules: subscriptions, effective permissions, resource groups, regions, resource provider."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

SYNTEX = "Microsoft.Syntex"

# What setting up billing does in Azure; tested as operations, not as role names (azure.md 3.1).
REGISTER = "Microsoft.Syntex/register/action"
NEEDED_ACTIONS: tuple[str, ...] = (
    REGISTER,
    "Microsoft.Syntex/documentProcessors/write",
    "Microsoft.Syntex/accounts/write",
    "Microsoft.Resources/subscriptions/resourceGroups/read",
    "Microsoft.Resources/subscriptions/resourceGroups/write",
)


@dataclass(frozen=True, slots=True)
class PermissionEntry:
    """One entry of the permissions API: about one role assignment."""

    actions: tuple[str, ...]
    not_actions: tuple[str, ...] = ()


def _matches(patterns: Sequence[str], action: str) -> bool:
    return any(fnmatchcase(action.lower(), p.lower().replace("[", "[[]")) for p in patterns)


def allows(entries: Iterable[PermissionEntry], action: str) -> bool:
    """An action is allowed if an entry names it and the same entry does not take it away."""
    return any(_matches(e.actions, action) and not _matches(e.not_actions, action) for e in entries)


def owner_or_contributor(entries: Iterable[PermissionEntry]) -> bool:
    """True with `*` in some entry: what fills the admin center's subscription list (2025 set-up page)."""
    return any("*" in e.actions for e in entries)


class SubscriptionState(StrEnum):
    ENABLED = "Enabled"
    WARNED = "Warned"
    PAST_DUE = "PastDue"
    DISABLED = "Disabled"
    DELETED = "Deleted"
    UNKNOWN = "unknown to this version"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription that the person can see. `access` says how they hold their right, "" if unknown."""

    id: str
    name: str
    tenant_id: str
    state: SubscriptionState
    permissions: tuple[PermissionEntry, ...] = ()
    permissions_known: bool = True
    access: str = ""  # e.g. "Owner", "Contributor, through group Cloud Admins"
    eligible: str = ""  # e.g. "Owner": could be activated in Privileged Identity Management
    spending_limit: bool = False


def missing_actions(subscription: Subscription) -> tuple[str, ...]:
    return tuple(a for a in NEEDED_ACTIONS if not allows(subscription.permissions, a))


def refusal(subscription: Subscription, tenant_id: str) -> str:
    """Why this subscription cannot carry the billing, as a sentence; "" if it can."""
    if subscription.tenant_id.lower() != tenant_id.lower():
        return "Belongs to another tenant: billing needs one of this tenant."
    if subscription.state in (SubscriptionState.DISABLED, SubscriptionState.DELETED):
        return f"{subscription.state.value}: reactivate it in the Azure portal first."
    if subscription.state is SubscriptionState.UNKNOWN:
        return "Its state is one that this version does not know: see the Azure portal."
    if not subscription.permissions_known:
        return "Your rights could not be read, which Azure treats as no access."
    if owner_or_contributor(subscription.permissions) and not missing_actions(subscription):
        return ""
    if subscription.eligible:
        return f"{subscription.eligible} (eligible): activate it in Privileged Identity Management."
    held = subscription.access or "No Owner or Contributor role"
    return f"{held}: billing needs Owner or Contributor."


def usable(subscriptions: Iterable[Subscription], tenant_id: str) -> tuple[Subscription, ...]:
    return tuple(s for s in subscriptions if not refusal(s, tenant_id))


@dataclass(frozen=True, slots=True)
class ResourceGroup:
    name: str
    location: str  # normalised, e.g. "westeurope"


_GROUP_NAME = re.compile(r"[\w.()\-]*")


def group_name_problem(name: str, existing: Iterable[str] = ()) -> str | None:
    """Azure's naming rule for resource groups (learn: resource-name-rules), as one sentence; None if fine."""
    if not name:
        return "Type a name of 1 to 90 characters."
    if not _GROUP_NAME.fullmatch(name):
        bad = next(c for c in name if not _GROUP_NAME.fullmatch(c))
        shown = "a space" if bad == " " else f"“{bad}”"
        return f"The name has {shown}: use letters, digits, - _ . ( ) only."
    if len(name) > 90:
        return f"The name has {len(name)} characters: 90 at most."
    if name.endswith("."):
        return "The name ends in a period: Azure does not allow that."
    if name.lower() in {e.lower() for e in existing}:
        return "A resource group of that name exists: choose it in the list instead."
    return None


def normalise_region(name: str) -> str:
    """`West Europe` and `westeurope` are the same region."""
    return name.lower().replace(" ", "")


@dataclass(frozen=True, slots=True)
class Region:
    name: str  # normalised
    display: str


class Registration(StrEnum):
    NOT_REGISTERED = "NotRegistered"
    REGISTERING = "Registering"
    REGISTERED = "Registered"
    UNREGISTERING = "Unregistering"
    UNREGISTERED = "Unregistered"
    UNKNOWN = "unknown to this version"


@dataclass(frozen=True, slots=True)
class Provider:
    """The resource provider Microsoft.Syntex in one subscription. `regions` is read live, per resource type."""

    state: Registration
    regions: tuple[Region, ...] = ()


def default_region(provider: Provider, group: ResourceGroup | None) -> Region | None:
    """The group's region when the provider has it; otherwise nothing is preselected."""
    if group is None:
        return None
    return next((r for r in provider.regions if r.name == group.location), None)


class BillingKind(StrEnum):
    """The two resource types behind pay-as-you-go (azure.md 1.1): the older link and the newer billing policy."""

    DOCUMENT_PROCESSOR = "Microsoft.Syntex/documentProcessors"
    ACCOUNT = "Microsoft.Syntex/accounts"


@dataclass(frozen=True, slots=True)
class BillingResource:
    """What Azure shows after the admin center's step. `for_backup` is None where the body does not say."""

    kind: BillingKind
    name: str
    subscription_id: str
    resource_group: str
    location: str
    provisioning: str = ""
    for_backup: bool | None = None
    tenant_id: str = (
        ""  # spoTenantId; that it equals the Entra tenant id is UNVERIFIED: shown, never a block
    )
