"""Faults B9 to B21 (reliability-and-peers.md §6.4): what goes wrong inside policies, units and jobs.

Wherever possible the fault is made true instead of only said: another administrator really deletes
the policy, really protects the item elsewhere, and whoever reads afterwards sees it. B16 and B22
are in backup/units.py, where protection starts.
"""

from __future__ import annotations

from m365backup_tui.practice.backup import errors, incoming, policies
from m365backup_tui.practice.backup.products import EXCHANGE, Product
from m365backup_tui.practice.backup.world import Record, World, add_stamp, product_of
from m365backup_tui.practice.entra.scopes import GRAPH_CLIENT

NEVER = "9999-12-31T23:59:59.000000Z"
OTHER_NAME = "Made by another administrator"


def settle_faults(world: World) -> None:
    """What a fault holds back goes on once the fault is switched off."""
    if world.data.get("stuck") and not world.fault_on("B15"):
        for policy_id in world.data.pop("stuck"):
            world.db.execute(
                "UPDATE units SET ready = ? WHERE policy = ? AND ready = ?",
                (world.moment, policy_id, NEVER),
            )
            world.db.execute(
                "UPDATE policies SET busy_until = NULL WHERE id = ? AND busy_until = ?",
                (policy_id, NEVER),
            )
    if world.data.get("held") and not world.fault_on("B19"):
        for unit in world.data.pop("held"):
            world.db.execute(
                "UPDATE units SET sources = 'manual' WHERE id = ? AND sources <> 'none'", (unit,)
            )


def before_create(world: World, product: Product, keys: list[str]) -> None:
    """B13: nothing can be saved. B20: a mailbox is not there yet. B10: somebody else was faster."""
    if world.due("B13") is not None:
        raise errors.policy_save_failed()
    for key in not_ready(world, product, keys):
        raise errors.invalid_unit_id(key, product)
    _somebody_else_protects(world, product, keys)


def before_add(world: World, product: Product, keys: list[str]) -> frozenset[str]:
    """B10 and B20 for artifacts that a PATCH wants to add; the ones not ready."""
    _somebody_else_protects(world, product, keys)
    return not_ready(world, product, keys)


def before_activate(world: World, policy: Record) -> None:
    """B14: the policy is still busy with something."""
    if world.due("B14") is not None:
        policy["busy_until"] = world.after(product_of(policy).settle)
        world.db.execute(
            "UPDATE policies SET busy_until = ? WHERE row = ?",
            (policy["busy_until"], policy["row"]),
        )


def after_switch(world: World, policy: Record) -> None:
    """B15: activation or deactivation never ends, until the fault is switched off."""
    if world.due("B15") is None:
        return
    world.data["stuck"] = [*world.data.get("stuck", []), policy["id"]]
    policy["busy_until"] = NEVER
    world.db.execute("UPDATE policies SET busy_until = ? WHERE row = ?", (NEVER, policy["row"]))
    world.db.execute(
        "UPDATE units SET ready = ? WHERE policy = ? AND ready IS NOT NULL", (NEVER, policy["id"])
    )


def before_remove(world: World, units: list[str]) -> None:
    """B19: some of these units are held by a dynamic rule."""
    fault = world.due("B19") if units else None
    for unit in units[: int(fault.get("count", 1))] if fault else ():
        changed = world.db.execute(
            "UPDATE units SET sources = 'manual,dynamicRule' "
            "WHERE id = ? AND policy IS NOT NULL AND sources = 'manual'",
            (unit,),
        ).rowcount
        if changed:
            world.data["held"] = [*world.data.get("held", []), unit]
            world.touch(f"unit {unit} is held by a rule (fault B19)")


def failing_items(world: World, count: int) -> dict[int, str]:
    """B12: the numbers of the delta entries that fail, each with its error code."""
    fault = world.due("B12") if count else None
    if fault is None:
        return {}
    code = str(fault.get("code") or "UnknownError")
    return dict.fromkeys(range(min(count, int(fault.get("count", 1)))), code)


def not_ready(world: World, product: Product, keys: list[str]) -> frozenset[str]:
    """B20: the first of these mailboxes does not exist yet for the service; after some tries it does.

    The tries left are kept in the state, by artifact.
    """
    if product is not EXCHANGE or not keys:
        return frozenset()
    waiting: dict[str, int] = world.data.get("not_ready", {})
    fault = world.due("B20")
    if fault is not None and keys[0] not in waiting:
        waiting = world.data.setdefault("not_ready", {})
        waiting[keys[0]] = int(fault.get("reads", 2))
    found = frozenset(key for key in keys if waiting.get(key, 0) > 0)
    for key in found:
        waiting[key] -= 1
        world.touch(f"mailbox {key} is not ready (fault B20)")
    return found


def lost_addresses(world: World) -> int:
    """B17: how many addresses of the job being made will not be found."""
    fault = world.due("B17")
    return 0 if fault is None else int(fault.get("count", 1))


def vanish_job(world: World, policy: Record, job_id: str | None = None) -> None:
    """B18: this job, or the policy's last one, is gone and what it had not done is never done."""
    if world.due("B18") is None:
        return
    gone = world.db.execute(
        "DELETE FROM jobs WHERE row = (SELECT max(row) FROM jobs "
        "WHERE policy = ?1 AND (id = ?2 OR ?2 IS NULL))",
        (policy["id"], job_id),
    ).rowcount
    if gone:
        world.touch("a bulk job vanished (fault B18)")


def deleted_by_another(world: World, policy: Record) -> None:
    """B21: the policy was deleted a moment ago."""
    if world.due("B21") is not None:
        policies.forget_policy(world, policy)
        world.touch(f"policy {policy['id']} deleted by another administrator (fault B21)")
        raise errors.policy_not_found(policy["id"])


def _somebody_else_protects(world: World, product: Product, keys: list[str]) -> None:
    fault = world.due("B10") if keys else None
    if fault is None:
        return
    known = world.company.personas
    somebody = next(one for one in known if one.direct_roles and one.oid not in world.actor)
    stamp = add_stamp(world.db, world.moment, f"{somebody.oid} {GRAPH_CLIENT}")
    other = policies.insert_policy(world, product, OTHER_NAME, stamp)
    incoming.bring(world, product, keys[: int(fault.get("count", 1))])
    incoming.admit(world, other, "manual", stamp)
    world.touch(f"policy {other['id']} made by another administrator (fault B10)")
