"""What inclusion rules do to the units of their policy when a run is over, and again at intervals
when they are dynamic (graph.md §7)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from m365backup_tui.practice.backup import artifacts, errors, incoming, units
from m365backup_tui.practice.backup.products import SHAREPOINT, Product
from m365backup_tui.practice.backup.rule_grammar import group_ids, site_condition
from m365backup_tui.practice.backup.rules import DONE, forget_rule
from m365backup_tui.practice.backup.world import Record, World, product_of
from m365backup_tui.practice.clock import from_iso, to_iso

INTERVAL = timedelta(days=1)  # "regular intervals", daily in admin-center.md (graph.md §10)
MOST_DYNAMIC_USERS = 6000
MOST_DETAILS = 1000  # choice: a rule names no more problems than this

Problem = dict[str, str]

# Static rules flatten nested groups, dynamic rules do not follow them (graph.md §7).
# The people are walked in their own order: a group may hold nearly all of them.
_BELOW = """
    WITH named (id) AS (SELECT value FROM json_each(?)), inside (id) AS (
        SELECT id FROM named
        UNION SELECT b.below_id FROM named CROSS JOIN company.below b ON b.group_id = named.id
    )
    SELECT p.id AS key FROM company.person p WHERE {artifact} AND p.id IN (
        SELECT m.member_id FROM inside CROSS JOIN company.member m ON m.group_id = inside.id)
"""
_DIRECT = """
    SELECT DISTINCT p.id AS key FROM json_each(?) g
    CROSS JOIN company.member m ON m.group_id = g.value
    CROSS JOIN company.person p ON p.id = m.member_id WHERE {artifact}
"""


def settle_rules(world: World) -> None:
    """Carry out every rule whose run is over, and look again at dynamic rules whose day has come."""
    due = world.many("SELECT * FROM rules WHERE ready <= ? ORDER BY ready, row", world.moment)
    for rule in due:
        if rule["status"] == "deleteRequested":
            incoming.bring(world, product_of(rule), ())
            _release(world, rule)
            forget_rule(world, rule)
        else:
            _apply(world, rule)


def _apply(world: World, rule: Record) -> None:
    policy = world.one("SELECT * FROM policies WHERE id = ?", rule["policy"])
    if policy is None:  # only in a state that was written by hand
        forget_rule(world, rule)
        return
    ended = _last_look(world, rule) if rule["status"] in DONE else str(rule["ready"])
    problems = _bring_matches(world, rule)
    source = "dynamicRule" if rule["auto"] else "manual"
    admitted = incoming.admit(world, policy, source, rule["modified"])
    problems += _taken(world, admitted.taken, policy["id"])
    problems += [_problem("QuotaExceeded", "The policy is full.", key) for key in admitted.full]
    world.db.execute(
        "UPDATE units SET sources = 'manual,dynamicRule' WHERE policy = ? AND NOT leaving "
        "AND sources NOT IN (?, 'manual,dynamicRule') "
        "AND id IN (SELECT id FROM temp.incoming WHERE NOT fresh)",
        (policy["id"], source),
    )
    if rule["auto"]:
        _release(world, rule)
    if policy["enabled"] and admitted.added:
        units.protect(world, policy, since=ended)
    world.db.execute(
        "UPDATE rules SET status = ?, error = ?, ready = ? WHERE row = ?",
        (
            "completedWithErrors" if problems else "completed",
            _error(problems) if problems else None,
            world.after(INTERVAL, ended) if rule["auto"] else None,
            rule["row"],
        ),
    )


def _last_look(world: World, rule: Record) -> str:
    """The last of the looks that are due: when the clock jumps, the ones between are left out."""
    step = INTERVAL / world.pace
    missed = (world.now - from_iso(rule["ready"])) // step
    return to_iso(from_iso(rule["ready"]) + step * missed)


def _bring_matches(world: World, rule: Record) -> list[Problem]:
    """Let the artifacts wait that the rule selects now; the problems found while selecting."""
    product = product_of(rule)
    if product is SHAREPOINT:
        condition = site_condition(rule["expression"])
        select = f"SELECT s.id AS key FROM company.site s WHERE s.protectable AND {condition.sql}"  # noqa: S608
        incoming.bring_selected(world, product, select, condition.values)
        return []
    groups = group_ids(rule["expression"])
    problems = [
        _problem("invalidGroupId", f"There is no group '{one}'.", one)
        for one in groups
        if world.company.group(one) is None
    ]
    select, values = _members(product, groups, bool(rule["auto"]))
    if rule["auto"]:
        found = world.one(f"SELECT count(*) AS n FROM ({select})", *values)  # noqa: S608
        if found is not None and found["n"] > MOST_DYNAMIC_USERS:
            text = f"A dynamic rule may select {MOST_DYNAMIC_USERS} users."
            problems.append(_problem("invalidGroupId", text, ""))
        select += f" LIMIT {MOST_DYNAMIC_USERS}"
    incoming.bring_selected(world, product, select, values)
    return problems


def _members(product: Product, groups: list[str], auto: bool) -> tuple[str, tuple[Any, ...]]:
    pattern = _DIRECT if auto else _BELOW
    select = pattern.format(artifact=artifacts.HAS_ARTIFACT[product.key])
    return f"{select} ORDER BY p.id", (json.dumps(groups),)


def _taken(world: World, taken: dict[str, str], own: str) -> list[Problem]:
    names = {
        row["id"]: row["displayName"] for row in world.many("SELECT id, displayName FROM policies")
    }
    return [
        _problem(
            "ProtectionUnitAlreadyExists",
            errors.taken_text(key, names.get(policy, ""), policy),
            key,
        )
        for key, policy in taken.items()
        if policy != own
    ]


def _problem(code: str, message: str, target: str) -> Problem:
    return {"code": code, "message": message, "target": target}


def _error(problems: list[Problem]) -> str:
    first = problems[0]
    return json.dumps(
        {
            "code": first["code"],
            "message": first["message"],
            "details": problems[:MOST_DETAILS],
        }
    )


def _release(world: World, rule: Record) -> None:
    """Take the dynamic source from units that do not wait in `incoming`; those held by nothing else
    leave."""
    outside = "policy = :policy AND id NOT IN (SELECT id FROM temp.incoming)"
    values = {"policy": rule["policy"]}
    world.db.execute(
        f"UPDATE units SET sources = 'manual' WHERE sources = 'manual,dynamicRule' AND {outside}",  # noqa: S608
        values,
    )
    policy = world.one("SELECT enabled FROM policies WHERE id = ?", rule["policy"])
    units.remove(
        world,
        f"sources = 'dynamicRule' AND {outside}",
        values,
        bool(policy and policy["enabled"]),
    )
