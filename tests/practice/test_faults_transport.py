"""T1 to T12 through real sockets: what a client sees, and that the tenant stays steerable."""

import asyncio
import contextlib
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.practice.conftest import Controls, start_practice
from tests.practice.fault_clients import (
    ME,
    POLICIES,
    admin_token,
    clean_client,
    client_of,
    switch_on,
)
from tests.practice.graph_client import graph_token

Ready = dict[str, Any]
# Python's TLS may hide a reset (ECONNRESET) behind an end without an answer.
BROKEN = (httpx.ReadError, httpx.RemoteProtocolError)
GROUP = "/v1.0/groups?$top=5"


@pytest.fixture(scope="module")
def token(practice: Ready) -> str:
    """A Graph token of the Global Administrator."""
    return admin_token(practice)


@pytest.fixture
def trust(practice: Ready) -> ssl.SSLContext:
    """What a client of this tenant trusts."""
    return ssl.create_default_context(cafile=practice["ca_file"])


@pytest.fixture
def web(practice: Ready, controls: Controls, token: str) -> Iterator[httpx.Client]:
    """A client of its own for each test; the faults are off and the log empty before and after."""
    with clean_client(practice, controls, token) as client:
        yield client


def test_t1_refuses_new_connections_until_it_is_off(web: httpx.Client, controls: Controls) -> None:
    assert web.get(ME).status_code == 200
    number = switch_on(controls, id="T1")
    with pytest.raises(httpx.ConnectError, match="refused"):
        web.get(ME)
    controls.call("DELETE", f"faults/{number}").raise_for_status()
    assert web.get(ME).status_code == 200


def test_t1_ends_with_its_time(web: httpx.Client, controls: Controls) -> None:
    switch_on(controls, id="T1", after="PT1H", **{"for": "PT1H"})
    assert web.get(ME).status_code == 200
    controls.advance("PT1H")
    with pytest.raises(httpx.ConnectError):
        web.get(ME)
    controls.advance("PT1H")
    assert web.get(ME).status_code == 200


def test_t2_names_hosts_that_do_not_exist(web: httpx.Client, controls: Controls) -> None:
    switch_on(controls, id="T2")
    link = web.get(GROUP).json()["@odata.nextLink"]
    assert httpx.URL(link).host == "practice-tenant.invalid"
    with pytest.raises(httpx.ConnectError):
        web.get(link)
    discovery = web.get("/common/v2.0/.well-known/openid-configuration").json()
    assert ".invalid/" in discovery["token_endpoint"]
    assert ".invalid" not in discovery["issuer"]
    report = web.get("/v1.0/reports/getMailboxUsageDetail(period='D7')")
    assert (report.status_code, httpx.URL(report.headers["Location"]).host) == (
        302,
        "practice-tenant.invalid",
    )


@pytest.mark.parametrize(
    ("variant", "says"),
    [
        ("name", "not valid for"),
        ("authority", "unable to get local issuer"),
        ("expired", "expired"),
    ],
)
def test_t3_shows_a_certificate_to_refuse(
    web: httpx.Client, controls: Controls, variant: str, says: str
) -> None:
    assert web.get(ME).status_code == 200
    number = switch_on(controls, id="T3", variant=variant)
    with pytest.raises(httpx.ConnectError, match=says):
        web.get(ME)
    controls.call("DELETE", f"faults/{number}").raise_for_status()
    assert web.get(ME).status_code == 200


def test_t4_never_answers_a_new_connection(web: httpx.Client, controls: Controls) -> None:
    number = switch_on(controls, id="T4")
    with pytest.raises(httpx.ConnectTimeout):
        web.get(ME, timeout=httpx.Timeout(5, connect=0.05))
    controls.call("DELETE", "faults").raise_for_status()
    assert web.get(ME).status_code == 200
    assert number == 1


def test_t5_breaks_before_anything_is_done(web: httpx.Client, controls: Controls) -> None:
    switch_on(controls, id="T5", operation="read me", nth=2)
    assert web.get(ME).status_code == 200
    with pytest.raises(BROKEN):
        web.get(ME)
    assert web.get(ME).status_code == 200
    log = [(entry["status"], entry["faults"]) for entry in controls.log()]
    assert log == [(200, []), (0, ["T5"]), (200, [])]


