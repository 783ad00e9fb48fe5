"""The practice admin center's pages, the controls, and how the server starts, stops and restarts."""

import json
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests

from m365backup_tui.practice import serve
from m365backup_tui.practice.state import STATE_FILE
from tests.practice.conftest import Controls, start_practice, stop_practice, web_session
from tests.practice.signing_in import ARM_SCOPE, public_client, sign_in

Ready = dict[str, Any]
LINK = {"resource_group": "rg-m365-billing", "region": "westeurope"}


def production(ready: Ready) -> str:
    """The id of the production subscription."""
    return str(ready["subscriptions"][0]["id"])


def syntex_list(
    ready: Ready, controls: Controls, kind: str, version: str, persona: str = "global-admin"
) -> list[dict[str, Any]]:
    """The typed list of the production subscription."""
    token = sign_in(ready, controls, [ARM_SCOPE], persona, client="arm")["access_token"]
    with web_session(ready) as web:
        answer = web.get(
            f"{ready['arm']}/subscriptions/{production(ready)}/providers/Microsoft.Syntex/{kind}",
            params={"api-version": version},
            headers={"Authorization": f"Bearer {token}"},
            timeout=10,
        )
    answer.raise_for_status()
    found: list[dict[str, Any]] = answer.json()["value"]
    return found


def billing_of(controls: Controls) -> dict[str, Any]:
    """The billing part of the tenant's state."""
    found: dict[str, Any] = controls.call("GET", "state").json()["billing"]
    return found


@pytest.mark.parametrize(
    ("node", "kind", "version"),
    [
        ("setup", "documentProcessors", "2022-09-15-preview"),
        ("billing", "accounts", "2023-01-04-preview"),
    ],
)
def test_the_pages_link_billing_and_turn_backup_on(
    fresh_practice: Ready,
    controls: Controls,
    browser: requests.Session,
    node: str,
    kind: str,
    version: str,
) -> None:
    controls.call("POST", "clock", {"pace": 1}).raise_for_status()
    page = f"{fresh_practice['portal']}{node}"
    shown = browser.get(page, params={"persona": "global-admin"}, timeout=10)
    assert "Northwind Labs Production" in shown.text
    assert "Fabrikam Shared" not in shown.text
    assert "PRACTICE" in shown.text
    assert f"/portal/{node}/turn-on" not in shown.text  # not before billing is saved
    sub = production(fresh_practice)
    form = {
        "persona": "global-admin",
        "subscription_id": sub,
        "resource_group": f"{sub}/rg-m365-billing",
        "region": "westeurope",
        "policy_name": "Backup of all",
    }
    refused = browser.post(page, data=form, timeout=10)
    assert refused.status_code == 400
    assert "Accept the terms" in refused.text
    for value in (sub, f"{sub}/rg-m365-billing", "westeurope"):  # nothing entered is lost
        assert f'<option value="{value}" selected>' in refused.text
    saved = browser.post(page, data={**form, "terms": "yes"}, timeout=10)
    assert saved.status_code == 200
    assert f"/portal/{node}/turn-on" in saved.text
    turned = browser.post(
        f"{page}/turn-on", data={"persona": "global-admin", "terms": "yes"}, timeout=10
    )
    assert "turning on" in turned.text
    assert syntex_list(fresh_practice, controls, kind, version) == []
    controls.advance("PT5M")
    listed = syntex_list(fresh_practice, controls, kind, version)
    assert [item["location"] for item in listed] == ["westeurope"]
    front = browser.get(page[: -len(node)], timeout=10).text
    assert "<dt>Microsoft 365 Backup</dt><dd>enabled</dd>" in front
    assert billing_of(controls)["service"]["consumer"] == "firstparty"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"persona": "exchange-admin"}, 403),
        ({"persona": "no-azure"}, 403),
        ({"resource_group": "rg-missing"}, 404),
        ({"resource_group": "rg-locked"}, 409),
        ({"region": "westus2"}, 400),
        ({"node": "elsewhere"}, 400),
    ],
)
def test_the_admin_center_refuses_what_it_would_refuse(
    fresh_practice: Ready, controls: Controls, change: dict[str, str], status: int
) -> None:
    values = {"subscription_id": production(fresh_practice), "node": "setup", **LINK, **change}
    answer = controls.admin_center(**values)
    assert (answer.status_code, set(answer.json()) >= {"error"}) == (status, True)
    assert billing_of(controls)["linked"] is None


