"""HTTP for users and groups: lists with search and paging, counts, single objects, getByIds."""

from __future__ import annotations

import json
import re

from aiohttp import web

from m365backup_tui.practice.auth import caller, require_scopes
from m365backup_tui.practice.company.lookups import Company
from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.graph import directory_scopes as scopes
from m365backup_tui.practice.graph import directory_shapes as shapes
from m365backup_tui.practice.graph.directory_columns import GROUPS, USERS, Source
from m365backup_tui.practice.graph.directory_lists import (
    SEARCH_OPTIONS,
    Listed,
    check_page_size,
    no_count,
    page_of,
    with_default_select,
)
from m365backup_tui.practice.graph.directory_paths import (
    Handler,
    group_in_path,
    user_in_path,
)
from m365backup_tui.practice.graph.drives import add_drive_routes
from m365backup_tui.practice.graph.filters import Record, unsupported
from m365backup_tui.practice.graph.mailbox_settings import add_mailbox_routes
from m365backup_tui.practice.graph.members import add_member_routes
from m365backup_tui.practice.graph.odata import (
    USUAL_PAGE,
    Query,
    context,
    read_body,
    read_query,
    reply,
    select,
)
from m365backup_tui.practice.guids import is_guid
from m365backup_tui.practice.tenant import tenant_of

MOST_IDS = 1000
# $expand on directory objects gives so many and no nextLink (Microsoft's known limitations).
MOST_EXPANDED = 20
_EXPAND = re.compile(r"members(?:\(\$select=(?P<names>[\w,\s]+)\))?")


def add_directory_routes(app: web.Application) -> None:
    """Register users, groups, their members and drives, and getByIds."""
    route = app.router.add_route
    route("GET", "/v1.0/users", _list_users)
    route("GET", "/v1.0/users/$count", _counted(USERS, scopes.READ_USERS))
    route("GET", "/v1.0/groups", _list_groups)
    route("GET", "/v1.0/groups/$count", _counted(GROUPS, scopes.READ_GROUPS))
    route("GET", "/v1.0/groups/{id}", _get_group)
    add_member_routes(app)
    route("POST", "/v1.0/directoryObjects/getByIds", _get_by_ids)
    route("GET", "/v1.0/me", _get_user)
    route("GET", "/v1.0/users/{id}", _get_user)
    add_drive_routes(app)
    add_mailbox_routes(app)


async def _list_users(request: web.Request) -> web.StreamResponse:
    require_scopes(caller(request), *scopes.READ_USERS)
    return reply(page_of(request, read_query(request, SEARCH_OPTIONS), USERS))


async def _list_groups(request: web.Request) -> web.StreamResponse:
    who = caller(request)
    require_scopes(who, *scopes.READ_GROUPS)
    query = read_query(request, SEARCH_OPTIONS | {"$expand"})
    expanded = _expanded(query)
    if expanded is not None:
        require_scopes(who, *scopes.READ_MEMBERS)
        query = _shortened(query)
    if expanded is None:
        return reply(page_of(request, query, GROUPS))
    answer = page_of(request, _with_id(query), GROUPS)
    _expand(tenant_of(request).company, answer["value"], expanded)
    answer["value"] = [_selected(group, query) for group in answer["value"]]
    return reply(answer)


def _shortened(query: Query) -> Query:
    """Choice: a page with members holds no more groups than usual, whatever $top says; the nextLink
    goes on after them."""
    check_page_size(query)
    top = min(int(query.get("$top") or USUAL_PAGE), USUAL_PAGE)
    return Query({**query.options, "$top": str(top)}, query.advanced)


def _expanded(query: Query) -> Query | None:
    """How members are to be shown with their group; None when they are not."""
    wanted = query.get("$expand")
    if wanted is None:
        return None
    match = _EXPAND.fullmatch(wanted.strip())
    if match is None:
        raise GraphError(400, "BadRequest", f"Cannot expand '{wanted}'.")
    if query.get("$search") is not None or (query.advanced and query.counted):
        raise unsupported("$expand is not supported with advanced query parameters.")
    return Query({"$select": match["names"]} if match["names"] else {}, advanced=False)


