"""Who controls the backup: service apps and their hand-over, enable, and what each of them may do."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from msgraph.generated.models.backup_service_status import BackupServiceStatus
from msgraph.generated.models.service_app import ServiceApp
from msgraph.generated.models.service_app_status import ServiceAppStatus
from msgraph.generated.solutions.backup_restore.enable.enable_post_request_body import (
    EnablePostRequestBody,
)
from msgraph.generated.solutions.backup_restore.service_apps.item.activate.activate_post_request_body import (
    ActivatePostRequestBody,
)

from m365backup_tui.practice.entra.keys import load_signer
from tests.practice.backup_control import (
    APPS,
    BACKUP,
    CONTROL_SCOPES,
    FIRST_APP,
    SECOND_APP,
    app_rest,
    controlling_app,
    in_days,
    pay_for_app,
    pending_app,
    register,
    state_of,
    status,
    tenant_id,
)
from tests.practice.conftest import Controls
from tests.practice.contract import contract
from tests.practice.graph_client import Rest, graph_client, graph_token

Ready = dict[str, Any]
REFUSED = (403, "ServiceAppActionNotAllowed")


@pytest.fixture
def first(fresh_practice: Ready, controls: Controls, browser: requests.Session) -> Rest:
    return app_rest(fresh_practice, controls, browser)


@pytest.fixture
def second(fresh_practice: Ready, controls: Controls, browser: requests.Session) -> Rest:
    return app_rest(fresh_practice, controls, browser, SECOND_APP)


@pytest.fixture
def powershell(fresh_practice: Ready, controls: Controls, browser: requests.Session) -> Rest:
    token = graph_token(fresh_practice, controls, scopes=CONTROL_SCOPES)
    return Rest(fresh_practice, token, browser)


def test_an_app_registers_once_and_begins_inactive(first: Rest) -> None:
    app = register(first)
    code, body = first.call("GET", f"{APPS}/{app}")
    assert (code, body["status"], body["application"]["id"]) == (200, "inactive", FIRST_APP)
    assert body["registrationDateTime"]
    assert [one["id"] for one in first.call("GET", APPS)[1]["value"]] == [app]
    assert first.code("POST", APPS, {}) == (409, "ServiceAppAlreadyExists")


@pytest.mark.parametrize("body", [{"status": "active"}, {"id": "x"}])
def test_an_app_is_registered_with_nothing_of_its_own(first: Rest, body: Any) -> None:
    assert first.code("POST", APPS, body)[0] == 400


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("POST", "/enable", {}),
        ("POST", "/serviceApps", {}),
        ("DELETE", "/serviceApps/11111111-2222-4333-8444-555555555555", None),
        ("POST", "/serviceApps/11111111-2222-4333-8444-555555555555/activate", {}),
        ("POST", "/serviceApps/11111111-2222-4333-8444-555555555555/deactivate", {}),
    ],
)
def test_graph_powershell_is_refused(powershell: Rest, method: str, path: str, body: Any) -> None:
    assert powershell.code(method, BACKUP + path, body) == (403, "Forbidden")


def test_deciding_about_control_needs_a_role_for_all_of_backup(
    fresh_practice: Ready, controls: Controls, browser: requests.Session
) -> None:
    exchange = app_rest(fresh_practice, controls, browser, persona="exchange-admin")
    assert exchange.code("POST", APPS, {}) == (403, "AccessDenied")
    backup = app_rest(fresh_practice, controls, browser, persona="backup-admin")
    assert register(backup)


def test_with_no_controller_an_app_is_active_at_once(first: Rest) -> None:
    controlling_app(first)
    assert status(first)["status"] == "disabled"  # until it calls enable


@pytest.mark.parametrize(
    "days", [None, 6.9, 30.1, -1, "soon", 7, "2026-12-01", "9999-99-99T00:00:00Z"]
)
def test_with_a_controller_the_day_is_7_to_30_days_ahead(
    first: Rest, controls: Controls, days: Any
) -> None:
    controls.turn_backup_on()
    app = register(first)
    body = {"effectiveDateTime": in_days(controls, days) if isinstance(days, float) else days}
    assert first.code("POST", f"{APPS}/{app}/activate", body) == (400, "BadRequest")
    assert state_of(first, app) == "inactive"


@pytest.mark.parametrize("days", [7.01, 29.99])
def test_the_change_comes_on_its_day(first: Rest, controls: Controls, days: float) -> None:
    controls.turn_backup_on()
    app = register(first)
    asked = {"effectiveDateTime": in_days(controls, days)}
    code, body = first.call("POST", f"{APPS}/{app}/activate", asked)
    assert (code, body["status"]) == (202, "pendingActive")
    assert body["effectiveDateTime"][:19] == asked["effectiveDateTime"][:19]
    controls.advance(f"P{int(days)}D")
    assert state_of(first, app) == "pendingActive"
    controls.advance("P1D")
    assert state_of(first, app) == "active"
    shown = status(first)
    assert (shown["backupServiceConsumer"], shown["status"]) == (
        "thirdparty",
        "protectionChangeLocked",
    )


def test_a_second_change_while_one_is_pending_is_refused(
    first: Rest, second: Rest, controls: Controls
) -> None:
    app = pending_app(first, controls)
    other = register(second)
    asked = {"effectiveDateTime": in_days(controls, 12)}
    assert second.code("POST", f"{APPS}/{other}/activate", asked) == REFUSED
    assert first.code("POST", f"{APPS}/{app}/activate", asked) == REFUSED


def test_deactivating_does_what_the_table_says(
    first: Rest, second: Rest, controls: Controls
) -> None:
    idle = register(second)
    assert second.call("POST", f"{APPS}/{idle}/deactivate")[1]["status"] == "inactive"
    app = pending_app(first, controls)
    assert first.call("POST", f"{APPS}/{app}/deactivate")[1]["status"] == "inactive"
    controls.advance("P20D")
    assert status(first)["backupServiceConsumer"] == "firstparty"  # the change was called off


def test_the_one_that_is_replaced_can_neither_be_deactivated_nor_deleted(
    first: Rest, second: Rest, controls: Controls
) -> None:
    app = controlling_app(first)
    assert first.code("POST", f"{APPS}/{app}/deactivate") == REFUSED
    other = register(second)
    asked = {"effectiveDateTime": in_days(controls, 8)}
    assert second.call("POST", f"{APPS}/{other}/activate", asked)[1]["status"] == "pendingActive"
    assert state_of(first, app) == "pendingInactive"
    assert first.call("POST", f"{APPS}/{app}/deactivate")[1]["status"] == "pendingInactive"
    assert first.code("DELETE", f"{APPS}/{app}") == REFUSED
    controls.advance("P8D")
    assert (state_of(first, app), state_of(first, other)) == ("inactive", "active")
    assert first.call("DELETE", f"{APPS}/{app}")[0] == 204


def test_deleting_a_pending_app_calls_the_change_off(first: Rest, controls: Controls) -> None:
    app = pending_app(first, controls)
    assert first.call("DELETE", f"{APPS}/{app}")[0] == 204
    assert first.code("GET", f"{APPS}/{app}") == (404, "ServiceAppNotFound")
    controls.advance("P20D")
    assert status(first)["status"] == "enabled"


def test_a_change_is_called_off_in_the_admin_center(
    first: Rest, fresh_practice: Ready, controls: Controls, browser: requests.Session
) -> None:
    app = pending_app(first, controls)
    page = f"{fresh_practice['portal']}backup"
    shown = browser.get(page, params={"persona": "global-admin"}, timeout=10).text
    assert "Another application takes over on" in shown
    done = browser.post(f"{page}/keep", data={"persona": "global-admin"}, timeout=10)
    assert done.status_code == 200
    assert state_of(first, app) == "inactive"
    again = browser.post(f"{page}/keep", data={"persona": "global-admin"}, timeout=10)
    assert again.status_code == 409


def test_enable_wants_the_active_app_and_a_billing_policy_of_its_own(
    first: Rest, fresh_practice: Ready, controls: Controls, browser: requests.Session
) -> None:
    enable, owner = f"{BACKUP}/enable", {"appOwnerTenantId": tenant_id(fresh_practice)}
    for body in (
        {},
        {"appOwnerTenantId": "x"},
        {"appOwnerTenantId": [1]},
        {"appOwnerTenantId": SECOND_APP},
    ):
        assert first.code("POST", enable, body) == (400, "InvalidAppOwnerTenantId")
    assert first.code("POST", enable, owner) == REFUSED
    controlling_app(first)
    assert first.code("POST", enable, owner) == (402, "InvalidBillingProfile")
    pay_for_app(fresh_practice, controls, browser)
    for _ in range(2):  # idempotent
        code, body = first.call("POST", enable, owner)
        assert (code, body["status"], body["backupServiceConsumer"]) == (
            200,
            "enabled",
            "thirdparty",
        )


def test_service_apps_are_answered_as_the_api_description_has_them(
    first: Rest, controls: Controls
) -> None:
    judge = contract()
    if judge is None:
        pytest.skip("the API description is not on this machine")
    controls.turn_backup_on()
    app = register(first)
    day = {"effectiveDateTime": in_days(controls, 10)}
    for verb, path, body in (
        ("GET", BACKUP, None),
        ("GET", APPS, None),
        ("GET", f"{APPS}/{app}", None),
        ("POST", f"{APPS}/{app}/activate", day),
        ("GET", f"{APPS}/{app}", None),
        ("POST", f"{APPS}/{app}/deactivate", None),
        ("DELETE", f"{APPS}/{app}", None),
        ("GET", f"{APPS}/{app}", None),
        ("POST", APPS, {}),
    ):
        known = judge.operation(verb, path)
        assert known is not None, path
        code, answer = first.call(verb, path, body)
        told = None if code == 204 else answer
        assert judge.answer_problems(known[1], code, told) == [], (verb, path)


async def test_the_real_sdk_takes_the_whole_way(
    fresh_practice: Ready, controls: Controls, browser: requests.Session
) -> None:
    pay_for_app(fresh_practice, controls, browser)
    token = graph_token(fresh_practice, controls, scopes=CONTROL_SCOPES)
    signer = load_signer(Path(fresh_practice["ca_file"]).parent)
    mine = signer.sign({**signer.read(token), "appid": FIRST_APP})
    async with graph_client(fresh_practice, mine) as graph:
        service = graph.solutions.backup_restore
        made = await service.service_apps.post(ServiceApp())
        assert made is not None
        assert made.id
        assert made.status is ServiceAppStatus.Inactive
        asked = ActivatePostRequestBody(
            effective_date_time=datetime.fromisoformat("2030-01-01T00:00:00+00:00")
        )
        active = await service.service_apps.by_service_app_id(made.id).activate.post(asked)
        assert active is not None
        assert active.status is ServiceAppStatus.Active
        on = await service.enable.post(
            EnablePostRequestBody(app_owner_tenant_id=tenant_id(fresh_practice))
        )
        assert on is not None
        assert on.status is BackupServiceStatus.Enabled
        root = await service.get()
        assert root is not None
        assert root.service_status is not None
        assert root.service_status.status is BackupServiceStatus.Enabled
        await service.service_apps.by_service_app_id(made.id).delete()
