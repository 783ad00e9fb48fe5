"""Resource groups and locks: the groups of the start, and those the state has added."""

import re
from typing import Any

from m365backup_tui.practice.arm.world import (
    GROUPS,
    LOCKED_GROUP,
    Subscription,
    plain_region,
    region_named,
)
from m365backup_tui.practice.errors import ArmError
from m365backup_tui.practice.personas import SUB_PRODUCTION
from m365backup_tui.practice.tenant import Tenant

# Letters, digits, _ - . ( ), 1-90 characters, no period at the end (reference/azure.md §2.1).
_NAME = re.compile(r"[\w\-.()]{0,89}[\w\-()]", re.UNICODE)


def all_groups(tenant: Tenant, subscription_id: str) -> list[dict[str, Any]]:
    """Every group of the subscription, by name, as ARM shows it."""
    table = {
        name.lower(): _body(subscription_id, name, region, {})
        for name, region in GROUPS.get(subscription_id, {}).items()
    }
    table |= tenant.data["arm"]["resource_groups"].get(subscription_id, {})
    return [table[name] for name in sorted(table)]


def find_group(tenant: Tenant, subscription_id: str, name: str) -> dict[str, Any]:
    """The group. Raises 404 ResourceGroupNotFound (pairing UNVERIFIED)."""
    wanted = name.lower()
    for group in all_groups(tenant, subscription_id):
        if group["name"].lower() == wanted:
            return group
    raise ArmError(404, "ResourceGroupNotFound", f"Resource group '{name}' could not be found.")


def put_group(
    tenant: Tenant, subscription: Subscription, name: str, body: dict[str, Any]
) -> tuple[dict[str, Any], bool]:
    """Create or update a group; the second value tells whether it is new.

    Raises 400 for a bad name, region or body, 409 InvalidResourceGroupLocation for a region other
    than the group's, 409 ScopeLocked for a locked group.
    """
    check_name(name)
    region = _region(body)
    tags = body.get("tags") or {}
    if not isinstance(tags, dict) or not all(isinstance(value, str) for value in tags.values()):
        raise ArmError(400, "InvalidTagsFormat", "Tags are a set of names and texts.")
    existing = next(
        (g for g in all_groups(tenant, subscription.id) if g["name"].lower() == name.lower()), None
    )
    if existing is not None:
        refuse_locked(subscription.id, name)
        if existing["location"] != region:
            raise ArmError(
                409,
                "InvalidResourceGroupLocation",
                f"Invalid resource group location '{region}'. The resource group already exists "
                f"in location '{existing['location']}'.",
            )
        name = existing["name"]
    group = _body(subscription.id, name, region, tags)
    stored = tenant.data["arm"]["resource_groups"].setdefault(subscription.id, {})
    stored[name.lower()] = group
    tenant.state.touch(f"resource group {name} {'updated' if existing else 'created'}")
    return group, existing is None


def check_name(name: str) -> None:
    """400 unless ARM takes this as a resource group's name (the code's name is UNVERIFIED)."""
    if not _NAME.fullmatch(name):
        raise ArmError(
            400,
            "InvalidResourceGroup",
            f"The provided resource group name '{name}' has these invalid characters or is longer "
            "than 90 characters, or ends with a period.",
        )


def _region(body: dict[str, Any]) -> str:
    wanted = body.get("location")
    if not isinstance(wanted, str) or not wanted:
        raise ArmError(
            400, "LocationRequired", "The location property is required for this definition."
        )
    region = region_named(wanted)
    if region is None:
        # The code's name is general knowledge: UNVERIFIED.
        raise ArmError(
            400,
            "LocationNotAvailableForResourceGroup",
            f"The provided location '{plain_region(wanted)}' is not available for resource group.",
        )
    return region.name


def locks(subscription_id: str, group: str | None = None) -> list[dict[str, Any]]:
    """Locks of the subscription, or of one group."""
    if subscription_id != SUB_PRODUCTION or (group or LOCKED_GROUP).lower() != LOCKED_GROUP:
        return []
    scope = f"/subscriptions/{subscription_id}/resourceGroups/{LOCKED_GROUP}"
    return [
        {
            "id": f"{scope}/providers/Microsoft.Authorization/locks/keep-as-is",
            "name": "keep-as-is",
            "type": "Microsoft.Authorization/locks",
            "properties": {"level": "ReadOnly", "notes": "Ask the platform team first."},
        }
    ]


def refuse_locked(subscription_id: str, group: str) -> None:
    """409 ScopeLocked (pairing UNVERIFIED) for a write in a read-only group."""
    for lock in locks(subscription_id, group):
        raise ArmError(
            409,
            "ScopeLocked",
            f"The scope '/subscriptions/{subscription_id}/resourceGroups/{group}' cannot perform "
            f"write operation because following scope(s) are locked: '{lock['id']}'. Please "
            "remove the lock and try again.",
        )


def _body(subscription_id: str, name: str, region: str, tags: dict[str, str]) -> dict[str, Any]:
    return {
        "id": f"/subscriptions/{subscription_id}/resourceGroups/{name}",
        "name": name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": region,
        "tags": tags,
        "properties": {"provisioningState": "Succeeded"},
    }
