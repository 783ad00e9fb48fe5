"""What `GET ~` shows: turning on and off, billing that breaks and heals, faults, and the dates."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.practice.backup_control import APPS, BACKUP, app_rest, register, status, tenant_id
from tests.practice.conftest import Controls
from tests.practice.graph_client import Rest, graph_token
from tests.practice.northwind import SUB_PRODUCTION
from tests.practice.signing_in import ARM_SCOPE, sign_in

Ready = dict[str, Any]
POLICIES = f"{BACKUP}/protectionPolicies"
EXCHANGE = f"{BACKUP}/exchangeProtectionPolicies"
PLACE = {
    "subscription_id": SUB_PRODUCTION,
    "resource_group": "rg-m365-billing",
    "region": "westeurope",
}


@pytest.fixture
def app(fresh_practice: Ready, controls: Controls, browser: requests.Session) -> Rest:
    """Somebody who may read the root: an application that is not Graph PowerShell."""
    return app_rest(fresh_practice, controls, browser)


@pytest.fixture
def powershell(fresh_practice: Ready, controls: Controls, browser: requests.Session) -> Rest:
    return Rest(fresh_practice, graph_token(fresh_practice, controls), browser)


def post(browser: requests.Session, ready: Ready, path: str, **form: str) -> requests.Response:
    """A form of the admin center, sent by the global administrator."""
    values = {"persona": "global-admin", "sure": "yes", "terms": "yes", **form}
    return browser.post(f"{ready['portal']}{path}", data=values, timeout=10)


def turned_on(controls: Controls, node: str = "setup") -> None:
    """Billing set up and Backup on, waits over."""
    controls.admin_center(node=node, **PLACE).raise_for_status()
    controls.advance("PT10M")


def test_a_tenant_begins_disabled(app: Rest) -> None:
    shown = status(app)
    assert shown == {
        "status": "disabled",
        "disableReason": "none",
        "backupServiceConsumer": "unknown",
    }


def test_turning_on_counts_after_the_wait_and_names_who_did_it(
    app: Rest, controls: Controls
) -> None:
    controls.call("POST", "clock", {"pace": 1}).raise_for_status()
    controls.admin_center(node="setup", **PLACE).raise_for_status()
    assert status(app)["status"] == "disabled"
    controls.advance("PT5M")
    shown = status(app)
    assert (shown["status"], shown["backupServiceConsumer"]) == ("enabled", "firstparty")
    assert shown["lastModifiedBy"]["user"]["id"]


OFFBOARDING = [
    ("P1D", "protectionChangeLocked", (200, 403)),
    ("P89D", "protectionChangeLocked", (200, 403)),
    ("P91D", "restoreLocked", (200, 403)),
    ("P98D", "disabled", (403, 403)),
]


@pytest.mark.parametrize(("later", "expected", "codes"), OFFBOARDING)
def test_a_service_that_is_turned_off_ends_in_steps(
    app: Rest,
    powershell: Rest,
    fresh_practice: Ready,
    controls: Controls,
    browser: requests.Session,
    later: str,
    expected: str,
    codes: tuple[int, int],
) -> None:
    turned_on(controls)
    assert post(browser, fresh_practice, "storage/turn-off").status_code == 200
    controls.advance("PT10M")
    controls.advance(later)
    shown = status(app)
    assert (shown["status"], shown["disableReason"]) == (expected, "userRequested")
    read = powershell.call("GET", POLICIES)[0]
    write = powershell.call("POST", EXCHANGE, {"displayName": "x"})[0]
    assert (read, write) == codes


def test_turning_on_again_within_the_grace_period_brings_everything_back(
    app: Rest,
    powershell: Rest,
    fresh_practice: Ready,
    controls: Controls,
    browser: requests.Session,
) -> None:
    turned_on(controls)
    assert powershell.call("POST", EXCHANGE, {"displayName": "Kept"})[0] == 201
    post(browser, fresh_practice, "storage/turn-off")
    controls.advance("P20D")
    assert status(app)["status"] == "protectionChangeLocked"
    assert post(browser, fresh_practice, "setup/turn-on").status_code == 200
    assert status(app)["status"] == "protectionChangeLocked"  # until the wait is over
    controls.advance("PT10M")
    assert status(app)["status"] == "enabled"
    names = [one["displayName"] for one in powershell.call("GET", POLICIES)[1]["value"]]
    assert names == ["Kept"]


@pytest.mark.parametrize("how", ["turned off", "billing gone"])
def test_when_offboarding_is_over_the_policies_are_gone_for_good(
    app: Rest,
    powershell: Rest,
    fresh_practice: Ready,
    controls: Controls,
    browser: requests.Session,
    how: str,
) -> None:
    turned_on(controls)
    assert powershell.call("POST", EXCHANGE, {"displayName": "Lost"})[0] == 201
    if how == "turned off":
        post(browser, fresh_practice, "storage/turn-off")
    else:
        state = controls.call("GET", "state").json()
        state["arm"]["resources"] = {}
        controls.call("PUT", "state", state).raise_for_status()
    status(app)  # somebody looks, so that the days count
    controls.advance("P98D")
    assert status(app)["status"] == "disabled"
    assert controls.call("GET", "state").json()["backup"]["policies"] == {}
    turned_on(controls)
    assert status(app)["status"] == "enabled"
    assert powershell.call("GET", POLICIES)[1]["value"] == []


def test_turning_off_and_on_before_it_counts_changes_nothing(
    app: Rest, fresh_practice: Ready, controls: Controls, browser: requests.Session
) -> None:
    turned_on(controls)
    before = status(app)
    controls.call("POST", "clock", {"pace": 1}).raise_for_status()
    post(browser, fresh_practice, "storage/turn-off")
    assert status(app)["status"] == "enabled"
    post(browser, fresh_practice, "setup/turn-on")
    after = status(app)
    assert (after["status"], after["lastModifiedDateTime"]) == (
        "enabled",
        before["lastModifiedDateTime"],
    )


def test_a_billing_resource_deleted_in_azure_locks_changes_until_it_is_there_again(
    app: Rest,
    powershell: Rest,
    fresh_practice: Ready,
    controls: Controls,
    browser: requests.Session,
) -> None:
    turned_on(controls)
    token = sign_in(fresh_practice, controls, [ARM_SCOPE], client="arm")["access_token"]
    address = (
        f"{fresh_practice['arm']}/subscriptions/{SUB_PRODUCTION}/resourceGroups/rg-m365-billing"
        "/providers/Microsoft.Syntex/documentProcessors/Syntex?api-version=2022-09-15-preview"
    )
    gone = browser.delete(address, headers={"Authorization": f"Bearer {token}"}, timeout=10)
    assert gone.status_code in (200, 202, 204)
    controls.advance("PT10M")
    shown = status(app)
    assert (shown["status"], shown["disableReason"]) == (
        "protectionChangeLocked",
        "invalidBillingProfile",
    )
    assert shown["gracePeriodDateTime"] < shown["restoreAllowedTillDateTime"]
    refused = powershell.code("POST", EXCHANGE, {"displayName": "x"})
    assert refused == (403, "ProtectionChangeLocked")
    assert powershell.call("GET", POLICIES)[0] == 200
    controls.admin_center(node="setup", **PLACE).raise_for_status()  # Save once more
    controls.advance("PT10M")
    assert status(app)["status"] == "enabled"


def test_a_disabled_subscription_breaks_billing_and_healing_it_heals(
    app: Rest, controls: Controls
) -> None:
    turned_on(controls, "billing")
    controls.scenarios({"id": "Z7"})
    assert status(app)["disableReason"] == "invalidBillingProfile"
    first = status(app)["gracePeriodDateTime"]
    controls.advance("P1D")
    assert status(app)["gracePeriodDateTime"] == first  # counted from the first day
    controls.scenarios()
    assert status(app) | {"lastModifiedDateTime": None} == {
        "status": "enabled",
        "disableReason": "none",
        "backupServiceConsumer": "firstparty",
        "lastModifiedDateTime": None,
        "lastModifiedBy": status(app)["lastModifiedBy"],
    }


FAULTS: list[tuple[dict[str, str], dict[str, str], str | None, str | None]] = [
    ({"id": "B1"}, {"status": "disabled"}, "ServiceDisabled", "ServiceDisabled"),
    ({"id": "B2"}, {"status": "enabled"}, "DataStoreNotInitialized", "DataStoreNotInitialized"),
    ({"id": "B3"}, {"status": "enabled"}, None, None),
    (
        {"id": "B4"},
        {"status": "protectionChangeLocked", "disableReason": "invalidBillingProfile"},
        None,
        "ProtectionChangeLocked",
    ),
    (
        {"id": "B5"},
        {"status": "enabled", "backupServiceConsumer": "thirdparty"},
        "OperationNotAllowed",
        "OperationNotAllowed",
    ),
    ({"id": "B6"}, {"status": "enabled"}, None, "OperationNotAllowed"),
    ({"id": "B7"}, {"status": "protectionChangeLocked"}, None, "ProtectionChangeLocked"),
    (
        {"id": "B7", "variant": "restore"},
        {"status": "restoreLocked"},
        None,
        "ProtectionChangeLocked",
    ),
    (
        {"id": "B8"},
        {"status": "disabled", "disableReason": "invalidBillingProfile"},
        "ServiceDisabled",
        "ServiceDisabled",
    ),
]


@pytest.mark.parametrize(("fault", "shows", "read", "write"), FAULTS)
def test_a_situation_of_the_service_shows_and_ends(
    app: Rest,
    powershell: Rest,
    controls: Controls,
    fault: dict[str, str],
    shows: dict[str, str],
    read: str | None,
    write: str | None,
) -> None:
    controls.turn_backup_on()
    controls.scenarios(fault)
    assert status(app).items() >= shows.items()
    for rest, method, path, body, code in (
        (powershell, "GET", POLICIES, None, read),
        (powershell, "POST", EXCHANGE, {"displayName": "x"}, write),
    ):
        found, answer = rest.call(method, path, body)
        said = answer["error"]["code"] if found >= 400 else None
        assert said == code, (method, answer)
    controls.scenarios()
    assert status(app)["status"] == "enabled"
    assert powershell.call("POST", EXCHANGE, {"displayName": "y"})[0] == 201


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("B2", (409, "DataStoreNotInitialized")),
        ("B3", (403, "UnableToReadBillingProfile")),
        ("B4", (402, "InvalidBillingProfile")),
        ("B5", (403, "ServiceAppActionNotAllowed")),
    ],
)
def test_enable_meets_the_situation(
    app: Rest, fresh_practice: Ready, controls: Controls, fault: str, expected: tuple[int, str]
) -> None:
    registered = register(app)
    app.call("POST", f"{APPS}/{registered}/activate", {})
    controls.scenarios({"id": fault})
    owner = {"appOwnerTenantId": tenant_id(fresh_practice)}
    assert app.code("POST", f"{BACKUP}/enable", owner) == expected


@pytest.mark.parametrize(("fault", "code"), [("B3", 403), ("B4", 402), ("B5", 409)])
def test_the_admin_center_meets_the_situation(
    app: Rest, controls: Controls, fault: str, code: int
) -> None:
    controls.scenarios({"id": fault})
    assert controls.admin_center(node="billing", **PLACE).status_code == code
    controls.scenarios()
    assert status(app)["status"] == "disabled"


def test_a_pending_change_refuses_another(app: Rest, controls: Controls) -> None:
    registered = register(app)
    controls.scenarios({"id": "B6"})
    refused = app.code("POST", f"{APPS}/{registered}/activate", {})
    assert refused == (403, "ServiceAppActionNotAllowed")


def test_an_application_of_ones_own_is_refused_when_the_scenario_says_so(
    app: Rest, powershell: Rest, controls: Controls
) -> None:
    controls.turn_backup_on()
    assert app.call("GET", POLICIES)[0] == 200
    controls.scenarios({"id": "own-app-refused"})
    assert app.code("GET", POLICIES) == (403, "OperationNotAllowed")
    assert powershell.call("GET", POLICIES)[0] == 200