def test_the_control_does_what_the_pages_can(fresh_practice: Ready, controls: Controls) -> None:
    place = {"subscription_id": production(fresh_practice), **LINK}

    def do(action: str, **more: Any) -> tuple[int, Any]:
        answer = controls.admin_center(do=action, **more)
        said = answer.json()
        return answer.status_code, said.get("code") or said["service"]["status"]

    assert do("turn_on") == (409, "BillingNotSetUp")
    assert do("set_up", turn_on=False, **place) == (200, "disabled")
    assert do("turn_on") == (200, "enabled")
    assert do("turn_off", persona="exchange-admin")[0] == 403
    assert do("turn_off") == (200, "disabled")
    assert do("turn_on") == (200, "enabled")
    assert do("migrate") == (200, "enabled")
    assert billing_of(controls)["linked"] is None
    assert do("unlink") == (409, "BillingNotSetUp")
    other = {"policy_name": "Legal", "budget_amount": "100"}
    assert do("set_up", node="billing", turn_on=False, **other, **place) == (200, "enabled")
    assert do("connect", policy_name="Nobody's") == (404, "BillingPolicyNotFound")
    assert do("connect", policy_name="legal") == (200, "enabled")
    assert do("delete", policy_name="Legal") == (409, "BillingPolicyConnected")
    assert do("disconnect", policy_name="Service migration") == (200, "enabled")
    assert do("disconnect", policy_name="Legal") == (200, "disabled")
    assert do("delete", policy_name="Legal") == (200, "disabled")
    assert [one["name"] for one in controls.admin_center(do="turn_on").json()["policies"]] == [
        "Service migration"
    ]
    assert do("app_billing", application="mine", **place) == (400, "BadApplicationId")
    assert do("keep") == (409, "NoChangePending")


@pytest.mark.parametrize(
    "values", [{"do": "magic"}, {"do": ["turn_on"]}, {"do": "migrate", "region": "x"}, {"x": 1}]
)
def test_the_control_refuses_what_no_page_has(
    fresh_practice: Ready, controls: Controls, values: dict[str, Any]
) -> None:
    answer = controls.admin_center(**values)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])


def test_values_in_the_link_are_chosen_in_the_form(
    fresh_practice: Ready, browser: requests.Session
) -> None:
    page = f"{fresh_practice['portal']}setup"
    sub = production(fresh_practice)
    link = {"subscription": sub, "group": "rg-app-07", "region": "norwayeast"}
    asked = browser.get(page, params=link, timeout=10).text
    assert all(f'value="{value}"' in asked for value in link.values())
    shown = browser.get(page, params={**link, "persona": "backup-admin"}, timeout=10).text
    for value in (sub, f"{sub}/rg-app-07", "norwayeast"):
        assert f'<option value="{value}" selected>' in shown


def test_the_subscription_list_is_empty_without_owner_or_contributor(
    fresh_practice: Ready, browser: requests.Session
) -> None:
    page = f"{fresh_practice['portal']}billing"
    shown = browser.get(page, params={"persona": "exchange-admin"}, timeout=10).text
    assert '<select name="subscription_id" required></select>' in shown
    assert "No subscription is listed" in shown


def test_a_slow_day_takes_a_day(fresh_practice: Ready, controls: Controls) -> None:
    controls.scenarios({"id": "backup-off-slow"})
    controls.call("POST", "clock", {"pace": 1}).raise_for_status()
    answer = controls.admin_center(subscription_id=production(fresh_practice), **LINK)
    assert answer.status_code == 200
    list_of = ("documentProcessors", "2022-09-15-preview")
    controls.advance("PT23H59M")
    assert syntex_list(fresh_practice, controls, *list_of) == []
    controls.advance("PT1M")
    assert len(syntex_list(fresh_practice, controls, *list_of)) == 1


