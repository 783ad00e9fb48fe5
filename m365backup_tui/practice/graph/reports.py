"""Usage reports: a redirect to a pre-authenticated CSV, as usage-reports.md describes the files.

Scenarios: `reports-concealed` hides names and addresses, `reports-empty-url` leaves Site URL empty.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from urllib.parse import unquote

from aiohttp import web

from m365backup_tui.practice import personas
from m365backup_tui.practice.auth import caller, require_scopes
from m365backup_tui.practice.company import Company
from m365backup_tui.practice.company_model import MailboxKind, stable_guid
from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.graph.odata import read_query
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
DATA_AGE = timedelta(days=2)
_CALL = re.compile(r"(?P<name>get\w+)\(period='(?P<period>\w+)'\)")

Row = list[str | int]


def add_report_routes(app: web.Application) -> None:
    """Register the report functions and the download they lead to."""
    app.router.add_route("GET", "/v1.0/reports/{call}", _redirect)
    app.router.add_route("GET", "/reports-download/{name}/{period}/{token}", _download)


def _token(tenant: Tenant, name: str, period: str) -> str:
    return stable_guid("report", tenant.base_url, name, period)


async def _redirect(request: web.Request) -> web.StreamResponse:
    who, tenant = caller(request), tenant_of(request)
    require_scopes(who, "Reports.Read.All")
    read_query(request)
    match = _CALL.fullmatch(unquote(request.match_info["call"]))
    if match is None or match["name"] not in REPORTS:
        raise GraphError(404, "UnknownError", "There is no such report.")
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
    return web.Response(
        body=report_csv(
            tenant.company,
            name,
            period,
            _cover(tenant),
            _empty_url(tenant),
            tenant.clock.now().date(),
        ),
        content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{name.removeprefix("get")}.csv"'},
    )


def _cover(tenant: Tenant) -> bool:
    return tenant.scenarios.on("reports-concealed")


def _empty_url(tenant: Tenant) -> bool:
    return tenant.scenarios.on("reports-empty-url")


def report_csv(
    company: Company,
    name: str,
    period: str,
    concealed: bool = False,
    empty_url: bool = False,
    today: date | None = None,
) -> bytes:
    """The report's file: UTF-8 with byte order mark, CRLF. KeyError for an unknown name.

    The company's own days are fixed; activity is shown as it lies before `today` (default: the company's).
    """
    later = (today or company.today) - company.today
    columns, rows = REPORTS[name]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    refreshed = (company.today + later - DATA_AGE).isoformat()
    for row in rows(company):
        values = dict(zip(columns[1:-1], row, strict=True))
        for column in values:
            if column == "Last Activity Date" and values[column]:
                values[column] = _day(date.fromisoformat(str(values[column])) + later)
            if concealed and column in _NAMES:
                values[column] = _concealed(str(values[column]))
            if empty_url and column == "Site URL":
                values[column] = ""
        writer.writerow([refreshed, *values.values(), period[1:]])
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8")


_NAMES = frozenset(
    {
        "Site URL",
        "Owner Display Name",
        "Owner Principal Name",
        "User Principal Name",
        "Display Name",
    }
)


def _concealed(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:32].upper()


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _site_rows(company: Company) -> list[Row]:
    return [
        [
            site.collection_id,
            site.web_url,
            site.owner_name,
            "False",
            _day(site.last_activity),
            site.files,
            site.files // 9,
            site.files // 3,
            site.files // 7,
            site.bytes,
            25 * 1024**4,
            site.template,
            site.owner_upn,
        ]
        for site in company.sites()
    ]


def _drive_rows(company: Company) -> list[Row]:
    return [
        [
            user.drive_site_id or "",
            user.drive_url,
            user.display_name,
            "False",
            _day(user.last_activity),
            user.drive_files,
            user.drive_files // 12,
            user.drive_bytes,
            1024**4,
            user.upn,
        ]
        for user in company.users()
        if user.drive_url
    ]


def _mailbox_rows(company: Company) -> list[Row]:
    quota = 100 * 1024**3
    return [
        [
            user.upn,
            user.display_name,
            "False",
            "",
            user.created.isoformat(),
            _day(user.last_activity),
            user.mailbox_items,
            user.mailbox_bytes,
            quota * 98 // 100,
            quota * 99 // 100,
            quota,
            user.mailbox_items // 20,
            user.mailbox_bytes // 30,
            "True" if user.archive_bytes else "False",
        ]
        for user in company.users()
        if user.mailbox is not MailboxKind.NONE and not user.hybrid
    ]


_SHARED = "Owner Display Name,Is Deleted,Last Activity Date,File Count,Active File Count"
_STORED = "Storage Used (Byte),Storage Allocated (Byte)"

REPORTS: dict[str, tuple[list[str], Callable[[Company], list[Row]]]] = {
    "getSharePointSiteUsageDetail": (
        f"Report Refresh Date,Site Id,Site URL,{_SHARED},Page View Count,Visited Page Count,"
        f"{_STORED},Root Web Template,Owner Principal Name,Report Period".split(","),
        _site_rows,
    ),
    "getOneDriveUsageAccountDetail": (
        f"Report Refresh Date,Site Id,Site URL,{_SHARED},{_STORED},Owner Principal Name,"
        "Report Period".split(","),
        _drive_rows,
    ),
    "getMailboxUsageDetail": (
        [
            "Report Refresh Date",
            "User Principal Name",
            "Display Name",
            "Is Deleted",
            "Deleted Date",
            "Created Date",
            "Last Activity Date",
            "Item Count",
            "Storage Used (Byte)",
            "Issue Warning Quota (Byte)",
            "Prohibit Send Quota (Byte)",
            "Prohibit Send/Receive Quota (Byte)",
            "Deleted Item Count",
            "Deleted Item Size (Byte)",
            "Has Archive",
            "Report Period",
        ],
        _mailbox_rows,
    ),
}
