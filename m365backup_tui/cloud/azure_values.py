"""Azure Resource Manager's answers as domain values. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from m365backup_tui.domain.azure import (
    BillingKind,
    BillingResource,
    PermissionEntry,
    Provider,
    Region,
    Registration,
    ResourceGroup,
    Subscription,
    SubscriptionState,
    normalise_region,
)

Json = Mapping[str, Any]

# Built-in role definitions: azure.md §3 (Reader's id is general knowledge, UNVERIFIED; used for wording only).
ROLE_NAMES: dict[str, str] = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": "User Access Administrator",
    "acdd72a7-3385-48ef-bd42-f606fba81ae7": "Reader",
}
_STRONGEST_FIRST = tuple(ROLE_NAMES.values())
_BILLING_ROLES = ("Owner", "Contributor")


def subscription_from(item: Json) -> Subscription:
    """A subscription as the list has it; rights are filled in later."""
    policies = _part(item, "subscriptionPolicies")
    return Subscription(
        id=_text(item, "subscriptionId"),
        name=_text(item, "displayName") or "(no name)",
        tenant_id=_text(item, "tenantId"),
        state=_state(item.get("state")),
        spending_limit=_text(policies, "spendingLimit").lower() == "on",
    )


def permissions_from(items: Iterable[Json]) -> tuple[PermissionEntry, ...]:
    """One entry for each assignment (azure.md §3.1): not actions count against their own entry only."""
    return tuple(
        PermissionEntry(_texts(item.get("actions")), _texts(item.get("notActions")))
        for item in items
    )


def access_words(items: Iterable[Json], oid: str) -> str:
    """How the strongest role is held: `Owner`, `Contributor, through a group`; "" when no known role is.

    For wording only: the list leaves out Lighthouse, and role assignments below the subscription are skipped.
    """
    held: list[tuple[int, str]] = []
    for item in items:
        properties = _part(item, "properties")
        if "/resourcegroups/" in _text(properties, "scope").lower():
            continue
        name = role_name(_text(properties, "roleDefinitionId"))
        if not name:
            continue
        mine = _text(properties, "principalId").lower() == oid.lower()
        rank = 2 * _STRONGEST_FIRST.index(name) + (not mine)
        held.append((rank, name if mine else f"{name}, through a group"))
    return min(held)[1] if held else ""


def eligible_words(items: Iterable[Json]) -> str:
    """`Owner` or `Contributor` if one of them could be activated in Privileged Identity Management, else ""."""
    names = {role_name(_text(_part(item, "properties"), "roleDefinitionId")) for item in items}
    return next((name for name in _BILLING_ROLES if name in names), "")


def role_name(role_definition_id: str) -> str:
    """The name behind a role definition's resource id, "" for one that is not ours."""
    return ROLE_NAMES.get(role_definition_id.rpartition("/")[2].lower(), "")


def group_from(item: Json) -> ResourceGroup:
    return ResourceGroup(_text(item, "name"), normalise_region(_text(item, "location")))


def provider_from(item: Json) -> Provider:
    """State and regions of Microsoft.Syntex. Offered are the regions that both billing types have; where one type is
    not listed, those of the other (which type the admin center makes depends on the node, azure.md §1.3)."""
    by_type: dict[str, dict[str, str]] = {}
    for kind in item.get("resourceTypes") or ():
        if isinstance(kind, dict):
            shown = _texts(kind.get("locations"))
            by_type[_text(kind, "resourceType").lower()] = {normalise_region(n): n for n in shown}
    wanted = [by_type.get(k.value.partition("/")[2].lower(), {}) for k in BillingKind]
    lists = [regions for regions in wanted if regions]
    names = set.intersection(*(set(regions) for regions in lists)) if lists else set()
    display = {name: text for regions in lists for name, text in regions.items()}
    ordered = sorted((Region(name, display[name]) for name in names), key=lambda r: r.display)
    return Provider(registration_from(item), tuple(ordered))


def registration_from(item: Json) -> Registration:
    """The registration state; a word that this version does not know is UNKNOWN, never taken for done."""
    word = _text(item, "registrationState").lower()
    return next((r for r in Registration if r.value.lower() == word), Registration.UNKNOWN)


def billing_from(item: Json, kind: BillingKind, subscription_id: str) -> BillingResource:
    """A billing resource. What Backup writes into `feature` is UNVERIFIED: "backup" is looked for (azure.md §1.1)."""
    properties = _part(item, "properties")
    for_backup: bool | None = None
    if kind is BillingKind.ACCOUNT and properties:
        said = [_text(properties, "feature"), *_texts(properties.get("featureSet"))]
        for_backup = any("backup" in word.lower() for word in said)
    parts = _text(item, "id").split("/")
    lower = [part.lower() for part in parts]
    at = lower.index("resourcegroups") + 1 if "resourcegroups" in lower else 0
    return BillingResource(
        kind=kind,
        name=_text(properties, "friendlyName") or _text(item, "name"),
        subscription_id=subscription_id,
        resource_group=parts[at] if 0 < at < len(parts) else "",
        location=normalise_region(_text(item, "location")),
        provisioning=_text(properties, "provisioningState") or _text(item, "provisioningState"),
        for_backup=for_backup,
        tenant_id=_text(properties, "spoTenantId"),
    )


def _state(value: object) -> SubscriptionState:
    word = str(value or "").lower()
    return next(
        (s for s in SubscriptionState if s.value.lower() == word), SubscriptionState.UNKNOWN
    )


def _part(item: Json, name: str) -> Json:
    value = item.get(name)
    return value if isinstance(value, dict) else {}


def _texts(value: object) -> tuple[str, ...]:
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()


def _text(item: Json, name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""
