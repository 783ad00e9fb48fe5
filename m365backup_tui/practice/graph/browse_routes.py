"""Browse sessions over HTTP: list, create, get, and what is inside (graph.md §2.5)."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import web

from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.graph.backup_policy_routes import ROOT
from m365backup_tui.practice.graph.backup_properties import properties_of
from m365backup_tui.practice.graph.filters import Record, compile_filter
from m365backup_tui.practice.graph.odata import (
    context,
    page_from,
    read_body,
    read_query,
    reply,
    select,
)
from m365backup_tui.practice.graph.restore_access import admit_browser
from m365backup_tui.practice.restore import browse_store as store
from m365backup_tui.practice.restore import errors
from m365backup_tui.practice.restore.browse_content import Item
from m365backup_tui.practice.restore.desk import Desk
from m365backup_tui.practice.restore.products import RESTORING, Restoring
from m365backup_tui.practice.tenant import tenant_of

FETCH = 25  # items of one answer of browse: choice
RESOURCES = ("none", "site", "documentLibrary", "folder")
ORDERS = ("pathAsc", "pathDsc", "nameAsc", "nameDsc")
_ASKED = {"browseLocationItemKey", "browseResourceType", "filter", "orderBy"}
_FILTERED = frozenset({"name", "type"})  # choice: the page names no property
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_browse_routes(app: web.Application) -> None:
    """Register browse sessions; those of one service, and all together."""

    def route(method: str, path: str, handler: Answer) -> None:
        app.router.add_route(method, f"{ROOT}/{path}", handler)

    for kind in (None, *(one for one in RESTORING if one.browse)):
        base = "browseSessions" if kind is None else str(kind.browse)
        route("GET", base, partial(_list, kind))
        if kind is not None:
            route("POST", base, partial(_create, kind))
        route("GET", f"{base}/{{id}}", partial(_get, kind))
        route("POST", f"{base}/{{id}}/browse", partial(_browse, kind))
        token = "{token:[^/]*}"  # noqa: S105 - a part of a route
        route("GET", f"{base}/{{id}}/browse(nextFetchToken='{token}')", partial(_more, kind))


def _properties(kind: Restoring | None) -> frozenset[str]:
    kinds = (kind,) if kind else RESTORING
    return properties_of(*(one.browse_type for one in kinds if one.browse_type))


async def _list(kind: Restoring | None, request: web.Request) -> web.StreamResponse:
    query = read_query(request, {"$top", "$skiptoken", "$select"}, _properties(kind))
    desk = admit_browser(request, changes=False)
    product = kind.product.key if kind else None

    def fetch(after: str | None, limit: int) -> list[tuple[str, Record]]:
        at, _, session_id = (after or "").partition(" ")
        rows = desk.tenant.state.db.execute(
            "SELECT * FROM browse_sessions WHERE expires_at > ? AND product = coalesce(?, product)"
            " AND (created_at, id) > (?, ?) ORDER BY created_at, id LIMIT ?",
            (desk.moment, product, at, session_id, limit),
        )
        return [(f"{row['created_at']} {row['id']}", store.show(desk, row)) for row in rows]

    what = f"solutions/backupRestore/{kind.browse if kind else 'browseSessions'}"
    return reply(page_from(request, what, query, fetch))


async def _create(kind: Restoring, request: web.Request) -> web.StreamResponse:
    read_query(request)
    desk = admit_browser(request, changes=True)
    row = store.create(desk, kind, await read_body(request))
    what = context(request, f"solutions/backupRestore/{kind.browse}/$entity")
    return reply({"@odata.context": what, **store.show(desk, row)}, 201)


async def _get(kind: Restoring | None, request: web.Request) -> web.StreamResponse:
    query = read_query(request, {"$select"}, _properties(kind))
    desk = admit_browser(request, changes=False)
    row = _session(desk, kind, request)
    what = context(request, "solutions/backupRestore/browseSessions/$entity")
    return reply({"@odata.context": what, **select(store.show(desk, row), query)})


async def _browse(kind: Restoring | None, request: web.Request) -> web.StreamResponse:
    read_query(request)
    desk = admit_browser(request, changes=False)
    session, body = _session(desk, kind, request), await read_body(request)
    if unknown := {name for name in body if not name.startswith("@")} - _ASKED:
        raise errors.invalid_browse(f"'{min(unknown)}' is not a parameter of browse.")
    asked = [body.get(name) for name in sorted(_ASKED)]
    if not all(one is None or isinstance(one, str) for one in asked):
        raise errors.invalid_browse("The parameters of browse are texts.")
    return _answer(request, desk, session, asked, 0)


async def _more(kind: Restoring | None, request: web.Request) -> web.StreamResponse:
    read_query(request)
    desk = admit_browser(request, changes=False)
    session = _session(desk, kind, request)
    try:
        *asked, start = json.loads(
            base64.urlsafe_b64decode(request.match_info["token"].encode()).decode()
        )
    except (ValueError, TypeError, RecursionError):
        raise errors.invalid_browse("The nextFetchToken is not valid.") from None
    texts = len(asked) == len(_ASKED) and all(one is None or isinstance(one, str) for one in asked)
    if not texts or not isinstance(start, int) or isinstance(start, bool) or start < 0:
        raise errors.invalid_browse("The nextFetchToken is not valid.")
    return _answer(request, desk, session, asked, start)


def _session(desk: Desk, kind: Restoring | None, request: web.Request) -> sqlite3.Row:
    session_id = request.match_info["id"]
    row = store.find(desk, session_id)
    if row is None or (kind is not None and row["product"] != kind.product.key):
        raise errors.browse_session_not_found(session_id)
    return row


def _answer(
    request: web.Request, desk: Desk, session: sqlite3.Row, asked: list[str | None], start: int
) -> web.StreamResponse:
    if not store.ready(desk, session):
        raise errors.invalid_browse("The browse session is still being created.")
    shown = _items(desk, session, *asked)
    what = "Collection(microsoft.graph.browseQueryResponseItem)"
    answer: Record = {
        "@odata.context": context(request, what),
        "value": shown[start : start + FETCH],
    }
    if start + FETCH < len(shown):
        token = base64.urlsafe_b64encode(json.dumps([*asked, start + FETCH]).encode()).decode()
        base = tenant_of(request).base_url
        path = f"{ROOT}/browseSessions/{session['id']}/browse(nextFetchToken='{token}')"
        answer["@odata.nextLink"] = f"{base}{path}"
    return reply(answer)


def _items(
    desk: Desk,
    session: sqlite3.Row,
    location: str | None,
    resource: str | None,
    clause: str | None,
    order: str | None,
) -> list[Record]:
    """Without a location: the site. browseResourceType says what is at the location: it must fit."""
    where = store.root(session) if not location else store.item(desk, session, location)
    if where is None:
        raise errors.invalid_browse(f"'{location}' is no item of the browse session.")
    if resource not in (None, *RESOURCES) or (resource not in (None, "none", where.type)):
        raise errors.invalid_browse(f"There is no {resource} at this location.")
    if order not in (None, *ORDERS):
        raise errors.invalid_browse(f"orderBy is one of {', '.join(ORDERS)}.")
    address = store.address(desk, session)
    shown = [_show(session, one, address) for one in store.inside(session, where)]
    if clause:
        try:
            test = compile_filter(clause, _FILTERED)
            shown = [one for one in shown if test(one)]
        except (GraphError, TypeError):
            raise errors.invalid_browse(f"The filter is not valid: {clause}") from None
    # Everything shown is of one place, so the order by path is the order by name.
    return sorted(shown, key=lambda one: str(one["name"]), reverse=(order or "").endswith("Dsc"))


def _show(session: sqlite3.Row, one: Item, address: str) -> Record:
    return {
        "@odata.type": "#microsoft.graph.browseQueryResponseItem",
        "itemKey": store.key_of(session, one),
        "name": one.name,
        "type": one.type,
        "sizeInBytes": str(one.size),
        "itemsCount": one.count,
        "webUrl": f"{address}/{one.path}".replace(" ", "%20"),
    }
