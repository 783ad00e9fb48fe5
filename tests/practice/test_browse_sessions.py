"""Browsing a backup: sessions on express points, what is inside, granular restores from it."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from msgraph.generated.models.browse_query_response_item_type import (
    BrowseQueryResponseItemType,
)
from msgraph.generated.models.browse_session_status import BrowseSessionStatus
from msgraph.generated.models.share_point_browse_session import SharePointBrowseSession
from msgraph.generated.solutions.backup_restore.browse_sessions.item.browse.browse_post_request_body import (
    BrowsePostRequestBody,
)

from tests.practice.conftest import Controls
from tests.practice.graph_client import Rest, graph_client, graph_token
from tests.practice.restoring import (
    ALL,
    BACKUP,
    RESTORE,
    RESTORE_READ,
    artifacts,
    points,
    protect,
    rest_as,
)

BROWSE = f"{BACKUP}/sharePointBrowseSessions"
EVERY = f"{BACKUP}/browseSessions"
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def rest(ready: dict[str, Any], controls: Controls, browser: requests.Session) -> Rest:
    """A SharePoint Backup Administrator."""
    return rest_as(ready, controls, browser, "sharepoint-admin")


@pytest.fixture
def express(rest: Rest, controls: Controls) -> str:
    """An express point of a site."""
    (unit,) = protect(rest, controls, "sharePoint", artifacts("sharePoint", 1))
    return next(str(one["id"]) for one in points(rest, unit) if one["tags"] == "fastRestore")


def opened(rest: Rest, controls: Controls, point: str) -> str:
    status, session = rest.call("POST", BROWSE, {"restorePointId": point})
    assert status == 201, session
    controls.advance("PT15M")
    return str(session["id"])


async def test_a_site_is_browsed_down_to_its_files_through_the_sdk(
    ready: dict[str, Any], rest: Rest, controls: Controls, express: str
) -> None:
    token = graph_token(ready, controls, "sharepoint-admin", ALL)
    async with graph_client(ready, token) as graph:
        backup = graph.solutions.backup_restore
        session = await backup.share_point_browse_sessions.post(
            SharePointBrowseSession(restore_point_id=express)
        )
        assert session is not None
        assert session.id
        assert session.status is BrowseSessionStatus.Creating
        one = backup.browse_sessions.by_browse_session_base_id(session.id)
        controls.advance("PT15M")
        now = await one.get()
        assert isinstance(now, SharePointBrowseSession)
        assert now.status is BrowseSessionStatus.Created
        assert now.backup_size_in_bytes is not None
        assert now.backup_size_in_bytes.isdigit()
        where: str | None = None
        kinds = []
        while True:
            # Without the files, which may fill the first answer.
            holders = await one.browse.post(
                BrowsePostRequestBody(browse_location_item_key=where, filter="type ne 'file'")
            )
            assert holders is not None
            if not holders.value:
                break
            kinds.append(holders.value[0].type)
            where = holders.value[0].item_key
        answer = await one.browse.post(BrowsePostRequestBody(browse_location_item_key=where))
        assert answer is not None
        assert answer.value
        assert kinds[0] is BrowseQueryResponseItemType.DocumentLibrary
        assert len(kinds) > 2
        files = [item for item in answer.value if item.type is BrowseQueryResponseItemType.File]
        assert files
        assert all(item.size_in_bytes and int(item.size_in_bytes) > 0 for item in files)


async def test_a_long_folder_comes_in_parts(
    ready: dict[str, Any], rest: Rest, controls: Controls, express: str
) -> None:
    session = opened(rest, controls, express)
    folder, count = biggest(rest, session)
    status, answer = rest.call(
        "POST", f"{EVERY}/{session}/browse", {"browseLocationItemKey": folder, "orderBy": "nameDsc"}
    )
    assert status == 200
    found = [one["name"] for one in answer["value"]]
    while link := answer.get("@odata.nextLink"):
        answer = rest.call("GET", link.removeprefix(ready["graph"]))[1]
        found += [one["name"] for one in answer["value"]]
    assert len(found) == count > 25
    assert found == sorted(found, reverse=True)
    first = rest.call("POST", f"{EVERY}/{session}/browse", {"browseLocationItemKey": folder})[1]
    token = first["@odata.nextLink"].partition("nextFetchToken='")[2].partition("'")[0]
    async with graph_client(ready, graph_token(ready, controls, "sharepoint-admin", ALL)) as graph:
        sessions = graph.solutions.backup_restore.browse_sessions
        more = (
            await sessions.by_browse_session_base_id(session)
            .browse_with_next_fetch_token(token)
            .get()
        )
        assert more is not None
        names = [item.name for item in more.value or []]
    assert names == sorted(found)[25 : 25 + len(names)]


def biggest(rest: Rest, session: str) -> tuple[str, int]:
    """The key of the folder or library that holds most, and how much."""
    waiting: list[str | None] = [None]
    most = ("", 0)
    while waiting:
        where = waiting.pop()
        path, body = f"{EVERY}/{session}/browse", {"browseLocationItemKey": where}
        for one in rest.call("POST", path, body)[1]["value"]:
            if one["itemsCount"]:
                waiting.append(one["itemKey"])
                most = max(most, (one["itemKey"], one["itemsCount"]), key=lambda kept: kept[1])
    return most


def test_browsing_is_for_sharepoint_backup_administrators(
    ready: dict[str, Any], rest: Rest, controls: Controls, browser: requests.Session, express: str
) -> None:
    body = {"restorePointId": express}
    session = opened(rest, controls, express)
    for persona in ("global-admin", "backup-admin", "exchange-admin", "no-role"):
        other = rest_as(ready, controls, browser, persona)
        assert other.call("POST", BROWSE, body)[0] == 403, persona
        assert other.call("GET", f"{EVERY}/{session}")[0] == 403, persona
        assert other.call("POST", f"{EVERY}/{session}/browse", {})[0] == 403, persona
    for scope, expected in ((RESTORE, 200), (RESTORE_READ, 403)):
        other = rest_as(ready, controls, browser, "sharepoint-admin", (scope,))
        assert other.call("GET", EVERY)[0] == expected


def test_a_session_needs_an_express_point_of_its_service(
    ready: dict[str, Any], rest: Rest, controls: Controls, express: str
) -> None:
    (unit,) = protect(rest, controls, "oneDrive", artifacts("oneDrive", 1))
    drive = points(rest, unit)
    plain = next(one["id"] for one in drive if one["tags"] == "none")
    good = next(one["id"] for one in drive if one["tags"] == "fastRestore")
    drives = f"{BACKUP}/oneDriveForBusinessBrowseSessions"
    assert rest.call("POST", drives, {"restorePointId": good})[0] == 201
    for path, point in ((drives, plain), (drives, express), (BROWSE, good), (BROWSE, UNKNOWN)):
        assert rest.code("POST", path, {"restorePointId": point}) == (400, "InvalidRestorePoint")
    for body in ({}, {"restorePointId": 5}, {"restorePointId": express, "siteId": "x"}):
        assert rest.code("POST", BROWSE, body) == (400, "InvalidBrowseRequest")


def test_a_session_deletes_itself(
    ready: dict[str, Any], rest: Rest, controls: Controls, express: str
) -> None:
    session = opened(rest, controls, express)
    assert [one["id"] for one in rest.call("GET", EVERY)[1]["value"]] == [session]
    assert rest.call("GET", f"{BACKUP}/oneDriveForBusinessBrowseSessions")[1]["value"] == []
    controls.advance("P1D")
    assert rest.call("GET", EVERY)[1]["value"] == []
    gone = (404, "BrowseSessionNotFound")
    assert rest.code("GET", f"{BROWSE}/{session}") == gone
    assert rest.code("POST", f"{EVERY}/{session}/browse", {}) == gone


@pytest.mark.parametrize(
    "body",
    [
        {"browseLocationItemKey": "made-up"},
        {"browseLocationItemKey": "////"},
        {"browseLocationItemKey": 5},
        {"browseResourceType": "folder"},
        {"browseResourceType": "planet"},
        {"orderBy": "sizeAsc"},
        {"filter": "name like 'x'"},
        {"filter": "name gt 5"},
        {"colour": "red"},
    ],
)
def test_a_look_that_asks_wrongly_is_refused(
    ready: dict[str, Any], rest: Rest, controls: Controls, express: str, body: dict[str, Any]
) -> None:
    session = opened(rest, controls, express)
    refused = rest.code("POST", f"{EVERY}/{session}/browse", body)
    assert refused == (400, "InvalidBrowseRequest")


@pytest.mark.parametrize(
    "token", ["x", "W10=", "WzEsMiwzLDQsNV0=", "W251bGwsbnVsbCxudWxsLG51bGwsLTFd"]
)
def test_a_token_that_was_never_given_is_refused(
    ready: dict[str, Any], rest: Rest, controls: Controls, express: str, token: str
) -> None:
    session = opened(rest, controls, express)
    path = f"{EVERY}/{session}/browse(nextFetchToken='{token}')"
    assert rest.code("GET", path) == (400, "InvalidBrowseRequest")


def test_nothing_is_shown_before_the_session_is_created(
    ready: dict[str, Any], rest: Rest, express: str
) -> None:
    session = rest.call("POST", BROWSE, {"restorePointId": express})[1]["id"]
    assert rest.code("POST", f"{EVERY}/{session}/browse", {}) == (400, "InvalidBrowseRequest")


def test_files_are_restored_from_what_was_browsed(
    ready: dict[str, Any], rest: Rest, controls: Controls, express: str
) -> None:
    session = opened(rest, controls, express)
    folder, _ = biggest(rest, session)
    body = {"browseLocationItemKey": folder, "filter": "type eq 'file'"}
    files = rest.call("POST", f"{EVERY}/{session}/browse", body)[1]["value"][:2]
    wanted = [{"browseSessionId": session, "restoredItemKey": one["itemKey"]} for one in files]
    sessions = f"{BACKUP}/sharePointRestoreSessions"
    for wrong in ({**wanted[0], "restoredItemKey": "x"}, {**wanted[0], "browseSessionId": UNKNOWN}):
        refused = rest.code("POST", sessions, {"granularSiteRestoreArtifacts": [wrong]})
        assert refused == (400, "InvalidArtifactRequest")
    status, made = rest.call("POST", sessions, {"granularSiteRestoreArtifacts": wanted})
    assert (status, made["restoreJobType"]) == (201, "granular")
    assert rest.call("POST", f"{BACKUP}/restoreSessions/{made['id']}/activate")[0] == 200
    controls.advance("PT2H")
    now = rest.call("GET", f"{BACKUP}/restoreSessions/{made['id']}")[1]
    assert now["status"] == "completed"
    path = f"{sessions}/{made['id']}/granularSiteRestoreArtifacts"
    done = rest.call("GET", path)[1]["value"]
    assert [one["restoredItemKey"] for one in done] == [one["itemKey"] for one in files]
    assert all(one["restoredItemPath"].startswith("/") for one in done)
