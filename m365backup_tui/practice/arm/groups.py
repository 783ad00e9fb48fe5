"""Resource groups: those of the start, and those the state has added, changed or deleted."""

import re
from datetime import timedelta
from typing import Any

from m365backup_tui.practice.arm import operations
from m365backup_tui.practice.arm.kept import changing, forget_below, part
from m365backup_tui.practice.arm.locks import refuse_group_deletion, refuse_locked
from m365backup_tui.practice.arm.policies import refuse_by_policy
from m365backup_tui.practice.arm.scopes import group_scope
from m365backup_tui.practice.arm.tags import read_tags
from m365backup_tui.practice.arm.world import Subscription, first_groups, plain_region, region_named
from m365backup_tui.practice.errors import ArmError
from m365backup_tui.practice.tenant import Tenant

TYPE = "Microsoft.Resources/resourceGroups"
# choice: how long deleting a group takes is not documented.
DELETING = timedelta(minutes=2)
# Letters, digits, _ - . ( ), 1-90 characters, no period at the end (reference/azure.md §2.1).
_NAME = re.compile(r"[\w\-.()]{0,89}[\w\-()]", re.UNICODE)
_MEMBERS = {"id", "name", "type", "location", "tags", "managedby", "properties"}


def all_groups(tenant: Tenant, subscription_id: str) -> list[dict[str, Any]]:
    """Every group of the subscription, by name, as ARM shows it."""
    table = {
        name.lower(): _body(subscription_id, name, region, {})
        for name, region in first_groups(tenant.identity, subscription_id).items()
    }
    table |= _kept(tenant).get(subscription_id, {})
    return [
        _shown(group)
        for _, group in sorted(table.items())
        if group is not None and not _is_gone(tenant, group)
    ]


def group_if_any(tenant: Tenant, subscription_id: str, name: str) -> dict[str, Any] | None:
    """The group, or None."""
    wanted = name.lower()
    found = (g for g in all_groups(tenant, subscription_id) if g["name"].lower() == wanted)
    return next(found, None)


def find_group(tenant: Tenant, subscription_id: str, name: str) -> dict[str, Any]:
    """The group. Raises 404 ResourceGroupNotFound (pairing UNVERIFIED)."""
    found = group_if_any(tenant, subscription_id, name)
    if found is None:
        raise ArmError(404, "ResourceGroupNotFound", f"Resource group '{name}' could not be found.")
    return found


def put_group(
    tenant: Tenant, subscription: Subscription, name: str, body: dict[str, Any]
) -> tuple[dict[str, Any], bool]:
    """Create or update a group; the second value tells whether it is new.

    Raises 400 for a bad name, region or body, 403 of a policy, 409 InvalidResourceGroupLocation for a
    region other than the group's, ResourceGroupBeingDeleted, or ScopeLocked.
    """
    check_name(name)
    _check_members(body)
    region = _region(body)
    tags = read_tags(body.get("tags"))
    scope = group_scope(subscription.id, name)
    refuse_by_policy(tenant, scope, TYPE, region, tags)
    refuse_locked(tenant, scope)
    existing = group_if_any(tenant, subscription.id, name)
    if existing is None:
        forget_below(tenant, scope)
    else:
        refuse_deleting(existing)
        if existing["location"] != region:
            raise located_elsewhere(region, existing["location"])
        name = existing["name"]
    group = _body(subscription.id, name, region, tags)
    if isinstance(body.get("managedBy"), str):
        group["managedBy"] = body["managedBy"]
    _keep(tenant, subscription.id, group, "updated" if existing else "created")
    return group, existing is None


def patch_group(
    tenant: Tenant, subscription: Subscription, name: str, body: dict[str, Any]
) -> dict[str, Any]:
    """Replace the tags of a group that exists. Raises as `put_group`, and 404."""
    _check_members(body)
    existing = find_group(tenant, subscription.id, name)
    refuse_locked(tenant, existing["id"])
    refuse_deleting(existing)
    if body.get("location") is not None and _region(body) != existing["location"]:
        raise located_elsewhere(_region(body), existing["location"])
    tags = read_tags(body["tags"]) if "tags" in body else existing["tags"]
    refuse_by_policy(tenant, existing["id"], TYPE, existing["location"], tags)
    group = {**existing, "tags": tags}
    _keep(tenant, subscription.id, group, "updated")
    return group


def delete_group(tenant: Tenant, subscription: Subscription, name: str) -> tuple[str, str]:
    """Begin deleting; gives the operation's id and when it is over. Raises 404 and 409."""
    existing = find_group(tenant, subscription.id, name)
    refuse_group_deletion(tenant, existing["id"])
    kept = _kept(tenant).get(subscription.id, {}).get(name.lower()) or {}
    if "deleting" in kept:
        return kept["operation"], kept["deleting"]
    due = tenant.clock.due(DELETING)
    operation = operations.start(tenant, subscription.id, existing["id"], "delete", due)
    group = {**existing, "deleting": due, "operation": operation}
    _keep(tenant, subscription.id, group, "deleting")
    return operation, due


def refuse_deleting(group: dict[str, Any]) -> None:
    """409 ResourceGroupBeingDeleted (pairing UNVERIFIED) for a write in a group that is going."""
    if group["properties"]["provisioningState"] == "Deleting":
        raise being_deleted(group["name"])


def being_deleted(name: str) -> ArmError:
    """The refusal while a group is being deleted."""
    return ArmError(
        409,
        "ResourceGroupBeingDeleted",
        f"The resource group '{name}' is in deprovisioning state and cannot perform this operation.",
    )


def located_elsewhere(wanted: str, existing: str) -> ArmError:
    """The refusal for a group that exists in another region."""
    return ArmError(
        409,
        "InvalidResourceGroupLocation",
        f"Invalid resource group location '{wanted}'. The resource group already exists in "
        f"location '{existing}'.",
    )


def check_name(name: str) -> None:
    """400 unless ARM takes this as a resource group's name (the code's name is UNVERIFIED)."""
    if not _NAME.fullmatch(name):
        raise ArmError(
            400,
            "InvalidResourceGroup",
            f"The provided resource group name '{name}' has these invalid characters or is longer "
            "than 90 characters, or ends with a period.",
        )


def _check_members(body: dict[str, Any]) -> None:
    unknown = next((key for key in body if key.lower() not in _MEMBERS), None)
    if unknown is not None:
        raise ArmError(
            400,
            "InvalidRequestContent",
            f"The request content was invalid: a resource group has no member '{unknown}'.",
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


def _kept(tenant: Tenant) -> dict[str, Any]:
    return part(tenant, "resource_groups")


def _keep(tenant: Tenant, subscription_id: str, group: dict[str, Any], verb: str) -> None:
    kept = changing(tenant, "resource_groups", f"resource group {group['name']} {verb}")
    kept.setdefault(subscription_id, {})[group["name"].lower()] = group


def _is_gone(tenant: Tenant, group: dict[str, Any]) -> bool:
    return "deleting" in group and tenant.clock.reached(group["deleting"])


def _shown(group: dict[str, Any]) -> dict[str, Any]:
    shown = {key: value for key, value in group.items() if key not in ("deleting", "operation")}
    if "deleting" in group:
        shown["properties"] = {"provisioningState": "Deleting"}
    return shown


def _body(subscription_id: str, name: str, region: str, tags: dict[str, str]) -> dict[str, Any]:
    return {
        "id": group_scope(subscription_id, name),
        "name": name,
        "type": TYPE,
        "location": region,
        "tags": tags,
        "properties": {"provisioningState": "Succeeded"},
    }
