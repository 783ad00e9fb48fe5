"""PATCH of a protection policy: rename, and add or remove units by `{unitNav}@delta`.

Some failures refuse the whole request, others come back item by item inside the 200
(graph.md §3 and §9).
"""

from __future__ import annotations

from typing import Any

from m365backup_tui.practice.backup import artifacts, errors, faults, incoming, units
from m365backup_tui.practice.backup.policies import display_name
from m365backup_tui.practice.backup.products import Product
from m365backup_tui.practice.backup.tables import unit_id
from m365backup_tui.practice.backup.world import Record, World, product_of, stamps
from m365backup_tui.practice.guids import is_guid

REASONS = ("changed", "deleted")  # OData's; the pages print the first


def patch_policy(world: World, policy: Record, body: Record, evolved: bool) -> Record:
    """Change the policy; the answer's fragment with one result for each delta entry."""
    product = product_of(policy)
    delta_name = f"{product.unit_nav}@delta"
    strange = sorted(set(body) - {"displayName", delta_name, "@odata.type", "id"})
    if strange:
        raise errors.bad_request(f"The property '{strange[0]}' cannot be changed.")
    renamed = display_name(body["displayName"]) if "displayName" in body else None
    entries = _entries(world, product, body.get(delta_name, []))
    if renamed is not None:
        policy["displayName"] = renamed
    results = _apply(world, policy, entries, evolved)
    policy["modified"] = world.stamp()
    world.db.execute(
        "UPDATE policies SET displayName = ?, modified = ? WHERE row = ?",
        (policy["displayName"], policy["modified"], policy["row"]),
    )
    world.touch(f"policy {policy['id']} changed ({len(entries)} delta entries)")
    answer: Record = {
        "@odata.type": f"#microsoft.graph.{product.policy_type}",
        "id": policy["id"],
        "displayName": policy["displayName"],
    }
    shown = stamps(world, policy)
    answer |= {name: shown[name] for name in ("lastModifiedBy", "lastModifiedDateTime")}
    if delta_name in body:
        answer[delta_name] = results
    return answer


def _entries(world: World, product: Product, entries: Any) -> list[Record]:
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise errors.bad_request("The delta must be a list of objects.")
    if len(entries) > errors.MOST_UNITS_A_REQUEST or (entries and world.due("B11") is not None):
        raise errors.too_many_units(len(entries))
    seen: set[str] = set()
    removed: list[str] = []
    for entry in entries:
        field = "id" if "@removed" in entry else product.unit_key
        strange = sorted(set(entry) - {field, "@removed", "@odata.type", "@contentId"})
        if strange:
            raise errors.bad_request(f"The property '{strange[0]}' is not accepted in the delta.")
        removed_as = entry.get("@removed", {"reason": "changed"})
        if not isinstance(removed_as, dict) or removed_as.get("reason") not in REASONS:
            raise errors.bad_request(f"@removed needs a reason: {' or '.join(REASONS)}.")
        value = str(entry.get(field) or "")
        if field == "siteId":
            valid = value.count(",") == 2 and all(is_guid(p) for p in value.split(",")[1:])
        else:
            valid = is_guid(value)
        if not valid:
            raise errors.invalid_unit_id(value, product)
        if value.lower() in seen:
            raise errors.duplicate_unit(value)
        seen.add(value.lower())
        if field == "id":
            removed.append(value.lower())
    _refuse_rule_held(world, removed)
    return entries


def _refuse_rule_held(world: World, removed: list[str]) -> None:
    faults.before_remove(world, removed)
    for unit in removed:
        held = world.one("SELECT id FROM units WHERE id = ? AND sources LIKE '%dynamicRule'", unit)
        if held is not None:
            raise errors.unit_action_not_allowed(
                f"Protection unit '{unit}' is held by a dynamic rule."
            )


def _apply(world: World, policy: Record, entries: list[Record], evolved: bool) -> list[Record]:
    product = product_of(policy)
    failing = faults.failing_items(world, len(entries))
    keys = [
        None
        if "@removed" in entry or number in failing
        else artifacts.by_id(world.company, product, str(entry[product.unit_key]))
        for number, entry in enumerate(entries)
    ]
    not_ready = faults.before_add(world, product, [key for key in keys if key])
    incoming.bring(world, product, [key for key in keys if key and key not in not_ready])
    admitted = incoming.admit(world, policy, "manual", world.stamp())
    if policy["enabled"] and admitted.added:
        units.protect(world, policy)
    results: list[Record] = []
    for number, (entry, key) in enumerate(zip(entries, keys, strict=True)):
        if number in failing:
            operation = "remove" if "@removed" in entry else "add"
            code, message = failing[number], "The practice tenant was asked to fail this item."
            results.append(_failed(entry, product, code, message, operation, 409))
        elif "@removed" in entry:
            results.append(_remove(world, policy, entry, evolved))
        elif key is None or key in not_ready:
            message = f"'{entry[product.unit_key]}' was not found in this organization."
            results.append(_failed(entry, product, "ProtectionUnitNotFound", message, "add", 404))
        elif key in admitted.taken:
            owner = incoming.policy_holding(world, product, key) or {"id": "", "displayName": ""}
            message = errors.taken_text(
                str(entry[product.unit_key]), owner["displayName"], owner["id"]
            )
            code = "ProtectionUnitAlreadyExists"
            results.append(_failed(entry, product, code, message, "add", 409))
        elif key in admitted.full:  # code UNVERIFIED
            message = f"A policy can hold {incoming.MOST_UNITS_A_POLICY} items."
            results.append(_failed(entry, product, "QuotaExceeded", message, "add", 409))
        else:
            results.append(_shown(world, unit_id(product.key, key), evolved))
    return results


def _shown(world: World, unit: str, evolved: bool) -> Record:
    found = units.find_unit(world, unit)
    return {} if found is None else units.show_unit(world, found, evolved)


def _remove(world: World, policy: Record, entry: Record, evolved: bool) -> Record:
    unit = units.find_unit(world, str(entry["id"]))
    if unit is None or unit["policy"] != policy["id"]:
        message = f"The policy has no protection unit '{entry['id']}'."
        product = product_of(policy)
        return _failed(entry, product, "ProtectionUnitNotFound", message, "remove", 404)
    units.remove(world, "row = :row", {"row": unit["row"]}, bool(policy["enabled"]))
    world.db.execute("UPDATE units SET modified = ? WHERE row = ?", (world.stamp(), unit["row"]))
    return _shown(world, unit["id"], evolved)


def _failed(
    entry: Record, product: Product, code: str, message: str, operation: str, status: int
) -> Record:
    result: Record = {
        "@contentId": str(entry.get("@contentId") or entry.get("id") or entry[product.unit_key]),
        "@Core.DataModificationException": {
            "info": {"code": code, "message": message},
            "failedOperation": operation,
            "responseCode": status,
        },
    }
    for name in ("id", product.unit_key):
        if name in entry:
            result[name] = entry[name]
    return result
