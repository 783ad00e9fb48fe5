"""How Graph's paths may be spelled, and what a wrong method or a wrong batch gets."""

from typing import Any

import pytest
import requests

from tests.practice.conftest import Controls
from tests.practice.graph_client import Rest, graph_token

BACKUP = "/solutions/backupRestore"
UNKNOWN = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def rest(fresh_practice: dict[str, Any], controls: Controls, browser: requests.Session) -> Rest:
    """Calls of the Global Administrator, with Backup on."""
    controls.turn_backup_on()
    return Rest(fresh_practice, graph_token(fresh_practice, controls), browser)


@pytest.mark.parametrize(
    ("path", "same"),
    [
        ("/Users?$top=1&$select=id", "/users?$top=1&$select=id"),
        ("/users/?$top=1", "/users?$top=1"),
        ("/ME/", "/me"),
        ("/solutions/backuprestore/protectionpolicies", f"{BACKUP}/protectionPolicies"),
        (
            f"{BACKUP}/protectionPolicies('{UNKNOWN}')",
            f"{BACKUP}/ProtectionPolicies/{UNKNOWN}",
        ),
        ("/groups(%27abc%27)/Members", "/groups/abc/members"),
        ("/sites/ROOT", "/Sites/root"),
    ],
)
def test_one_path_has_several_spellings(rest: Rest, path: str, same: str) -> None:
    (status, one), (also, other) = rest.call("GET", path), rest.call("GET", same)
    assert status == also
    for answer in (one, other):
        answer.get("error", {}).pop("innerError", None)
    assert one == other


def test_the_content_location_of_a_new_policy_leads_to_it(
    rest: Rest, fresh_practice: dict[str, Any], controls: Controls, browser: requests.Session
) -> None:
    bearer = {"Authorization": f"Bearer {graph_token(fresh_practice, controls)}"}
    address = f"{fresh_practice['graph']}/solutions/BackupRestore/ExchangeProtectionPolicies/"
    made = browser.post(address, json={"displayName": "x"}, headers=bearer, timeout=30)
    assert made.status_code == 201
    found = browser.get(made.headers["Content-Location"], headers=bearer, timeout=30)
    assert found.json()["id"] == made.json()["id"]
    entry = controls.log()[-2]
    assert (entry["persona"], entry["status"]) == ("global-admin", 201)
    assert entry["scopes_used"] == ["BackupRestore-Configuration.ReadWrite.All"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", f"{BACKUP}/protectionPolicies", "GET"),
        ("GET", f"{BACKUP}/protectionPolicies/{UNKNOWN}/activate", "POST"),
        ("PATCH", f"{BACKUP}/protectionpolicies/{UNKNOWN}", "DELETE, GET"),
        ("GET", "/$batch", "POST"),
    ],
)
def test_a_method_that_a_path_does_not_have(
    fresh_practice: dict[str, Any],
    controls: Controls,
    browser: requests.Session,
    method: str,
    path: str,
    allowed: str,
) -> None:
    bearer = {"Authorization": f"Bearer {graph_token(fresh_practice, controls)}"}
    address = fresh_practice["graph"] + path
    answer = browser.request(method, address, headers=bearer, timeout=30)
    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)
    assert answer.json()["error"]["code"] == "Request_BadRequest"


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/users/a/b/c",
        "/reports/getMailboxUsageDetail",
        "/reports/getEverything(period='D7')",
        "/roleManagement/directory/roleEligibilityScheduleInstances/FILTERBYCURRENTUSER()",
    ],
)
def test_a_path_that_is_none(rest: Rest, path: str) -> None:
    status, answer = rest.call("GET", path)
    assert status == 400
    assert answer["error"]["message"].startswith("Resource not found for the segment")


@pytest.mark.parametrize("needed", [["2"], ["1"], ["9"]])
def test_a_part_depends_on_earlier_parts_only(rest: Rest, needed: list[str]) -> None:
    first = {"id": "1", "method": "GET", "url": "/me", "dependsOn": needed}
    parts = [first, {"id": "2", "method": "GET", "url": "/me"}]
    assert rest.code("POST", "/$batch", {"requests": parts}) == (400, "BadRequest")


def test_parts_are_read_as_other_requests_are(rest: Rest) -> None:
    parts = [
        {"id": "1", "method": "DELETE", "url": "/me"},
        {"id": "2", "method": "GET", "url": "/ME/?$select=id"},
        {"id": "3", "method": "GET", "url": "/me", "dependsOn": ["1"]},
    ]
    status, answer = rest.call("POST", "/$Batch", {"requests": parts})
    assert status == 200
    assert [one["status"] for one in answer["responses"]] == [405, 200, 424]