def test_the_region_can_be_corrected_but_not_moved(
    fresh_practice: Ready, controls: Controls
) -> None:
    values = {"subscription_id": production(fresh_practice), **LINK}
    assert controls.admin_center(**values).status_code == 200
    again = controls.admin_center(**{**values, "region": "northeurope"})
    assert again.status_code == 400
    assert "already exists in location 'westeurope'" in again.json()["error"]


def test_the_log_tells_who_asked_what_and_what_changed(
    fresh_practice: Ready, controls: Controls, browser: requests.Session
) -> None:
    token = sign_in(fresh_practice, controls, [ARM_SCOPE], client="arm")["access_token"]
    address = (
        f"{fresh_practice['arm']}/subscriptions/{production(fresh_practice)}"
        "/resourcegroups/rg-log?api-version=2025-04-01"
    )
    before = controls.log()[-1]["seq"]
    headers = {"Authorization": f"Bearer {token}", "x-ms-client-request-id": "abc"}
    browser.put(address, json={"location": "westeurope"}, headers=headers, timeout=10)
    browser.get(address, headers=headers, timeout=10)
    put, get = controls.log(since=before)
    assert (put["method"], put["status"], put["persona"]) == ("PUT", 201, "global-admin")
    assert put["changed"] == "resource group rg-log created"
    assert put["scopes"] == ["user_impersonation"]
    assert put["client_request_id"] == "abc"
    assert len(put["body"]) == 64
    assert (get["status"], get["changed"], get["body"]) == (200, None, None)
    assert get["seq"] == put["seq"] + 1


def test_a_saved_state_brings_the_tenant_back(fresh_practice: Ready, controls: Controls) -> None:
    controls.admin_center(subscription_id=production(fresh_practice), **LINK).raise_for_status()
    kept = controls.call("GET", "state")
    controls.reset()
    assert billing_of(controls)["linked"] is None
    controls.call("PUT", "state", kept.json()).raise_for_status()
    assert controls.call("GET", "state").text == kept.text


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "state", {"entra": {}}),
        ("PUT", "state", []),
        ("POST", "clock", {"advance": "soon"}),
        ("POST", "clock", {"pace": 0}),
        ("PUT", "scenarios", [{"id": "made-up"}]),
        ("POST", "device-codes/NOSUCHONE/approve", {}),
        ("POST", "device-codes/NOSUCHONE/approve", {"persona": "nobody"}),
        ("GET", "requests?since=x", None),
    ],
)
def test_wrong_controls_say_what_is_wrong(
    fresh_practice: Ready, controls: Controls, method: str, path: str, body: Any
) -> None:
    answer = controls.call(method, path, body)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_an_answer_can_be_lost_after_the_change_was_made(
    fresh_practice: Ready, controls: Controls, browser: requests.Session
) -> None:
    token = sign_in(fresh_practice, controls, [ARM_SCOPE], client="arm")["access_token"]
    base = f"{fresh_practice['arm']}/subscriptions/{production(fresh_practice)}/resourcegroups"
    headers = {"Authorization": f"Bearer {token}"}
    operation = "PUT /subscriptions/*/resourcegroups/*"
    for fault, name in (("H6", "rg-late"), ("T6", "rg-broken")):
        controls.scenarios({"id": fault, "operation": operation, "nth": 1, "times": 1})
        address = f"{base}/{name}?api-version=2025-04-01"
        if fault == "H6":
            late = browser.put(
                address, json={"location": "westeurope"}, headers=headers, timeout=10
            )
            assert late.status_code == 504
        else:
            with pytest.raises(requests.ConnectionError):
                browser.put(address, json={"location": "westeurope"}, headers=headers, timeout=10)
        assert browser.get(address, headers=headers, timeout=10).status_code == 200


