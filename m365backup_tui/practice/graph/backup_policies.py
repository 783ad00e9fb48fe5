"""Protection policies: create, change, activate, deactivate, delete; status and counts from the
units (graph.md §5)."""

from __future__ import annotations

import uuid
from typing import Any

from m365backup_tui.practice.graph import artifacts, backup_units
from m365backup_tui.practice.graph import backup_errors as errors
from m365backup_tui.practice.graph.backup_world import (
    Record,
    World,
    modified,
    product_of,
    stamped,
    stamps,
)
from m365backup_tui.practice.graph.products import Product

MOST_POLICIES = 100  # a product, portal page of September 2026 (admin-center.md, POL26)
RETENTION = ({"interval": "R/PT10M", "period": "P2W"}, {"interval": "R/P1W", "period": "P1Y"})


def is_guid(value: str) -> bool:
    """Whether the text is a GUID in the usual spelling."""
    try:
        return str(uuid.UUID(value)) == value.lower()
    except ValueError:
        return False


def find_policy(world: World, policy_id: str, product: Product | None = None) -> Record:
    """The policy, of this product if one is given; 400 InvalidPolicyId or 404 PolicyNotFound."""
    if not is_guid(policy_id):
        raise errors.invalid_policy_id(policy_id)
    policy = world.table("policies").get(policy_id.lower())
    if policy is None or (product and policy["product"] != product.key):
        raise errors.policy_not_found(policy_id)
    return policy


def policy_status(world: World, policy: Record, units: list[Record]) -> str:
    """inactive, updating, active or activeWithErrors: an aggregate of the units."""
    if any(unit["status"] in backup_units.IN_MOTION for unit in units):
        return "updating"
    if policy["busy_until"] and policy["busy_until"] > world.moment:
        return "updating"
    if not policy["enabled"]:
        return "inactive"
    if all(unit["status"] == "protected" for unit in units):
        return "active"
    return "activeWithErrors"


def show_policy(world: World, policy: Record) -> Record:
    """The policy as JSON; the units are not in it."""
    units = world.units_of(policy["id"])
    moving = sum(unit["status"] in backup_units.IN_MOTION for unit in units)
    return {
        "@odata.type": f"#microsoft.graph.{product_of(policy).policy_type}",
        "id": policy["id"],
        "displayName": policy["displayName"],
        "status": policy_status(world, policy, units),
        "isEnabled": policy["enabled"],
        "protectionPolicyArtifactCount": {
            "total": len(units),
            "completed": sum(unit["status"] == "protected" for unit in units),
            "inProgress": moving,
            "failed": sum(unit["error"] is not None for unit in units),
        },
        "retentionSettings": [dict(setting) for setting in RETENTION],
        **stamps(world, policy),
    }


def create_policy(world: World, product: Product, body: Record) -> Record:
    """A new inactive policy with up to 50 units; nothing is kept unless everything is right."""
    known = {"displayName", product.unit_nav, "@odata.type"}
    _refuse_unknown(body, known, errors.invalid_create)
    name = _display_name(body.get("displayName"))
    keys = _unit_keys(world, product, body.get(product.unit_nav, []))
    _refuse_one_too_many(world, product)
    taken = backup_units.owners(world, product)
    for key in keys:
        if key in taken:
            other = world.table("policies")[taken[key]["policy"]]
            raise errors.unit_taken(key, other["displayName"], other["id"])
    policy = stamped(
        {
            "id": world.new_id("policy"),
            "product": product.key,
            "displayName": name,
            "enabled": False,
            "busy_until": None,
        },
        world,
    )
    world.table("policies")[policy["id"]] = policy
    for key in keys:
        backup_units.add_unit(world, policy, key)
    world.touch(f"policy {policy['id']} created")
    return policy


def activate(world: World, policy: Record) -> None:
    """Start protecting the policy's units; only from inactive (contradiction 1 and 2 of
    graph.md §15 resolved as the error page has it)."""
    units = world.units_of(policy["id"])
    status = policy_status(world, policy, units)
    if status != "inactive":
        raise errors.action_not_allowed("Activation", status)
    product = product_of(policy)
    if world.legacy and any(one["enabled"] for one in world.policies_of(product)):
        raise errors.action_not_allowed("Activation", "not the only one: another one is active")
    policy["enabled"] = True
    policy["busy_until"] = world.after(product.settle)
    backup_units.protect(world, policy, units)
    modified(policy, world)
    world.touch(f"policy {policy['id']} activated")


def deactivate(world: World, policy: Record) -> None:
    """Stop protecting; only from active or activeWithErrors."""
    units = world.units_of(policy["id"])
    status = policy_status(world, policy, units)
    if status not in ("active", "activeWithErrors"):
        raise errors.action_not_allowed("Deactivation", status)
    policy["enabled"] = False
    policy["busy_until"] = world.after(backup_units.REMOVAL)
    backup_units.unprotect(world, units)
    modified(policy, world)
    world.touch(f"policy {policy['id']} deactivated")


def delete_policy(world: World, policy: Record) -> None:
    """Only an inactive policy can be deleted; its units stay known without a policy."""
    units = world.units_of(policy["id"])
    status = policy_status(world, policy, units)
    if status != "inactive":
        raise errors.action_not_allowed("Deletion", status)
    for unit in units:
        backup_units.detach(unit)
    for name in ("rules", "jobs"):
        table = world.table(name)
        for key in [key for key, one in table.items() if one["policy"] == policy["id"]]:
            del table[key]
    del world.table("policies")[policy["id"]]
    world.touch(f"policy {policy['id']} deleted")


def display_name(value: Any) -> str:
    """A checked displayName; 400 InvalidDisplayName."""
    return _display_name(value)


def _display_name(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= 1024:
        raise errors.invalid_display_name()
    return value


def _refuse_unknown(body: Record, known: set[str], refuse: Any) -> None:
    strange = sorted(set(body) - known)
    if strange:
        raise refuse(f"The property '{strange[0]}' is not accepted here.")


def _unit_keys(world: World, product: Product, entries: Any) -> list[str]:
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise errors.invalid_create(f"{product.unit_nav} must be a list of objects.")
    if len(entries) > errors.MOST_UNITS_A_REQUEST:
        raise errors.too_many_units(len(entries))
    keys: list[str] = []
    for entry in entries:
        # userId, which some examples print, is no property of the schema (graph.md §15 item 4).
        _refuse_unknown(entry, {product.unit_key, "@odata.type"}, errors.invalid_create)
        value = str(entry.get(product.unit_key) or "")
        key = artifacts.by_id(world.company, product, value)
        if key is None:
            raise errors.invalid_unit_id(value, product)
        if key in keys:
            raise errors.duplicate_unit(value)
        keys.append(key)
    return keys


def _refuse_one_too_many(world: World, product: Product) -> None:
    policies = list(world.policies_of(product))
    if world.legacy and any(policy["enabled"] for policy in policies):
        raise errors.creation_not_allowed("Another policy of this service is active.")
    if len(policies) >= MOST_POLICIES:
        raise errors.creation_not_allowed(f"A service can have {MOST_POLICIES} policies.")
