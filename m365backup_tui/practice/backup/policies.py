"""Protection policies: create, activate, deactivate, delete; status and counts from the units
(graph.md §5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from m365backup_tui.practice.backup import artifacts, errors, faults, incoming, units
from m365backup_tui.practice.backup.products import Product
from m365backup_tui.practice.backup.world import Record, World, product_of, stamps
from m365backup_tui.practice.guids import is_guid

MOST_POLICIES = 100  # a product, portal page of September 2026 (admin-center.md, POL26)
RETENTION = ({"interval": "R/PT10M", "period": "P2W"}, {"interval": "R/P1W", "period": "P1Y"})


def find_policy(world: World, policy_id: str, product: Product | None = None) -> Record:
    """The policy, of this product if one is given; 400 InvalidPolicyId or 404 PolicyNotFound."""
    if not is_guid(policy_id):
        raise errors.invalid_policy_id(policy_id)
    policy = world.one("SELECT * FROM policies WHERE id = ?", policy_id.lower())
    if policy is None or (product and policy["product"] != product.key):
        raise errors.policy_not_found(policy_id)
    return policy


def policies_of(world: World, products: Iterable[Product]) -> list[Record]:
    """The policies of these products, oldest first."""
    seen = {product.key for product in products}
    return [
        one for one in world.many("SELECT * FROM policies ORDER BY row") if one["product"] in seen
    ]


def count_units(world: World, policy_id: str | None = None) -> dict[str, dict[str, int]]:
    """By policy: how many units in each status, and "total", "moving", "failed".

    `failed` units have an error and are at rest: one that is tried again is moving.
    """
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in world.db.execute(
        "SELECT policy, status, failed, n FROM unit_counts WHERE policy = ?1 OR ?1 IS NULL",
        (policy_id,),
    ):
        counts, number, moving = (
            found[row["policy"]],
            row["n"],
            row["status"] in units.IN_MOTION,
        )
        counts["total"] += number
        counts[row["status"]] += number
        counts["moving"] += number if moving else 0
        counts["failed"] += number if row["failed"] and not moving else 0
    return found


def policy_status(world: World, policy: Record, counts: dict[str, int]) -> str:
    """inactive, updating, active or activeWithErrors: an aggregate of the units (graph.md §5).

    Choice: an active policy without units is active, one whose units all failed activeWithErrors.
    """
    if counts["moving"] or (policy["busy_until"] or "") > world.moment:
        return "updating"
    if not policy["enabled"]:
        return "inactive"
    return "active" if counts["protected"] == counts["total"] else "activeWithErrors"


def status_now(world: World, policy: Record) -> str:
    """The status of one policy."""
    return policy_status(world, policy, count_units(world, policy["id"])[policy["id"]])


def show_policy(world: World, policy: Record, counts: dict[str, int] | None = None) -> Record:
    """The policy as JSON; the units are not in it."""
    if counts is None:
        counts = count_units(world, policy["id"])[policy["id"]]
    return {
        "@odata.type": f"#microsoft.graph.{product_of(policy).policy_type}",
        "id": policy["id"],
        "displayName": policy["displayName"],
        "status": policy_status(world, policy, counts),
        "isEnabled": bool(policy["enabled"]),
        "protectionPolicyArtifactCount": {
            "total": counts["total"],
            "completed": counts["protected"],
            "inProgress": counts["moving"],
            "failed": counts["failed"],
        },
        "retentionSettings": [dict(setting) for setting in RETENTION],
        **stamps(world, policy),
    }


def create_policy(world: World, product: Product, body: Record) -> Record:
    """A new inactive policy with up to 50 units; nothing is kept unless everything is right."""
    known = {"displayName", product.unit_nav, "@odata.type"}
    _refuse_unknown(body, known, errors.invalid_create)
    name = display_name(body.get("displayName"))
    keys = _unit_keys(world, product, body.get(product.unit_nav, []))
    _refuse_one_too_many(world, product)
    faults.before_create(world, product, keys)
    for key in keys:
        owner = incoming.policy_holding(world, product, key)
        if owner is not None:
            raise errors.unit_taken(key, owner["displayName"], owner["id"])
    if incoming.room(world, product) < len(keys):
        raise errors.creation_not_allowed(
            f"A service can protect {incoming.MOST_UNITS_A_PRODUCT} items."
        )
    policy = insert_policy(world, product, name, world.stamp())
    incoming.bring(world, product, keys)
    incoming.admit(world, policy, "manual", world.stamp())
    world.touch(f"policy {policy['id']} created")
    return policy


def insert_policy(world: World, product: Product, name: str, stamp: int) -> Record:
    """A new inactive policy without units."""
    world.db.execute(
        "INSERT INTO policies (id, product, displayName, enabled, created, modified) "
        "VALUES (?, ?, ?, 0, ?, ?)",
        (policy_id := world.new_id("policy"), product.key, name, stamp, stamp),
    )
    return find_policy(world, policy_id)


def activate(world: World, policy: Record) -> None:
    """Start protecting the policy's units; only from inactive (choice: contradictions 1 and 2 of
    graph.md §15 resolved as the error page has it)."""
    faults.before_activate(world, policy)
    status = status_now(world, policy)
    if status != "inactive":
        raise errors.action_not_allowed("Activation", status)
    product = product_of(policy)
    if world.legacy and _another_is_active(world, product):
        raise errors.another_is_active()
    _switch(world, policy, enabled=True, busy_until=world.after(product.settle))
    units.protect(world, policy, whole=True)
    faults.after_switch(world, policy)
    world.touch(f"policy {policy['id']} activated")


def deactivate(world: World, policy: Record) -> None:
    """Stop protecting; only from active or activeWithErrors."""
    status = status_now(world, policy)
    if status not in ("active", "activeWithErrors"):
        raise errors.action_not_allowed("Deactivation", status)
    _switch(world, policy, enabled=False, busy_until=world.after(units.REMOVAL))
    units.unprotect(world, policy["id"])
    faults.after_switch(world, policy)
    world.touch(f"policy {policy['id']} deactivated")


def delete_policy(world: World, policy: Record) -> None:
    """Only an inactive policy can be deleted; its units stay known without a policy."""
    status = status_now(world, policy)
    if status != "inactive":
        raise errors.action_not_allowed("Deletion", status)
    forget_policy(world, policy)
    world.touch(f"policy {policy['id']} deleted")


def forget_policy(world: World, policy: Record) -> None:
    """Take the policy away with its rules and jobs, whatever its status."""
    units.detach(world, policy["id"])
    for statement in (
        "DELETE FROM rules WHERE policy = ?",
        "DELETE FROM jobs WHERE policy = ?",
        "DELETE FROM policies WHERE id = ?",
    ):
        world.db.execute(statement, (policy["id"],))


def display_name(value: Any) -> str:
    """A checked displayName; 400 InvalidDisplayName."""
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= 1024:
        raise errors.invalid_display_name()
    return value


def _switch(world: World, policy: Record, enabled: bool, busy_until: str) -> None:
    policy.update(enabled=int(enabled), busy_until=busy_until, modified=world.stamp())
    world.db.execute(
        "UPDATE policies SET enabled = ?, busy_until = ?, modified = ? WHERE row = ?",
        (policy["enabled"], busy_until, policy["modified"], policy["row"]),
    )


def _refuse_unknown(body: Record, known: set[str], refuse: Any) -> None:
    strange = sorted(set(body) - known)
    if strange:
        raise refuse(f"The property '{strange[0]}' is not accepted here.")


def _unit_keys(world: World, product: Product, entries: Any) -> list[str]:
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise errors.invalid_create(f"{product.unit_nav} must be a list of objects.")
    if len(entries) > errors.MOST_UNITS_A_REQUEST or (entries and world.due("B11") is not None):
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


def _another_is_active(world: World, product: Product) -> bool:
    found = world.one("SELECT 1 FROM policies WHERE product = ? AND enabled LIMIT 1", product.key)
    return found is not None


def _refuse_one_too_many(world: World, product: Product) -> None:
    if world.legacy and _another_is_active(world, product):
        raise errors.creation_not_allowed("Another policy of this service is active.")
    fault = world.due("B9")
    most = MOST_POLICIES if fault is None else int(fault.get("limit", 1))
    row = world.one("SELECT count(*) AS n FROM policies WHERE product = ?", product.key)
    if row is not None and row["n"] >= most:
        raise errors.creation_not_allowed(f"A service can have {most} policies.")
