"""Locks, Azure Policy, api-versions, throttling and the metadata of the practice Azure."""

from typing import Any

import pytest
import requests

from m365backup_tui.practice.arm.throttle import READS, WRITES
from tests.practice.azure_calls import AUTH, BILLING, PRODUCTION, Azure, refusal
from tests.practice.conftest import Controls
from tests.practice.northwind import SUB_LEGACY, SUB_PRODUCTION

Ready = dict[str, Any]
SYNTEX = "Microsoft.Syntex"


@pytest.fixture
def owner(fresh_practice: Ready, controls: Controls) -> Azure:
    """The Owner of the production subscription."""
    return Azure(fresh_practice, controls)


def test_a_lock_against_deleting_lets_write(owner: Azure) -> None:
    lock = f"{BILLING}/{AUTH}/locks/keep"
    assert owner.put(lock, {"level": "CanNotDelete", "notes": "Bills"}).status_code == 201
    assert owner.call("PATCH", BILLING, {"tags": {"a": "b"}}).status_code == 200
    assert refusal(owner.call("DELETE", BILLING)) == (409, "ScopeLocked")
    assert owner.put(lock, {"level": "ReadOnly"}).status_code == 200
    assert refusal(owner.call("PATCH", BILLING, {"tags": {}})) == (409, "ScopeLocked")
    assert owner.call("DELETE", lock).status_code == 200
    assert owner.call("DELETE", lock).status_code == 204
    assert owner.call("DELETE", BILLING).status_code == 202


def test_a_lock_on_the_subscription_holds_in_every_group(owner: Azure) -> None:
    assert owner.put(f"{PRODUCTION}/{AUTH}/locks/all", {"level": "ReadOnly"}).status_code == 201
    assert refusal(owner.call("PATCH", BILLING, {"tags": {}})) == (409, "ScopeLocked")
    inherited = owner.value(f"{BILLING}/{AUTH}/locks")
    assert [lock["name"] for lock in inherited] == ["all"]
    assert len(owner.value(f"{PRODUCTION}/{AUTH}/locks")) == 2
    assert len(owner.value(f"{PRODUCTION}/{AUTH}/locks", filter="atScope()")) == 1


def test_the_lock_of_the_start_can_be_removed_for_good(owner: Azure) -> None:
    (lock,) = owner.value(f"{PRODUCTION}/{AUTH}/locks")
    assert owner.call("DELETE", lock["id"]).status_code == 200
    assert owner.value(f"{PRODUCTION}/{AUTH}/locks") == []
    locked = f"{PRODUCTION}/resourceGroups/rg-locked"
    assert owner.call("PATCH", locked, {"tags": {"a": "b"}}).status_code == 200


def test_a_locked_resource_keeps_its_group(owner: Azure, controls: Controls) -> None:
    owner.call("POST", f"{PRODUCTION}/providers/Microsoft.PowerPlatform/register")
    controls.advance("PT10M")
    account = f"{BILLING}/providers/Microsoft.PowerPlatform/accounts/flow"
    made = owner.put(account, {"description": "x"}, location="westeurope")
    assert made.status_code == 201, made.text
    assert owner.put(f"{account}/{AUTH}/locks/keep", {"level": "CanNotDelete"}).ok
    assert refusal(owner.call("DELETE", account)) == (409, "ScopeLocked")
    refused = owner.call("DELETE", BILLING)
    assert refusal(refused) == (409, "ResourceGroupDeletionBlocked")
    details = refused.json()["error"]["details"]
    assert [(one["code"], one["target"]) for one in details] == [("ScopeLocked", account)]


def assign(owner: Azure, scope: str, name: str, definition: str, **parameters: Any) -> None:
    """Assign a built-in policy definition, found by its display name."""
    listed = owner.value(f"/{AUTH}/policyDefinitions")
    found = next(one for one in listed if one["properties"]["displayName"] == definition)
    properties = {
        "displayName": f"{definition} here",
        "policyDefinitionId": found["id"],
        "parameters": {key: {"value": value} for key, value in parameters.items()},
    }
    answer = owner.put(f"{scope}/{AUTH}/policyAssignments/{name}", properties)
    assert answer.status_code == 201, answer.text


