"""Inclusion rules: created, run, changed and taken away, with their effect on the policy's units
once their time has come (graph.md §7)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
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
from m365backup_tui.practice.graph.products import SHAREPOINT, Product
from m365backup_tui.practice.graph.rule_grammar import ExpressionError, group_ids, site_test

RUNNING = timedelta(minutes=10)  # "asynchronous" is all that the pages say: a design choice
MOST_STATIC_GROUPS, MOST_DYNAMIC_GROUPS, MOST_DYNAMIC_USERS = 3, 100, 6000
EVOLVED = ("updateRequested", "deleteRequested")
DONE = ("completed", "completedWithErrors")


def settle_rules(world: World) -> None:
    """Carry out every rule whose run is over."""
    moment = world.moment
    due = [rule for rule in world.table("rules").values() if rule["ready"]]
    for rule in sorted(due, key=lambda one: str(one["ready"])):
        if rule["ready"] > moment:
            continue
        ended, rule["ready"] = str(rule["ready"]), None
        if rule["status"] == "deleteRequested":
            _release(world, rule, keep=frozenset())
            del world.table("rules")[rule["id"]]
        else:
            _apply(world, rule, ended)


def create_rule(world: World, policy: Record, body: Record) -> Record:
    """A rule that starts running at once; 400 and 413 as documented."""
    product = product_of(policy)
    strange = sorted(set(body) - {product.expression, "isAutoApplyEnabled", "@odata.type"})
    if strange:
        raise _create_refused(f"The property '{strange[0]}' is not accepted here.")
    auto = body.get("isAutoApplyEnabled", False)
    if not isinstance(auto, bool):
        raise _create_refused("isAutoApplyEnabled must be true or false.")
    if auto and product is SHAREPOINT:
        raise _create_refused("SharePoint has no dynamic rules.")
    others = [one for one in world.table("rules").values() if one["policy"] == policy["id"]]
    if auto and any(one["auto"] for one in others):
        raise _create_refused("The policy has a dynamic rule already.")
    expression = _checked(product, body.get(product.expression), auto)
    rule = stamped(
        {
            "id": world.new_id("rule"),
            "product": product.key,
            "policy": policy["id"],
            "expression": expression,
            "auto": auto,
            "status": "active",
            "ready": world.after(RUNNING),
            "error": None,
        },
        world,
    )
    world.table("rules")[rule["id"]] = rule
    world.touch(f"rule {rule['id']} created")
    return rule


def find_rule(world: World, policy: Record, rule_id: str) -> Record:
    """The policy's rule; 404 ProtectionRuleNotFound."""
    rule = world.table("rules").get(rule_id.lower())
    if rule is None or rule["policy"] != policy["id"]:
        raise errors.rule_not_found(rule_id)
    return rule


def patch_rule(world: World, rule: Record, body: Record) -> None:
    """Give a dynamic rule another expression."""
    product = product_of(rule)
    if not rule["auto"]:
        raise errors.rule_error(
            400, "PatchNotAllowedForStaticRule", "A static rule cannot be changed."
        )
    if set(body) - {product.expression, "@odata.type"} or product.expression not in body:
        raise errors.rule_error(
            400, "InvalidProtectionRulePatchRequest", f"Only {product.expression} can be changed."
        )
    if rule["status"] not in DONE:
        raise _busy(rule, "Edit")
    rule["expression"] = _checked(product, body[product.expression], auto=True)
    _begin(world, rule, "updateRequested")


def run_rule(world: World, rule: Record) -> None:
    """Run a static rule again."""
    if rule["auto"]:
        raise errors.rule_error(
            400, "RunNotAllowedForDynamicRule", "A dynamic rule runs by itself."
        )
    if rule["status"] not in DONE:
        raise errors.rule_error(
            400, "ProtectionRuleActionNotAllowed", f"The rule is {rule['status']}."
        )
    _begin(world, rule, "active")


def delete_rule(world: World, rule: Record) -> None:
    """Delete a finished rule; the units stay protected, held by hand from now on."""
    if rule["status"] not in DONE:
        if rule["auto"]:
            raise _busy(rule, "Deletion")
        raise errors.rule_error(
            400, "InvalidProtectionRuleStatusForDeletion", f"The rule is {rule['status']}."
        )
    for unit in world.units_of(rule["policy"]):
        if rule["auto"] and "dynamicRule" in unit["sources"]:
            unit["sources"] = ["manual"]
    del world.table("rules")[rule["id"]]
    world.touch(f"rule {rule['id']} deleted")


def delete_and_unprotect(world: World, rule: Record) -> None:
    """Begin to delete a dynamic rule together with the units that only it holds."""
    if not rule["auto"]:
        raise errors.rule_error(
            400, "ProtectionRuleActionNotAllowed", "Only a dynamic rule can do this."
        )
    if rule["status"] not in DONE:
        raise _busy(rule, "DeleteAndUnprotectAll")
    _begin(world, rule, "deleteRequested")