def test_a_killed_server_has_lost_nothing_it_acknowledged(tmp_path: Path) -> None:
    server, ready = start_practice(tmp_path)
    controls = Controls(ready)
    answer = sign_in(ready, controls, [ARM_SCOPE], client="arm")
    controls.admin_center(subscription_id=production(ready), **LINK).raise_for_status()
    before = controls.call("GET", "state").text
    controls.close()
    server.send_signal(signal.SIGKILL)
    stop_practice(server)
    server, ready = start_practice(tmp_path)
    controls = Controls(ready)
    try:
        assert controls.call("GET", "state").text == before
        with web_session(ready) as web:
            kept = web.get(
                f"{ready['arm']}/subscriptions?api-version=2022-12-01",
                headers={"Authorization": f"Bearer {answer['access_token']}"},
                timeout=10,
            )
        assert kept.status_code == 200
    finally:
        controls.close()
        assert stop_practice(server) == 0


def test_somebody_can_be_signed_in_without_a_page_and_a_tenant_started_over(tmp_path: Path) -> None:
    server, ready = start_practice(tmp_path, "--persona-auto", "no-azure", "--pace", "60")
    try:
        app = public_client(ready)
        answer = app.acquire_token_by_device_flow(app.initiate_device_flow(["User.Read"]))
        assert answer["id_token_claims"]["name"] == "Greta Lindqvist"
        with web_session(ready) as web:
            clock = web.post(f"{ready['control']}clock", json={"advance": "PT1H"}, timeout=10)
        assert clock.json()["pace"] == 60
    finally:
        assert stop_practice(server) == 0
    kept = tmp_path / "state" / STATE_FILE
    with closing(sqlite3.connect(kept)) as db:
        [clock] = db.execute("SELECT body FROM area WHERE name = 'clock'").fetchone()
    assert json.loads(clock)["offset_seconds"] >= 3600
    assert serve.main(["reset", "--state-dir", str(tmp_path / "state")]) == 0
    assert not kept.exists()
    assert serve.main(["reset", "--state-dir", str(tmp_path / "state")]) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        ["--pace", "0"],
        ["--pace", "nan"],
        ["--pace", "inf"],
        ["--persona-auto", "nobody"],
        ["--scenario", "made-up"],
    ],
)
def test_wrong_options_are_refused_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: list[str]
) -> None:
    assert serve.main(["serve", "--state-dir", str(tmp_path), *wrong]) in (1, 2)
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1


def test_the_scenarios_are_listed_with_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert serve.main(["scenarios"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in lines} >= {
        "throttled",
        "provider-stuck",
        "no-subscriptions",
    }
    assert all(line.endswith(".") for line in lines)


def test_a_body_without_end_is_refused_in_the_services_shape(
    fresh_practice: Ready, browser: requests.Session
) -> None:
    answer = browser.post(
        f"{fresh_practice['base_url']}/v1.0/$batch", data=b"x" * (33 * 1024 * 1024), timeout=30
    )
    assert answer.status_code == 413
    assert set(answer.json()) == {"error"}


def test_files_are_the_owners_alone_and_a_second_server_is_refused(tmp_path: Path) -> None:
    server, ready = start_practice(tmp_path)
    try:
        state = tmp_path / "state"
        assert stat.S_IMODE(state.stat().st_mode) == 0o700
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in state.iterdir()}
        assert {"practice-ca.pem", "practice-signing-key.pem", STATE_FILE} <= set(modes)
        assert set(modes.values()) == {0o600}
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(ready["base_url"], timeout=10)
        second = subprocess.run(
            [sys.executable, "-m", "m365backup_tui.practice", "serve", "--state-dir", str(state)],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert second.returncode == 1
        assert second.stdout == ""
        assert len(second.stderr.splitlines()) == 1
        assert "Another practice tenant" in second.stderr
    finally:
        server.send_signal(signal.SIGTERM)
        assert stop_practice(server) == 0
