"""Restore points of a unit, as far as "is there one, and how old is it" goes (graph.md §2.5).

Points are not stored: they follow from when the unit became protected, one every ten minutes.
"""

from __future__ import annotations

import re
from datetime import timedelta

from aiohttp import web

from m365backup_tui.practice.clock import from_iso, to_iso
from m365backup_tui.practice.company_model import stable_guid
from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.graph import backup_units
from m365backup_tui.practice.graph.backup_access import Visit, admit_searcher
from m365backup_tui.practice.graph.backup_policy_routes import ROOT, USUAL_PAGE
from m365backup_tui.practice.graph.backup_world import Record, World, product_of
from m365backup_tui.practice.graph.filters import compile_filter
from m365backup_tui.practice.graph.odata import page, read_query, reply

EVERY, KEPT_DENSE = timedelta(minutes=10), timedelta(days=14)
MOST_PAGE = 200  # UNVERIFIED
_EXPAND = re.compile(r"protectionUnit\(\$filter=id eq '(?P<id>[^']+)'\)", re.IGNORECASE)


def add_restore_point_routes(app: web.Application) -> None:
    """Register the list; single points and searches belong to the restore side."""
    app.router.add_route("GET", f"{ROOT}/restorePoints", _list)


async def _list(request: web.Request) -> web.StreamResponse:
    query = read_query(request, {"$expand", "$filter", "$top", "$skiptoken", "$select"})
    visit = admit_searcher(request)
    match = _EXPAND.fullmatch((query.get("$expand") or "").strip())
    clause = query.get("$filter")
    if match is None or clause is None:
        raise GraphError(
            400,
            "InvalidSearchRequest",
            "Give $expand=protectionUnit($filter=id eq '...') and $filter on protectionDateTime.",
        )
    unit = _unit(visit, match["id"])
    test = compile_filter(clause, frozenset({"protectionDateTime"}))
    shown = backup_units.show_unit(visit.world, unit, visit.evolved)
    points = [point for point in _points(visit.world, unit) if test(point)]
    answer = page(
        request, "solutions/backupRestore/restorePoints", points, query, USUAL_PAGE, MOST_PAGE
    )
    for point in answer["value"]:
        point["protectionUnit"] = shown
    return reply(answer)


def _unit(visit: Visit, unit_id: str) -> Record:
    unit = visit.world.table("units").get(unit_id.lower())
    if unit is None:
        raise GraphError(
            400, "InvalidProtectionUnitId", f"There is no protection unit '{unit_id}'."
        )
    visit.require(product_of(unit))
    return unit


def _points(world: World, unit: Record) -> list[Record]:
    """Newest first; the dense ones of the last two weeks only."""
    if unit["first_point"] is None:
        return []
    first = from_iso(unit["first_point"])
    end = min(from_iso(unit["last_point"]), world.now) if unit["last_point"] else world.now
    last = int((end - first) / EVERY)
    oldest = max(0, last - int(KEPT_DENSE / EVERY))
    return [
        {
            "@odata.type": "#microsoft.graph.restorePoint",
            "id": stable_guid("restorePoint", unit["id"], str(number)),
            "protectionDateTime": to_iso(first + number * EVERY),
            "expirationDateTime": to_iso(first + number * EVERY + timedelta(days=365)),
            "tags": "fastRestore",
        }
        for number in range(last, oldest - 1, -1)
    ]
