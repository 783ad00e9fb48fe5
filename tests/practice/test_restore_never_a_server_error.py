"""Whatever a client sends to the restore side, the answer is never a 5xx but the one documented."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.practice.conftest import Controls
from tests.practice.graph_client import graph_token
from tests.practice.restoring import ALL, BACKUP, SERVICES, artifacts, points, protect, rest_as

# graph.md §9 gives this one a 500.
DOCUMENTED = {"TooManyActiveRestoreSessions"}
OPTIONS = ("$filter", "$expand", "$top", "$skiptoken", "$select", "$count", "$orderby", "$search")
VALUES = (
    "", "'", "-1", "0", "999", "1e9", "\u00b2", "true", "id", "protectionUnit", "((((",
    "protectionDateTime lt 9999-12-31T23:59:59Z", "protectionDateTime lt 0001-01-01T00:00:00Z",
    "protectionDateTime lt 0001-01-01T00:00:00%2B23:59", "protectionUnit($filter=id eq '')",
    "protectionUnit($filter=id eq '%00')", "YXQ6", "YXQ6MCA5OTk5OTk5OTk5OTk5OTk5OTk=", "%ff",
    "YXQ6OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "YXQ6wrI=",
)  # fmt: skip
NAMES = (
    "siteRestoreArtifacts", "siteRestoreArtifacts@delta", "granularSiteRestoreArtifacts",
    "mailboxRestoreArtifacts", "granularMailboxRestoreArtifacts@delta", "driveRestoreArtifacts",
    "restorePointId", "protectionUnitIds", "protectionTimePeriod", "restorePointPreference",
    "tags", "artifactQuery", "displayName", "siteWebUrls", "siteIds", "mailboxes",
    "directoryObjectIds", "destinationType", "browseLocationItemKey", "browseResourceType",
    "filter", "orderBy", "@odata.type", "status",
)  # fmt: skip
JUNK: tuple[Any, ...] = (
    None, True, 0, -1, 10**400, 1.5, "", "x", "\u0000", "\ud800", "new", "latest", "fastRestore",
    [], {}, [None], [[]], [{}], ["\ud800"], [10**400], {"id": "\ud800"},
    {"startDateTime": "0001-01-01T00:00:00+23:59", "endDateTime": "9999-12-31T23:59:59-23:59"},
    {"startDateTime": "2020-01-01", "endDateTime": "2099-01-01"},
    {"artifactType": "message", "queryExpression": "\ud83d\ude00"},
    [{"@removed": None, "id": None}], [{"@removed": {}, "id": ["x"]}],
    [{"restorePoint": "x", "destinationType": []}],
    [{"restorePoint": {"id": {}}, "destinationType": "new"}],
    [{"browseSessionId": "x", "restoredItemKey": "\ud800"}],
    [{"browseSessionId": None, "restoredItemKey": 5}],
)  # fmt: skip
RAW = (
    (b"[" * 50_000, "application/json"),
    (b"\xff\xfe", "application/json"),
    (b'{"tags": NaN}', "application/json"),
    (b"{}", "application/json; charset=klingon"),
    (b"{}", "text/plain"),
    (b"{", ""),
)


class Sender:
    """Sends what requests would rather not."""

    def __init__(self, ready: dict[str, Any], token: str, browser: requests.Session) -> None:
        self._base, self._web = ready["graph"], browser
        self._token = {"Authorization": f"Bearer {token}"}

    def send(
        self, method: str, path: str, json: Any = None, raw: tuple[bytes, str] | None = None
    ) -> requests.Response:
        headers = dict(self._token)
        if raw is not None:
            headers["Content-Type"] = raw[1]
        return self._web.request(
            method,
            self._base + path,
            json=json,
            data=None if raw is None else raw[0],
            headers=headers,
            timeout=30,
        )


@pytest.fixture
def sender(
    fresh_practice: dict[str, Any], controls: Controls, browser: requests.Session
) -> Iterator[Sender]:
    controls.turn_backup_on()
    token = graph_token(fresh_practice, controls, "sharepoint-admin", ALL)
    yield Sender(fresh_practice, token, browser)
    controls.reset()


@pytest.fixture
def paths(
    sender: Sender, fresh_practice: dict[str, Any], controls: Controls, browser: requests.Session
) -> list[str]:
    """Every path of the restore side, with things that are there and things that are not."""
    rest = rest_as(fresh_practice, controls, browser, "sharepoint-admin")
    (unit,) = protect(rest, controls, "sharePoint", artifacts("sharePoint", 1))
    point = next(one["id"] for one in points(rest, unit) if one["tags"] == "fastRestore")
    artifact = {"restorePoint": {"id": point}, "destinationType": "new"}
    body = {"siteRestoreArtifacts": [artifact]}
    session = rest.call("POST", f"{BACKUP}/sharePointRestoreSessions", body)[1]["id"]
    browse = rest.call("POST", f"{BACKUP}/sharePointBrowseSessions", {"restorePointId": point})[1]
    controls.advance("PT15M")
    found = ["/restorePoints", "/restorePoints/search", "/restoreSessions", "/browseSessions"]
    for one in ("x", "%2e%2e", "\u00e9", point, session):
        found += [f"/restorePoints/{one}", f"/restoreSessions/{one}", f"/browseSessions/{one}"]
        found += [f"/restoreSessions/{one}/activate", f"/restoreSessions/{one}/deactivate"]
    for service, kind, _ in SERVICES.values():
        base = f"/{service}RestoreSessions"
        found += [base, f"/{service}BrowseSessions"]
        for one in ("x", session):
            requests_of = f"{base}/{one}/{kind}RestoreArtifactsBulkAdditionRequests"
            found += [f"{base}/{one}", f"{base}/{one}/{kind}RestoreArtifacts"]
            found += [f"{base}/{one}/granular{kind.title()}RestoreArtifacts"]
            found += [requests_of, f"{requests_of}/x", f"{requests_of}/{session}"]
    for one in ("x", browse["id"]):
        found += [f"/browseSessions/{one}/browse", f"/sharePointBrowseSessions/{one}/browse"]
        found += [f"/browseSessions/{one}/browse(nextFetchToken='{t}')" for t in ("", "x", "W10=")]
    return [BACKUP + path for path in found]


def fine(answer: requests.Response) -> bool:
    if answer.status_code >= 500:
        return answer.json()["error"]["code"] in DOCUMENTED
    return answer.status_code < 400 or set(answer.json()["error"]) >= {"code", "message"}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nonsense_is_answered_in_graphs_shape(sender: Sender, paths: list[str], seed: int) -> None:
    draw = random.Random(seed)
    statuses = set()
    for _ in range(500):
        method = draw.choice(("GET", "GET", "POST", "POST", "PATCH", "DELETE", "PUT"))
        path = draw.choice(paths)
        if draw.random() < 0.4:
            path += f"?{draw.choice(OPTIONS)}={draw.choice(VALUES)}"
        body = {draw.choice(NAMES): draw.choice(JUNK) for _ in range(draw.randrange(4))}
        answer = sender.send(method, path, None if method == "GET" else body)
        assert fine(answer), (seed, method, path, body, answer.status_code, answer.text)
        statuses.add(answer.status_code)
    assert {200, 400, 403, 404} <= statuses


def test_bodies_that_are_no_json_are_refused(sender: Sender, paths: list[str]) -> None:
    for path in paths:
        for raw in RAW:
            answer = sender.send("POST", path, raw=raw)
            assert fine(answer), (path, raw, answer.status_code, answer.text)
