"""Z1 to Z10: Azure says no, on demand."""

from typing import Any

import pytest

from m365backup_tui.practice.personas import READER
from tests.practice.azure_calls import AUTH, BILLING, PRODUCTION, Azure, refusal
from tests.practice.conftest import Controls
from tests.practice.northwind import SUB_PRODUCTION

Ready = dict[str, Any]
SYNTEX = "Microsoft.Syntex"
ACCOUNT = {
    "friendlyName": "Mine",
    "service": "SPO",
    "identityType": "App",
    "identityId": "11111111-2222-3333-4444-555555555555",
    "feature": "RaaS",
    "scope": "Global",
}
IDENTITY = f"{BILLING}/providers/{SYNTEX}/accounts/mine"
PLACED = {"location": "westeurope"}


@pytest.fixture
def owner(fresh_practice: Ready, controls: Controls) -> Azure:
    """The Owner of the production subscription, with the provider registered."""
    azure = Azure(fresh_practice, controls)
    azure.call("POST", f"{PRODUCTION}/providers/{SYNTEX}/register")
    controls.advance("PT10M")
    return azure


def put_account(owner: Azure, region: str = "westeurope") -> Any:
    """PUT the account."""
    return owner.put(IDENTITY, ACCOUNT, location=region)


def test_z1_nobody_sees_a_subscription(owner: Azure, controls: Controls) -> None:
    controls.scenarios({"id": "Z1"})
    assert owner.value("/subscriptions") == []
    assert refusal(owner.call("GET", BILLING)) == (404, "SubscriptionNotFound")
    controls.scenarios()
    assert owner.get(BILLING)["name"] == "rg-m365-billing"


def test_z2_an_owner_may_only_read(owner: Azure, controls: Controls) -> None:
    controls.scenarios({"id": "Z2"})
    assert [one["actions"] for one in owner.value(f"{PRODUCTION}/{AUTH}/permissions")] == [
        ["*/read"]
    ]
    mine = owner.value(f"{PRODUCTION}/{AUTH}/roleAssignments", filter="atScope()")
    roles = {one["properties"]["roleDefinitionId"].rpartition("/")[2] for one in mine}
    assert roles == {READER}
    assert owner.get(BILLING)["name"] == "rg-m365-billing"
    refused = owner.call("PUT", f"{PRODUCTION}/resourcegroups/rg-new", PLACED)
    assert refusal(refused) == (403, "AuthorizationFailed")


def test_z3_a_policy_refuses_the_account(owner: Azure, controls: Controls) -> None:
    controls.scenarios({"id": "Z3", "policy": "Nothing from Syntex"})
    refused = put_account(owner)
    assert refusal(refused) == (403, "RequestDisallowedByPolicy")
    (violation,) = refused.json()["error"]["additionalInfo"]
    assert violation["info"]["policyAssignmentDisplayName"] == "Nothing from Syntex"
    assert owner.call("PUT", f"{PRODUCTION}/resourcegroups/rg-new", PLACED).status_code == 201


def test_z4_registering_never_ends_until_the_fault_does(owner: Azure, controls: Controls) -> None:
    path = f"{PRODUCTION}/providers/{SYNTEX}"
    controls.scenarios({"id": "Z4", "for": "PT1H"})
    assert owner.get(path)["registrationState"] == "Registering"
    assert refusal(put_account(owner)) == (409, "MissingSubscriptionRegistration")
    controls.advance("PT2H")
    assert owner.get(path)["registrationState"] == "Registered"


@pytest.mark.parametrize("options", [{}, {"region": "westeurope"}])
def test_z5_the_region_is_not_offered(
    owner: Azure, controls: Controls, options: dict[str, str]
) -> None:
    controls.scenarios({"id": "Z5", **options})
    refused = put_account(owner)
    assert refusal(refused) == (400, "LocationNotAvailableForResourceType")
    offered = refused.json()["error"]["message"].rpartition("is '")[2]
    assert "northeurope" in offered
    assert "westeurope" not in offered
    if options:
        types = owner.get(f"{PRODUCTION}/providers/{SYNTEX}")["resourceTypes"]
        assert all("West Europe" not in kind["locations"] for kind in types)
        assert put_account(owner, "northeurope").status_code == 201


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({}, "InvalidResourceGroupLocation"),
        ({"region": "ukwest"}, "InvalidResourceGroupLocation"),
        ({"variant": "deleting"}, "ResourceGroupBeingDeleted"),
    ],
)
def test_z6_a_group_is_in_the_way_once(
    owner: Azure, controls: Controls, options: dict[str, str], code: str
) -> None:
    controls.scenarios(
        {"id": "Z6", "operation": "create resource group", "nth": 1, "times": 1, **options}
    )
    group = f"{PRODUCTION}/resourcegroups/rg-new"
    refused = owner.call("PUT", group, PLACED)
    assert refusal(refused) == (409, code)
    assert options.get("region", "") in refused.json()["error"]["message"]
    assert owner.call("PUT", group, PLACED).status_code == 201


