"""A walk through every route of the restore side of the practice Graph: points, sessions, browsing."""

from __future__ import annotations

from tests.practice.walk_backup import NOBODY, Service
from tests.practice.walking import BACKUP, Json, Walk

ALWAYS = {"startDateTime": "2020-01-01T00:00:00Z", "endDateTime": "2100-01-01T00:00:00Z"}


def walk_points(walk: Walk, unit: str) -> list[Json]:
    """The restore points of a unit."""
    query = f"$expand=protectionUnit($filter=id eq '{unit}')"
    query += "&$filter=protectionDateTime lt 2100-01-01T00:00:00Z&$top=200"
    found: list[Json] = walk.get(f"{BACKUP}/restorePoints?{query}")["value"]
    walk.get(f"{BACKUP}/restorePoints/{found[0]['id']}")
    return found


def walk_restore(walk: Walk, service: Service, policy: str) -> None:
    """Standard, bulk and granular sessions of a protected policy's units."""
    kind = service.unit
    units = walk.get(f"{service.policies}/{policy}/{kind}ProtectionUnits")["value"]
    points = {unit["id"]: walk_points(walk, unit["id"]) for unit in units}
    latest = [points[unit["id"]][0]["id"] for unit in units]
    search = {
        "protectionUnitIds": [units[0]["id"]],
        "protectionTimePeriod": ALWAYS,
        "restorePointPreference": "latest",
        "tags": "fastRestore",
    }
    walk.post(f"{BACKUP}/restorePoints/search", search)
    sessions = f"{BACKUP}/{service.name}RestoreSessions"
    wanted = [{"restorePoint": {"id": point}, "destinationType": "new"} for point in latest]
    session = walk.post(sessions, {f"{kind}RestoreArtifacts": wanted[:1]})["id"]
    walk.do("PATCH", f"{sessions}/{session}", {f"{kind}RestoreArtifacts@delta": wanted[1:2]})
    walk.get(f"{sessions}/{session}/{kind}RestoreArtifacts")
    walk.post(f"{BACKUP}/restoreSessions/{session}/activate")
    walk.controls.advance("PT10H")
    for path in (sessions, f"{sessions}/{session}", f"{BACKUP}/restoreSessions/{session}"):
        walk.get(path)
    walk.get(f"{BACKUP}/restoreSessions", Prefer="include-unknown-enum-members")
    walk.get(f"{sessions}/{session}/{kind}RestoreArtifacts")
    draft = walk.post(sessions, {})["id"]
    walk.do("DELETE", f"{BACKUP}/restoreSessions/{draft}")
    _bulk(walk, service, sessions, units)
    if service.artifact == "exchange":
        _granular_mail(walk, sessions, units[0]["id"])


def _bulk(walk: Walk, service: Service, sessions: str, units: list[Json]) -> None:
    session = walk.post(sessions, {})["id"]
    requests = f"{sessions}/{session}/{service.unit}RestoreArtifactsBulkAdditionRequests"
    ids = "siteIds" if service.unit == "site" else "directoryObjectIds"
    addresses = {"site": "siteWebUrls", "drive": "drives", "mailbox": "mailboxes"}[service.unit]
    nobody = "https://northwind.example/sites/none" if service.unit == "site" else NOBODY
    body = {
        "displayName": "Wave 1",
        ids: [unit[service.key] for unit in units[:1]],
        addresses: [nobody],
        "protectionTimePeriod": ALWAYS,
        "destinationType": "inPlace",
        "restorePointPreference": "oldest",
    }
    one = f"{requests}/{walk.post(requests, body)['id']}"
    walk.get(requests)
    walk.post(f"{BACKUP}/restoreSessions/{session}/activate")
    walk.controls.advance("PT10H")
    assert walk.get(one)["status"] == "completedWithErrors"
    walk.get(f"{sessions}/{session}")
    walk.do("DELETE", one)


def _granular_mail(walk: Walk, sessions: str, unit: str) -> None:
    query = {"artifactType": "message", "queryExpression": "subject -eq 'Invoice'"}
    body = {"protectionUnitIds": [unit], "protectionTimePeriod": ALWAYS, "artifactQuery": query}
    search = walk.post(f"{BACKUP}/restorePoints/search", body)
    artifact = {
        "restorePoint": {"id": search["searchResults"][0]["restorePoint"]["id"]},
        "destinationType": "new",
        "searchResponseId": search["searchResponseId"],
    }
    session = walk.post(sessions, {"granularMailboxRestoreArtifacts": [artifact]})["id"]
    walk.get(f"{sessions}/{session}/granularMailboxRestoreArtifacts")
    walk.post(f"{BACKUP}/restoreSessions/{session}/activate")
    walk.controls.advance("PT10H")
    walk.get(f"{sessions}/{session}/granularMailboxRestoreArtifacts")


def walk_browsing(walk: Walk, service: Service, policy: str) -> None:
    """By a SharePoint Backup Administrator: into an express point and back with some files."""
    units = walk.get(f"{service.policies}/{policy}/{service.unit}ProtectionUnits")["value"]
    every = [point for unit in units for point in walk_points(walk, unit["id"])]
    point = next(one["id"] for one in every if one["tags"] == "fastRestore")
    kind = f"{BACKUP}/{service.name}BrowseSessions"
    session = walk.post(kind, {"restorePointId": point})["id"]
    walk.controls.advance("PT15M")
    general = f"{BACKUP}/browseSessions"
    for path in (kind, general, f"{kind}/{session}", f"{general}/{session}"):
        walk.get(path)
    found: list[Json] = []
    for sessions in (kind, general):
        found += _browsed(walk, f"{sessions}/{session}", None, 3)
    file = next(item for item in found if item["type"] == "file")
    artifact = {"browseSessionId": session, "restoredItemKey": file["itemKey"]}
    restores = f"{BACKUP}/{service.name}RestoreSessions"
    granular = f"granular{service.unit.title()}RestoreArtifacts"
    made = walk.post(restores, {granular: [artifact]})["id"]
    walk.get(f"{restores}/{made}/{granular}")
    walk.post(f"{BACKUP}/restoreSessions/{made}/activate")
    walk.controls.advance("PT10H")
    walk.get(f"{restores}/{made}/{granular}")


def _browsed(walk: Walk, session: str, key: str | None, deep: int) -> list[Json]:
    answer = walk.post(f"{session}/browse", {"browseLocationItemKey": key, "orderBy": "nameAsc"})
    found: list[Json] = answer["value"]
    if "@odata.nextLink" in answer:
        more = answer["@odata.nextLink"].rpartition("/")[2]
        found = found + walk.get(f"{session}/{more}")["value"]
    for item in [one for one in found if one["itemsCount"]] if deep else []:
        found = found + _browsed(walk, session, item["itemKey"], deep - 1)
    return found
