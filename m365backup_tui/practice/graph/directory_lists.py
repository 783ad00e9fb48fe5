"""Pages of users and groups out of the company's tables, under the rules for advanced queries.

A page is found from the row where the one before ended, so the last page costs what the first does.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from aiohttp import web

from m365backup_tui.practice.company.lookups import Company
from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.graph.directory_columns import Source
from m365backup_tui.practice.graph.filter_sql import Where, compile_where
from m365backup_tui.practice.graph.filters import Record, unsupported
from m365backup_tui.practice.graph.odata import (
    LIST_OPTIONS,
    MOST_PAGE,
    Query,
    check_select,
    page_from,
)
from m365backup_tui.practice.graph.search_sql import compile_search
from m365backup_tui.practice.tenant import tenant_of

SEARCH_OPTIONS = LIST_OPTIONS | {"$search"}
EVERYTHING = Where("1")


@dataclass(frozen=True, slots=True)
class Sorting:
    """A column of the list's table, and the direction."""

    column: str = "row"
    falling: bool = False


def page_of(
    request: web.Request,
    query: Query,
    source: Source,
    within: Where = EVERYTHING,
    total: int | None = None,
) -> Record:
    """The page that the request asks for, of the objects of `source` that are `within`.

    `total` is how many those are, when that is known without counting.
    """
    check_page_size(query)
    listed = Listed(tenant_of(request).company, source, query, within)
    shown = with_default_select(query, source.properties, source.default)

    def count() -> int:
        return listed.count() if total is None else total

    # $count=true without the header is ignored, as documented.
    counted = count if query.advanced else None
    return page_from(request, source.what, shown, listed.fetch, counted)


class Listed:
    """One list as the query wants it: which objects, in which order. Raises GraphError 400."""

    def __init__(
        self, company: Company, source: Source, query: Query, within: Where = EVERYTHING
    ) -> None:
        self._db, self._company, self._source = company.db, company, source
        self._advanced = query.advanced and query.counted
        clause, search, order = (query.get(f"${one}") for one in ("filter", "search", "orderby"))
        self._where = [within]
        if clause is not None:
            self._where.append(
                compile_where(clause, source.filters, source.resource, self._advanced)
            )
        self._from, self._row = Where(f"company.{source.table} o"), "o.row"
        if search is not None:
            if not query.advanced:
                raise unsupported(
                    "Request with $search query parameter only works through MSGraph with a "
                    "special request header: 'ConsistencyLevel: eventual'"
                )
            found = compile_search(company.db, search, source.searched)
            self._row = "f.row"  # the words lie in this order: a page of them needs no sorting
            self._from = Where(
                f"({found.sql}) f CROSS JOIN company.{source.table} o ON o.row = f.row",
                found.values,
            )
        self._sorting = self._sorted_by(order, clause is not None, search is not None)
        if clause is not None and search is None and "endswith" in clause.lower():
            self._where += self._known_rows()

    def _known_rows(self) -> list[Where]:
        """The rows themselves, when they are few: no index knows the ends of texts."""
        whole = self._condition()
        sql = f"SELECT o.row FROM {self._from.sql} WHERE {whole.sql}"  # noqa: S608
        rows = self._company.few(sql, whole.values)
        return [] if rows is None else [Where("o.row IN (SELECT value FROM json_each(?))", (rows,))]

    def _condition(self) -> Where:
        values = tuple(value for one in self._where for value in one.values)
        return Where(" AND ".join(one.sql for one in self._where), values)

    def _sorted_by(self, order: str | None, filtered: bool, searched: bool) -> Sorting:
        if order is None:
            return Sorting()
        name, _, way = order.strip().partition(" ")
        known = self._source.sorting.get(name.lower())
        way = way.strip().lower()
        # With $search only by displayName: a choice, the pages show no other.
        if known is None or way not in ("", "asc", "desc") or (searched and known[0] != "row"):
            raise unsupported(f"Sorting by '{order.strip()}' is not supported for this resource.")
        if (known[1] or filtered) and not self._advanced:
            raise unsupported(
                "Sorting this way needs the header ConsistencyLevel: eventual and $count=true."
            )
        return Sorting(known[0], way == "desc")

    def fetch(self, after: str | None, limit: int) -> list[tuple[str, Record]]:
        """Up to `limit` objects after the row `after`. Raises ValueError for no such row."""
        wheres = list(self._where)
        if after is not None:
            wheres.append(self._after(after))
        falling = " DESC" if self._sorting.falling else ""
        order = f"{self._row}{falling}"
        if self._sorting.column != "row":
            order = f"o.{self._sorting.column}{falling}, {order}"
        values = [*self._from.values, *(value for one in wheres for value in one.values)]
        rows = self._db.execute(
            f"SELECT {self._source.selected} FROM {self._from.sql} WHERE "  # noqa: S608
            f"{' AND '.join(one.sql for one in wheres)} ORDER BY {order} LIMIT ?",
            (*values, limit),
        ).fetchall()
        return [(str(row[-1]), self._source.show(row)) for row in rows]

    def count(self) -> int:
        """How many there are in all."""
        whole = self._condition()
        return self._company.count(
            f"SELECT count(*) FROM {self._from.sql} WHERE {whole.sql}",  # noqa: S608
            (*self._from.values, *whole.values),
        )

    def _after(self, row: str) -> Where:
        if not (row.isascii() and row.isdigit() and len(row) < 10):
            raise ValueError(row)
        sign, column = "<" if self._sorting.falling else ">", self._sorting.column
        if column == "row":
            return Where(f"{self._row} {sign} ?", (int(row),))
        found = self._db.execute(
            f"SELECT {column} FROM company.{self._source.table} WHERE row = ?",  # noqa: S608
            (int(row),),
        ).fetchone()
        if found is None:
            raise ValueError(row)
        return Where(f"(o.{column}, o.row) {sign} (?, ?)", (found[0], int(row)))


def check_page_size(query: Query) -> None:
    """400 as directory lists word it. Raises GraphError."""
    top = query.get("$top")
    if top is not None and not (
        top.isascii() and top.isdigit() and len(top) < 10 and 1 <= int(top) <= MOST_PAGE
    ):
        raise unsupported(
            f"Invalid page size specified: '{ascii(top)[1:-1]}'. Must be between 1 and "
            f"{MOST_PAGE} inclusive."
        )


def no_count() -> GraphError:
    """400 for a /$count without the header, as Microsoft's page on advanced queries shows it."""
    return GraphError(400, "Request_BadRequest", "$count is not currently supported.")


def with_default_select(query: Query, names: frozenset[str], default: tuple[str, ...]) -> Query:
    """The query with a $select, the default when there is none; 400 for an unknown property."""
    wanted = query.get("$select")
    if wanted is None:
        return dataclasses.replace(query, options={**query.options, "$select": ",".join(default)})
    check_select(wanted, names)
    return query
