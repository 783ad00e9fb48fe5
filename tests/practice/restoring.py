"""Helpers for tests of the restore side: protected units, and who may look at them."""

from __future__ import annotations

from typing import Any

import requests

from m365backup_tui.practice.company.model import MailboxKind
from m365backup_tui.practice.company.opening import build_company
from tests.practice.conftest import Controls
from tests.practice.graph_client import Rest, graph_token

BACKUP = "/solutions/backupRestore"
CONFIGURE = "BackupRestore-Configuration.ReadWrite.All"
SEARCH = "BackupRestore-Search.Read.All"
RESTORE = "BackupRestore-Restore.ReadWrite.All"
RESTORE_READ = "BackupRestore-Restore.Read.All"
ALL = (CONFIGURE, SEARCH, RESTORE)
SERVICES = {
    "exchange": ("exchange", "mailbox", "directoryObjectId"),
    "oneDrive": ("oneDriveForBusiness", "drive", "directoryObjectId"),
    "sharePoint": ("sharePoint", "site", "siteId"),
}


def rest_as(
    ready: dict[str, Any],
    controls: Controls,
    browser: requests.Session,
    persona: str = "global-admin",
    scopes: tuple[str, ...] = ALL,
) -> Rest:
    """Plain calls of this persona with these scopes."""
    return Rest(ready, graph_token(ready, controls, persona, scopes), browser)


def artifacts(product: str, count: int, skip: int = 0) -> list[str]:
    """Ids of so many things that can be protected."""
    company = build_company(365, "MEDIUM")
    if product == "sharePoint":
        found = [site.id for site in company.sites() if site.protectable]
    else:
        found = [
            user.id
            for user in company.users()
            if user.mailbox is MailboxKind.USER and not user.hybrid and user.drive_url
        ]
    return found[skip : skip + count]


def protect(rest: Rest, controls: Controls, product: str, keys: list[str]) -> list[str]:
    """The ids of their units, protected for an hour or so."""
    service, kind, field = SERVICES[product]
    path = f"{BACKUP}/{service}ProtectionPolicies"
    body = {
        "displayName": f"{product} {keys[0][-6:]}",
        f"{kind}ProtectionUnits": [{field: key} for key in keys],
    }
    status, made = rest.call("POST", path, body)
    assert status == 201, made
    status, _ = rest.call("POST", f"{BACKUP}/protectionPolicies/{made['id']}/activate")
    assert status == 202
    controls.advance("PT2H")
    status, listed = rest.call("GET", f"{path}/{made['id']}/{kind}ProtectionUnits")
    assert status == 200
    assert {unit["status"] for unit in listed["value"]} == {"protected"}
    by_key = {unit[field]: unit["id"] for unit in listed["value"]}
    return [by_key[key] for key in keys]


def points(rest: Rest, unit: str, when: str = "lt 2100-01-01T00:00:00Z") -> list[dict[str, Any]]:
    """The first page of a unit's restore points."""
    query = f"$expand=protectionUnit($filter=id eq '{unit}')&$filter=protectionDateTime {when}"
    status, answer = rest.call("GET", f"{BACKUP}/restorePoints?{query}&$top=999")
    assert status == 200, answer
    found: list[dict[str, Any]] = answer["value"]
    return found


def every_point(rest: Rest, ready: dict[str, Any], unit: str) -> list[dict[str, Any]]:
    """All of a unit's restore points, page by page."""
    query = f"$expand=protectionUnit($filter=id eq '{unit}')"
    path = f"{BACKUP}/restorePoints?{query}&$filter=protectionDateTime lt 2100-01-01T00:00:00Z"
    found: list[dict[str, Any]] = []
    while path:
        status, answer = rest.call("GET", path)
        assert status == 200, answer
        found += answer["value"]
        path = answer.get("@odata.nextLink", "").removeprefix(ready["graph"])
    return found
