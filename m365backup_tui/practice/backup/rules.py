"""Inclusion rules: created, run, changed and taken away (graph.md §7).

Their effect on the policy's units, once their time has come, is in backup/rule_runs.py.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from m365backup_tui.practice.backup import errors
from m365backup_tui.practice.backup.products import SHAREPOINT, Product
from m365backup_tui.practice.backup.rule_grammar import ExpressionError, group_ids, site_condition
from m365backup_tui.practice.backup.world import Record, World, product_of, public_error, stamps
from m365backup_tui.practice.errors import GraphError

RUNNING = timedelta(minutes=10)  # "asynchronous" is all that the pages say: a design choice
MOST_STATIC_GROUPS, MOST_DYNAMIC_GROUPS = 3, 100
EVOLVED = ("updateRequested", "deleteRequested")
DONE = ("completed", "completedWithErrors")


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
    if auto and world.one("SELECT 1 FROM rules WHERE policy = ? AND auto", policy["id"]):
        raise _create_refused("The policy has a dynamic rule already.")
    expression = _checked(product, body.get(product.expression), auto)
    rule_id, stamp = world.new_id("rule"), world.stamp()
    world.db.execute(
        "INSERT INTO rules (id, product, policy, expression, auto, status, ready, created, "
        "modified) VALUES (?, ?, ?, ?, ?, 'active', ?, ?, ?)",
        (
            rule_id,
            product.key,
            policy["id"],
            expression,
            int(auto),
            world.after(RUNNING),
            stamp,
            stamp,
        ),
    )
    world.touch(f"rule {rule_id} created")
    return find_rule(world, policy, rule_id)


def find_rule(world: World, policy: Record, rule_id: str) -> Record:
    """The policy's rule; 404 ProtectionRuleNotFound."""
    rule = world.one("SELECT * FROM rules WHERE id = ?", rule_id.lower())
    if rule is None or rule["policy"] != policy["id"]:
        raise errors.rule_not_found(rule_id)
    return rule


def patch_rule(world: World, rule: Record, body: Record) -> None:
    """Give a dynamic rule another expression."""
    product = product_of(rule)
    if not rule["auto"]:
        raise GraphError(400, "PatchNotAllowedForStaticRule", "A static rule cannot be changed.")
    if set(body) - {product.expression, "@odata.type"} or product.expression not in body:
        raise GraphError(
            400, "InvalidProtectionRulePatchRequest", f"Only {product.expression} can be changed."
        )
    if rule["status"] == "deleteRequested":
        # Choice: which of the two documented codes belongs to which status is UNVERIFIED.
        raise GraphError(
            400, "InvalidProtectionRuleStatusForUpdation", "The rule is being deleted."
        )
    if rule["status"] not in DONE:
        raise _busy(rule, "Edit")
    rule["expression"] = _checked(product, body[product.expression], auto=True)
    _begin(world, rule, "updateRequested")


def run_rule(world: World, rule: Record) -> None:
    """Run a static rule again."""
    if rule["auto"]:
        raise GraphError(400, "RunNotAllowedForDynamicRule", "A dynamic rule runs by itself.")
    if rule["status"] not in DONE:
        raise GraphError(400, "ProtectionRuleActionNotAllowed", f"The rule is {rule['status']}.")
    _begin(world, rule, "active")


def delete_rule(world: World, rule: Record) -> None:
    """Delete a finished rule; the units stay protected, held by hand from now on."""
    if rule["status"] not in DONE:
        if rule["auto"]:
            raise _busy(rule, "Deletion")
        raise GraphError(
            400, "InvalidProtectionRuleStatusForDeletion", f"The rule is {rule['status']}."
        )
    if rule["auto"]:
        world.db.execute(
            "UPDATE units SET sources = 'manual' WHERE policy = ? AND sources LIKE '%dynamicRule'",
            (rule["policy"],),
        )
    forget_rule(world, rule)
    world.touch(f"rule {rule['id']} deleted")


def forget_rule(world: World, rule: Record) -> None:
    """Take the rule away, nothing else."""
    world.db.execute("DELETE FROM rules WHERE row = ?", (rule["row"],))


def delete_and_unprotect(world: World, rule: Record) -> None:
    """Begin to delete a dynamic rule together with the units that only it holds."""
    if not rule["auto"]:
        raise GraphError(400, "ProtectionRuleActionNotAllowed", "Only a dynamic rule can do this.")
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
        "isAutoApplyEnabled": bool(rule["auto"]),
        "error": public_error(rule["error"]),
        product.expression: rule["expression"],
        **stamps(world, rule),
    }


def _begin(world: World, rule: Record, status: str) -> None:
    rule.update(status=status, error=None, ready=world.after(RUNNING), modified=world.stamp())
    world.db.execute(
        "UPDATE rules SET expression = ?, status = ?, error = NULL, ready = ?, modified = ? "
        "WHERE row = ?",
        (rule["expression"], status, rule["ready"], rule["modified"], rule["row"]),
    )
    world.touch(f"rule {rule['id']} {status}")


def _create_refused(message: str) -> GraphError:
    return GraphError(400, "InvalidInclusionRuleCreateRequest", message)


def _busy(rule: Record, action: str) -> GraphError:
    code = f"InvalidProtectionRuleStatusForDynamicRule{action}"
    return GraphError(422, code, f"The rule is {rule['status']}.")


def _checked(product: Product, expression: Any, auto: bool) -> str:
    if not isinstance(expression, str):
        raise _create_refused(f"{product.expression} is missing.")
    try:
        if product is SHAREPOINT:
            site_condition(expression)
            return expression
        groups = len(group_ids(expression))
    except ExpressionError as problem:
        raise GraphError(400, "InvalidRuleExpression", str(problem)) from None
    if groups > MOST_DYNAMIC_GROUPS:
        raise GraphError(
            413,
            "InvalidRuleExpressionGroupLimitExceeded",
            f"An expression may name {MOST_DYNAMIC_GROUPS} groups, this one names {groups}.",
        )
    if not auto and groups > MOST_STATIC_GROUPS:  # code UNVERIFIED (graph.md §15 item 16)
        raise GraphError(
            400, "InvalidRuleExpression", f"A static rule may name {MOST_STATIC_GROUPS} groups."
        )
    return expression
