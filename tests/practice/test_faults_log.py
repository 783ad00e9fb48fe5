"""What the log says of faults, callers and early callers; parts of a batch among them."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.practice.conftest import Controls, web_session
from tests.practice.fault_clients import ME, admin_token, clean_client, switch_on

Ready = dict[str, Any]
ORGANIZATION = "/v1.0/organization"


@pytest.fixture(scope="module")
def token(practice: Ready) -> str:
    """A Graph token of the Global Administrator."""
    return admin_token(practice)


@pytest.fixture
def graph(practice: Ready, controls: Controls, token: str) -> Iterator[httpx.Client]:
    """Graph for the Global Administrator; faults off and the log empty before and after."""
    with clean_client(practice, controls, token) as client:
        yield client


def test_early_callers_are_recorded_always_and_turned_away_with_h2(
    graph: httpx.Client, controls: Controls
) -> None:
    switch_on(controls, id="H1", operation="read me", nth=1, retry_after=3600)
    assert graph.get(ME).status_code == 429
    assert graph.get(ORGANIZATION).status_code == 200  # another operation was not asked to wait
    assert graph.get(ME).status_code == 200
    switch_on(controls, id="H2")
    again = graph.get(ME)
    assert again.status_code == 429
    assert 3590 <= int(again.headers["Retry-After"]) <= 3600
    log = controls.log()
    assert [entry["early"] is not None for entry in log] == [False, False, True, True]
    assert 3590 < log[2]["early"] <= 3600
    assert [entry["faults"] for entry in log] == [["H1"], [], [], ["H2"]]
    found = controls.call("GET", "early").json()
    assert (found["calls"], found["callers"][0]["path"]) == (2, ME)
    assert found["callers"][0]["oid"] == log[0]["oid"]
    assert found["worst_seconds"] == pytest.approx(log[2]["early"], abs=0.01)
    controls.advance("PT1H")
    assert graph.get(ME).status_code == 200
    assert controls.log()[-1]["early"] is None


def test_parts_of_a_batch_are_requests_of_their_own(
    graph: httpx.Client, controls: Controls
) -> None:
    switch_on(controls, id="H1", operation="read me", nth=2, retry_after=30)
    switch_on(controls, id="T5", operation="GET /v1.0/organization")  # parts have no connection
    parts = [{"id": str(nr), "method": "GET", "url": "/me"} for nr in range(3)]
    parts.append({"id": "org", "method": "GET", "url": "/organization"})
    answer = graph.post("/v1.0/$batch", json={"requests": parts})
    assert answer.status_code == 200
    found = {part["id"]: part for part in answer.json()["responses"]}
    assert [found[str(nr)]["status"] for nr in range(3)] == [200, 429, 200]
    assert found["1"]["headers"]["Retry-After"] == "30"
    assert found["org"]["status"] == 200
    log = controls.log()
    assert [(e["path"], e["status"]) for e in log] == [
        ("/v1.0/$batch", 200),
        ("/v1.0/me", 200),
        ("/v1.0/me", 429),
        ("/v1.0/me", 200),
        ("/v1.0/organization", 200),
    ]
    assert log[3]["early"] is not None  # the next part did not wait
    assert all(entry["oid"] == log[0]["oid"] for entry in log)


def test_entra_can_be_down(practice: Ready, graph: httpx.Client, controls: Controls) -> None:
    switch_on(controls, id="H5", operation="start device code", retry_after=2)
    answer = graph.post(
        "/organizations/oauth2/v2.0/devicecode",
        data={"client_id": practice["client_ids"]["graph"], "scope": "User.Read"},
    )
    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
    assert answer.headers["Retry-After"] == "2"


def test_what_a_handler_asked_about_is_in_the_log(
    practice: Ready, graph: httpx.Client, controls: Controls
) -> None:
    switch_on(controls, id="A", operation="start device code", aadsts=700016, nth=1)
    address = "/organizations/oauth2/v2.0/devicecode"
    form = {"client_id": practice["client_ids"]["graph"], "scope": "User.Read"}
    assert [graph.post(address, data=form).status_code for _ in range(2)] == [400, 200]
    assert [entry["faults"] for entry in controls.log()] == [["A"], []]


def test_the_log_says_who_and_by_which_right(
    practice: Ready, graph: httpx.Client, controls: Controls
) -> None:
    assert graph.get(ORGANIZATION, headers={"client-request-id": "mine"}).status_code == 200
    with web_session(practice) as nobody:
        assert nobody.get(f"{practice['graph']}/me", timeout=10).status_code == 401
    known, stranger = controls.log()
    admin = next(one for one in practice["personas"] if one["key"] == "global-admin")
    assert (known["persona"], known["oid"]) == ("global-admin", admin["oid"])
    assert known["client_id"] == practice["client_ids"]["graph"]
    assert len(known["scopes_used"]) == 1
    assert set(known["scopes_used"]) < set(known["scopes"])
    assert known["client_request_id"] == "mine"
    assert (stranger["oid"], stranger["scopes_used"], stranger["status"]) == (None, [], 401)
