"""HTTP for usage reports: a redirect to a pre-authenticated CSV (usage-reports.md).

Scenarios: `reports-concealed` hides names and addresses, `reports-empty-url` leaves Site URL empty.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from urllib.parse import unquote

from aiohttp import web

from m365backup_tui.practice import personas
from m365backup_tui.practice.auth import caller, require_scopes
from m365backup_tui.practice.company.identity import everywhere
from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.graph.directory_scopes import READ_REPORTS
from m365backup_tui.practice.graph.odata import read_query
from m365backup_tui.practice.graph.paths import no_segment
from m365backup_tui.practice.graph.report_files import REPORTS, Manner, report_lines
from m365backup_tui.practice.tenant import Tenant, tenant_of

PERIODS = ("D7", "D30", "D90", "D180")
# The roles that the reports' pages name and a persona may hold.
READERS = frozenset(
    {
        personas.GLOBAL_ADMINISTRATOR,
        personas.GLOBAL_READER,
        personas.SHAREPOINT_ADMINISTRATOR,
        personas.EXCHANGE_ADMINISTRATOR,
    }
)
MOST_AT_ONCE = 30_000  # rows
_CALL = re.compile(r"(?P<name>get\w+)\(period='(?P<period>\w+)'\)")


def add_report_routes(app: web.Application) -> None:
    """Register the report functions and the download they lead to."""
    app.router.add_route("GET", "/v1.0/reports/{call}", _redirect)
    app.router.add_route("GET", "/reports-download/{name}/{period}/{token}", _download)


def _token(tenant: Tenant, name: str, period: str) -> str:
    return everywhere("report", tenant.base_url, name, period)


async def _redirect(request: web.Request) -> web.StreamResponse:
    who, tenant = caller(request), tenant_of(request)
    require_scopes(who, *READ_REPORTS)
    read_query(request)
    match = _CALL.fullmatch(unquote(request.match_info["call"]))
    if match is None or match["name"] not in REPORTS:
        raise no_segment(unquote(request.match_info["call"]))
    if match["period"] not in PERIODS:
        raise GraphError(400, "InvalidArgument", f"period must be one of {', '.join(PERIODS)}.")
    if not who.persona.active_roles & READERS:
        # Status and code UNVERIFIED: the pages name the roles, not the refusal.
        raise GraphError(403, "S2SUnauthorized", "The user has no role that may read reports.")
    name, period = match["name"], match["period"]
    where = f"{tenant.base_url}/reports-download/{name}/{period}/{_token(tenant, name, period)}"
    return web.Response(status=302, headers={"Location": where})


async def _download(request: web.Request) -> web.StreamResponse:
    tenant, info = tenant_of(request), request.match_info
    name, period = info["name"], info["period"]
    if name not in REPORTS or info["token"] != _token(tenant, name, period):
        return web.Response(status=404, text="Not found")
    manner = Manner(
        concealed=tenant.scenarios.on("reports-concealed"),
        empty_url=tenant.scenarios.on("reports-empty-url"),
    )
    lines = report_lines(tenant.company, name, period, manner, tenant.clock.now().date())
    # A big file is sent as it is made. A small one is made first: it has its length, and a fault
    # can cut it anywhere.
    big = tenant.company.fact("users") + tenant.company.fact("sites") > MOST_AT_ONCE
    return web.Response(
        body=_paced(lines) if big else b"".join(lines),
        content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{name.removeprefix("get")}.csv"'},
    )


async def _paced(lines: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces, with room for other requests between two of them."""
    for line in lines:
        yield line
        await asyncio.sleep(0)
