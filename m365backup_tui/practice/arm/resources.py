"""Resources by their ids: reading, creating, changing, deleting, as the tenant's clock shows them."""

from datetime import timedelta
from typing import Any

from m365backup_tui.practice.arm.faulty import struck
from m365backup_tui.practice.arm.groups import all_groups, find_group, refuse_deleting
from m365backup_tui.practice.arm.kept import changing, part
from m365backup_tui.practice.arm.kinds import KINDS, SYNTEX, Kind
from m365backup_tui.practice.arm.locks import refuse_locked
from m365backup_tui.practice.arm.policies import refuse_by_policy
from m365backup_tui.practice.arm.properties import checked_properties, patched, refuse_change
from m365backup_tui.practice.arm.providers import places_of, refuse_unregistered
from m365backup_tui.practice.arm.scopes import covers, group_of, group_scope, subscription_scope
from m365backup_tui.practice.arm.tags import read_tags
from m365backup_tui.practice.arm.world import Subscription, plain_region, region_named
from m365backup_tui.practice.errors import ArmError
from m365backup_tui.practice.tenant import Tenant

PROVISIONING = timedelta(minutes=2)  # peers poll 5-10 s for up to 5 min (reference/azure.md §1.6)
DELETING = timedelta(minutes=1)  # choice: not documented


def resource_id(subscription_id: str, group: str, kind: Kind, name: str) -> str:
    """The ARM id of a resource."""
    return f"{group_scope(subscription_id, group)}/providers/{kind.full}/{name}"


def listed(
    tenant: Tenant, subscription_id: str, kind: Kind | None = None, group: str | None = None
) -> list[dict[str, Any]]:
    """Resources that anybody can see by now, by id; `kind` and `group` narrow the list."""
    scope = group_scope(subscription_id, group) if group else subscription_scope(subscription_id)
    groups = {one["name"].lower() for one in all_groups(tenant, subscription_id)}
    return [
        _shown(tenant, item)
        for key, item in sorted(part(tenant, "resources").items())
        if covers(scope, key)
        and group_of(key) in groups
        and _is_there(tenant, item)
        and (kind is None or item["type"] == kind.full)
    ]


def resource_if_any(tenant: Tenant, identity: str) -> dict[str, Any] | None:
    """The resource with this id, or None."""
    item = part(tenant, "resources").get(identity.lower())
    if item is None or not _is_there(tenant, item):
        return None
    return _shown(tenant, item)


def find_resource(
    tenant: Tenant, subscription_id: str, group: str, kind: Kind, name: str
) -> dict[str, Any]:
    """One resource. Raises 404 ResourceGroupNotFound or ResourceNotFound."""
    find_group(tenant, subscription_id, group)
    found = resource_if_any(tenant, resource_id(subscription_id, group, kind, name))
    if found is None:
        raise ArmError(
            404,
            "ResourceNotFound",
            f"The Resource '{kind.full}/{name}' under resource group '{group}' was not found.",
        )
    return found


def put_resource(
    tenant: Tenant,
    subscription: Subscription,
    group: str,
    kind: Kind,
    name: str,
    body: dict[str, Any],
    hidden_for: timedelta = timedelta(0),
    registered: bool = False,
) -> tuple[dict[str, Any], bool]:
    """Create or replace; the second value tells whether it is new.

    `hidden_for` is a documented wait before anybody sees it; `registered` tells that the caller
    has seen to the resource provider itself, as the admin center does. Raises the errors of
    reference/azure.md §2.2 (policy, lock, region, registration, required properties).
    """
    home = find_group(tenant, subscription.id, group)
    identity = resource_id(subscription.id, home["name"], kind, name)
    _check_name(name)
    tags = read_tags(body.get("tags"))
    refuse_by_policy(tenant, identity, kind.full, str(body.get("location") or ""), tags)
    refuse_locked(tenant, identity)
    refuse_deleting(home)
    if not registered:
        refuse_unregistered(tenant, subscription.id, kind.namespace)
    properties = checked_properties(kind, body, tenant.identity.tenant_id)
    region = check_region(tenant, kind, body.get("location"))
    existing = part(tenant, "resources").get(identity.lower())
    if existing is not None and _is_gone(tenant, existing):
        existing = None
    _refuse_elsewhere(tenant, kind, name, region, existing)
    if existing is not None:
        refuse_change(kind, existing["properties"], properties)
    item = {
        "id": existing["id"] if existing else identity,
        "type": kind.full,
        "name": existing["name"] if existing else name,
        "location": region,
        "tags": tags,
        "properties": properties,
        "created": existing["created"] if existing else tenant.clock.now_iso(),
        "changed": tenant.clock.now_iso(),
        "visible": existing["visible"] if existing else tenant.clock.due(hidden_for),
        "ready": tenant.clock.due(hidden_for + provisioning(kind)),
        "end": _end(tenant),
    }
    _keep(tenant, item, "updated" if existing else "created")
    return _shown(tenant, item), existing is None


def _end(tenant: Tenant) -> str:
    fault = struck(tenant, "Z8")
    return "Succeeded" if fault is None else str(fault.get("status") or "Failed")


