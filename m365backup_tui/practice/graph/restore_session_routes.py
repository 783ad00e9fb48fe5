"""Restore sessions over HTTP: the common list and the three of the services (graph.md §2.5)."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import web

from m365backup_tui.practice.graph.backup_policy_routes import ROOT
from m365backup_tui.practice.graph.backup_properties import properties_of
from m365backup_tui.practice.graph.filters import Record
from m365backup_tui.practice.graph.odata import (
    Query,
    context,
    no_content,
    page,
    page_from,
    read_body,
    read_query,
    reply,
    select,
)
from m365backup_tui.practice.graph.restore_access import (
    admit_granular_reader,
    admit_reader,
    admit_restorer,
)
from m365backup_tui.practice.restore import artifacts, bulk, sessions, show
from m365backup_tui.practice.restore.desk import Desk
from m365backup_tui.practice.restore.products import RESTORING, RESTORING_BY_KEY, Restoring

_PAGED = {"$top", "$skiptoken", "$select", "$count"}
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_restore_session_routes(app: web.Application) -> None:
    """Register the sessions, their artifacts and their bulk addition requests."""

    def route(method: str, path: str, handler: Answer) -> None:
        app.router.add_route(method, f"{ROOT}/{path}", handler)

    route("GET", "restoreSessions", partial(_list, None))
    route("GET", "restoreSessions/{id}", partial(_get, None))
    route("DELETE", "restoreSessions/{id}", _delete)
    route("POST", "restoreSessions/{id}/activate", _activate)
    for kind in RESTORING:
        base = kind.collection
        route("GET", base, partial(_list, kind))
        route("POST", base, partial(_create, kind))
        route("GET", f"{base}/{{id}}", partial(_get, kind))
        route("PATCH", f"{base}/{{id}}", partial(_patch, kind))
        route("GET", f"{base}/{{id}}/{kind.artifacts}", partial(_artifacts, kind, False))
        route("GET", f"{base}/{{id}}/{kind.granular}", partial(_artifacts, kind, True))
        requests = f"{base}/{{id}}/{kind.requests}"
        route("GET", requests, partial(_list_requests, kind))
        route("POST", requests, partial(_create_request, kind))
        route("GET", f"{requests}/{{rid}}", partial(_get_request, kind))
        route("DELETE", f"{requests}/{{rid}}", partial(_delete_request, kind))


def _properties(kind: Restoring | None) -> frozenset[str]:
    return properties_of(*(one.session_type for one in ((kind,) if kind else RESTORING)))


async def _list(kind: Restoring | None, request: web.Request) -> web.StreamResponse:
    query, desk = read_query(request, _PAGED, _properties(kind)), admit_reader(request)
    if kind is not None:
        desk.require(kind.product)
    products = [kind.product.key] if kind else [product.key for product in desk.products]
    marks = ", ".join("?" * len(products))
    db = desk.tenant.state.db

    def fetch(after: str | None, limit: int) -> list[tuple[str, Record]]:
        at, _, session_id = (after or "").partition(" ")
        rows = db.execute(
            f"SELECT * FROM restore_sessions WHERE product IN ({marks})"  # noqa: S608
            " AND (created_at, id) > (?, ?) ORDER BY created_at, id LIMIT ?",
            (*products, at, session_id, limit),
        )
        return [(f"{row['created_at']} {row['id']}", show.session(desk, row)) for row in rows]

    def count() -> int:
        (found,) = db.execute(
            f"SELECT count(*) FROM restore_sessions WHERE product IN ({marks})",  # noqa: S608
            products,
        ).fetchone()
        return int(found)

    what = f"solutions/backupRestore/{kind.collection if kind else 'restoreSessions'}"
    return reply(page_from(request, what, query, fetch, count))


async def _get(kind: Restoring | None, request: web.Request) -> web.StreamResponse:
    query, desk = read_query(request, {"$select"}, _properties(kind)), admit_reader(request)
    return _session(request, desk, sessions.find(desk, request.match_info["id"], kind), query)


async def _create(kind: Restoring, request: web.Request) -> web.StreamResponse:
    query, desk = read_query(request), admit_restorer(request)
    desk.require(kind.product)
    row = sessions.create(desk, kind, await read_body(request))
    return _session(request, desk, row, query, 201)


async def _patch(kind: Restoring, request: web.Request) -> web.StreamResponse:
    query, desk = read_query(request), admit_restorer(request)
    row = sessions.find(desk, request.match_info["id"], kind)
    results = sessions.change(desk, kind, row, await read_body(request))
    row = sessions.find(desk, row["id"], kind)
    named = kind.granular if row["kind"] == "granular" else kind.artifacts
    items = [_changed(desk, row, result) for result in results]
    return _session(request, desk, row, query, extra={f"{named}@delta": items})


async def _delete(request: web.Request) -> web.StreamResponse:
    read_query(request)
    desk = admit_restorer(request)
    sessions.remove(desk, sessions.find(desk, request.match_info["id"]))
    return no_content()


async def _activate(request: web.Request) -> web.StreamResponse:
    query, desk = read_query(request), admit_restorer(request)
    row = sessions.find(desk, request.match_info["id"])
    return _session(request, desk, await sessions.activate(desk, row), query)


async def _artifacts(kind: Restoring, granular: bool, request: web.Request) -> web.StreamResponse:
    names = properties_of(kind.granular_type if granular else kind.artifact_type)
    query = read_query(request, {*_PAGED, "$expand"}, names)
    desk = admit_granular_reader(request) if granular else admit_reader(request)
    session = sessions.find(desk, request.match_info["id"], kind)
    right = (session["kind"] == "granular") is granular
    db = desk.tenant.state.db

    def fetch(after: str | None, limit: int) -> list[tuple[str, Record]]:
        if not right:
            return []
        start = int(after or 0)
        if not -1 < start < 2**31:
            raise ValueError("no such position")
        rows = db.execute(
            "SELECT * FROM restore_artifacts WHERE session = ? AND position > ?"
            " ORDER BY position LIMIT ?",
            (session["id"], start, limit),
        ).fetchall()
        return [(str(row["position"]), show.artifact(desk, session, row)) for row in rows]

    def count() -> int:
        return int(sessions.counts(desk, session)["total"]) if right else 0

    named = kind.granular if granular else kind.artifacts
    what = f"solutions/backupRestore/{kind.collection}('{session['id']}')/{named}"
    return reply(page_from(request, what, query, fetch, count))


async def _list_requests(kind: Restoring, request: web.Request) -> web.StreamResponse:
    # "This method doesn't support the OData query parameters", says its page; paging it must.
    query, desk = read_query(request, {"$top", "$skiptoken"}), admit_reader(request)
    session = sessions.find(desk, request.match_info["id"], kind)
    shown = [show.request(desk, kind, row, False) for row in bulk.of_session(desk, session)]
    what = f"solutions/backupRestore/{kind.collection}('{session['id']}')/{kind.requests}"
    return reply(page(request, what, shown, query))


async def _create_request(kind: Restoring, request: web.Request) -> web.StreamResponse:
    read_query(request)
    desk = admit_restorer(request)
    session = sessions.find(desk, request.match_info["id"], kind)
    row = bulk.create(desk, kind, session, await read_body(request))
    return _request(request, desk, kind, row, 201)


async def _get_request(kind: Restoring, request: web.Request) -> web.StreamResponse:
    read_query(request)
    desk = admit_reader(request)
    session = sessions.find(desk, request.match_info["id"], kind)
    return _request(request, desk, kind, bulk.find(desk, session, request.match_info["rid"]))


async def _delete_request(kind: Restoring, request: web.Request) -> web.StreamResponse:
    read_query(request)
    desk = admit_restorer(request)
    session = sessions.find(desk, request.match_info["id"], kind)
    bulk.remove(desk, bulk.find(desk, session, request.match_info["rid"]))
    return no_content()


def _session(
    request: web.Request,
    desk: Desk,
    row: sqlite3.Row,
    query: Query,
    status: int = 200,
    extra: Record | None = None,
) -> web.StreamResponse:
    what = f"solutions/backupRestore/{RESTORING_BY_KEY[row['product']].collection}/$entity"
    shown = select(show.session(desk, row), query)
    return reply({"@odata.context": context(request, what), **shown, **(extra or {})}, status)


def _request(
    request: web.Request, desk: Desk, kind: Restoring, row: sqlite3.Row, status: int = 200
) -> web.StreamResponse:
    what = f"solutions/backupRestore/{kind.collection}('{row['session']}')/{kind.requests}/$entity"
    shown = show.request(desk, kind, row, with_lists=True)
    return reply({"@odata.context": context(request, what), **shown}, status)


def _changed(desk: Desk, session: sqlite3.Row, result: Record) -> Record:
    """One item of the answer's delta: an artifact, a removal, or a removal that was none."""
    if "gone" not in result:
        row = artifacts.get(desk, result["id"])
        return show.artifact(desk, session, row)
    if result["gone"]:
        return {"@removed": {"reason": "changed"}, "id": result["id"]}
    return {
        "@contentId": result["id"],
        "@Core.DataModificationException": {
            "info": {"code": "Invalid", "message": "The session has no artifact of this id."},
            "failedOperation": "remove",
            "responseCode": 409,
        },
        "id": result["id"],
    }