def test_an_assigned_policy_refuses_and_says_why(owner: Azure, controls: Controls) -> None:
    owner.call("POST", f"{PRODUCTION}/providers/{SYNTEX}/register")
    controls.advance("PT10M")
    kinds = [f"{SYNTEX}/documentProcessors"]
    assign(owner, BILLING, "types", "Allowed resource types", listOfResourceTypesAllowed=kinds)
    body = {"location": "westeurope", "properties": {}}
    account = owner.call("PUT", f"{BILLING}/providers/{SYNTEX}/accounts/x", body)
    assert refusal(account) == (403, "RequestDisallowedByPolicy")
    (violation,) = account.json()["error"]["additionalInfo"]
    assert violation["type"] == "PolicyViolation"
    assert violation["info"]["policyAssignmentDisplayName"] == "Allowed resource types here"
    (compared,) = violation["info"]["evaluationDetails"]["evaluatedExpressions"]
    assert (compared["path"], compared["expressionValue"]) == ("type", f"{SYNTEX}/accounts")
    processor = owner.call("PUT", f"{BILLING}/providers/{SYNTEX}/documentProcessors/x", body)
    assert refusal(processor) == (400, "InvalidRequestContent")  # the policy let it through
    assert owner.call("DELETE", f"{BILLING}/{AUTH}/policyAssignments/types").status_code == 200
    account = owner.call("PUT", f"{BILLING}/providers/{SYNTEX}/accounts/x", body)
    assert refusal(account) == (400, "InvalidRequestContent")


def test_assignments_are_listed_by_scope_and_definition(owner: Azure) -> None:
    kinds = ["Microsoft.Storage/storageAccounts"]
    assign(owner, PRODUCTION, "above", "Allowed resource types", listOfResourceTypesAllowed=kinds)
    assign(owner, BILLING, "here", "Allowed locations", listOfAllowedLocations=["westeurope"])

    def names(scope: str, **query: str) -> list[str]:
        path = f"{scope}/{AUTH}/policyAssignments"
        found = owner.call("GET", path, version="2025-11-01", **query).json()["value"]
        return sorted(one["name"] for one in found)

    assert names(PRODUCTION) == ["above", "here"]
    assert names(PRODUCTION, filter="atScope()") == ["above"]
    assert names(BILLING, filter="atScope()") == ["above", "here"]
    assert names(BILLING, filter="atExactScope()") == ["here"]
    listed = owner.value(f"{BILLING}/{AUTH}/policyAssignments")
    one = next(item for item in listed if item["name"] == "here")
    wanted = f"policyDefinitionId eq '{one['properties']['policyDefinitionId']}'"
    assert names(PRODUCTION, filter=wanted) == ["here"]
    refused = owner.call("GET", f"{BILLING}/{AUTH}/policyAssignments", filter="name eq 'x'")
    assert refusal(refused) == (400, "UnsupportedFilter")


def test_places_and_tags_can_be_demanded(owner: Azure) -> None:
    assign(owner, PRODUCTION, "tag", "Require a tag on resource groups", tagName="owner")
    group = f"{PRODUCTION}/resourcegroups/rg-new"
    refused = owner.call("PUT", group, {"location": "westeurope"})
    assert refusal(refused) == (403, "RequestDisallowedByPolicy")
    assert owner.call("PUT", group, {"location": "westeurope", "tags": {"Owner": "it"}}).ok
    wrong = owner.put(
        f"{PRODUCTION}/{AUTH}/policyAssignments/x", {"policyDefinitionId": "/x/y/nothing"}
    )
    assert refusal(wrong) == (404, "PolicyDefinitionNotFound")


