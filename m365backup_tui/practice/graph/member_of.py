"""HTTP for what a person or a group belongs to: groups and activated directory roles."""

from __future__ import annotations

import json

from aiohttp import web

from m365backup_tui.practice.auth import Caller, caller, require_scopes
from m365backup_tui.practice.company.lookups import Company
from m365backup_tui.practice.graph import directory_shapes as shapes
from m365backup_tui.practice.graph.directory_columns import GROUPS
from m365backup_tui.practice.graph.directory_lists import (
    SEARCH_OPTIONS,
    check_page_size,
    page_of,
)
from m365backup_tui.practice.graph.directory_paths import Handler, group_in_path, user_in_path
from m365backup_tui.practice.graph.directory_scopes import (
    READ_GROUPS,
    READ_MEMBER_OF,
    READ_MY_GROUPS,
    READ_ROLES,
)
from m365backup_tui.practice.graph.filter_sql import Where
from m365backup_tui.practice.graph.filters import Record, unsupported
from m365backup_tui.practice.graph.odata import LIST_OPTIONS, Query, page, read_query, reply
from m365backup_tui.practice.graph.role_facts import roles_of
from m365backup_tui.practice.tenant import tenant_of

OWNERS = ("/v1.0/me", "/v1.0/users/{id}", "/v1.0/groups/{id}")
CASTS = ("directoryRole", "group")


def add_member_of_routes(app: web.Application) -> None:
    """Register memberOf and transitiveMemberOf of users and groups, with their casts."""
    for owner in OWNERS:
        for nav in ("memberOf", "transitiveMemberOf"):
            app.router.add_route("GET", f"{owner}/{nav}", _member_of(owner, nav, None))
            for kind in CASTS:
                for prefix in ("graph.", "microsoft.graph."):
                    path = f"{owner}/{nav}/{prefix}{kind}"
                    app.router.add_route("GET", path, _member_of(owner, nav, kind))


def _member_of(owner: str, nav: str, kind: str | None) -> Handler:
    deep = nav == "transitiveMemberOf"

    async def handler(request: web.Request) -> web.StreamResponse:
        who = caller(request)
        object_id = _object_in_path(request, who, of_group=owner == OWNERS[2])
        company = tenant_of(request).company
        if kind == "group":
            query = read_query(request, SEARCH_OPTIONS)
            _check_cast(query, deep)
            keys = _groups_of(company, object_id, deep)
            within = Where("o.id IN (SELECT value FROM json_each(?))", (json.dumps(keys),))
            return reply(page_of(request, query, GROUPS, within))
        query = read_query(request, LIST_OPTIONS - {"$filter", "$orderby"})
        check_page_size(query)
        limited = not who.scopes.intersection(READ_ROLES)
        roles = roles_of(company.personas, object_id, deep)
        items = [shapes.show_role(role, limited) for role in roles]
        if kind == "directoryRole":
            _check_cast(query, deep)
            # Lists of directory roles are never paged (graph.md §11.2).
            return reply(page(request, "directoryRoles", items, query, max(len(items), 1)))
        items += _shown_groups(company, _groups_of(company, object_id, deep))
        counted = query if query.advanced else query.without_count()
        return reply(page(request, "directoryObjects", items, counted))

    return handler


def _object_in_path(request: web.Request, who: Caller, of_group: bool) -> str:
    if of_group:
        require_scopes(who, *READ_GROUPS)
        return group_in_path(request).id
    return user_in_path(request, who, READ_MY_GROUPS, READ_MEMBER_OF).id


def _check_cast(query: Query, deep: bool) -> None:
    # The page of memberOf names the condition, that of transitiveMemberOf shows the cast of roles
    # without it (graph.md §11.2).
    if not deep and not (query.advanced and query.counted):
        raise unsupported("A cast needs ConsistencyLevel: eventual and $count=true.")


def _groups_of(company: Company, object_id: str, deep: bool) -> list[str]:
    if deep:
        return company.groups_above(object_id)
    rows = company.db.execute(
        "SELECT group_id FROM company.member WHERE member_id = ? ORDER BY group_id", (object_id,)
    )
    return [str(row[0]) for row in rows.fetchall()]


def _shown_groups(company: Company, keys: list[str]) -> list[Record]:
    found = [shapes.show_object(company, key) for key in keys]
    return sorted((one for one in found if one is not None), key=lambda one: one["displayName"])
