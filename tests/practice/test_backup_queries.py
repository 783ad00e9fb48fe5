"""What the lists of the backup service accept as query options, and what a delta accepts."""

from typing import Any

import pytest
import requests

from m365backup_tui.practice.graph.backup_properties import PROPERTIES
from tests.practice.conftest import Controls
from tests.practice.contract import contract
from tests.practice.graph_client import WIZARD_SCOPES, Rest, graph_token

BACKUP = "/solutions/backupRestore"
EXCHANGE = f"{BACKUP}/exchangeProtectionPolicies"
UNKNOWN = "11111111-2222-4333-8444-555555555555"
SCOPES = (
    *WIZARD_SCOPES,
    "BackupRestore-Control.ReadWrite.All",
    "BackupRestore-Restore.ReadWrite.All",
    "BackupRestore-Search.Read.All",
)


@pytest.fixture
def rest(fresh_practice: dict[str, Any], controls: Controls, browser: requests.Session) -> Rest:
    """Calls of the Global Administrator, with Backup on."""
    controls.turn_backup_on()
    return Rest(fresh_practice, graph_token(fresh_practice, controls, scopes=SCOPES), browser)


def _policy(rest: Rest) -> str:
    _, people = rest.call("GET", "/users?$top=30&$select=id,mail")
    units = [{"directoryObjectId": one["id"]} for one in people["value"] if one["mail"]][:2]
    body = {"displayName": "Query", "mailboxProtectionUnits": units}
    status, made = rest.call("POST", EXCHANGE, body)
    assert status == 201
    return str(made["id"])


@pytest.mark.parametrize("name", sorted(PROPERTIES))
def test_the_properties_are_those_of_the_api_description(name: str) -> None:
    judge = contract()
    if judge is None:
        pytest.skip("the API description is not on this machine")
    described = {one for one in judge.properties(name) if not one.startswith("@")}
    assert described == PROPERTIES[name]


@pytest.mark.parametrize(
    "path",
    [
        f"{BACKUP}/protectionPolicies",
        EXCHANGE,
        f"{BACKUP}/protectionUnits",
        f"{BACKUP}/mailboxProtectionUnits",
        f"{BACKUP}/restoreSessions",
        f"{BACKUP}/serviceApps",
        f"{BACKUP}/emailNotificationsSetting",
    ],
)
@pytest.mark.parametrize("names", ["nope", "id,nope", "id,", ""])
def test_a_property_that_is_none_is_refused(rest: Rest, path: str, names: str) -> None:
    assert rest.code("GET", f"{path}?$select={names}") == (400, "BadRequest")
    assert rest.call("GET", f"{path}?$select=id")[0] == 200


def test_a_property_of_another_product_is_refused(rest: Rest) -> None:
    below = f"{EXCHANGE}/{_policy(rest)}/mailboxProtectionUnits"
    assert rest.code("GET", f"{below}?$select=siteId") == (400, "BadRequest")
    _, listed = rest.call("GET", f"{below}?$select=DirectoryObjectId,status")
    assert set(listed["value"][0]) == {"@odata.type", "directoryObjectId", "status"}
    _, mixed = rest.call("GET", f"{BACKUP}/protectionUnits?$select=siteId,email")
    assert "email" in mixed["value"][0]


@pytest.mark.parametrize("path", [EXCHANGE, f"{BACKUP}/protectionUnits", "/users"])
def test_a_count_is_true_or_false(rest: Rest, path: str) -> None:
    assert rest.code("GET", f"{path}?$count=maybe") == (400, "BadRequest")
    for value in ("true", "False"):
        assert rest.call("GET", f"{path}?$count={value}")[0] == 200


def test_a_status_that_is_none_is_refused(rest: Rest) -> None:
    path = f"{BACKUP}/protectionUnits?$filter=status "
    assert rest.code("GET", f"{path}eq 'active'") == (400, "BadRequest")
    assert rest.code("GET", f"{path}in ('protected','draft')") == (400, "BadRequest")
    assert rest.call("GET", f"{path}eq 'offboarded'")[0] == 200


@pytest.mark.parametrize("removed", [None, "changed", {}, {"reason": None}, {"reason": "moved"}])
def test_a_removal_without_a_reason_changes_nothing(rest: Rest, removed: Any) -> None:
    policy = _policy(rest)
    path = f"{EXCHANGE}/{policy}"
    _, before = rest.call("GET", f"{path}/mailboxProtectionUnits")
    entry = {"@removed": removed, "id": before["value"][0]["id"]}
    assert rest.code("PATCH", path, {"mailboxProtectionUnits@delta": [entry]}) == (
        400,
        "BadRequest",
    )
    assert rest.call("GET", f"{path}/mailboxProtectionUnits")[1] == before


def test_who_removes_a_unit_has_changed_it_last(
    rest: Rest, fresh_practice: dict[str, Any], controls: Controls, browser: requests.Session
) -> None:
    path = f"{EXCHANGE}/{_policy(rest)}"
    unit = rest.call("GET", f"{path}/mailboxProtectionUnits")[1]["value"][0]
    controls.advance("PT1H")
    token = graph_token(fresh_practice, controls, persona="backup-admin")
    entry = {"@removed": {"reason": "changed"}, "id": unit["id"]}
    status, answer = Rest(fresh_practice, token, browser).call(
        "PATCH", path, {"mailboxProtectionUnits@delta": [entry]}
    )
    shown = answer["mailboxProtectionUnits@delta"][0]
    assert (status, shown["status"]) == (200, "removeRequested")
    assert shown["createdBy"] == unit["createdBy"] != shown["lastModifiedBy"]
    assert shown["lastModifiedDateTime"] > unit["lastModifiedDateTime"]
