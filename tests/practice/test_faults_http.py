"""H1 to H15 through the real socket, on Graph and on Azure."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from tests.practice.conftest import Controls
from tests.practice.fault_clients import ME, POLICIES, arm_token, clean_client, switch_on
from tests.practice.graph_client import WIZARD_SCOPES, graph_token
from tests.practice.signing_in import public_client

Ready = dict[str, Any]
VERSION = "?api-version=2025-04-01"
ORGANIZATION = "/v1.0/organization"


@pytest.fixture(scope="module")
def tokens(practice: Ready) -> tuple[str, str]:
    """A Graph and an Azure token of the Global Administrator."""
    controls = Controls(practice)
    controls.reset()
    made = graph_token(practice, controls), arm_token(practice, controls)
    controls.close()
    return made


@pytest.fixture
def graph(practice: Ready, controls: Controls, tokens: tuple[str, str]) -> Iterator[httpx.Client]:
    """Graph for the Global Administrator; faults off and the log empty before and after."""
    with clean_client(practice, controls, tokens[0]) as client:
        yield client


@pytest.fixture
def azure(practice: Ready, controls: Controls, tokens: tuple[str, str]) -> Iterator[httpx.Client]:
    """Azure for the Global Administrator, in his first subscription's resource groups."""
    with clean_client(practice, controls, tokens[1]) as client:
        subscription = practice["subscriptions"][0]["id"]
        client.base_url = f"{practice['arm']}/subscriptions/{subscription}/resourcegroups/"
        yield client


def code(answer: httpx.Response) -> tuple[int, str]:
    """Status and error code."""
    return answer.status_code, str(answer.json()["error"]["code"])


@pytest.mark.parametrize("seconds", [1, 30, 200])
def test_h1_says_when_to_come_back(graph: httpx.Client, controls: Controls, seconds: int) -> None:
    switch_on(controls, id="H1", nth=2, retry_after=seconds)
    assert graph.get(ME).status_code == 200
    answer = graph.get(ME)
    assert code(answer) == (429, "TooManyRequests")
    assert answer.headers["Retry-After"] == str(seconds)
    assert answer.json()["error"]["innerError"]["code"] == "429"
    assert graph.get(ORGANIZATION).status_code == 200


def test_h1_can_say_it_as_a_date_or_not_at_all(graph: httpx.Client, controls: Controls) -> None:
    switch_on(controls, id="H1", nth=1, retry_after=30, retry_after_as="date")
    switch_on(controls, id="H1", nth=2, retry_after="absent")
    asked = datetime.now(UTC)
    dated = parsedate_to_datetime(graph.get(ME).headers["Retry-After"])
    assert 30 <= (dated - asked).total_seconds() < 35
    bare = graph.get(ME)
    assert (bare.status_code, "Retry-After" in bare.headers) == (429, False)


def test_h1_has_the_shape_of_the_service(azure: httpx.Client, controls: Controls) -> None:
    switch_on(controls, id="H1", operation="list resource groups", nth=1)
    answer = azure.get(VERSION)
    assert code(answer) == (429, "SubscriptionRequestsThrottled")
    assert "innerError" not in answer.json()["error"]
    assert answer.headers["x-ms-request-id"]


@pytest.mark.parametrize(
    ("wanted", "status", "said"),
    [
        ({"id": "H3"}, 500, "InternalServerError"),
        ({"id": "H3", "code": "PolicySaveFailed"}, 500, "PolicySaveFailed"),
        ({"id": "H4"}, 502, "BadGateway"),
        ({"id": "H5", "retry_after": 7}, 503, "ServiceUnavailable"),
        ({"id": "H7"}, 409, "Conflict"),
        ({"id": "H7", "status": 412}, 412, "PreconditionFailed"),
        ({"id": "H9"}, 403, "Authorization_RequestDenied"),
        ({"id": "H10"}, 403, "AccessDenied"),
    ],
)
def test_the_service_refuses(
    graph: httpx.Client, controls: Controls, wanted: dict[str, Any], status: int, said: str
) -> None:
    switch_on(controls, operation="list policies", **wanted)
    answer = graph.get(POLICIES)
    assert code(answer) == (status, said)
    assert answer.headers["request-id"] == answer.json()["error"]["innerError"]["request-id"]
    assert answer.headers.get("Retry-After") == ("7" if status == 503 else None)
    assert graph.get(ME).status_code == 200


@pytest.mark.parametrize("fault", ["H9", "H10"])
def test_azure_refuses_with_its_own_code(
    azure: httpx.Client, controls: Controls, fault: str
) -> None:
    switch_on(controls, id=fault, operation="arm")
    assert code(azure.get(VERSION)) == (403, "AuthorizationFailed")


def test_h6_does_the_work_and_says_504(azure: httpx.Client, controls: Controls) -> None:
    switch_on(controls, id="H6", operation="create resource group", times=1)
    refused = azure.put(f"rg-no{VERSION}", json={"location": "nowhere"})
    assert refused.status_code == 400  # it failed by itself: the fault waits for one that works
    late = azure.put(f"rg-late{VERSION}", json={"location": "westeurope"})
    assert code(late) == (504, "GatewayTimeout")
    assert azure.get(f"rg-late{VERSION}").status_code == 200
    assert [(e["status"], e["faults"]) for e in controls.log()][1] == (201, ["H6"])


