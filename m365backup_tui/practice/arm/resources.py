"""Resources of Microsoft.Syntex: the two hidden types that pay-as-you-go billing leaves behind."""

from datetime import timedelta
from typing import Any

from m365backup_tui.practice.arm.groups import find_group, refuse_locked
from m365backup_tui.practice.arm.providers import (
    SYNTEX,
    TYPES,
    refuse_by_policy,
    registration_state,
)
from m365backup_tui.practice.arm.world import REGIONS, Subscription, plain_region, region_named
from m365backup_tui.practice.errors import ArmError
from m365backup_tui.practice.tenant import Tenant

REQUIRED = {
    "documentProcessors": ("spoTenantId", "spoTenantUrl"),
    "accounts": ("friendlyName", "service", "identityType", "identityId", "feature", "scope"),
}
PROVISIONING = timedelta(minutes=2)  # peers poll 5-10 s for up to 5 min (reference/azure.md §1.6)


def type_named(text: str) -> str:
    """The resource type as Microsoft spells it. Raises 404 InvalidResourceType (UNVERIFIED)."""
    for name in TYPES:
        if name.lower() == text.lower():
            return name
    raise ArmError(
        404,
        "InvalidResourceType",
        f"The resource type '{text}' could not be found in the namespace '{SYNTEX}'.",
    )


def resource_id(subscription_id: str, group: str, kind: str, name: str) -> str:
    """The ARM id of a Syntex resource."""
    return (
        f"/subscriptions/{subscription_id}/resourceGroups/{group}/providers/{SYNTEX}/{kind}/{name}"
    )


def listed(
    tenant: Tenant, subscription_id: str, kind: str | None = None, group: str | None = None
) -> list[dict[str, Any]]:
    """Resources whose wait is over, by id; `kind` and `group` narrow the list."""
    stored: dict[str, dict[str, Any]] = tenant.data["arm"]["resources"]
    prefix = f"/subscriptions/{subscription_id}/".lower()
    part = f"/resourcegroups/{group}/".lower() if group else ""
    return [
        _shown(tenant, item)
        for key, item in sorted(stored.items())
        if key.startswith(prefix)
        and part in key
        and tenant.clock.reached(item["visible"])
        and (kind is None or item["kind"] == kind)
    ]


def find_resource(
    tenant: Tenant, subscription_id: str, group: str, kind: str, name: str
) -> dict[str, Any]:
    """One resource. Raises 404 ResourceNotFound."""
    find_group(tenant, subscription_id, group)
    item = tenant.data["arm"]["resources"].get(
        resource_id(subscription_id, group, kind, name).lower()
    )
    if item is None or not tenant.clock.reached(item["visible"]):
        raise ArmError(
            404,
            "ResourceNotFound",
            f"The Resource '{SYNTEX}/{kind}/{name}' under resource group '{group}' was not found.",
        )
    return _shown(tenant, item)


def put_resource(
    tenant: Tenant,
    subscription: Subscription,
    group: str,
    kind: str,
    name: str,
    body: dict[str, Any],
    hidden_for: timedelta = timedelta(0),
    registered: bool = False,
) -> tuple[dict[str, Any], bool]:
    """Create or update; the second value tells whether it is new.

    `hidden_for` is a documented wait before anybody sees it; `registered` tells that the caller
    has seen to the resource provider itself, as the admin center does. Raises the errors of
    reference/azure.md §2.2 (policy, lock, region, registration, required properties).
    """
    stored_group = find_group(tenant, subscription.id, group)
    identity = resource_id(subscription.id, stored_group["name"], kind, name)
    refuse_by_policy(tenant, subscription.id, identity, f"{SYNTEX}/{kind}")
    refuse_locked(subscription.id, group)
    if not registered and registration_state(tenant, subscription.id) != "Registered":
        raise ArmError(
            409,
            "MissingSubscriptionRegistration",
            f"The subscription is not registered to use namespace '{SYNTEX}'.",
        )
    properties = _properties(kind, body)
    region = check_region(f"{SYNTEX}/{kind}", body.get("location"))
    existing = tenant.data["arm"]["resources"].get(identity.lower())
    if existing is not None:
        _refuse_change(kind, name, existing, region, properties)
    tenant.data["arm"]["resources"][identity.lower()] = {
        "id": identity,
        "kind": kind,
        "name": name,
        "location": region,
        "tags": body.get("tags") or {},
        "properties": properties,
        "created": existing["created"] if existing else tenant.clock.now_iso(),
        "changed": tenant.clock.now_iso(),
        "visible": tenant.clock.due(hidden_for),
        "ready": tenant.clock.due(hidden_for + PROVISIONING),
    }
    tenant.state.touch(f"{kind}/{name} {'updated' if existing else 'created'}")
    return _shown(tenant, tenant.data["arm"]["resources"][identity.lower()]), existing is None


def delete_resource(tenant: Tenant, subscription_id: str, group: str, kind: str, name: str) -> bool:
    """Delete; False when there was none. Raises 409 ScopeLocked."""
    refuse_locked(subscription_id, group)
    key = resource_id(subscription_id, group, kind, name).lower()
    if tenant.data["arm"]["resources"].pop(key, None) is None:
        return False
    tenant.state.touch(f"{kind}/{name} deleted")
    return True


def check_region(kind: str, wanted: Any) -> str:
    """The region's name. Raises 400 LocationNotAvailableForResourceType, listing the regions."""
    region = region_named(wanted) if isinstance(wanted, str) else None
    if region is None or not region.syntex:
        offered = ",".join(region.name for region in REGIONS if region.syntex)
        raise ArmError(
            400,
            "LocationNotAvailableForResourceType",
            f"The provided location '{plain_region(str(wanted or ''))}' is not available for "
            f"resource type '{kind}'. List of available regions for the resource type is "
            f"'{offered}'.",
        )
    return region.name


def _properties(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    properties = body.get("properties")
    given = properties if isinstance(properties, dict) else {}
    for name in REQUIRED[kind]:
        if not isinstance(given.get(name), str) or not given[name]:
            raise ArmError(400, "InvalidRequestContent", f"The property '{name}' is required.")
    return {key: value for key, value in given.items() if key != "provisioningState"}


def _refuse_change(
    kind: str, name: str, existing: dict[str, Any], region: str, properties: dict[str, Any]
) -> None:
    # Message beginnings: reference/azure.md §1.2 (as Microsoft's own tools match them).
    if existing["location"] != region:
        raise ArmError(
            400,
            "InvalidResourceLocation",
            f"The resource '{name}' already exists in location '{existing['location']}'.",
        )
    for key in ("spoTenantId", "spoTenantUrl"):
        if kind == "documentProcessors" and existing["properties"][key] != properties[key]:
            spelled = key[0].upper() + key[1:]
            raise ArmError(400, "BadRequest", f"Cannot change {spelled} of the existing resource.")


def _shown(tenant: Tenant, item: dict[str, Any]) -> dict[str, Any]:
    state = "Succeeded" if tenant.clock.reached(item["ready"]) else "Accepted"
    return {
        "id": item["id"],
        "name": item["name"],
        "type": f"{SYNTEX}/{item['kind']}",
        "location": item["location"],
        "tags": item["tags"],
        "createdTime": item["created"],
        "changedTime": item["changed"],
        "provisioningState": state,
        "properties": {**item["properties"], "provisioningState": state},
    }
