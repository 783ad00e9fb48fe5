"""HTTP for the members of a group, direct and transitive, all of them or users or groups alone.

A cast is a list of users or groups like any other; without one the members come as they are, in
the order of membership, or by id where groups in the group are followed.
"""

from __future__ import annotations

from aiohttp import web

from m365backup_tui.practice.auth import caller, require_scopes
from m365backup_tui.practice.company import Company
from m365backup_tui.practice.graph.directory_columns import GROUPS, USERS, Source
from m365backup_tui.practice.graph.directory_lists import (
    MOST_PAGE,
    SEARCH_OPTIONS,
    USUAL_PAGE,
    Listed,
    check_page_size,
    no_count,
    page_of,
    with_default_select,
)
from m365backup_tui.practice.graph.directory_paths import Handler, group_in_path
from m365backup_tui.practice.graph.directory_scopes import READ_MEMBERS
from m365backup_tui.practice.graph.directory_shapes import show_object
from m365backup_tui.practice.graph.filter_sql import Where
from m365backup_tui.practice.graph.filters import Record, unsupported
from m365backup_tui.practice.graph.odata import LIST_OPTIONS, page_from, read_query, reply
from m365backup_tui.practice.tenant import tenant_of

KINDS = {"user": USERS, "group": GROUPS}
# From so many members on it is quicker to look at everybody in order than to gather them.
MANY = 20_000

_BELOW = """
    WITH RECURSIVE below (id) AS (VALUES (?) UNION
    SELECT n.member_id FROM company.nested n JOIN below b ON n.group_id = b.id)
"""


def add_member_routes(app: web.Application) -> None:
    """Register members and transitiveMembers with their casts and counts."""
    route = app.router.add_route
    for nav in ("members", "transitiveMembers"):
        path, deep = f"/v1.0/groups/{{id}}/{nav}", nav == "transitiveMembers"
        route("GET", path, _everybody(deep))
        route("GET", f"{path}/$count", _count(deep, None))
        for kind, source in KINDS.items():
            for prefix in ("graph.", "microsoft.graph."):
                route("GET", f"{path}/{prefix}{kind}", _cast(deep, source))
                route("GET", f"{path}/{prefix}{kind}/$count", _count(deep, source))


def member_total(company: Company, group_id: str, deep: bool) -> int:
    """How many members, users and groups, directly or also through groups."""
    known = company.db.execute(
        "SELECT members FROM company.reach WHERE group_id = ?", (group_id,)
    ).fetchone()
    if deep and known is not None:
        return int(known[0])
    return company.count("SELECT count(*) FROM company.member WHERE group_id = ?", (group_id,))


def _within(company: Company, group_id: str, deep: bool) -> Where:
    """The condition that object `o` is a member."""
    if not deep:
        groups, values = "m.group_id = ?", (group_id,)
    else:
        groups, values = f"m.group_id IN ({_BELOW} SELECT id FROM below)", (group_id,)  # noqa: S608
    if member_total(company, group_id, deep) > MANY:
        sql = f"EXISTS (SELECT 1 FROM company.member m WHERE m.member_id = o.id AND {groups})"  # noqa: S608
    else:
        sql = f"o.id IN (SELECT m.member_id FROM company.member m WHERE {groups})"  # noqa: S608
    if not deep:
        return Where(sql, values)
    return Where(f"({sql} AND o.id <> ?)", (*values, group_id))  # a ring leads back to the group


def _cast(deep: bool, source: Source) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        require_scopes(caller(request), *READ_MEMBERS)
        query = read_query(request, SEARCH_OPTIONS)
        if not (query.advanced and query.counted):
            raise unsupported("A cast needs ConsistencyLevel: eventual and $count=true.")
        group, company = group_in_path(request), tenant_of(request).company
        return reply(page_of(request, query, source, _within(company, group.id, deep)))

    return handler


def _everybody(deep: bool) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        require_scopes(caller(request), *READ_MEMBERS)
        # Choice: $search, $filter and $orderby are taken with a cast only, as the pages show them.
        query = read_query(request, LIST_OPTIONS - {"$filter", "$orderby"})
        check_page_size(query)
        group, company = group_in_path(request), tenant_of(request).company

        def fetch(after: str | None, limit: int) -> list[tuple[str, Record]]:
            find = _deep_page if deep else _direct_page
            found = [
                (at, show_object(company, key)) for at, key in find(company, group.id, after, limit)
            ]
            return [(at, one) for at, one in found if one is not None]

        def count() -> int:
            return member_total(company, group.id, deep)

        properties = USERS.properties | GROUPS.properties
        shown = with_default_select(query, properties, (*USERS.default, *GROUPS.default))
        counted = count if query.advanced else None
        return reply(
            page_from(request, "directoryObjects", shown, USUAL_PAGE, MOST_PAGE, fetch, counted)
        )

    return handler


def _direct_page(
    company: Company, group_id: str, after: str | None, limit: int
) -> list[tuple[str, str]]:
    if after is not None and not (after.isascii() and after.isdigit() and len(after) < 10):
        raise ValueError(after)
    rows = company.db.execute(
        "SELECT position, member_id FROM company.member WHERE group_id = ? AND position > ? "
        "ORDER BY position LIMIT ?",
        (group_id, -1 if after is None else int(after), limit),
    )
    return [(str(row[0]), str(row[1])) for row in rows.fetchall()]


def _deep_page(
    company: Company, group_id: str, after: str | None, limit: int
) -> list[tuple[str, str]]:
    # Many members: along the index of all members. Few: gathered from the groups.
    many = member_total(company, group_id, True) > MANY
    hint = "INDEXED BY member_of" if many else "NOT INDEXED"
    rows = company.db.execute(
        f"{_BELOW} SELECT DISTINCT m.member_id FROM company.member m {hint} "  # noqa: S608
        "WHERE m.group_id IN (SELECT id FROM below) AND m.member_id > ? AND m.member_id <> ? "
        "ORDER BY m.member_id LIMIT ?",
        (group_id, after or "", group_id, limit),
    )
    return [(str(row[0]), str(row[0])) for row in rows.fetchall()]


def _count(deep: bool, source: Source | None) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        require_scopes(caller(request), *READ_MEMBERS)
        query = read_query(request, {"$filter", "$search"} if source else ())
        if not query.advanced:
            raise no_count()
        group, company = group_in_path(request), tenant_of(request).company
        total = member_total(company, group.id, deep)
        if source is not None and (query.options or not deep):
            within = _within(company, group.id, deep)
            total = Listed(company, source, query.as_counted(), within).count()
        elif source is not None:
            groups = len(company.groups_below(group.id)) - 1
            total = groups if source is GROUPS else total - groups
        return web.Response(text=str(total))

    return handler
