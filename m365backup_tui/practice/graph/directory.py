"""HTTP for users and groups: lists with search and paging, single objects, members, drives."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable

from aiohttp import web

from m365backup_tui.practice.auth import Caller, caller, require_scopes
from m365backup_tui.practice.company_model import Group, User, stable_guid
from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.graph import directory_shapes as shapes
from m365backup_tui.practice.graph import filters
from m365backup_tui.practice.graph.filters import Record, unsupported
from m365backup_tui.practice.graph.odata import (
    LIST_OPTIONS,
    Query,
    context,
    page,
    read_body,
    read_query,
    reply,
    select,
    shape,
)
from m365backup_tui.practice.tenant import tenant_of

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# The least scope of each call and those above it (graph.md §11.2, §12).
DIRECTORY = ("Directory.Read.All", "Directory.ReadWrite.All")
READ_ME = ("User.Read", "User.ReadBasic.All", "User.Read.All", *DIRECTORY)
READ_USERS = ("User.ReadBasic.All", "User.Read.All", "User.ReadWrite.All", *DIRECTORY)
READ_GROUPS = ("Group.ReadBasic.All", "GroupMember.Read.All", "Group.Read.All", *DIRECTORY)
READ_MEMBERS = ("GroupMember.ReadBasic.All", "GroupMember.Read.All", "Group.Read.All", *DIRECTORY)
READ_DRIVES = ("Files.Read.All", "Files.ReadWrite.All", "Sites.Read.All", "Sites.ReadWrite.All")

USUAL_PAGE, MOST_PAGE, MOST_IDS = 100, 999, 1000
USER_SEARCH = frozenset({"displayName", "mail", "userPrincipalName", "givenName", "surname"})
USER_FILTER = USER_SEARCH | {
    "id",
    "accountEnabled",
    "userType",
    "department",
    "jobTitle",
    "officeLocation",
    "createdDateTime",
    "onPremisesSyncEnabled",
}
GROUP_SEARCH = frozenset({"displayName", "description", "mail"})
GROUP_FILTER = GROUP_SEARCH | {
    "id",
    "mailEnabled",
    "securityEnabled",
    "groupTypes",
    "mailNickname",
    "isAssignableToRole",
}
SEARCH_OPTIONS = LIST_OPTIONS | {"$search"}
USER_NAMES = frozenset(field for field in shapes.show_user(User("", "", "")))
GROUP_NAMES = frozenset(shapes.GROUP_DEFAULT)


def add_directory_routes(app: web.Application) -> None:
    """Register users, groups, their members, and getByIds."""
    route = app.router.add_route
    route("GET", "/v1.0/users", _list_users)
    route("GET", "/v1.0/groups", _list_groups)
    route("GET", "/v1.0/groups/{id}", _get_group)
    for nav in ("members", "transitiveMembers"):
        path = f"/v1.0/groups/{{id}}/{nav}"
        route("GET", path, _members(nav, None))
        route("GET", f"{path}/$count", _count_members(nav, None))
        for kind in ("user", "group"):
            for prefix in ("graph.", "microsoft.graph."):
                route("GET", f"{path}/{prefix}{kind}", _members(nav, kind))
                route("GET", f"{path}/{prefix}{kind}/$count", _count_members(nav, kind))
    route("POST", "/v1.0/directoryObjects/getByIds", _get_by_ids)
    route("GET", "/v1.0/me", _get_user)
    route("GET", "/v1.0/me/drive", _get_drive)
    route("GET", "/v1.0/users/{id}", _get_user)
    route("GET", "/v1.0/users/{id}/drive", _get_drive)


def not_found(what: str) -> GraphError:
    """404 Request_ResourceNotFound."""
    return GraphError(
        404,
        "Request_ResourceNotFound",
        f"Resource '{what}' does not exist or one of its queried reference-property objects are "
        "not present.",
    )


def is_me(request: web.Request) -> bool:
    """Whether the path means the caller. The SDK sends its placeholder unless its own handler is
    installed (graph.md §13 item 9)."""
    return request.match_info.get("id", "me-token-to-replace") == "me-token-to-replace"


def list_directory(
    request: web.Request,
    what: str,
    items: list[Record],
    searchable: frozenset[str],
    filterable: frozenset[str],
    names: frozenset[str],
    default: list[str],
) -> web.StreamResponse:
    """A page of directory objects under the rules for advanced queries (graph.md §12)."""
    query = read_query(request, SEARCH_OPTIONS)
    _check_advanced(query)
    query = _with_default_select(query, names, default)
    search = query.get("$search")
    if search is not None:
        test = filters.compile_search(search, searchable)
        items = [item for item in items if test(item)]
        items.sort(key=lambda item: str(item["displayName"]).lower())
    return reply(page(request, what, shape(items, query, filterable), query, USUAL_PAGE, MOST_PAGE))


def _check_advanced(query: Query) -> None:
    clause = query.get("$filter")
    needs_header = query.get("$search") is not None or query.counted
    needs_count = clause is not None and (
        filters.needs_advanced(clause) or query.get("$orderby") is not None
    )
    if (needs_header or needs_count) and not query.advanced:
        raise unsupported(
            "This query needs the header ConsistencyLevel: eventual (and $count=true unless it "
            "only searches)."
        )
    if needs_count and not query.counted:
        raise unsupported("This query needs $count=true.")


def _with_default_select(query: Query, names: frozenset[str], default: list[str]) -> Query:
    wanted = query.get("$select")
    if wanted is None:
        return dataclasses.replace(query, options={**query.options, "$select": ",".join(default)})
    known = {name.lower() for name in names}
    for name in wanted.split(","):
        if name.strip().lower() not in known:
            raise GraphError(
                400, "BadRequest", f"Could not find a property named '{name.strip()}'."
            )
    return query


async def _list_users(request: web.Request) -> web.StreamResponse:
    require_scopes(caller(request), *READ_USERS)
    items = [shapes.show_user(user) for user in tenant_of(request).company.users()]
    return list_directory(
        request, "users", items, USER_SEARCH, USER_FILTER, USER_NAMES, shapes.USER_DEFAULT
    )


async def _list_groups(request: web.Request) -> web.StreamResponse:
    require_scopes(caller(request), *READ_GROUPS)
    items = [shapes.show_group(group) for group in tenant_of(request).company.groups()]
    return list_directory(
        request, "groups", items, GROUP_SEARCH, GROUP_FILTER, GROUP_NAMES, shapes.GROUP_DEFAULT
    )


async def _get_user(request: web.Request) -> web.StreamResponse:
    who = caller(request)
    user = _user_in_path(request, who, READ_USERS)
    query = _with_default_select(read_query(request, {"$select"}), USER_NAMES, shapes.USER_DEFAULT)
    shown = select(shapes.show_user(user), query)
    return reply({"@odata.context": context(request, "users/$entity"), **shown})


def _user_in_path(request: web.Request, who: Caller, scopes: tuple[str, ...]) -> User:
    company = tenant_of(request).company
    if is_me(request):
        require_scopes(who, *READ_ME)
        key = who.oid
    else:
        require_scopes(who, *scopes)
        key = request.match_info["id"]
    user = company.find_user(key)
    if user is None:
        raise not_found(key)
    return user


async def _get_drive(request: web.Request) -> web.StreamResponse:
    who = caller(request)
    require_scopes(who, *READ_DRIVES)
    company = tenant_of(request).company
    key = who.oid if is_me(request) else request.match_info["id"]
    user = company.find_user(key)
    query = read_query(request, {"$select"})
    if user is None or user.drive_url is None:
        # 404 for a OneDrive that does not exist: the code is UNVERIFIED (graph.md §12).
        raise GraphError(404, "ResourceNotFound", "User's mysite not found.")
    most = 1024**4
    drive: Record = {
        "id": f"b!{stable_guid('drive-id', user.id)}",
        "driveType": "business",
        "name": "OneDrive",
        "webUrl": f"{user.drive_url}/Documents",
        "createdDateTime": f"{user.created.isoformat()}T08:00:00Z",
        "owner": {"user": {"id": user.id, "displayName": user.display_name, "email": user.mail}},
        "quota": {
            "total": most,
            "used": user.drive_bytes,
            "remaining": max(most - user.drive_bytes, 0),
            "deleted": 0,
            "state": "normal",
        },
    }
    return reply({"@odata.context": context(request, "drives/$entity"), **select(drive, query)})


def _group_in_path(request: web.Request) -> Group:
    group = tenant_of(request).company.group(request.match_info["id"].lower())
    if group is None:
        raise not_found(request.match_info["id"])
    return group


async def _get_group(request: web.Request) -> web.StreamResponse:
    require_scopes(caller(request), *READ_GROUPS)
    query = _with_default_select(
        read_query(request, {"$select"}), GROUP_NAMES, shapes.GROUP_DEFAULT
    )
    shown = select(shapes.show_group(_group_in_path(request)), query)
    return reply({"@odata.context": context(request, "groups/$entity"), **shown})


def _member_ids(request: web.Request, nav: str, kind: str | None) -> list[str]:
    company, group = tenant_of(request).company, _group_in_path(request)
    ids = (
        list(company.members(group.id))
        if nav == "members"
        else sorted(company.transitive_members(group.id))
    )
    if kind is None:
        return ids
    known = company.user if kind == "user" else company.group
    return [key for key in ids if known(key)]


def _members(nav: str, kind: str | None) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        require_scopes(caller(request), *READ_MEMBERS)
        query = read_query(request, SEARCH_OPTIONS)
        if kind is not None and not (query.advanced and query.counted):
            raise unsupported("A cast needs ConsistencyLevel: eventual and $count=true.")
        _check_advanced(query)
        company = tenant_of(request).company
        items: list[Record] = []
        for key in _member_ids(request, nav, kind):
            user, group = company.user(key), company.group(key)
            if user is not None:
                shown = shapes.show_user(user)
                items.append({"@odata.type": "#microsoft.graph.user", **shown})
            elif group is not None:
                shown = shapes.show_group(group)
                items.append({"@odata.type": "#microsoft.graph.group", **shown})
        search = query.get("$search")
        if search is not None:
            test = filters.compile_search(search, USER_SEARCH | GROUP_SEARCH)
            items = [item for item in items if test(item)]
        items = shape(items, query, USER_FILTER | GROUP_FILTER)
        default = [*shapes.USER_DEFAULT, *shapes.GROUP_DEFAULT]
        query = _with_default_select(query, USER_NAMES | GROUP_NAMES, default)
        return reply(page(request, "directoryObjects", items, query, USUAL_PAGE, MOST_PAGE))

    return handler


def _count_members(nav: str, kind: str | None) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        require_scopes(caller(request), *READ_MEMBERS)
        if not read_query(request, {"$filter"}).advanced:
            raise unsupported("$count needs the header ConsistencyLevel: eventual.")
        return web.Response(text=str(len(_member_ids(request, nav, kind))))

    return handler


async def _get_by_ids(request: web.Request) -> web.StreamResponse:
    require_scopes(caller(request), *DIRECTORY, "User.Read.All", "Group.Read.All")
    read_query(request)
    body = await read_body(request)
    ids, types = body.get("ids"), body.get("types") or ["user", "group"]
    if not isinstance(ids, list) or not 1 <= len(ids) <= MOST_IDS:
        raise GraphError(400, "Request_BadRequest", f"ids must hold 1 to {MOST_IDS} ids.")
    found = [shapes.show_object(tenant_of(request).company, str(key).lower()) for key in ids]
    wanted = {f"#microsoft.graph.{kind}" for kind in types}
    value = [one for one in found if one and one["@odata.type"] in wanted]
    return reply({"@odata.context": context(request, "directoryObjects"), "value": value})