def patch_resource(
    tenant: Tenant, subscription: Subscription, group: str, kind: Kind, name: str, body: Any
) -> dict[str, Any]:
    """Change tags and the properties that the type lets change. Raises as `put_resource`, and 404."""
    shown = find_resource(tenant, subscription.id, group, kind, name)
    refuse_deleting(find_group(tenant, subscription.id, group))
    refuse_locked(tenant, shown["id"])
    item = dict(part(tenant, "resources")[shown["id"].lower()])
    if "tags" in body:
        item["tags"] = read_tags(body["tags"])
    refuse_by_policy(tenant, shown["id"], kind.full, item["location"], item["tags"])
    item["properties"] = patched(kind, item["properties"], body.get("properties"))
    item["changed"] = tenant.clock.now_iso()
    _keep(tenant, item, "updated")
    return _shown(tenant, item)


def retag(tenant: Tenant, identity: str, tags: dict[str, str]) -> None:
    """Give a resource that exists other tags."""
    item = {**part(tenant, "resources")[identity.lower()], "tags": tags}
    _keep(tenant, item, "tagged")


def delete_resource(
    tenant: Tenant, subscription_id: str, group: str, kind: Kind, name: str, after: timedelta
) -> dict[str, Any] | None:
    """Delete, now or `after` a while; None when there was none. Raises 409 ScopeLocked."""
    identity = resource_id(subscription_id, group, kind, name)
    refuse_locked(tenant, identity, "delete")
    shown = resource_if_any(tenant, identity)
    if shown is None:
        return None
    item = {**part(tenant, "resources")[identity.lower()], "gone": tenant.clock.due(after)}
    if after:
        _keep(tenant, item, "deleting")
    else:
        del changing(tenant, "resources", f"{kind.type}/{name} deleted")[identity.lower()]
    return item


def provisioning(kind: Kind) -> timedelta:
    """How long a PUT of the type takes."""
    return timedelta(0) if kind.way == "at-once" else PROVISIONING


def check_region(tenant: Tenant, kind: Kind, wanted: Any) -> str:
    """The region's name. Raises 400 LocationNotAvailableForResourceType, listing the regions."""
    text = plain_region(wanted) if isinstance(wanted, str) else ""
    if not text:
        raise ArmError(
            400, "LocationRequired", "The location property is required for this definition."
        )
    offered = [region.name for region in places_of(tenant, kind)] or ["global"]
    fault = struck(tenant, "Z5") if kind.namespace == SYNTEX else None
    refused = fault is not None and plain_region(str(fault.get("region") or text)) == text
    if refused or text not in offered:
        left = ",".join(name for name in offered if not (refused and name == text))
        raise ArmError(
            400,
            "LocationNotAvailableForResourceType",
            f"The provided location '{text}' is not available for resource type '{kind.full}'. "
            f"List of available regions for the resource type is '{left}'.",
        )
    return text


def _refuse_elsewhere(
    tenant: Tenant, kind: Kind, name: str, region: str, existing: dict[str, Any] | None
) -> None:
    # How the message begins: reference/azure.md §1.2 (as Microsoft's own tools match it).
    there = existing["location"] if existing else region
    fault = struck(tenant, "Z9") if kind.namespace == SYNTEX else None
    if fault is not None:
        named = region_named(str(fault.get("region") or ""))
        there = named.name if named else ("northeurope" if region != "northeurope" else "uksouth")
    if there != region:
        raise ArmError(
            400,
            "InvalidResourceLocation",
            f"The resource '{name}' already exists in location '{there}'.",
        )


def _check_name(name: str) -> None:
    # choice: one rule for all types; the real ones differ by type.
    if len(name) > 90 or name.endswith(".") or set(name) & set("<>%&\\?/#"):
        raise ArmError(400, "InvalidResourceName", f"The resource name '{name}' is invalid.")


def _keep(tenant: Tenant, item: dict[str, Any], verb: str) -> None:
    what = f"{item['type'].rpartition('/')[2]}/{item['name']} {verb}"
    changing(tenant, "resources", what)[item["id"].lower()] = item


def _is_there(tenant: Tenant, item: dict[str, Any]) -> bool:
    return tenant.clock.reached(item["visible"]) and not _is_gone(tenant, item)


def _is_gone(tenant: Tenant, item: dict[str, Any]) -> bool:
    return "gone" in item and tenant.clock.reached(item["gone"])


def _shown(tenant: Tenant, item: dict[str, Any]) -> dict[str, Any]:
    state = item["end"] if tenant.clock.reached(item["ready"]) else "Accepted"
    if "gone" in item:
        state = "Deleting"
    return {
        "id": item["id"],
        "name": item["name"],
        "type": item["type"],
        "location": item["location"],
        "tags": item["tags"],
        "createdTime": item["created"],
        "changedTime": item["changed"],
        "provisioningState": state,
        "properties": {**item["properties"], "provisioningState": state},
    }


def is_in_use(tenant: Tenant, subscription_id: str, namespace: str) -> bool:
    """Whether resources of the namespace exist in the subscription."""
    kinds = [kind for kind in KINDS.values() if kind.namespace == namespace]
    return any(listed(tenant, subscription_id, kind) for kind in kinds)
