"""PATCH of a protection policy: rename, and add or remove units by `{unitNav}@delta`.

Some failures refuse the whole request, others come back item by item inside the 200
(graph.md §3 and §9).
"""

from __future__ import annotations

from typing import Any

from m365backup_tui.practice.graph import artifacts, backup_units
from m365backup_tui.practice.graph import backup_errors as errors
from m365backup_tui.practice.graph.backup_policies import display_name, is_guid
from m365backup_tui.practice.graph.backup_world import Record, World, modified, product_of, stamps
from m365backup_tui.practice.graph.products import Product


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
    modified(policy, world)
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
    if len(entries) > errors.MOST_UNITS_A_REQUEST:
        raise errors.too_many_units(len(entries))
    seen: set[str] = set()
    for entry in entries:
        field = "id" if "@removed" in entry else product.unit_key
        strange = sorted(set(entry) - {field, "@removed", "@odata.type", "@contentId"})
        if strange:
            raise errors.bad_request(f"The property '{strange[0]}' is not accepted in the delta.")
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
        _refuse_rule_held(world, entry)
    return entries


def _refuse_rule_held(world: World, entry: Record) -> None:
    if "@removed" not in entry:
        return
    unit = world.table("units").get(str(entry["id"]).lower())
    if unit is not None and "dynamicRule" in unit["sources"]:
        raise errors.unit_action_not_allowed(
            f"Protection unit '{unit['id']}' is held by a dynamic rule."
        )


def _apply(world: World, policy: Record, entries: list[Record], evolved: bool) -> list[Record]:
    product = product_of(policy)
    taken = backup_units.owners(world, product)
    results: list[Record] = []
    added: list[tuple[int, Record]] = []
    for entry in entries:
        if "@removed" in entry:
            results.append(_remove(world, policy, entry, evolved))
            continue
        value = str(entry[product.unit_key])
        key = artifacts.by_id(world.company, product, value)
        if key is None:
            message = f"'{value}' was not found in this organization."
            results.append(_failed(entry, product, "ProtectionUnitNotFound", message, "add", 404))
        elif key in taken:
            owner = world.table("policies")[taken[key]["policy"]]
            message = errors.taken_text(value, owner["displayName"], owner["id"])
            code = "ProtectionUnitAlreadyExists"
            results.append(_failed(entry, product, code, message, "add", 409))
        else:
            unit = backup_units.add_unit(world, policy, key)
            added.append((len(results), unit))
            results.append({})
    if policy["enabled"]:
        backup_units.protect(world, policy, [unit for _, unit in added])
    for position, unit in added:
        results[position] = backup_units.show_unit(world, unit, evolved)
    return results


def _remove(world: World, policy: Record, entry: Record, evolved: bool) -> Record:
    unit = world.table("units").get(str(entry["id"]).lower())
    if unit is None or unit["policy"] != policy["id"]:
        message = f"The policy has no protection unit '{entry['id']}'."
        product = product_of(policy)
        return _failed(entry, product, "ProtectionUnitNotFound", message, "remove", 404)
    if not unit["leaving"]:
        backup_units.remove(world, unit, policy["enabled"])
    return backup_units.show_unit(world, unit, evolved)


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