def show_rule(world: World, rule: Record, evolved: bool) -> Record:
    """The rule as JSON."""
    product, status = product_of(rule), rule["status"]
    return {
        "@odata.type": f"#microsoft.graph.{product.rule_type}",
        "id": rule["id"],
        "status": "unknownFutureValue" if status in EVOLVED and not evolved else status,
        "isAutoApplyEnabled": rule["auto"],
        "error": rule["error"],
        product.expression: rule["expression"],
        **stamps(world, rule),
    }


def _begin(world: World, rule: Record, status: str) -> None:
    rule.update(status=status, error=None, ready=world.after(RUNNING))
    modified(rule, world)
    world.touch(f"rule {rule['id']} {status}")


def _create_refused(message: str) -> Exception:
    return errors.rule_error(400, "InvalidInclusionRuleCreateRequest", message)


def _busy(rule: Record, action: str) -> Exception:
    code = f"InvalidProtectionRuleStatusForDynamicRule{action}"
    return errors.rule_error(422, code, f"The rule is {rule['status']}.")


def _checked(product: Product, expression: Any, auto: bool) -> str:
    if not isinstance(expression, str):
        raise _create_refused(f"{product.expression} is missing.")
    try:
        if product is SHAREPOINT:
            site_test(expression)
            return expression
        groups = len(group_ids(expression))
    except ExpressionError as problem:
        raise errors.rule_error(400, "InvalidRuleExpression", str(problem)) from None
    if groups > MOST_DYNAMIC_GROUPS:
        raise errors.rule_error(
            413,
            "InvalidRuleExpressionGroupLimitExceeded",
            f"An expression may name {MOST_DYNAMIC_GROUPS} groups, this one names {groups}.",
        )
    if not auto and groups > MOST_STATIC_GROUPS:  # code UNVERIFIED (graph.md §15 item 16)
        raise errors.rule_error(
            400, "InvalidRuleExpression", f"A static rule may name {MOST_STATIC_GROUPS} groups."
        )
    return expression


def _matches(world: World, rule: Record) -> tuple[list[str], list[dict[str, str]]]:
    """Artifact keys that the rule selects now, and the problems found while selecting."""
    product, company = product_of(rule), world.company
    if product is SHAREPOINT:
        test = site_test(rule["expression"])
        return [site.id for site in company.sites() if site.protectable and test(site)], []
    problems: list[dict[str, str]] = []
    members: dict[str, None] = {}
    for group_id in group_ids(rule["expression"]):
        group = company.group(group_id)
        if group is None:
            text = f"There is no group '{group_id}'."
            problems.append({"code": "invalidGroupId", "message": text, "target": group_id})
            continue
        # Static rules flatten nested groups, dynamic rules do not follow them (graph.md §7).
        below: Iterable[str] = (
            company.members(group_id)
            if rule["auto"]
            else sorted(company.transitive_members(group_id))
        )
        for key in below:
            user = company.user(key)
            if user and artifacts.has_artifact(product, user):
                members[key] = None
    if rule["auto"] and len(members) > MOST_DYNAMIC_USERS:
        text = f"A dynamic rule may select {MOST_DYNAMIC_USERS} users."
        problems.append({"code": "invalidGroupId", "message": text, "target": ""})
        return list(members)[:MOST_DYNAMIC_USERS], problems
    return list(members), problems


def _apply(world: World, rule: Record, ended: str) -> None:
    policy = world.table("policies")[rule["policy"]]
    keys, problems = _matches(world, rule)
    source = "dynamicRule" if rule["auto"] else "manual"
    taken = backup_units.owners(world, product_of(rule))
    fresh: list[Record] = []
    for key in keys:
        unit = taken.get(key)
        if unit is None:
            fresh.append(backup_units.add_unit(world, policy, key, source, like=rule))
        elif unit["policy"] != policy["id"]:
            owner = world.table("policies")[unit["policy"]]
            text = errors.taken_text(key, owner["displayName"], owner["id"])
            problems.append({"code": "ProtectionUnitAlreadyExists", "message": text, "target": key})
        elif source not in unit["sources"]:
            unit["sources"] = ["manual", "dynamicRule"]
    if rule["auto"]:
        _release(world, rule, keep=frozenset(keys))
    if policy["enabled"] and fresh:
        backup_units.protect(world, policy, fresh, since=ended)
    rule["status"] = "completedWithErrors" if problems else "completed"
    rule["error"] = (
        {"code": problems[0]["code"], "message": problems[0]["message"], "details": problems}
        if problems
        else None
    )


def _release(world: World, rule: Record, keep: frozenset[str]) -> None:
    """Take the dynamic source from units outside `keep`; those held by nothing else leave."""
    policy = world.table("policies")[rule["policy"]]
    for unit in world.units_of(policy["id"]):
        if "dynamicRule" not in unit["sources"] or unit["key"] in keep:
            continue
        unit["sources"] = [source for source in unit["sources"] if source != "dynamicRule"]
        if not unit["sources"]:
            backup_units.remove(world, unit, policy["enabled"])