def test_h8_ends_a_token_in_the_middle_and_a_new_one_works(
    practice: Ready, graph: httpx.Client, controls: Controls
) -> None:
    app = public_client(practice)
    scopes = [f"https://graph.microsoft.com/{scope}" for scope in WIZARD_SCOPES]
    flow = app.initiate_device_flow(scopes=scopes)
    controls.approve(flow["user_code"])
    graph.headers["Authorization"] = (
        f"Bearer {app.acquire_token_by_device_flow(flow)['access_token']}"
    )
    switch_on(controls, id="H8", nth=2)
    assert graph.get(ME).status_code == 200
    ended = graph.get(ME)
    assert code(ended) == (401, "InvalidAuthenticationToken")
    assert graph.get(ORGANIZATION).status_code == 401  # the token stays ended
    challenge = ended.headers["WWW-Authenticate"]
    assert 'error="insufficient_claims"' in challenge
    claims = base64.b64decode(challenge.partition('claims="')[2].partition('"')[0]).decode()
    assert json.loads(claims)["access_token"]["nbf"]["essential"] is True
    renewed = app.acquire_token_silent_with_error(
        scopes, app.get_accounts()[0], claims_challenge=claims
    )
    graph.headers["Authorization"] = f"Bearer {renewed['access_token']}"
    assert graph.get(ME).status_code == 200


def test_h8_can_be_unpadded(graph: httpx.Client, controls: Controls) -> None:
    switch_on(controls, id="H8", padded=False)
    claims = graph.get(ME).headers["WWW-Authenticate"].partition('claims="')[2].partition('"')[0]
    assert not claims.endswith("=")
    assert len(claims) % 4


def test_h11_holds_values_nobody_knows(graph: httpx.Client, controls: Controls) -> None:
    controls.turn_backup_on()
    graph.post(POLICIES, json={"displayName": "New"}).raise_for_status()
    number = switch_on(controls, id="H11", value="practiceNew", times=1)
    assert graph.get(ME).status_code == 200  # nothing to change here: it waits
    statuses = [graph.get(POLICIES).json()["value"][0]["status"] for _ in range(2)]
    assert statuses == ["practiceNew", "inactive"]
    (shown,) = controls.call("GET", "faults").json()["in_force"]
    assert (shown["number"], shown["seen"], shown["struck"]) == (number, 3, 1)


def test_h12_holds_properties_nobody_knows(graph: httpx.Client, controls: Controls) -> None:
    switch_on(controls, id="H12", operation="list groups")
    found = graph.get("/v1.0/groups?$top=2").json()
    assert all("practiceUnknownObject" in part for part in (found, *found["value"]))
    assert len(found["value"]) == 2


def test_h13_relative(graph: httpx.Client, controls: Controls) -> None:
    switch_on(controls, id="H13", variant="relative", times=1)
    link = graph.get("/v1.0/groups?$top=2").json()["@odata.nextLink"]
    assert link.startswith("/v1.0/groups?")
    assert len(graph.get(link).json()["value"]) == 2


def test_h13_empty_page_leads_on(graph: httpx.Client, controls: Controls) -> None:
    switch_on(controls, id="H13", variant="empty")
    address: str | None = "/v1.0/groups?$top=100"
    pages = []
    while address:
        answer = graph.get(address).json()
        pages.append([group["id"] for group in answer["value"]])
        address = answer.get("@odata.nextLink")
        assert len(pages) < 20
    controls.call("DELETE", "faults").raise_for_status()
    plain = graph.get("/v1.0/groups?$top=100").json()
    assert pages[0] == []
    assert pages[1] == [group["id"] for group in plain["value"]]


def test_h13_repeating_never_ends(graph: httpx.Client, controls: Controls) -> None:
    switch_on(controls, id="H13", variant="repeating")
    first = graph.get("/v1.0/groups?$top=2").json()
    second = graph.get(first["@odata.nextLink"]).json()
    assert second["value"] == first["value"]
    assert second["@odata.nextLink"] == first["@odata.nextLink"]


def test_h14_and_h15_on_graph(graph: httpx.Client, controls: Controls) -> None:
    controls.turn_backup_on()
    switch_on(controls, id="H14", reads=2)
    switch_on(controls, id="H15", reads=1)
    made = graph.post(POLICIES, json={"displayName": "New"})
    assert made.status_code == 201, made.text
    address = f"{POLICIES}/{made.json()['id']}"
    assert [graph.get(address).status_code for _ in range(3)] == [404, 404, 200]
    lists = [[p["displayName"] for p in graph.get(POLICIES).json()["value"]] for _ in range(2)]
    assert lists == [[], ["New"]]
    struck = [entry["faults"] for entry in controls.log()]
    assert struck == [["H14", "H15"], ["H14"], ["H14"], [], ["H15"], []]


def test_h14_and_h15_on_azure(azure: httpx.Client, controls: Controls) -> None:
    switch_on(controls, id="H14", reads=1)
    switch_on(controls, id="H15", reads=1)
    azure.put(f"aa-new{VERSION}", json={"location": "westeurope"}).raise_for_status()
    assert code(azure.get(f"aa-new{VERSION}")) == (404, "ResourceNotFound")
    assert azure.get(f"aa-new{VERSION}").status_code == 200
    lists = [{group["name"] for group in azure.get(VERSION).json()["value"]} for _ in range(2)]
    assert lists[1] - lists[0] == {"aa-new"}
