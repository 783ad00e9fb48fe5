"""The CSV files of the usage reports, as usage-reports.md describes them, line by line.

The company's own days are fixed; activity is shown as it lies before the day of the report.
"""

from __future__ import annotations

import csv
import hashlib
import io
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from m365backup_tui.practice.company.lookups import Company

DATA_AGE = timedelta(days=2)
# How many rows are read and sent at a time: some 10 ms, during which nobody else is answered.
CHUNK = 500
SITE_QUOTA, DRIVE_QUOTA, MAILBOX_QUOTA = 25 * 1024**4, 1024**4, 100 * 1024**3

Row = list[str | int]


@dataclass(frozen=True, slots=True)
class Report:
    """One report: its columns, and how its rows are found and written.

    `select` ends in the company's table and a condition; its first column is the row number.
    """

    columns: tuple[str, ...]
    select: str
    write: Callable[[sqlite3.Row], Row]


@dataclass(frozen=True, slots=True)
class Manner:
    """How a file is written: `concealed` hides names and addresses, `empty_url` the Site URL."""

    concealed: bool = False
    empty_url: bool = False


def report_lines(
    company: Company, name: str, period: str, manner: Manner, today: date | None = None
) -> Iterator[bytes]:
    """The file in pieces: UTF-8 with byte order mark, CRLF. `period` such as D30; `today` defaults
    to the company's day. KeyError for an unknown name."""
    report = REPORTS[name]
    later = (today or company.today) - company.today
    refreshed = (company.today + later - DATA_AGE).isoformat()
    line = io.StringIO(newline="")
    writer = csv.writer(line)
    writer.writerow(report.columns)
    yield b"\xef\xbb\xbf" + line.getvalue().encode()
    hidden = [report.columns.index(one) - 1 for one in _NAMES if one in report.columns]
    url = report.columns.index(_URL) - 1 if manner.empty_url and _URL in report.columns else None
    seen = report.columns.index("Last Activity Date") - 1
    after = 0
    while rows := _chunk(company, report, after):
        line = io.StringIO(newline="")
        writer = csv.writer(line)
        for row in rows:
            values = report.write(row)
            if values[seen]:
                values[seen] = (date.fromisoformat(str(values[seen])) + later).isoformat()
            if manner.concealed:
                for place in hidden:
                    values[place] = _concealed(str(values[place]))
            if url is not None:
                values[url] = ""
            writer.writerow([refreshed, *values, period[1:]])
        yield line.getvalue().encode()
        after = rows[-1][0]


def report_csv(
    company: Company,
    name: str,
    period: str,
    manner: Manner | None = None,
    today: date | None = None,
) -> bytes:
    """The whole file at once."""
    return b"".join(report_lines(company, name, period, manner or Manner(), today))


def _chunk(company: Company, report: Report, after: int) -> list[Any]:
    # By position, not through an open cursor: other requests are answered between two chunks.
    return company.db.execute(
        f"{report.select} AND row > ? ORDER BY row LIMIT ?", (after, CHUNK)
    ).fetchall()


def _concealed(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:32].upper()


_URL = "Site URL"
_NAMES = (
    _URL,
    "Owner Display Name",
    "Owner Principal Name",
    "User Principal Name",
    "Display Name",
)


def _site_row(row: sqlite3.Row) -> Row:
    _, collection, url, owner, seen, files, used, template, upn = row
    return [
        collection,
        url,
        owner,
        "False",
        seen or "",
        files,
        files // 9,
        files // 3,
        files // 7,
        used,
        SITE_QUOTA,
        template,
        upn,
    ]


def _drive_row(row: sqlite3.Row) -> Row:
    _, site, url, name, seen, files, used, upn = row
    return [site or "", url, name, "False", seen or "", files, files // 12, used, DRIVE_QUOTA, upn]


def _mailbox_row(row: sqlite3.Row) -> Row:
    _, upn, name, created, seen, items, used, archive = row
    return [
        upn,
        name,
        "False",
        "",
        created,
        seen or "",
        items,
        used,
        MAILBOX_QUOTA * 98 // 100,
        MAILBOX_QUOTA * 99 // 100,
        MAILBOX_QUOTA,
        items // 20,
        used // 30,
        "True" if archive else "False",
    ]


_OWNED = "Owner Display Name,Is Deleted,Last Activity Date,File Count,Active File Count"
_STORED = "Storage Used (Byte),Storage Allocated (Byte)"

REPORTS = {
    "getSharePointSiteUsageDetail": Report(
        tuple(
            f"Report Refresh Date,Site Id,Site URL,{_OWNED},Page View Count,Visited Page Count,"
            f"{_STORED},Root Web Template,Owner Principal Name,Report Period".split(",")
        ),
        "SELECT row, collection_id, web_url, owner_name, last_activity, files, bytes, template, "
        "owner_upn FROM company.site WHERE 1",
        _site_row,
    ),
    "getOneDriveUsageAccountDetail": Report(
        tuple(
            f"Report Refresh Date,Site Id,Site URL,{_OWNED},{_STORED},Owner Principal Name,"
            "Report Period".split(",")
        ),
        "SELECT row, drive_site_id, drive_url, display_name, last_activity, drive_files, "
        "drive_bytes, upn FROM company.person WHERE drive_url IS NOT NULL",
        _drive_row,
    ),
    "getMailboxUsageDetail": Report(
        (
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
        ),
        "SELECT row, upn, display_name, created, last_activity, mailbox_items, mailbox_bytes, "
        "archive_bytes FROM company.person WHERE mailbox <> 'none' AND NOT hybrid",
        _mailbox_row,
    ),
}
