"""The Microsoft 365 usage reports (CSV): pure reading, by column name, never by position (usage-reports.md)."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date

# How the reports write a name that the tenant conceals: 32 upper-case hex digits.
_CONCEALED = re.compile(r"[0-9A-F]{32}")

# Site templates that Backup does not take (FAQ26, 2026-09-29), by code. How the report words them is UNVERIFIED, so the
# words below are those that the codes stand for.
_UNSUPPORTED = {
    "cspcontainer#0": "SharePoint Embedded containers",
    "reviewctr#0": "review centers",
    "policyctr#0": "policy centers",
    "tenantadmin#0": "the SharePoint admin site",
    "spsmsitehost#0": "My Site hosts",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One site, account or mailbox. `address`: user principal name, "" where there is none or it is concealed.
    `site_id`: site collection id in lower case. `size` in bytes."""

    address: str = ""
    site_id: str = ""
    url: str = ""
    name: str = ""
    size: int | None = None
    last_activity: date | None = None
    template: str = ""
    recipient: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The rows that are not deleted. `concealed`: the tenant hides names, so rows say sizes and nothing else."""

    rows: tuple[Row, ...]
    concealed: bool = False
    refreshed: date | None = None

    def by_address(self) -> dict[str, Row]:
        """User principal name in lower case -> row."""
        return {row.address.lower(): row for row in self.rows if row.address}

    def by_site(self) -> dict[str, Row]:
        """Site collection id -> row."""
        return {row.site_id: row for row in self.rows if row.site_id}


def read_report(data: bytes) -> Report:
    """A report as Graph sends it: UTF-8 with a byte order mark, commas. ValueError when it is not a usage report."""
    lines = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    columns = {name.strip().lower(): name for name in lines.fieldnames or () if name}
    if "storage used (byte)" not in columns:
        raise ValueError("not a usage report")
    rows: list[Row] = []
    concealed = False
    refreshed: date | None = None

    def cell(line: dict[str, str | None], *names: str) -> str:
        for name in names:
            if name in columns:
                return (line.get(columns[name]) or "").strip()
        return ""

    for line in lines:
        if cell(line, "is deleted").lower() == "true":
            continue
        refreshed = refreshed or _day(cell(line, "report refresh date"))
        address = cell(line, "user principal name", "owner principal name")
        url = cell(line, "site url")
        name = cell(line, "display name", "owner display name")
        hidden = [bool(_CONCEALED.fullmatch(text)) for text in (address, url, name)]
        concealed = concealed or any(hidden)
        rows.append(
            Row(
                address="" if hidden[0] else address,
                site_id=cell(line, "site id").lower(),
                url="" if hidden[1] else url,
                name="" if hidden[2] else name,
                size=_number(cell(line, "storage used (byte)")),
                last_activity=_day(cell(line, "last activity date")),
                template=cell(line, "root web template"),
                recipient=cell(line, "recipient type"),
            )
        )
    return Report(tuple(rows), concealed, refreshed)


def template_words(template: str) -> str:
    """A site template for people: `Group` is a `group site`, `Private Channel` a `private channel site`."""
    text = template.strip().lower()
    if not text:
        return ""
    return text if text.endswith(("site", "publishing")) else f"{text} site"


def template_problem(template: str) -> str:
    """Why a site of this template cannot be protected, "" if nothing is known against it."""
    text = re.sub(r"[^a-z#0-9]", "", template.lower())
    for code, words in _UNSUPPORTED.items():
        if text == code or text == code.partition("#")[0]:
            return f"Microsoft 365 Backup does not take {words}."
    return ""


def recipient_problem(recipient: str) -> str:
    """Why a mailbox of this recipient type cannot be protected (POL26, 2026-08-21), "" if it can be."""
    text = recipient.lower()
    if "room" in text or "equipment" in text:
        return "Room and equipment mailboxes cannot be protected."
    if "group" in text:
        return "Group mailboxes cannot be protected."
    return ""


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None
