"""Restore points: list, get, search (graph.md §2.5, §9)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from aiohttp import web

from m365backup_tui.practice.graph.backup_policy_routes import ROOT
from m365backup_tui.practice.graph.backup_properties import properties_of
from m365backup_tui.practice.graph.filters import Record, terms
from m365backup_tui.practice.graph.odata import (
    MOST_FILTER_TERMS,
    context,
    page_from,
    read_body,
    read_query,
    reply,
    select,
)
from m365backup_tui.practice.graph.restore_access import admit_searcher
from m365backup_tui.practice.restore import errors, points, search
from m365backup_tui.practice.restore import units as restore_units
from m365backup_tui.practice.restore.desk import Desk
from m365backup_tui.practice.restore.times import Window
from m365backup_tui.practice.restore.units import Unit

_NAMES = properties_of("restorePoint")
_WHAT = "solutions/backupRestore/restorePoints"
_EXPAND = re.compile(r"protectionUnit\(\s*\$filter=(?P<units>.+)\)", re.IGNORECASE)
_UNIT = re.compile(r"\s*id\s+eq\s+'(?P<id>[^']*)'\s*", re.IGNORECASE)
_WHEN = re.compile(
    r"\s*protectionDateTime\s+(?P<how>lt|le|gt|ge|eq)\s+(?P<when>[0-9T:.Z+-]+)\s*", re.IGNORECASE
)
_TICK = timedelta(microseconds=1)
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


def add_restore_point_routes(app: web.Application) -> None:
    """Register the restore points."""
    app.router.add_route("GET", f"{ROOT}/restorePoints", _list)
    app.router.add_route("GET", f"{ROOT}/restorePoints/{{id}}", _get)
    app.router.add_route("POST", f"{ROOT}/restorePoints/search", _search)


async def _list(request: web.Request) -> web.StreamResponse:
    query = read_query(request, {"$expand", "$filter", "$top", "$skiptoken", "$select"}, _NAMES)
    desk = admit_searcher(request)
    units = _units(desk, query.get("$expand") or "")
    window = _window(query.get("$filter") or "")

    def fetch(after: str | None, limit: int) -> list[tuple[str, Record]]:
        number, end = _place(after, len(units), window.end)
        found: list[tuple[str, Record]] = []
        for nr in range(number, len(units)):
            unit = restore_units.show(desk, units[nr])
            for point in points.newest_first(desk, units[nr], Window(window.start, end)):
                if len(found) == limit:
                    return found
                position = f"{nr} {_microseconds(point.moment.at)}"
                found.append((position, points.show(point, unit)))
            end = window.end
        return found

    return reply(page_from(request, _WHAT, query, fetch))


async def _get(request: web.Request) -> web.StreamResponse:
    query = read_query(request, {"$expand", "$select"}, _NAMES)
    desk, point_id = admit_searcher(request), request.match_info["id"]
    expand = query.get("$expand")
    if expand is not None and expand.strip().lower() != "protectionunit":
        raise errors.invalid_search("Only protectionUnit can be expanded.")
    point = points.find(desk, point_id)
    if point is None:
        raise errors.point_not_found(point_id)
    desk.require(point.unit.product)
    unit = None if expand is None else restore_units.show(desk, point.unit)
    shown = select(points.show(point, unit), query)
    return reply({"@odata.context": context(request, f"{_WHAT}/$entity"), **shown})


async def _search(request: web.Request) -> web.StreamResponse:
    read_query(request)
    desk = admit_searcher(request)
    answer = search.search(desk, await read_body(request))
    return reply({"@odata.context": context(request, _WHAT), **answer})


def _units(desk: Desk, expand: str) -> list[Unit]:
    """The units that $expand names. It is required, as $filter is (graph.md §2.5)."""
    clause = _EXPAND.fullmatch(expand.strip())
    if clause is None:
        raise errors.invalid_search(
            "Give $expand=protectionUnit($filter=id eq '...') and $filter on protectionDateTime."
        )
    if terms(clause["units"]) > MOST_FILTER_TERMS:
        raise errors.filter_too_long()
    found: dict[str, Unit] = {}
    for part in re.split(r"\bor\b", clause["units"], flags=re.IGNORECASE):
        named = _UNIT.fullmatch(part)
        if named is None:
            raise errors.invalid_search("The filter in $expand is: id eq '...' or id eq '...'.")
        unit = restore_units.by_id(desk, named["id"])
        if unit is None:
            raise errors.invalid_unit(named["id"])
        desk.require(unit.product)
        found[unit.id] = unit
    return list(found.values())


def _window(clause: str) -> Window:
    """From when to when. Choice: comparisons of protectionDateTime joined by and, nothing else."""
    if terms(clause) > MOST_FILTER_TERMS:
        raise errors.filter_too_long()
    start, end = _FIRST, datetime.max.replace(tzinfo=UTC)
    for part in re.split(r"\band\b", clause, flags=re.IGNORECASE):
        named = _WHEN.fullmatch(part)
        when = search.read_moment(named["when"]) if named else None
        if named is None or when is None:
            raise errors.invalid_search(
                "$filter is required, such as: protectionDateTime lt 2026-12-01T00:00:00Z."
            )
        how = named["how"].lower()
        if how in ("lt", "le", "eq"):
            end = min(end, when - _TICK if how == "lt" else when)
        if how in ("gt", "ge", "eq"):
            start = max(start, when + _TICK if how == "gt" else when)
    return Window(start, end)


def _place(after: str | None, count: int, end: datetime) -> tuple[int, datetime]:
    """Where a page begins: the number of the unit, and the last moment of it that is to come."""
    if after is None:
        return 0, end
    number, _, before = after.partition(" ")
    if not (number.isascii() and number.isdigit() and before.isascii() and before.isdigit()):
        raise ValueError("not a position")
    if int(number) >= count or len(before) > 18:
        raise ValueError("no such position")
    return int(number), min(end, _FIRST + (int(before) - 1) * _TICK)


def _microseconds(moment: datetime) -> int:
    return (moment - _FIRST) // _TICK