def test_t6_breaks_after_the_work_was_done(web: httpx.Client, controls: Controls) -> None:
    switch_on(controls, id="T6", operation="GET /v1.0/me", times=1)
    with pytest.raises(BROKEN):
        web.get(ME)
    (entry,) = controls.log()
    assert (entry["status"], entry["faults"]) == (200, ["T6"])
    assert web.get(ME).status_code == 200


def test_t6_waits_for_a_request_that_changes_something(
    web: httpx.Client, controls: Controls
) -> None:
    controls.turn_backup_on()
    switch_on(controls, id="T6", nth=1)
    assert web.post(POLICIES, json={}).status_code == 400
    assert web.get(ME).status_code == 200
    with pytest.raises(BROKEN):
        web.post(POLICIES, json={"displayName": "Kept"})
    assert [one["displayName"] for one in web.get(POLICIES).json()["value"]] == ["Kept"]
    assert [entry["faults"] for entry in controls.log()] == [[], [], ["T6"], []]


def test_t7_stalls_in_the_middle(web: httpx.Client, controls: Controls) -> None:
    switch_on(controls, id="T7")
    with web.stream("GET", ME, timeout=httpx.Timeout(5, read=0.05)) as answer:
        promised = int(answer.headers["Content-Length"])
        pieces = answer.iter_raw()
        assert 0 < len(next(pieces)) < promised
        with pytest.raises(httpx.ReadTimeout):
            next(pieces)


def test_t8_cuts_the_answer_short(web: httpx.Client, controls: Controls) -> None:
    switch_on(controls, id="T8")
    answer = web.get(ME)
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        answer.json()


@pytest.mark.parametrize("status", [200, 407, 502])
def test_t9_is_the_page_of_a_proxy(web: httpx.Client, controls: Controls, status: int) -> None:
    switch_on(controls, id="T9", status=status)
    answer = web.get(ME)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "<html>" in answer.text
    assert "request-id" not in answer.headers
    assert ("Proxy-Authenticate" in answer.headers) == (status == 407)


def test_t10_drips(web: httpx.Client, controls: Controls) -> None:
    switch_on(controls, id="T10", bytes_per_second=100)
    with web.stream("GET", ME) as answer:
        assert len(next(answer.iter_raw())) <= 20  # a tenth of a second's worth, or two
    controls.call("DELETE", "faults").raise_for_status()
    switch_on(controls, id="T10", bytes_per_second=100_000)
    assert web.get(ME).json()["userPrincipalName"]


def test_t11_takes_its_time_and_never_the_same(web: httpx.Client, controls: Controls) -> None:
    switch_on(controls, id="T11", least=0.02, most=0.04)
    taken = []
    for _ in range(4):
        start = time.perf_counter()
        assert web.get(ME).status_code == 200
        taken.append(time.perf_counter() - start)
    assert min(taken) >= 0.02


async def test_t11_holds_nobody_else_up(
    web: httpx.Client, controls: Controls, trust: ssl.SSLContext
) -> None:
    switch_on(controls, id="T11", operation="read me", least=30, most=30)
    async with httpx.AsyncClient(
        verify=trust, base_url=str(web.base_url), headers=web.headers, trust_env=False
    ) as client:
        slow = asyncio.create_task(client.get(ME, timeout=60))
        for _ in range(200):  # the slow one may still be on its way
            assert (await client.get("/v1.0/organization")).status_code == 200
            if ["T11"] in [entry["faults"] for entry in controls.log()]:
                break
        assert not slow.done()
        slow.cancel()
    assert [entry["faults"] for entry in controls.log()].count(["T11"]) == 1


def test_t12_has_another_clock(web: httpx.Client, controls: Controls) -> None:
    switch_on(controls, id="T12", skew=-600)
    dated = parsedate_to_datetime(web.get(ME).headers["Date"])
    assert 590 < (datetime.now(UTC) - dated).total_seconds() < 620


@pytest.mark.parametrize("fault", ["T1", "T4", "T7", "T10"])
def test_the_server_stops_at_once_all_the_same(tmp_path: Path, fault: str) -> None:
    server, ready = start_practice(tmp_path)
    controls = Controls(ready)
    made = graph_token(ready, controls)
    switch_on(controls, id=fault)
    with client_of(ready, made) as client, contextlib.ExitStack() as open_answer:
        if fault == "T7":
            stalled = open_answer.enter_context(client.stream("GET", ME))
            assert stalled.status_code == 200
        controls.close()
        start = time.perf_counter()
        server.terminate()
        assert server.wait(10) == 0
        assert time.perf_counter() - start < 8
