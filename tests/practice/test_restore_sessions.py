"""Restore sessions of the practice tenant: draft, artifacts, activation on the clock, bulk additions."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from msgraph.generated.models.destination_type import DestinationType
from msgraph.generated.models.restore_point import RestorePoint
from msgraph.generated.models.restore_session_status import RestoreSessionStatus
from msgraph.generated.models.share_point_restore_session import SharePointRestoreSession
from msgraph.generated.models.site_restore_artifact import SiteRestoreArtifact

from tests.practice.conftest import Controls
from tests.practice.graph_client import Rest, graph_client, graph_token
from tests.practice.restoring import (
    ALL,
    BACKUP,
    CONFIGURE,
    RESTORE,
    RESTORE_READ,
    SEARCH,
    artifacts,
    points,
    protect,
    rest_as,
)

SESSIONS = f"{BACKUP}/restoreSessions"
MAIL = f"{BACKUP}/exchangeRestoreSessions"
DRIVES = f"{BACKUP}/oneDriveForBusinessRestoreSessions"
SITES = f"{BACKUP}/sharePointRestoreSessions"
UNKNOWN = "00000000-0000-4000-8000-000000000000"
ALWAYS = {"startDateTime": "2020-01-01T00:00:00Z", "endDateTime": "2100-01-01T00:00:00Z"}


@pytest.fixture
def rest(ready: dict[str, Any], controls: Controls, browser: requests.Session) -> Rest:
    return rest_as(ready, controls, browser)


def latest(rest: Rest, units: list[str]) -> list[str]:
    return [points(rest, unit)[0]["id"] for unit in units]


def wanted(ids: list[str], destination: str = "inPlace") -> list[dict[str, Any]]:
    return [{"restorePoint": {"id": one}, "destinationType": destination} for one in ids]


def made(rest: Rest, path: str, body: Any) -> dict[str, Any]:
    status, answer = rest.call("POST", path, body)
    assert status == 201, answer
    return answer


def listed(rest: Rest, path: str) -> list[dict[str, Any]]:
    status, answer = rest.call("GET", path)
    assert status == 200, answer
    found: list[dict[str, Any]] = answer["value"]
    return found


async def test_a_session_lives_from_draft_to_completed_through_the_sdk(
    ready: dict[str, Any], rest: Rest, controls: Controls
) -> None:
    ids = latest(rest, protect(rest, controls, "sharePoint", artifacts("sharePoint", 2)))
    async with graph_client(ready, graph_token(ready, controls, scopes=ALL)) as graph:
        backup = graph.solutions.backup_restore
        session = await backup.share_point_restore_sessions.post(
            SharePointRestoreSession(
                site_restore_artifacts=[
                    SiteRestoreArtifact(
                        restore_point=RestorePoint(id=one), destination_type=DestinationType.New
                    )
                    for one in ids
                ]
            )
        )
        assert session is not None
        assert session.id
        assert session.status is RestoreSessionStatus.Draft
        one = backup.restore_sessions.by_restore_session_base_id(session.id)
        started = await one.activate.post()
        assert started is not None
        assert started.status is RestoreSessionStatus.Activating
        seen: list[RestoreSessionStatus | None] = [started.status]
        while seen[-1] is not RestoreSessionStatus.Completed and len(seen) < 20:
            controls.advance("PT5M")
            now = await one.get()
            assert isinstance(now, SharePointRestoreSession)
            seen.append(now.status)
        assert list(dict.fromkeys(seen)) == [
            RestoreSessionStatus.Activating,
            RestoreSessionStatus.Active,
            RestoreSessionStatus.Completed,
        ]
        assert isinstance(now, SharePointRestoreSession)
        assert now.completed_date_time is not None
        count = now.restore_session_artifact_count
        assert count is not None
        assert (count.total, count.completed, count.in_progress, count.failed) == (2, 2, 0, 0)
        answer = await backup.share_point_restore_sessions.by_share_point_restore_session_id(
            session.id
        ).site_restore_artifacts.get()
        assert answer is not None
        for artifact in answer.value or []:
            assert artifact.restored_site_web_url is not None
            assert artifact.restored_site_web_url.endswith("R0")
            assert artifact.restored_site_id is not None
            assert artifact.restored_site_id.count(",") == 2


def test_the_counts_agree_with_the_artifacts_at_any_moment(
    ready: dict[str, Any], rest: Rest, controls: Controls
) -> None:
    ids = latest(rest, protect(rest, controls, "oneDrive", artifacts("oneDrive", 5)))
    session = made(rest, DRIVES, {"driveRestoreArtifacts": wanted(ids)})
    path = f"{DRIVES}/{session['id']}"
    assert {one["status"] for one in listed(rest, f"{path}/driveRestoreArtifacts")} == {"added"}
    assert rest.call("POST", f"{SESSIONS}/{session['id']}/activate")[0] == 200
    seen = []
    for _ in range(30):
        now = rest.call("GET", path)[1]
        statuses = [one["status"] for one in listed(rest, f"{path}/driveRestoreArtifacts")]
        seen += statuses
        count = now["restoreSessionArtifactCount"]
        assert count["total"] == len(statuses) == 5
        assert count["completed"] == statuses.count("succeeded")
        assert count["failed"] == statuses.count("failed")
        assert count["inProgress"] == 5 - count["completed"] - count["failed"]
        assert (now["status"] == "completed") is (count["completed"] == 5)
        assert (now["completedDateTime"] is not None) is (now["status"] == "completed")
        controls.advance("PT2M")
    assert list(dict.fromkeys(seen)) == ["scheduling", "scheduled", "inProgress", "succeeded"]


def test_a_draft_is_changed_item_by_item(
    ready: dict[str, Any], rest: Rest, controls: Controls
) -> None:
    ids = latest(rest, protect(rest, controls, "sharePoint", artifacts("sharePoint", 3)))
    session = made(rest, SITES, {})
    assert (session["status"], session["restoreJobType"]) == ("draft", "standard")
    path = f"{SITES}/{session['id']}"
    named = {"restorePoint": {"@odata.id": ids[0]}, "destinationType": "new"}
    status, answer = rest.call("PATCH", path, {"siteRestoreArtifacts@delta": [named]})
    assert status == 200
    (first,) = answer["siteRestoreArtifacts@delta"]
    assert (first["status"], first["restorePoint"]["id"]) == ("added", ids[0])
    removing = [
        {"@removed": {"reason": "changed"}, "id": first["id"]},
        {"@removed": {"reason": "changed"}, "id": UNKNOWN},
        *wanted(ids[1:]),
    ]
    status, answer = rest.call("PATCH", path, {"siteRestoreArtifacts@delta": removing})
    assert status == 200
    gone, nothing, *new = answer["siteRestoreArtifacts@delta"]
    assert gone["@removed"]
    exception = nothing["@Core.DataModificationException"]
    assert (exception["responseCode"], exception["failedOperation"]) == (409, "remove")
    assert [one["restorePoint"]["id"] for one in new] == ids[1:]
    assert answer["restoreSessionArtifactCount"]["total"] == 2
    assert rest.call("DELETE", f"{SESSIONS}/{session['id']}")[0] == 204
    assert rest.code("GET", path) == (404, "RestoreSessionNotFound")


def creations(ids: list[str], mail: str) -> list[tuple[str, dict[str, Any], int, str]]:
    """What POST sharePointRestoreSessions refuses, each with its documented code."""
    good = wanted(ids[:1])[0]
    place = {"destinationType": "inPlace"}
    return [
        ("no list", {"siteRestoreArtifacts": None}, 400, "InvalidArtifactRequest"),
        ("empty", {"siteRestoreArtifacts": []}, 400, "InvalidArtifactRequest"),
        ("no objects", {"siteRestoreArtifacts": [5]}, 400, "InvalidArtifactRequest"),
        ("unknown name", {"siteArtifacts": [good]}, 400, "InvalidArtifactRequest"),
        ("mixed", {"siteRestoreArtifacts": [good], "granularSiteRestoreArtifacts": [{}]}, 400,
         "InvalidArtifactRequest"),
        ("no destination", {"siteRestoreArtifacts": [{"restorePoint": {"id": ids[0]}}]}, 400,
         "InvalidPathType"),
        ("odd destination", {"siteRestoreArtifacts": [{**good, "destinationType": "moon"}]}, 400,
         "InvalidPathType"),
        ("no point", {"siteRestoreArtifacts": [place]}, 400, "InvalidRestorePoint"),
        ("unknown point", {"siteRestoreArtifacts": wanted([UNKNOWN])}, 400, "InvalidRestorePoint"),
        ("a mailbox's point", {"siteRestoreArtifacts": wanted([mail])}, 400,
         "InvalidRestorePoint"),
        ("two places", {"siteRestoreArtifacts": [*wanted(ids[:1]), *wanted(ids[1:], "new")]}, 400,
         "DifferentRestoreDestinationType"),
        ("twice", {"siteRestoreArtifacts": [good, good]}, 400, "DuplicateArtifactInList"),
        ("51", {"siteRestoreArtifacts": [good] * 51}, 413, "RestoreArtifactsLimitBreached"),
        ("granular nothing", {"granularSiteRestoreArtifacts": [{}]}, 400, "InvalidArtifactRequest"),
    ]  # fmt: skip


def test_a_creation_that_is_wrong_is_refused_and_leaves_nothing(
    ready: dict[str, Any], rest: Rest, controls: Controls
) -> None:
    ids = latest(rest, protect(rest, controls, "sharePoint", artifacts("sharePoint", 2)))
    (mail,) = latest(rest, protect(rest, controls, "exchange", artifacts("exchange", 1)))
    for what, body, status, code in creations(ids, mail):
        assert rest.code("POST", SITES, body) == (status, code), what
    assert listed(rest, SESSIONS) == []


def test_a_change_that_is_wrong_is_refused_and_leaves_nothing(
    ready: dict[str, Any], rest: Rest, controls: Controls
) -> None:
    ids = latest(rest, protect(rest, controls, "sharePoint", artifacts("sharePoint", 2)))
    session = made(rest, SITES, {"siteRestoreArtifacts": wanted(ids[:1])})
    path, name = f"{SITES}/{session['id']}", "siteRestoreArtifacts@delta"
    for what, body, status, code in (
        ("nothing", {}, 400, "InvalidPatchRequest"),
        ("not delta", {"siteRestoreArtifacts": wanted(ids[1:])}, 400, "InvalidPatchRequest"),
        ("mixed", {"granularSiteRestoreArtifacts@delta": []}, 400, "InvalidPatchRequest"),
        ("another key", {name: wanted(ids[1:]), "status": "active"}, 400, "InvalidPatchRequest"),
        ("empty", {name: []}, 400, "InvalidArtifactRequest"),
        ("null", {name: None}, 400, "InvalidArtifactRequest"),
        ("no point", {name: wanted([UNKNOWN])}, 400, "InvalidRestorePoint"),
        ("there", {name: wanted([ids[1], ids[0]])}, 400, "DuplicateArtifactInList"),
        ("51", {name: wanted(ids[1:]) * 51}, 400, "RestoreArtifactsLimitBreached"),
    ):
        assert rest.code("PATCH", path, body) == (status, code), what
        assert len(listed(rest, f"{path}/siteRestoreArtifacts")) == 1, what
    assert rest.code("PATCH", f"{SITES}/x", {name: []}) == (400, "InvalidRestoreSessionId")
    for method, other in (
        ("PATCH", MAIL),
        ("PATCH", SITES),
        ("GET", SESSIONS),
        ("DELETE", SESSIONS),
    ):
        missing = UNKNOWN if other != MAIL else session["id"]
        assert rest.code(method, f"{other}/{missing}", {}) == (404, "RestoreSessionNotFound")


def test_only_a_draft_is_changed_deleted_or_activated(
    ready: dict[str, Any], rest: Rest, controls: Controls
) -> None:
    ids = latest(rest, protect(rest, controls, "sharePoint", artifacts("sharePoint", 2)))
    session = made(rest, SITES, {"siteRestoreArtifacts": wanted(ids[:1])})
    refused = (403, "RestoreSessionActionNotAllowed")
    one = f"{SESSIONS}/{session['id']}"
    assert rest.code("POST", f"{SESSIONS}/{made(rest, SITES, {})['id']}/activate") == refused
    assert rest.call("POST", f"{one}/activate")[0] == 200
    for _ in range(2):
        assert rest.code("POST", f"{one}/activate") == refused
        assert rest.code("DELETE", one) == refused
        body = {"siteRestoreArtifacts@delta": wanted(ids[1:])}
        assert rest.code("PATCH", f"{SITES}/{session['id']}", body) == refused
        controls.advance("P1D")
    assert rest.code("POST", f"{one}/deactivate")[0] == 400, "no page, no action (graph.md §2.5)"


def test_a_second_restore_of_a_unit_waits_for_the_first(
    ready: dict[str, Any], rest: Rest, controls: Controls
) -> None:
    units = protect(rest, controls, "sharePoint", artifacts("sharePoint", 2))
    ids = latest(rest, units)
    for expected in ("completed", "completedWithError"):
        body = {"siteRestoreArtifacts": wanted(ids if expected != "completed" else ids[:1], "new")}
        session = made(rest, SITES, body)
        assert rest.call("POST", f"{SESSIONS}/{session['id']}/activate")[0] == 200
    controls.advance("P1D")
    now = rest.call("GET", f"{SESSIONS}/{session['id']}")[1]
    assert now["status"] == "completedWithError"
    assert now["error"]["code"]
    failed, done = listed(rest, f"{SITES}/{session['id']}/siteRestoreArtifacts")
    assert failed["error"]["code"] == "DuplicateArtifactRestoreRequest"
    assert done["restoredSiteWebUrl"].endswith("R0")
    third = made(rest, SITES, {"siteRestoreArtifacts": wanted(ids[:1], "new")})
    assert rest.call("POST", f"{SESSIONS}/{third['id']}/activate")[0] == 200
    controls.advance("P1D")
    (again,) = listed(rest, f"{SITES}/{third['id']}/siteRestoreArtifacts")
    assert again["restoredSiteWebUrl"].endswith("R1"), "the number counts the copies"


def test_all_failed_is_an_evolvable_status(
    ready: dict[str, Any], rest: Rest, controls: Controls
) -> None:
    (unit,) = protect(rest, controls, "exchange", artifacts("exchange", 1))
    dense = points(rest, unit)[0]["id"]
    session = made(rest, MAIL, {"mailboxRestoreArtifacts": wanted([dense])})
    controls.advance("P15D")
    assert rest.call("POST", f"{SESSIONS}/{session['id']}/activate")[0] == 200
    controls.advance("PT5H")
    path = f"{SESSIONS}/{session['id']}"
    assert rest.call("GET", path)[1]["status"] == "unknownFutureValue"
    told = rest.call("GET", path, Prefer="include-unknown-enum-members")[1]
    assert told["status"] == "failed"
    (failed,) = listed(rest, f"{MAIL}/{session['id']}/mailboxRestoreArtifacts")
    assert (failed["status"], failed["error"]["code"]) == ("failed", "InvalidRestoreTime")


def test_not_more_than_25_sessions_are_active(
    ready: dict[str, Any], rest: Rest, controls: Controls
) -> None:
    ids = latest(rest, protect(rest, controls, "sharePoint", artifacts("sharePoint", 26)))
    sessions = [made(rest, SITES, {"siteRestoreArtifacts": wanted([one])})["id"] for one in ids]
    for session in sessions[:25]:
        assert rest.call("POST", f"{SESSIONS}/{session}/activate")[0] == 200
    last = f"{SESSIONS}/{sessions[25]}/activate"
    assert rest.code("POST", last) == (500, "TooManyActiveRestoreSessions")
    controls.advance("P1D")
    assert rest.call("POST", last)[0] == 200


def test_bulk_additions_wait_for_the_activation_and_tell_what_was_not_found(
    ready: dict[str, Any], rest: Rest, controls: Controls
) -> None:
    keys = artifacts("exchange", 3)
    protect(rest, controls, "exchange", keys[:2])
    session = made(rest, MAIL, None)
    path = f"{MAIL}/{session['id']}/mailboxRestoreArtifactsBulkAdditionRequests"
    body: dict[str, Any] = {
        "displayName": "Wave 1",
        "mailboxes": ["nobody@northwind.example", "nobody@northwind.example"],
        "directoryObjectIds": [*keys, UNKNOWN],
        "protectionTimePeriod": ALWAYS,
        "destinationType": "new",
        "restorePointPreference": "oldest",
    }
    request = made(rest, path, body)
    assert (request["status"], request["mailboxes"]) == ("active", body["mailboxes"][:1])
    (row,) = listed(rest, path)
    assert "mailboxes" not in row
    assert "directoryObjectIds" not in row
    one = f"{path}/{request['id']}"
    assert rest.code("DELETE", one) == (403, "InvalidStateForBulkRequestDeletion")
    assert listed(rest, f"{MAIL}/{session['id']}/mailboxRestoreArtifacts") == []
    assert rest.call("POST", f"{SESSIONS}/{session['id']}/activate")[0] == 200
    controls.advance("PT6H")
    done = rest.call("GET", one)[1]
    assert done["status"] == "completedWithErrors"
    problems = {detail["target"]: detail["code"] for detail in done["error"]["details"]}
    assert problems == {
        "nobody@northwind.example": "EmailNotFound",
        UNKNOWN: "ArtifactNotFound",
        keys[2]: "ArtifactNotFound",
    }
    now = rest.call("GET", f"{SESSIONS}/{session['id']}")[1]
    assert (now["status"], now["restoreJobType"]) == ("completed", "bulk")
    restored = listed(rest, f"{MAIL}/{session['id']}/mailboxRestoreArtifacts")
    assert len(restored) == 2
    assert all(one["restoredFolderName"].startswith("Recovered Items") for one in restored)
    assert all(one["restoredItemCount"] >= 0 for one in restored)
    assert rest.call("DELETE", one)[0] == 204
    assert rest.code("GET", one) == (404, "BulkRestoreArtifactsNotFound")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"siteWebUrls": None}, "BulkRestoreInvalidCreateRequest"),
        ({"siteWebUrls": []}, "BulkRestoreInvalidCreateRequest"),
        ({"siteWebUrls": "https://x.example"}, "BulkRestoreInvalidCreateRequest"),
        ({"siteWebUrls": ["sites/x"]}, "BulkRestoreInvalidCreateRequestSiteUrl"),
        ({"siteWebUrls": [""]}, "BulkRestoreInvalidCreateRequestSiteUrl"),
        (
            {"siteWebUrls": [f"https://x.example/{nr}" for nr in range(50_001)]},
            "BulkRestoreRestorationResourcesCountExceedsLimit",
        ),
        ({"displayName": ""}, "BulkRestoreInvalidCreateRequest"),
        ({"destinationType": "old"}, "BulkRestoreInvalidCreateRequest"),
        ({"protectionTimePeriod": {}}, "BulkRestoreInvalidCreateRequest"),
        ({"tags": 7}, "BulkRestoreInvalidCreateRequest"),
        ({"mailboxes": ["a@b.example"]}, "BulkRestoreInvalidCreateRequest"),
        ({"protectionUnitIds": [UNKNOWN]}, "BulkRestoreInvalidCreateRequest"),
    ],
)
def test_a_bulk_addition_that_is_wrong_is_refused(
    ready: dict[str, Any], rest: Rest, change: dict[str, Any], code: str
) -> None:
    session = made(rest, SITES, None)
    path = f"{SITES}/{session['id']}/siteRestoreArtifactsBulkAdditionRequests"
    body = {
        "displayName": "Wave",
        "siteWebUrls": ["https://x.example/a"],
        "protectionTimePeriod": ALWAYS,
        "destinationType": "new",
        **change,
    }
    assert rest.code("POST", path, body) == (400, code)
    assert listed(rest, path) == []
    assert rest.code("GET", f"{path}/x") == (400, "InvalidBulkRestoreArtifactId")
    assert rest.code("GET", f"{path}/{UNKNOWN}") == (404, "BulkRestoreArtifactsNotFound")


def test_an_address_of_a_person_must_look_like_one(ready: dict[str, Any], rest: Rest) -> None:
    session = made(rest, DRIVES, None)
    path = f"{DRIVES}/{session['id']}/driveRestoreArtifactsBulkAdditionRequests"
    body = {"displayName": "W", "drives": ["ann"], "protectionTimePeriod": ALWAYS,
            "destinationType": "new"}  # fmt: skip
    assert rest.code("POST", path, body) == (400, "BulkRestoreInvalidCreateRequestUserEmail")


def test_standard_and_bulk_do_not_mix(
    ready: dict[str, Any], rest: Rest, controls: Controls
) -> None:
    ids = latest(rest, protect(rest, controls, "sharePoint", artifacts("sharePoint", 1)))
    body = {
        "displayName": "Wave",
        "siteIds": artifacts("sharePoint", 1),
        "protectionTimePeriod": ALWAYS,
        "destinationType": "new",
    }
    standard = made(rest, SITES, {"siteRestoreArtifacts": wanted(ids)})["id"]
    requests_path = "siteRestoreArtifactsBulkAdditionRequests"
    refused = rest.code("POST", f"{SITES}/{standard}/{requests_path}", body)
    assert refused == (400, "BulkRestoreInvalidCreateRequest")
    bulk = made(rest, SITES, None)["id"]
    made(rest, f"{SITES}/{bulk}/{requests_path}", body)
    patch = {"siteRestoreArtifacts@delta": wanted(ids)}
    assert rest.code("PATCH", f"{SITES}/{bulk}", patch) == (400, "InvalidPatchRequest")


def test_granular_mail_is_restored_from_a_search(
    ready: dict[str, Any], rest: Rest, controls: Controls
) -> None:
    (unit,) = protect(rest, controls, "exchange", artifacts("exchange", 1))
    query = {"artifactType": "message", "queryExpression": "subject -eq 'Invoice'"}
    body = {"protectionUnitIds": [unit], "protectionTimePeriod": ALWAYS, "artifactQuery": query}
    search = rest.call("POST", f"{BACKUP}/restorePoints/search", body)[1]
    (result,) = search["searchResults"]
    artifact = {
        "restorePoint": {"id": result["restorePoint"]["id"]},
        "destinationType": "new",
        "searchResponseId": search["searchResponseId"],
    }
    wrong = {**artifact, "searchResponseId": "bm90aGluZw=="}
    refused = rest.code("POST", MAIL, {"granularMailboxRestoreArtifacts": [wrong]})
    assert refused == (400, "InvalidArtifactRequest")
    session = made(rest, MAIL, {"granularMailboxRestoreArtifacts": [artifact]})
    assert session["restoreJobType"] == "granular"
    assert rest.call("POST", f"{SESSIONS}/{session['id']}/activate")[0] == 200
    controls.advance("PT5H")
    (done,) = listed(rest, f"{MAIL}/{session['id']}/granularMailboxRestoreArtifacts")
    assert done["@odata.type"] == "#microsoft.graph.granularMailboxRestoreArtifact"
    assert (done["status"], done["restoredItemCount"]) == ("succeeded", result["artifactHitCount"])
    assert listed(rest, f"{MAIL}/{session['id']}/mailboxRestoreArtifacts") == []


def test_lists_show_the_products_of_the_callers_role_in_pages(
    ready: dict[str, Any], rest: Rest, controls: Controls, browser: requests.Session
) -> None:
    order = [made(rest, path, None)["id"] for path in (MAIL, DRIVES, SITES, MAIL, SITES)]
    assert [one["id"] for one in listed(rest, SESSIONS)] == order
    found, path = [], f"{SESSIONS}?$top=2&$count=true"
    while path:
        answer = rest.call("GET", path)[1]
        found += [one["id"] for one in answer["value"]]
        path = answer.get("@odata.nextLink", "").removeprefix(ready["graph"])
    assert found == order
    exchange = rest_as(ready, controls, browser, "exchange-admin")
    assert [one["id"] for one in listed(exchange, SESSIONS)] == [order[0], order[3]]
    assert exchange.call("GET", SITES)[0] == 403
    assert exchange.call("GET", f"{SESSIONS}/{order[2]}")[0] == 403


@pytest.mark.parametrize(
    ("scopes", "read", "write"),
    [
        ((RESTORE,), 200, 201),
        ((RESTORE_READ,), 200, 403),
        ((SEARCH, CONFIGURE), 403, 403),
    ],
)
def test_each_call_needs_its_scope(
    ready: dict[str, Any],
    rest: Rest,
    controls: Controls,
    browser: requests.Session,
    scopes: tuple[str, ...],
    read: int,
    write: int,
) -> None:
    session = made(rest, SITES, None)["id"]
    other = rest_as(ready, controls, browser, "global-admin", scopes)
    for path in (
        SESSIONS,
        f"{SESSIONS}/{session}",
        SITES,
        f"{SITES}/{session}/siteRestoreArtifacts",
    ):
        assert other.call("GET", path)[0] == read, path
    assert other.call("POST", SITES, None)[0] == write
    granular = other.call("GET", f"{SITES}/{session}/granularSiteRestoreArtifacts")[0]
    assert granular == (200 if write == 201 else 403), "PERM asks for the write scope"


@pytest.mark.parametrize(
    ("status", "expected"),
    [("protectionChangeLocked", (201, "")), ("restoreLocked", (403, "RestoreLocked"))],
)
def test_a_locked_service_restores_as_its_status_says(
    ready: dict[str, Any], rest: Rest, controls: Controls, status: str, expected: tuple[int, str]
) -> None:
    controls.turn_backup_on(status)
    answered, answer = rest.call("POST", SITES, None)
    assert (answered, (answer.get("error") or {}).get("code", "")) == expected
    assert rest.call("GET", SESSIONS)[0] == 200, "looking is allowed"
