"""Lists of protection units: whole tenant, product or policy, a page at a time at any size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from m365backup_tui.practice.backup import errors
from m365backup_tui.practice.backup.products import PRODUCTS, Product
from m365backup_tui.practice.backup.tables import UNIT_ROWS, UNIT_ROWS_EACH
from m365backup_tui.practice.backup.units import UNIT_VIEW, show_unit
from m365backup_tui.practice.backup.world import Record, World
from m365backup_tui.practice.graph.backup_access import Visit
from m365backup_tui.practice.graph.backup_unit_filter import Clause, read_filter, sort_order
from m365backup_tui.practice.graph.odata import Query, link_after, page, page_from

# Choice: a page looks at so many units for its filter. What it found by then is the page, maybe
# nothing, and the nextLink goes on from there: no request takes long, whatever it asks for.
MOST_LOOKED_AT = 5_000
# Choice: longer lists are not sorted; the 5,000 is the size above which SharePoint refuses to.
MOST_SORTED = 5_000
_BEYOND = max(UNIT_ROWS.values()) + UNIT_ROWS_EACH


@dataclass(frozen=True, slots=True)
class Scope:
    """Which units a list is about: those of products, or of one policy of a product."""

    products: tuple[Product, ...]
    policy: str | None = None

    def condition(self, after: int = -1, last: int | None = None) -> Clause:
        """The scope as SQL over units u, rows beyond `after` up to `last` only."""
        if self.policy is not None:
            bounds: tuple[Any, ...] = (after, _BEYOND if last is None else last)
            return Clause("u.policy = ? AND u.row > ? AND u.row <= ?", (self.policy, *bounds))
        # A product's units lie in a row of their own range: no index needed. One pair of bounds,
        # because of several pairs SQLite would take the first.
        rows = [UNIT_ROWS[product.key] for product in self.products]
        end = max(rows) + UNIT_ROWS_EACH - 1 if last is None else last
        keys = ", ".join(f"'{product.key}'" for product in self.products)
        return Clause(
            f"u.row > ? AND u.row <= ? AND u.product IN ({keys})", (max(after, min(rows) - 1), end)
        )

    def size(self, world: World) -> int:
        """How many units there are, from the counts that triggers keep."""
        keys = [product.key for product in self.products]
        row = world.one(
            "SELECT total(n) AS n FROM unit_counts WHERE product IN "  # noqa: S608
            f"({', '.join('?' * len(keys))}) AND (policy = ? OR ? IS NULL)",
            *keys,
            self.policy,
            self.policy,
        )
        return int(row["n"] if row else 0)


def unit_page(request: web.Request, visit: Visit, query: Query, scope: Scope, what: str) -> Record:
    """One page of the list as the API answers it."""
    what = f"solutions/backupRestore/{what}"
    clause = query.get("$filter")
    search = Clause("true") if clause is None else read_filter(clause)
    if search.policy is not None and scope.policy is None:
        owner = visit.world.one("SELECT product FROM policies WHERE id = ?", search.policy)
        if owner and owner["product"] in [product.key for product in scope.products]:
            scope = Scope(scope.products, search.policy)
    sorting = query.get("$orderby")
    if sorting is not None:
        shown = _sorted(visit, scope, search, sort_order(sorting))
        return page(request, what, shown, query)
    stopped_at: int | None = None

    def fetch(after: str | None, limit: int) -> list[tuple[str, Record]]:
        nonlocal stopped_at
        found, stopped_at = page_of_units(visit, scope, search, after, limit)
        return found

    def count() -> int:
        return _count(visit, scope, search)

    answer = page_from(request, what, query, fetch, count)
    if "@odata.nextLink" not in answer and stopped_at is not None:
        answer["@odata.nextLink"] = link_after(request, str(stopped_at))
    return answer


def page_of_units(
    visit: Visit, scope: Scope, search: Clause, after: str | None, limit: int
) -> tuple[list[tuple[str, Record]], int | None]:
    """(position, unit) pairs after a position, and the last row looked at when the search was cut
    short. ValueError for a position that was never given."""
    start = -1 if after is None else int(after)
    if not -1 <= start < _BEYOND:
        raise ValueError(f"{start} is no position.")
    world, where, stopped_at = visit.world, scope.condition(start), None
    if search.sql != "true" and not search.pinned:
        edge = world.one(
            f"SELECT u.row FROM units u WHERE {where.sql} ORDER BY u.row LIMIT 1 OFFSET ?",  # noqa: S608
            *where.values,
            MOST_LOOKED_AT - 1,
        )
        if edge is not None:
            stopped_at = int(edge["row"])
            where = scope.condition(start, stopped_at)
    found = world.many(
        f"{UNIT_VIEW} WHERE {where.sql} AND {search.sql} ORDER BY u.row LIMIT ?",
        *where.values,
        *search.values,
        limit,
    )
    shown = [(str(unit["row"]), show_unit(world, unit, visit.evolved)) for unit in found]
    return shown, stopped_at


def _count(visit: Visit, scope: Scope, search: Clause) -> int:
    if search.sql == "true":
        return scope.size(visit.world)
    where = scope.condition()
    if search.counted:
        # The counts that triggers keep know the policy and the status.
        keys = ", ".join(f"'{product.key}'" for product in scope.products)
        own = "true" if scope.policy is None else "u.policy = ?"
        statement = (
            "SELECT total(n) AS n FROM "  # noqa: S608
            "(SELECT product, nullif(policy, '') AS policy, status, n FROM unit_counts) u "
            f"WHERE u.product IN ({keys}) AND {own} AND {search.sql}"
        )
        values = (scope.policy,) if scope.policy is not None else ()
        row = visit.world.one(statement, *values, *search.values)
        return int(row["n"] if row else 0)
    row = visit.world.one(
        f"SELECT count(*) AS n FROM ({UNIT_VIEW} WHERE {where.sql} AND {search.sql})",  # noqa: S608
        *where.values,
        *search.values,
    )
    return int(row["n"] if row else 0)


def _sorted(visit: Visit, scope: Scope, search: Clause, order: str) -> list[Record]:
    if scope.size(visit.world) > MOST_SORTED:
        raise errors.bad_request(f"A list of more than {MOST_SORTED} units cannot be sorted.")
    where = scope.condition()
    found = visit.world.many(
        f"{UNIT_VIEW} WHERE {where.sql} AND {search.sql} ORDER BY {order}",
        *where.values,
        *search.values,
    )
    return [show_unit(visit.world, unit, visit.evolved) for unit in found]


def whole_tenant(visit: Visit) -> Scope:
    """The units of every product that the caller's roles cover."""
    return Scope(tuple(one for one in PRODUCTS if one in visit.products))