@pytest.mark.parametrize(("variant", "limit"), [("disabled", "Off"), ("spending-limit", "On")])
def test_z7_the_subscription_is_disabled(
    owner: Azure, controls: Controls, variant: str, limit: str
) -> None:
    controls.scenarios({"id": "Z7", "variant": variant})
    sub = next(
        one for one in owner.value("/subscriptions") if one["subscriptionId"] == SUB_PRODUCTION
    )
    assert (sub["state"], sub["subscriptionPolicies"]["spendingLimit"]) == ("Disabled", limit)
    assert refusal(put_account(owner)) == (409, "ReadOnlyDisabledSubscription")
    assert owner.get(BILLING)["name"] == "rg-m365-billing"


@pytest.mark.parametrize("end", ["Failed", "Canceled"])
def test_z8_making_the_account_ends_badly(owner: Azure, controls: Controls, end: str) -> None:
    controls.scenarios({"id": "Z8", "status": end, "times": 1})
    first = put_account(owner)
    assert (first.status_code, first.json()["properties"]["provisioningState"]) == (201, "Accepted")
    controls.advance("PT1H")
    assert owner.get(IDENTITY)["properties"]["provisioningState"] == end
    assert put_account(owner).status_code == 200  # and again, without the fault
    controls.advance("PT1H")
    assert owner.get(IDENTITY)["properties"]["provisioningState"] == "Succeeded"


def test_z8_ends_an_asynchronous_operation_too(owner: Azure, controls: Controls) -> None:
    owner.call("POST", f"{PRODUCTION}/providers/Microsoft.GraphServices/register")
    controls.advance("PT10M")
    controls.scenarios({"id": "Z8"})
    path = f"{BILLING}/providers/Microsoft.GraphServices/accounts/x"
    first = owner.put(path, {"appId": ACCOUNT["identityId"]}, location="global")
    controls.advance("PT1H")
    answer = owner.call("GET", first.headers["Azure-AsyncOperation"]).json()
    assert (answer["status"], answer["error"]["code"]) == ("Failed", "OperationFailed")


@pytest.mark.parametrize("options", [{}, {"region": "uksouth"}])
def test_z9_the_account_exists_elsewhere(
    owner: Azure, controls: Controls, options: dict[str, str]
) -> None:
    controls.scenarios({"id": "Z9", **options})
    refused = put_account(owner)
    assert refusal(refused) == (400, "InvalidResourceLocation")
    there = options.get("region", "northeurope")
    assert refused.json()["error"]["message"].startswith(
        f"The resource 'mine' already exists in location '{there}'"
    )


def test_z10_the_allowance_runs_out_and_comes_back_slowly(owner: Azure, controls: Controls) -> None:
    controls.scenarios({"id": "Z10", "remaining": 3})
    name = "x-ms-ratelimit-remaining-subscription-reads"
    answers = [owner.call("GET", BILLING) for _ in range(4)]
    assert [answer.headers[name] for answer in answers] == ["2", "1", "0", "0"]
    assert refusal(answers[3]) == (429, "SubscriptionRequestsThrottled")
    assert 1 <= int(answers[3].headers["Retry-After"]) <= 5
    controls.advance("PT5S")
    assert owner.call("GET", BILLING).status_code == 200
    controls.scenarios()
    controls.advance("PT20S")
    assert owner.call("GET", BILLING).status_code == 200


def test_a_fault_strikes_the_operation_and_the_turn_it_names(
    owner: Azure, controls: Controls
) -> None:
    controls.scenarios({"id": "Z2", "operation": "create resource group", "nth": 2, "times": 1})
    codes = [
        owner.call("PUT", f"{PRODUCTION}/resourcegroups/rg-{number}", PLACED).status_code
        for number in range(3)
    ]
    assert codes == [201, 403, 201]
