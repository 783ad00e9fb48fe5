"""Restore sessions, artifacts and bulk addition requests as JSON (graph.md §2.6; field names: the models)."""

from __future__ import annotations

import hashlib
import json
import sqlite3

from m365backup_tui.practice.backup.products import EXCHANGE, SHAREPOINT
from m365backup_tui.practice.backup.world import Record
from m365backup_tui.practice.clock import from_iso
from m365backup_tui.practice.company.identity import everywhere
from m365backup_tui.practice.identities import identities
from m365backup_tui.practice.restore import bulk, search, sessions, units
from m365backup_tui.practice.restore.desk import Desk
from m365backup_tui.practice.restore.products import RESTORING_BY_KEY, Restoring


def session(desk: Desk, row: sqlite3.Row) -> Record:
    """A restore session."""
    kind = RESTORING_BY_KEY[row["product"]]
    counts = sessions.counts(desk, row)
    status = sessions.status(row, counts, desk.moment)
    shown: Record = {
        "@odata.type": f"#microsoft.graph.{kind.session_type}",
        "id": row["id"],
        # `failed` is an evolvable member (graph.md §2.6).
        "status": "unknownFutureValue" if status == "failed" and not desk.evolved else status,
        "restoreJobType": row["kind"],
        "restoreSessionArtifactCount": counts,
        "error": None,
        "completedDateTime": None,
        **_stamps(desk, row),
    }
    if status in ("completed", "completedWithError", "failed"):
        shown["completedDateTime"] = row["ends_at"]
    if status in ("completedWithError", "failed"):
        message = f"{counts['failed']} of {counts['total']} artifacts were not restored."
        shown["error"] = {"code": "UnknownError", "message": message}
    return shown


def artifact(desk: Desk, session_row: sqlite3.Row, row: sqlite3.Row) -> Record:
    """An artifact of the session, standard or granular."""
    kind = RESTORING_BY_KEY[session_row["product"]]
    status = _artifact_status(session_row, row, desk.moment)
    granular = row["search"] is not None or row["item_key"] is not None
    shown: Record = {
        "@odata.type": f"#microsoft.graph.{kind.granular_type if granular else kind.artifact_type}",
        "id": row["id"],
        "status": status,
        "startDateTime": row["starts_at"] if status in ("inProgress", "succeeded") else None,
        "completionDateTime": row["ends_at"] if status in ("succeeded", "failed") else None,
    }
    if row["item_key"] is not None:
        return shown | _granular_files(desk, kind, row, status)
    shown |= {
        "destinationType": row["destination"],
        "error": json.loads(row["failure"]) if status == "failed" else None,
        "restorePoint": _point(row),
    }
    if row["search"] is not None:
        shown["searchResponseId"] = row["search"]
    if status == "succeeded":
        shown |= _restored(desk, kind, row)
    return shown


def request(desk: Desk, kind: Restoring, row: sqlite3.Row, with_lists: bool) -> Record:
    """A bulk addition request; the list of them leaves the id arrays out (graph.md §2.5)."""
    status = bulk.status(row, desk.moment)
    problems = json.loads(row["problems"])
    shown: Record = {
        "@odata.type": f"#microsoft.graph.{kind.request_type}",
        "id": row["id"],
        "displayName": row["display_name"],
        "status": status,
        "destinationType": row["destination"],
        "tags": "fastRestore" if row["express"] else "none",
        "restorePointPreference": row["preference"],
        "protectionTimePeriod": {
            "startDateTime": row["period_start"],
            "endDateTime": row["period_end"],
        },
        "error": None,
        **_stamps(desk, row),
    }
    if status == "completedWithErrors":
        # The outer code is that of the protection twin (graph.md §8): choice.
        message = f"{len(problems)} resources could not be added."
        shown["error"] = {
            "code": "ProtectionResourcesNotFound",
            "message": message,
            "details": problems,
        }
    if with_lists:
        shown[kind.ids] = json.loads(row["ids"])
        shown[kind.addresses] = json.loads(row["addresses"])
    return shown


def _artifact_status(session_row: sqlite3.Row, row: sqlite3.Row, moment: str) -> str:
    if session_row["activated_at"] is None:
        return "added"
    if moment < session_row["opens_at"]:
        return "scheduling"
    if moment < row["starts_at"]:
        return "scheduled"
    if moment < row["ends_at"]:
        return "inProgress"
    return "failed" if row["failure"] else "succeeded"


def _point(row: sqlite3.Row) -> Record:
    return {
        "@odata.type": "#microsoft.graph.restorePoint",
        "id": row["point"],
        "protectionDateTime": row["point_at"],
        "expirationDateTime": row["point_expires"],
        "tags": row["point_tags"],
    }


def _restored(desk: Desk, kind: Restoring, row: sqlite3.Row) -> Record:
    """Where the restored content is. New places are named as admin-center.md §5 says."""
    unit, company = units.by_id(desk, row["unit"]), desk.tenant.company
    if unit is None:
        return {}
    new = row["destination"] == "new"
    if kind.product is EXCHANGE:
        count = _item_count(row)
        if not new:
            return {"restoredItemCount": count}
        day = from_iso(row["ends_at"]).date().isoformat()
        return {
            "restoredFolderId": everywhere("restoredFolder", row["id"]),
            "restoredFolderName": f"Recovered Items {day}",
            "restoredItemCount": count,
        }
    if kind.product is SHAREPOINT:
        site = company.site(unit.key)
        found = (site.id, site.name, site.web_url) if site else None
    else:
        user = company.user(unit.key)
        site_id = user.drive_site_id if user else None
        found = (site_id or "", user.display_name, user.drive_url or "") if user else None
    if found is None:
        return {}
    site_id, name, url = found
    if new:
        host = url.split("/")[2] if url.count("/") > 2 else company.sharepoint_host
        site_id = f"{host},{everywhere('restored', row['id'])},{everywhere('web', row['id'])}"
        url = f"{url.rstrip('/')}R{row['copy']}"
    return {"restoredSiteId": site_id, "restoredSiteName": name, "restoredSiteWebUrl": url}


def _granular_files(desk: Desk, kind: Restoring, row: sqlite3.Row, status: str) -> Record:
    unit = units.by_id(desk, row["unit"])
    key = unit.key if unit is not None else None
    shown: Record = {
        "browseSessionId": row["browse_session"],
        "restorePointDateTime": row["point_at"],
        "restoredItemKey": row["item_key"],
        "siteId" if kind.product is SHAREPOINT else "directoryObjectId": key,
    }
    if status == "succeeded":
        stamp = from_iso(row["ends_at"]).strftime("%Y-%m-%d %H%M")
        shown["restoredItemPath"] = f"/Restored {stamp}"
    return shown


def _item_count(row: sqlite3.Row) -> int:
    """How many items came back: made up, the same for the same artifact."""
    if row["search"] is not None:
        expression = search.expression_of(row["search"]) or ""
        return search.hits(row["unit"], expression)
    return int(hashlib.sha256(row["id"].encode()).hexdigest()[:4], 16) % 5000


def _stamps(desk: Desk, row: sqlite3.Row) -> Record:
    return {
        "createdBy": identities(desk.tenant, *row["created_by"].split(" ", 1)),
        "createdDateTime": row["created_at"],
        "lastModifiedBy": identities(desk.tenant, *row["modified_by"].split(" ", 1)),
        "lastModifiedDateTime": row["modified_at"],
    }