def _with_id(query: Query) -> Query:
    """The query with the id, by which the members are found, among what it selects."""
    wanted = query.get("$select")
    if wanted is None:
        return query
    return Query({**query.options, "$select": f"{wanted},id"}, query.advanced)


def _selected(group: Record, query: Query) -> Record:
    """What the query selects of a group, with the members that were expanded."""
    return select(group, query, always=("@odata.type", "members"))


def _expand(company: Company, groups: list[Record], how: Query) -> None:
    """Give each group its first members."""
    how = with_default_select(
        how, USERS.properties | GROUPS.properties, (*USERS.default, *GROUPS.default)
    )
    rows = company.db.execute(
        "SELECT m.group_id, m.member_id FROM json_each(?) g CROSS JOIN company.member m "
        "ON m.group_id = g.value AND m.position < ? ORDER BY g.key, m.position",
        (json.dumps([group["id"] for group in groups]), MOST_EXPANDED),
    ).fetchall()
    known = shapes.show_objects(company, {row[1] for row in rows})
    shown = {key: select(one, how) for key, one in known.items()}
    members: dict[str, list[Record]] = {}
    for group_id, member_id in rows:
        members.setdefault(group_id, []).append(shown[member_id])
    for group in groups:
        group["members"] = members.get(group["id"], [])


def _counted(source: Source, allowed: tuple[str, ...]) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        require_scopes(caller(request), *allowed)
        query = read_query(request, {"$filter", "$search"})
        if not query.advanced:
            raise no_count()
        listed = Listed(tenant_of(request).company, source, query.as_counted())
        return web.Response(text=str(listed.count()))

    return handler


async def _get_user(request: web.Request) -> web.StreamResponse:
    # With User.ReadBasic.All the pages allow a few properties only; which of them are left out
    # of an answer is not documented, so nothing is: choice.
    user = user_in_path(request, caller(request), scopes.READ_ME, scopes.READ_USERS)
    query = with_default_select(read_query(request, {"$select"}), USERS.properties, USERS.default)
    shown = select(shapes.show_user(user), query)
    return reply({"@odata.context": context(request, "users/$entity"), **shown})


async def _get_group(request: web.Request) -> web.StreamResponse:
    who = caller(request)
    require_scopes(who, *scopes.READ_GROUPS)
    query = read_query(request, {"$select", "$expand"})
    expanded = _expanded(query)
    if expanded is not None:
        require_scopes(who, *scopes.READ_MEMBERS)
    query = with_default_select(query, GROUPS.properties, GROUPS.default)
    group = shapes.show_group(group_in_path(request))
    if expanded is not None:
        _expand(tenant_of(request).company, [group], expanded)
    shown = _selected(group, query)
    return reply({"@odata.context": context(request, "groups/$entity"), **shown})


async def _get_by_ids(request: web.Request) -> web.StreamResponse:
    """All properties of the objects; ids that name nothing are left out."""
    require_scopes(caller(request), *scopes.READ_ANY)
    read_query(request)
    body = await read_body(request)
    ids, types = _texts(body.get("ids")), _texts(body.get("types", ["user", "group"]))
    if ids is None or not 1 <= len(ids) <= MOST_IDS:
        raise GraphError(400, "Request_BadRequest", f"ids must hold 1 to {MOST_IDS} ids.")
    if types is None:
        raise GraphError(400, "Request_BadRequest", "types must hold names of resource types.")
    if not all(is_guid(key) for key in ids):
        raise GraphError(400, "Request_BadRequest", "Invalid GUID specified.")
    wanted = {f"#microsoft.graph.{kind}".lower() for kind in types}
    if "#microsoft.graph.directoryobject" in wanted:
        wanted |= {"#microsoft.graph.user", "#microsoft.graph.group"}
    company = tenant_of(request).company
    known = shapes.show_objects(company, ids)
    found = [known.get(key) for key in dict.fromkeys(key.lower() for key in ids)]
    value = [one for one in found if one and one["@odata.type"] in wanted]
    return reply({"@odata.context": context(request, "directoryObjects"), "value": value})


def _texts(value: object) -> list[str] | None:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return value
    return None
