"""What each application may do with policies: the controller, the one that waits, and strangers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import requests

from tests.practice.backup_control import (
    APPS,
    BACKUP,
    CONTROL_SCOPES,
    SECOND_APP,
    app_rest,
    controlling_app,
    pay_for_app,
    pending_app,
    register,
    status,
    tenant_id,
)
from tests.practice.conftest import Controls
from tests.practice.graph_client import Rest, graph_token
from tests.practice.test_app_registrations import GRAPH_API
from tests.practice.test_app_registrations import sign_in as app_sign_in

Ready = dict[str, Any]
POLICIES = f"{BACKUP}/protectionPolicies"
EXCHANGE = f"{BACKUP}/exchangeProtectionPolicies"
NOT_CONTROLLER = (403, "OperationNotAllowed")


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


def test_the_pending_app_reads_the_other_inactive_one_nothing_the_controller_all(
    first: Rest, second: Rest, powershell: Rest, controls: Controls
) -> None:
    pending_app(first, controls)
    register(second)
    new = {"displayName": "Mine"}
    assert first.call("GET", POLICIES)[0] == 200
    assert first.code("POST", EXCHANGE, new) == NOT_CONTROLLER
    assert second.code("GET", POLICIES) == NOT_CONTROLLER
    assert powershell.call("POST", EXCHANGE, new)[0] == 201  # until the day of the change


def test_after_the_change_only_the_new_controller_gets_in_and_changes_after_enable(
    first: Rest,
    second: Rest,
    powershell: Rest,
    fresh_practice: Ready,
    controls: Controls,
    browser: requests.Session,
) -> None:
    pending_app(first, controls)
    pay_for_app(fresh_practice, controls, browser)
    controls.advance("P11D")
    for stranger in (powershell, second):
        code, body = stranger.call("GET", POLICIES)
        assert (code, body["error"]["code"]) == NOT_CONTROLLER
        assert "controllerProtectionPolicies.GET" in body["error"]["message"]
    assert first.call("GET", POLICIES)[0] == 200
    assert first.code("POST", EXCHANGE, {"displayName": "x"}) == (403, "ProtectionChangeLocked")
    owner = {"appOwnerTenantId": tenant_id(fresh_practice)}
    assert first.call("POST", f"{BACKUP}/enable", owner)[0] == 200
    assert first.call("POST", EXCHANGE, {"displayName": "x"})[0] == 201
    back = controls.admin_center(
        subscription_id=fresh_practice["subscriptions"][0]["id"],
        resource_group="rg-m365-billing",
        region="westeurope",
    )
    assert (back.status_code, back.json()["code"]) == (409, "OtherController")


def test_a_removed_controller_leaves_seven_days_and_then_thirty(
    first: Rest, fresh_practice: Ready, controls: Controls, browser: requests.Session
) -> None:
    app = controlling_app(first)
    pay_for_app(fresh_practice, controls, browser)
    owner = {"appOwnerTenantId": tenant_id(fresh_practice)}
    first.call("POST", f"{BACKUP}/enable", owner)
    assert first.call("DELETE", f"{APPS}/{app}")[0] == 204
    shown = status(first)
    assert (shown["status"], shown["disableReason"]) == (
        "protectionChangeLocked",
        "unknownFutureValue",
    )
    body = first.call("GET", BACKUP, Prefer="include-unknown-enum-members")[1]
    assert body["serviceStatus"]["disableReason"] == "controllerServiceAppDeleted"
    grace, restore = (
        datetime.fromisoformat(shown[name].replace("Z", "+00:00"))
        for name in ("gracePeriodDateTime", "restoreAllowedTillDateTime")
    )
    assert restore - grace == timedelta(days=30)
    controlling_app(first)  # registered again within the grace period: everything is back
    assert first.call("POST", f"{BACKUP}/enable", owner)[0] == 200
    assert status(first)["disableReason"] == "none"


def test_an_apps_billing_that_is_deleted_locks_the_service(
    first: Rest, fresh_practice: Ready, controls: Controls, browser: requests.Session
) -> None:
    controlling_app(first)
    pay_for_app(fresh_practice, controls, browser)
    first.call("POST", f"{BACKUP}/enable", {"appOwnerTenantId": tenant_id(fresh_practice)})
    state = controls.call("GET", "state").json()
    state["arm"]["resources"] = {}
    controls.call("PUT", "state", state).raise_for_status()
    shown = status(first)
    assert (shown["status"], shown["disableReason"]) == (
        "protectionChangeLocked",
        "invalidBillingProfile",
    )


def test_a_registered_application_signs_in_and_is_shown_by_its_name(
    fresh_practice: Ready, controls: Controls, browser: requests.Session
) -> None:
    scopes = ("Application.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All")
    admin = Rest(fresh_practice, graph_token(fresh_practice, controls, scopes=scopes), browser)
    made = {"displayName": "Vault", "isFallbackPublicClient": True}
    client_id = admin.call("POST", "/applications", made)[1]["appId"]
    principal = admin.call("POST", "/servicePrincipals", {"appId": client_id})[1]
    graph = admin.call("GET", f"/servicePrincipals(appId='{GRAPH_API}')")[1]
    wanted = "BackupRestore-Control.ReadWrite.All"
    grant = {
        "clientId": principal["id"],
        "consentType": "AllPrincipals",
        "resourceId": graph["id"],
        "scope": wanted,
    }
    assert admin.call("POST", "/oauth2PermissionGrants", grant)[0] == 201
    signed_in = app_sign_in(fresh_practice, controls, client_id, [wanted], "backup-admin")
    vault = Rest(fresh_practice, signed_in["access_token"], browser)
    app = register(vault)
    shown = vault.call("GET", f"{APPS}/{app}")[1]
    assert shown["application"] == {"id": client_id, "displayName": "Vault"}
    assert shown["lastModifiedBy"]["user"]["displayName"] == "Bruno Keller"
