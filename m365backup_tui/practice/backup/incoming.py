"""Artifacts on their way into a policy, many at a time: what other policies hold is sorted out,
the rest becomes units.

The keys of one addition wait in the connection's temporary table `incoming`; `fresh` are those that
go into the policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from m365backup_tui.practice.backup.products import Product
from m365backup_tui.practice.backup.tables import UNIT_ROWS, UNIT_ROWS_EACH, unit_id
from m365backup_tui.practice.backup.world import Record, World, product_of

# Admin center page of September 2026 (admin-center.md §0, POL26); which code the API gives beyond
# them is UNVERIFIED.
MOST_UNITS_A_POLICY, MOST_UNITS_A_PRODUCT = 100_000, 1_000_000
# From so many waiting artifacts on it is quicker to look at every unit.
MANY = 30_000


@dataclass(frozen=True, slots=True)
class Admitted:
    """What became of the keys: `taken` names the policy that already holds a key, `full` are those
    that no longer fit, `added` counts the new units."""

    taken: dict[str, str]
    full: tuple[str, ...]
    added: int


def bring(world: World, product: Product, keys: Iterable[str]) -> None:
    """Let these keys wait, in this order, each once."""
    _empty(world)
    world.db.executemany(
        "INSERT OR IGNORE INTO temp.incoming (key, id) VALUES (?, ?)",
        ((key, unit_id(product.key, key)) for key in keys),
    )


def bring_selected(world: World, product: Product, select: str, values: Sequence[Any]) -> None:
    """Let the keys wait that a query answers in its column `key`."""
    _empty(world)
    world.db.execute(
        "INSERT OR IGNORE INTO temp.incoming (key, id) "  # noqa: S608
        f"SELECT key, unit_id(?, key) FROM ({select})",
        (product.key, *values),
    )


def admit(world: World, policy: Record, source: str, stamp: int) -> Admitted:
    """Put the waiting artifacts that no policy holds into this one, unprotected for now.

    A unit that left before comes back under its old id. Afterwards only the new ones are `fresh`,
    which `units.protect` takes up.
    """
    product = policy["product"]
    held = world.db.execute(
        f"SELECT i.position, i.key, u.policy FROM {_held(world, product)}"  # noqa: S608
    ).fetchall()
    taken = {str(key): str(owner) for _, key, owner in sorted(tuple(row) for row in held)}
    if taken:
        world.db.execute(
            "UPDATE temp.incoming SET fresh = 0 WHERE position IN "  # noqa: S608
            f"(SELECT i.position FROM {_held(world, product)})"
        )
    full = _refuse_overflow(world, policy)
    added = world.db.execute(
        """
        INSERT INTO units (
            row, id, product, policy, key, status, leaving, sources, created, modified)
        SELECT ? + position, id, ?, ?, key, 'unprotected', 0, ?, ?, ? FROM temp.incoming
        WHERE fresh
        ORDER BY incoming.id
        ON CONFLICT (id) DO UPDATE SET policy = excluded.policy, status = 'unprotected',
            ready = NULL, next = NULL, failure = NULL, error = NULL, leaving = 0,
            sources = excluded.sources, offboard_requested = NULL,
            created = excluded.created, modified = excluded.modified
        """,
        (_last_row(world, product), product, policy["id"], source, stamp, stamp),
    ).rowcount
    return Admitted(taken, full, added)


def _held(world: World, product: str) -> str:
    """FROM what waits as `i` and is held by a policy as unit `u`.

    Many are found by looking at all units of the product as they lie, because a million units'
    index does not fit into the cache; a few in the order of that index.
    """
    if world.one("SELECT 1 FROM temp.incoming LIMIT 1 OFFSET ?", MANY) is None:
        return (
            "temp.incoming i CROSS JOIN units u ON u.id = i.id "
            "WHERE u.policy IS NOT NULL ORDER BY i.id"
        )
    first = UNIT_ROWS[product]
    return (
        "units u CROSS JOIN temp.incoming i ON i.id = u.id WHERE u.policy IS NOT NULL "
        f"AND u.row BETWEEN {first} AND {first + UNIT_ROWS_EACH - 1}"
    )


def policy_holding(world: World, product: Product, key: str) -> Record | None:
    """The policy that holds this artifact, if one does; its name is empty when it is unknown."""
    return world.one(
        "SELECT u.policy AS id, coalesce(p.displayName, '') AS displayName "
        "FROM units u LEFT JOIN policies p ON p.id = u.policy "
        "WHERE u.id = ? AND u.policy IS NOT NULL",
        unit_id(product.key, key),
    )


def room(world: World, product: Product) -> int:
    """How many more units the service takes."""
    every = world.one(
        "SELECT total(n) AS n FROM unit_counts WHERE product = ? AND policy <> ''", product.key
    )
    return MOST_UNITS_A_PRODUCT - int(every["n"] if every else 0)


def _last_row(world: World, product: str) -> int:
    first = UNIT_ROWS[product]
    found = world.one(
        "SELECT max(row) AS last FROM units WHERE row BETWEEN ? AND ?",
        first,
        first + UNIT_ROWS_EACH - 1,
    )
    return int((found and found["last"]) or first)


def _empty(world: World) -> None:
    world.db.execute(
        "CREATE TEMP TABLE IF NOT EXISTS incoming "
        "(position INTEGER PRIMARY KEY, key TEXT NOT NULL, id TEXT NOT NULL UNIQUE, "
        "fresh INTEGER NOT NULL DEFAULT 1)"
    )
    world.db.execute("DELETE FROM temp.incoming")


def _refuse_overflow(world: World, policy: Record) -> tuple[str, ...]:
    held = world.one("SELECT total(n) AS n FROM unit_counts WHERE policy = ?", policy["id"])
    most = MOST_UNITS_A_POLICY - int(held["n"] if held else 0)
    fits = max(0, min(most, room(world, product_of(policy))))
    beyond = "SELECT position FROM temp.incoming WHERE fresh ORDER BY position LIMIT -1 OFFSET ?"
    full = tuple(
        str(row["key"])
        for row in world.db.execute(
            f"SELECT key FROM temp.incoming WHERE position IN ({beyond})",  # noqa: S608
            (fits,),
        )
    )
    if full:
        world.db.execute(
            f"UPDATE temp.incoming SET fresh = 0 WHERE position IN ({beyond})",  # noqa: S608
            (fits,),
        )
    return full