def test_restrictions_can_be_asked_for_before(owner: Azure, controls: Controls) -> None:
    path = f"{PRODUCTION}/providers/Microsoft.PolicyInsights/checkPolicyRestrictions"
    question = {
        "resourceDetails": {
            "resourceContent": {"type": f"{SYNTEX}/accounts", "location": "westeurope"}
        },
        "pendingFields": [{"field": "type", "values": [f"{SYNTEX}/accounts", "a/b"]}],
    }
    free = owner.call("POST", path, question).json()
    assert free["contentEvaluationResult"]["policyEvaluations"] == []
    controls.scenarios({"id": "policy-blocks-syntex"})
    blocked = owner.call("POST", path, question).json()
    (found,) = blocked["contentEvaluationResult"]["policyEvaluations"]
    assert found["effectDetails"] == {"policyEffect": "Deny"}
    assert found["policyInfo"]["policyAssignmentId"].endswith("/allowed-resource-types")
    (field,) = blocked["fieldRestrictions"]
    assert field["restrictions"][0]["result"] == "Deny"
    listed = owner.value(f"{PRODUCTION}/{AUTH}/policyAssignments")
    assert [one["name"] for one in listed] == ["allowed-resource-types"]
    assert refusal(owner.call("POST", path, {})) == (400, "InvalidRequestContent")


def test_a_disabled_subscription_can_be_read_and_emptied(owner: Azure) -> None:
    group = f"/subscriptions/{SUB_LEGACY}/resourceGroups/rg-legacy"
    assert owner.get(group)["location"] == "westeurope"
    refused = owner.call("PATCH", group, {"tags": {}})
    assert refusal(refused) == (409, "ReadOnlyDisabledSubscription")
    assert owner.call("DELETE", group).status_code == 202


@pytest.mark.parametrize(
    ("path", "version", "code"),
    [
        ("/subscriptions", "", "MissingApiVersionParameter"),
        ("/subscriptions", "tomorrow", "InvalidApiVersionParameter"),
        ("/subscriptions", "1999-01-01", "InvalidApiVersionParameter"),
        (f"{BILLING}/providers/{SYNTEX}/accounts/x", "2021-01-01", "NoRegisteredProviderFound"),
        ("/metadata/endpoints", "2001-01-01", "InvalidApiVersionParameter"),
        ("/subscriptions/abc", "2022-12-01", "InvalidSubscriptionId"),
    ],
)
def test_versions_and_ids_are_checked(owner: Azure, path: str, version: str, code: str) -> None:
    answer = owner.call("GET", path, version=version or None) if version else None
    if answer is None:
        address = owner._ready["arm"].rstrip("/") + path
        answer = owner._web.get(address, headers=owner._headers, timeout=10)
    assert refusal(answer) == (400, code)


def test_paths_and_query_names_ignore_case_and_doubled_slashes(owner: Azure) -> None:
    base = owner._ready["arm"].rstrip("/")
    path = f"//SUBSCRIPTIONS/{SUB_PRODUCTION.upper()}//resourceGROUPS/RG-M365-Billing/"
    answer = owner._web.get(
        f"{base}{path}?API-Version=2025-04-01", headers=owner._headers, timeout=10
    )
    assert answer.json()["name"] == "rg-m365-billing"


def test_pages_follow_their_links_even_when_an_item_goes(owner: Azure) -> None:
    first = owner.get(f"{PRODUCTION}/resourcegroups", top="5")
    names = [group["name"] for group in first["value"]]
    assert len(names) == 5
    assert owner.call("DELETE", first["value"][-1]["id"]).status_code == 202
    second = owner.call("GET", first["nextLink"]).json()
    assert len(second["value"]) == 5
    assert not {group["name"] for group in second["value"]} & set(names)
    for wrong in ({"top": "0"}, {"top": "-1"}, {"top": "²"}, {"skiptoken": "zz"}):
        assert owner.call("GET", f"{PRODUCTION}/resourcegroups", **wrong).status_code == 400


@pytest.mark.parametrize(
    ("version", "is_list"), [("2015-01-01", False), ("2019-05-01", True), ("2022-09-01", False)]
)
def test_the_cloud_tells_its_endpoints_without_a_token(
    fresh_practice: Ready, browser: requests.Session, version: str, is_list: bool
) -> None:
    address = fresh_practice["arm"].rstrip("/") + "//metadata/endpoints"
    answer: Any = browser.get(address, params={"api-version": version}, timeout=10).json()
    assert isinstance(answer, list) is is_list
    one = answer[0] if is_list else answer
    assert one["authentication"]["loginEndpoint"].startswith(fresh_practice["base_url"])


