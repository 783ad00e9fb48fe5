"""`/control/`: the state as one text, snapshots, the clock, device codes. Nobody signs in for any of it."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp.test_utils import TestClient, TestServer

from m365backup_tui.practice.clock import from_iso
from m365backup_tui.practice.server import build_app
from m365backup_tui.practice.tenant import Tenant, open_tenant
from tests.practice.conftest import Controls, start_practice, stop_practice
from tests.practice.northwind import SUB_PRODUCTION
from tests.practice.signing_in import public_client

Ready = dict[str, Any]
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LINK = {"resource_group": "rg-m365-billing", "region": "westeurope"}
# Left out of the comparison of two tenants, because it is random on purpose: codes, refresh tokens,
# secrets (area `entra`). Keys and certificates are files of their own and never in the document.
RANDOM = "entra"


@pytest.fixture(autouse=True)
def no_snapshots(practice: Ready, controls: Controls) -> None:
    for taken in controls.call("GET", "snapshots").json():
        controls.call("DELETE", f"snapshots/{taken['name']}").raise_for_status()


def production(ready: Ready) -> str:
    return str(ready["subscriptions"][0]["id"])


def test_the_index_names_every_control_with_a_sentence(
    fresh_practice: Ready, controls: Controls
) -> None:
    rows = {row["request"]: row["does"] for row in controls.call("GET", "").json()}
    promised = {
        "GET requests", "GET state", "PUT state", "POST reset", "GET clock", "POST clock",
        "GET scenarios", "PUT scenarios", "GET snapshots", "POST snapshots/{name}",
        "POST snapshots/{name}/restore", "DELETE snapshots/{name}", "GET device-codes",
        "POST device-codes/{user_code}/approve", "POST device-codes/{user_code}/decline",
        "POST admin-center",
    }  # fmt: skip
    assert promised <= set(rows)
    assert [request for request in promised if not rows[request]] == []


def test_a_snapshot_brings_the_tenant_back_byte_for_byte(
    fresh_practice: Ready, controls: Controls
) -> None:
    answer = controls.admin_center(subscription_id=production(fresh_practice), **LINK)
    answer.raise_for_status()
    before = controls.call("GET", "state").text
    taken = controls.call("POST", "snapshots/after-billing")
    assert taken.status_code == 201
    assert taken.json()["bytes"] > 0
    controls.reset()
    assert controls.call("GET", "state").text != before
    assert controls.call("POST", "snapshots/after-billing/restore").status_code == 204
    assert controls.call("GET", "state").text == before
    assert [one["name"] for one in controls.call("GET", "snapshots").json()] == ["after-billing"]
    assert controls.call("DELETE", "snapshots/after-billing").status_code == 204
    assert controls.call("GET", "snapshots").json() == []


def test_a_snapshot_of_the_same_name_is_replaced(fresh_practice: Ready, controls: Controls) -> None:
    for pace in (11, 22):
        controls.call("POST", "clock", {"pace": pace}).raise_for_status()
        assert controls.call("POST", "snapshots/kept").status_code == 201
    controls.reset()
    controls.call("POST", "snapshots/kept/restore").raise_for_status()
    assert controls.call("GET", "clock").json()["pace"] == 22


def test_snapshots_outlive_the_server(tmp_path: Path) -> None:
    server, ready = start_practice(tmp_path)
    controls = Controls(ready)
    controls.call("POST", "clock", {"pace": 77}).raise_for_status()
    controls.call("POST", "snapshots/kept").raise_for_status()
    controls.call("POST", "clock", {"pace": 78}).raise_for_status()
    controls.close()
    server.kill()
    stop_practice(server)
    server, ready = start_practice(tmp_path)
    controls = Controls(ready)
    try:
        assert controls.call("POST", "snapshots/kept/restore").status_code == 204
        assert controls.call("GET", "clock").json()["pace"] == 77
        (tmp_path / "state" / "snapshots" / "torn.db").write_bytes(b"not a database at all")
        refused = controls.call("POST", "snapshots/torn/restore")
        assert (refused.status_code, "no snapshot" in refused.json()["error"]) == (400, True)
        assert controls.call("GET", "clock").json()["pace"] == 77
    finally:
        controls.close()
        assert stop_practice(server) == 0


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "snapshots/nobody/restore", 404),
        ("DELETE", "snapshots/nobody", 404),
        ("POST", "snapshots/%2e%2e%2fx", 400),
        ("POST", "snapshots/.hidden", 400),
        ("POST", f"snapshots/{'x' * 65}", 400),
        ("POST", "snapshots/a%20b", 400),
    ],
)
def test_a_name_that_is_none_is_refused(
    fresh_practice: Ready, controls: Controls, method: str, path: str, status: int
) -> None:
    answer = controls.call(method, path)
    assert (
        answer.status_code in (status, 405) if path.endswith("..") else answer.status_code == status
    )


def test_the_clock_is_read_moved_and_held(fresh_practice: Ready, controls: Controls) -> None:
    def now() -> datetime:
        return from_iso(controls.call("GET", "clock").json()["now"])

    before = now()
    controls.advance("P1WT1H")
    assert now() - before >= timedelta(days=7, hours=1)
    target = now() + timedelta(days=30)
    held = controls.call("POST", "clock", {"at": target.isoformat(), "hold": True}).json()
    assert (from_iso(held["now"]), held["held"]) == (target, True)
    assert now() == target, "time stands still"
    controls.advance("PT10M")
    assert now() == target + timedelta(minutes=10)
    assert controls.call("POST", "clock", {"hold": False}).json()["held"] is False
    assert now() > target + timedelta(minutes=10)
    assert now() < target + timedelta(hours=1)


@pytest.mark.parametrize(
    "body",
    [
        {"advance": "PT"},
        {"advance": "P999999999W"},
        {"advance": "P3000000D"},
        {"advance": 5},
        {"advance": "PT1H", "at": "2030-01-01T00:00:00Z"},
        {"at": "2001-01-01T00:00:00Z"},
        {"at": "2030-01-01"},
        {"at": "2030-01-01T00:00:00"},
        {"at": "9999-12-31T23:59:59Z"},
        {"at": None},
        {"hold": "yes"},
        {"pace": 10**400},
        {"pace": True},
        {"pace": "fast"},
        {"pace": 1e-300},
        {"speed": 1},
        [],
    ],
)
def test_the_clock_refuses_nonsense_and_stays(
    fresh_practice: Ready, controls: Controls, body: Any
) -> None:
    before = controls.call("GET", "state").text
    answer = controls.call("POST", "clock", body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert controls.call("GET", "state").text == before


def test_device_codes_are_listed_with_what_became_of_them(
    fresh_practice: Ready, controls: Controls
) -> None:
    def listed() -> dict[str, str]:
        rows = controls.call("GET", "device-codes").json()
        return {row["user_code"]: row["status"] for row in rows}

    app = public_client(fresh_practice)
    yes, no, late = (app.initiate_device_flow(["User.Read"])["user_code"] for _ in range(3))
    assert listed() == {yes: "pending", no: "pending", late: "pending"}
    controls.approve(yes)
    controls.call("POST", f"device-codes/{no}/decline").raise_for_status()
    assert listed() == {yes: "approved", no: "declined", late: "pending"}
    controls.advance("PT16M")
    assert listed()[late] == "expired"
    text = controls.call("GET", "device-codes").text
    assert "device_code" not in text, "whoever may look may not sign in with it"


@pytest.mark.parametrize(
    "change",
    [
        {"meta": {"seed": 1, "size": "standard", "scenarios": [], "faults": []}},
        {"clock": {"pace": 0.0, "offset_seconds": 0.0}},
        {"clock": {"pace": 300.0, "offset_seconds": 1e300}},
        {"clock": {"pace": 300.0, "offset_seconds": 0.0, "held_at": "soon"}},
        {"clock": {"pace": 300.0, "offset_seconds": 0.0, "held_at": 5}},
        {"clock": []},
        {"billing": None},
    ],
)
def test_a_state_that_nothing_could_work_with_is_refused_whole(
    fresh_practice: Ready, controls: Controls, change: dict[str, Any]
) -> None:
    before = controls.call("GET", "state")
    answer = controls.call("PUT", "state", {**before.json(), **change})
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert controls.call("GET", "state").text == before.text


def test_a_state_taken_while_others_write_is_of_one_moment(tmp_path: Path) -> None:
    """Readers do not stop writers, and what they read is a tenant that was there."""
    server, ready = start_practice(tmp_path)
    controls, stop = Controls(ready), threading.Event()

    def write() -> None:
        mine = Controls(ready)
        pace = 300
        while not stop.is_set():
            pace += 1
            mine.call("POST", "clock", {"pace": pace}).raise_for_status()
            mine.call("POST", f"snapshots/s{pace % 3}").raise_for_status()
        mine.close()

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    try:
        paces = [json.loads(controls.call("GET", "state").text)["clock"]["pace"] for _ in range(20)]
        assert paces == sorted(paces)
        assert paces[-1] > paces[0]
    finally:
        stop.set()
        writer.join(30)
        controls.close()
        assert stop_practice(server) == 0


class Stopped:
    """A machine's clock that moves only when told."""

    def __init__(self) -> None:
        self.moment = NOON

    def __call__(self) -> datetime:
        return self.moment


