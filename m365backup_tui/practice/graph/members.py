"""HTTP for the members of a group, direct and transitive, all of them or users or groups alone.

A cast is a list of users or groups like any other; without one the members come as they are, in
the order of membership, or by id where groups in the group are followed.
"""

from __future__ import annotations

from aiohttp import web

from m365backup_tui.practice.auth import caller, require_scopes
from m365backup_tui.practice.company.lookups import Company
from m365backup_tui.practice.graph.directory_columns import GROUPS, USERS, Source
from m365backup_tui.practice.graph.directory_lists import (
    SEARCH_OPTIONS,
    Listed,
    check_page_size,
    no_count,
    page_of,
    with_default_select,
)
from m365backup_tui.practice.graph.directory_paths import Handler, group_in_path
from m365backup_tui.practice.graph.directory_scopes import READ_MEMBERS
from m365backup_tui.practice.graph.directory_shapes import show_objects
from m365backup_tui.practice.graph.filter_sql import Where
from m365backup_tui.practice.graph.filters import Record, unsupported
from m365backup_tui.practice.graph.odata import LIST_OPTIONS, page_from, read_query, reply
from m365backup_tui.practice.tenant import tenant_of

KINDS = {"user": USERS, "group": GROUPS}
# From so many members on it is quicker to look at everybody in order than to gather them.
MANY = 20_000


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
    if deep and _nests(company, group_id):
        return company.count("SELECT members FROM company.reach WHERE group_id = ?", (group_id,))
    return company.count("SELECT count(*) FROM company.member WHERE group_id = ?", (group_id,))


def _total_of(company: Company, group_id: str, deep: bool, source: Source) -> int:
    """How many of the members are of this kind: the groups are few and the rest are users."""
    if deep:
        groups = len(company.groups_below(group_id)) - 1
    else:
        nested = "SELECT count(*) FROM company.nested WHERE group_id = ?"
        groups = company.count(nested, (group_id,))
    total = member_total(company, group_id, deep)
    return groups if source is GROUPS else total - groups


def _nests(company: Company, group_id: str) -> bool:
    known = company.db.execute("SELECT 1 FROM company.reach WHERE group_id = ?", (group_id,))
    return known.fetchone() is not None


def _within(company: Company, group_id: str, deep: bool) -> Where:
    """The condition that object `o` is a member."""
    many = member_total(company, group_id, deep) > MANY
    if not (deep and _nests(company, group_id)):
        if many:
            sql = "SELECT 1 FROM company.member WHERE member_id = o.id AND group_id = ?"
            return Where(f"EXISTS ({sql})", (group_id,))
        sql = "SELECT member_id FROM company.member WHERE group_id = ?"
        return Where(f"o.id IN ({sql})", (group_id,))
    # A ring of groups leads back to the group itself, which is no member.
    if many:
        sql = (
            "SELECT 1 FROM company.member m JOIN company.below b ON b.below_id = m.group_id "
            "WHERE m.member_id = o.id AND b.group_id = ?"
        )
        return Where(f"(EXISTS ({sql}) AND o.id <> ?)", (group_id, group_id))
    sql = (
        "SELECT m.member_id FROM company.below b JOIN company.member m "
        "ON m.group_id = b.below_id WHERE b.group_id = ?"
    )
    return Where(f"(o.id IN ({sql}) AND o.id <> ?)", (group_id, group_id))


def _cast(deep: bool, source: Source) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        require_scopes(caller(request), *READ_MEMBERS)
        query = read_query(request, SEARCH_OPTIONS)
        if not (query.advanced and query.counted):
            raise unsupported("A cast needs ConsistencyLevel: eventual and $count=true.")
        group, company = group_in_path(request), tenant_of(request).company
        within, total = _within(company, group.id, deep), None
        if query.get("$filter") is None and query.get("$search") is None:
            total = _total_of(company, group.id, deep, source)
        return reply(page_of(request, query, source, within, total))

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
            places = find(company, group.id, after, limit)
            shown = show_objects(company, (key for _, key in places))
            return [(at, shown[key]) for at, key in places if key in shown]

        def count() -> int:
            return member_total(company, group.id, deep)

        properties = USERS.properties | GROUPS.properties
        shown = with_default_select(query, properties, (*USERS.default, *GROUPS.default))
        counted = count if query.advanced else None
        return reply(page_from(request, "directoryObjects", shown, fetch, counted))

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
    if not _nests(company, group_id):
        groups = "FROM company.member m WHERE m.group_id = ?"
    elif member_total(company, group_id, True) > MANY:
        groups = (
            "FROM company.member m INDEXED BY member_of CROSS JOIN company.below b "
            "ON b.below_id = m.group_id WHERE b.group_id = ?"
        )
    else:
        groups = (
            "FROM company.below b CROSS JOIN company.member m "
            "ON m.group_id = b.below_id WHERE b.group_id = ?"
        )
    rows = company.db.execute(
        f"SELECT DISTINCT m.member_id {groups} AND m.member_id > ? AND m.member_id <> ? "
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
        if source is None:
            total = member_total(company, group.id, deep)
        elif query.options:
            within = _within(company, group.id, deep)
            total = Listed(company, source, query.as_counted(), within).count()
        else:
            total = _total_of(company, group.id, deep, source)
        return web.Response(text=str(total))

    return handler
