"""Locks and their effect: ReadOnly refuses every write, CanNotDelete refuses deletes."""

from typing import Any

from m365backup_tui.practice.arm.kept import part
from m365backup_tui.practice.arm.scopes import covers, group_scope
from m365backup_tui.practice.arm.world import LOCKED_GROUP
from m365backup_tui.practice.errors import ArmError
from m365backup_tui.practice.tenant import Tenant

LEVELS = ("CanNotDelete", "ReadOnly")


def lock_id(scope: str, name: str) -> str:
    """The resource id of a lock."""
    return f"{scope}/providers/Microsoft.Authorization/locks/{name}"


def lock_body(scope: str, name: str, level: str, notes: str | None) -> dict[str, Any]:
    """A lock as ARM shows it and as the state keeps it."""
    return {
        "id": lock_id(scope, name),
        "name": name,
        "type": "Microsoft.Authorization/locks",
        "properties": {"level": level, "notes": notes},
    }


def _first(tenant: Tenant) -> dict[str, Any]:
    scope = group_scope(tenant.identity.subscription("production"), LOCKED_GROUP)
    return lock_body(scope, "keep-as-is", "ReadOnly", "Ask the platform team first.")


def all_locks(tenant: Tenant) -> list[dict[str, Any]]:
    """Every lock, by id."""
    kept = part(tenant, "locks")
    found = {key: lock for key, lock in kept.items() if lock is not None}
    first = _first(tenant)
    if first["id"].lower() not in kept:
        found[first["id"].lower()] = first
    return [found[key] for key in sorted(found)]


def locks_at(tenant: Tenant, scope: str, below: bool = True) -> list[dict[str, Any]]:
    """Locks that hold at the scope, its own and those above; with `below` also those further down."""
    return [
        lock
        for lock in all_locks(tenant)
        if covers(scope_of(lock), scope) or (below and covers(scope, scope_of(lock)))
    ]


def scope_of(lock: dict[str, Any]) -> str:
    """The scope that a lock sits on."""
    return str(lock["id"]).partition("/providers/Microsoft.Authorization/locks/")[0]


def refuse_locked(tenant: Tenant, scope: str, verb: str = "write") -> None:
    """409 ScopeLocked (pairing UNVERIFIED) when a lock at or above the scope forbids the verb.

    `verb` is write or delete.
    """
    holding = [
        lock
        for lock in locks_at(tenant, scope, below=False)
        if verb == "delete" or lock["properties"]["level"] == "ReadOnly"
    ]
    if holding:
        names = ", ".join(f"'{scope_of(lock)}'" for lock in holding)
        raise ArmError(
            409,
            "ScopeLocked",
            f"The scope '{scope}' cannot perform {verb} operation because following scope(s) are "
            f"locked: {names}. Please remove the lock and try again.",
        )


def refuse_group_deletion(tenant: Tenant, scope: str) -> None:
    """409 when a lock at, above or inside the group forbids deleting it.

    Inside: ResourceGroupDeletionBlocked with a detail for each resource (general knowledge, UNVERIFIED).
    """
    refuse_locked(tenant, scope, "delete")
    inside = [lock for lock in locks_at(tenant, scope) if covers(scope, scope_of(lock))]
    if inside:
        raise ArmError(
            409,
            "ResourceGroupDeletionBlocked",
            f"Deletion of resource group '{scope.rpartition('/')[2]}' failed, because resources "
            "in it are locked.",
            details=[
                {
                    "code": "ScopeLocked",
                    "target": scope_of(lock),
                    "message": f"The resource is locked by '{lock['id']}'.",
                }
                for lock in inside
            ],
        )