async def same_day(tenant: Tenant, clock: Stopped) -> dict[str, Any]:
    """One and the same day in a tenant; its exported document."""
    async with TestClient(TestServer(build_app(tenant))) as web:

        async def call(method: str, path: str, body: Any = None) -> None:
            async with web.request(method, f"/control/{path}", json=body) as answer:
                assert answer.status < 300, await answer.text()

        await call("POST", "clock", {"advance": "PT1H", "pace": 60})
        await call("POST", "admin-center", {"subscription_id": SUB_PRODUCTION, **LINK})
        clock.moment += timedelta(minutes=3)
        await call("PUT", "scenarios", [{"id": "H1", "operation": "graph", "nth": 3}])
        await call("POST", "clock", {"advance": "P2D"})
        async with web.get("/control/state") as answer:
            found: dict[str, Any] = json.loads(await answer.text())
    return found


async def test_two_tenants_that_did_the_same_are_equal_byte_for_byte() -> None:
    texts = []
    for _ in range(2):
        clock = Stopped()
        tenant = open_tenant(None, pace=300, real=clock)
        document = await same_day(tenant, clock)
        assert set(document) >= {RANDOM, "arm", "billing", "clock", "meta"}
        document.pop(RANDOM)
        texts.append(json.dumps(document))
    assert texts[0] == texts[1]
    assert '"linked": {' in texts[0]


async def test_snapshots_of_a_tenant_in_memory() -> None:
    tenant = open_tenant(None)
    async with TestClient(TestServer(build_app(tenant))) as web:
        async with web.post("/control/clock", json={"pace": 9}) as answer:
            assert answer.status == 200
        async with web.post("/control/snapshots/a") as answer:
            assert answer.status == 201
        async with web.post("/control/reset") as answer:
            assert answer.status == 204
        async with web.post("/control/snapshots/a/restore") as answer:
            assert answer.status == 204
    await asyncio.sleep(0)
    assert tenant.clock.pace == 9


def test_controls_listen_on_loopback_only(fresh_practice: Ready) -> None:
    for name in ("base_url", "control"):
        port = urlsplit(fresh_practice[name]).port
        with pytest.raises(OSError, match=r"refused|timed out|unreachable"):
            socket.create_connection((_own_address(), port or 0), timeout=5)


def _own_address() -> str:
    """An address of this machine that is not loopback; 192.0.2.1 (nobody's) when it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("198.51.100.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "192.0.2.1"