def test_regions_tell_category_pair_and_whether_anything_can_be_made_there(owner: Azure) -> None:
    found = owner.call("GET", f"{PRODUCTION}/locations").json()["value"]
    about = {one["name"]: one["metadata"] for one in found}
    assert about["westus2"]["regionCategory"] == "Recommended"
    assert about["westcentralus"]["regionCategory"] == "Other"
    for name, facts in about.items():
        for pair in facts.get("pairedRegion", []):
            assert pair["name"] in about, name
            assert pair["id"] == f"{PRODUCTION}/locations/{pair['name']}"
    assert about["northeurope"]["pairedRegion"][0]["name"] == "westeurope"
    for name, facts in about.items():
        made = owner.call("PUT", f"{PRODUCTION}/resourcegroups/rg-{name}", {"location": name})
        assert (made.status_code == 201) is (facts["regionType"] == "Physical"), name


def test_every_answer_carries_ids_and_what_is_left(owner: Azure) -> None:
    before = owner.call("GET", PRODUCTION)
    after = owner.call("GET", f"{PRODUCTION}/resourcegroups/nothing")
    assert after.status_code == 404
    name = "x-ms-ratelimit-remaining-subscription-reads"
    assert 0 < int(before.headers[name]) <= READS.size
    for header in (
        name,
        "x-ms-ratelimit-remaining-subscription-global-reads",
        "x-ms-request-id",
        "x-ms-correlation-request-id",
        "x-ms-routing-request-id",
    ):
        assert after.headers[header]
    write = owner.call("PATCH", BILLING, {"tags": {}})
    left = int(write.headers["x-ms-ratelimit-remaining-subscription-writes"])
    assert left == WRITES.size - 1
    assert "x-ms-ratelimit-remaining-tenant-reads" in owner.call("GET", "/tenants").headers


def test_without_a_token_the_challenge_says_where_to_sign_in(
    fresh_practice: Ready, browser: requests.Session
) -> None:
    address = fresh_practice["arm"].rstrip("/") + "/subscriptions?api-version=2022-12-01"
    answer = browser.get(address, timeout=10)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
    assert fresh_practice["base_url"] in answer.headers["WWW-Authenticate"]
    assert answer.json()["error"]["code"] == "AuthenticationFailed"


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("Basic YTpi", "AuthenticationFailedInvalidHeader"),
        ("Bearer ", "AuthenticationFailedInvalidHeader"),
        ("Bearer made-up", "InvalidAuthenticationToken"),
    ],
)
def test_a_token_that_is_none_is_refused_with_its_reason(
    fresh_practice: Ready, browser: requests.Session, header: str, code: str
) -> None:
    address = fresh_practice["arm"].rstrip("/") + "/subscriptions?api-version=2022-12-01"
    answer = browser.get(address, headers={"Authorization": header}, timeout=10)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, code)


def test_a_token_past_its_lifetime_is_told_apart(owner: Azure, controls: Controls) -> None:
    # Tokens live by the service's clock, which only this fault puts wrong.
    skew = {"id": "T12", "skew": 7200}
    controls.call("POST", "faults", skew).raise_for_status()
    answer = owner.call("GET", "/subscriptions")
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "ExpiredAuthenticationToken"


def test_ids_of_the_caller_come_back(fresh_practice: Ready, browser: requests.Session) -> None:
    address = fresh_practice["arm"].rstrip("/") + "/subscriptions?api-version=2022-12-01"
    sent = {"x-ms-correlation-request-id": "several", "x-ms-client-request-id": "one"}
    answer = browser.get(address, headers=sent, timeout=10)
    assert answer.headers["x-ms-correlation-request-id"] == "several"
    assert "x-ms-client-request-id" not in answer.headers
    sent["x-ms-return-client-request-id"] = "true"
    answer = browser.get(address, headers=sent, timeout=10)
    assert answer.headers["x-ms-client-request-id"] == "one"
