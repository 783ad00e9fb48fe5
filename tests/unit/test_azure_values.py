"""Azure's answers become domain values."""

from __future__ import annotations

from typing import Any

import pytest

from m365backup_tui.cloud.azure_values import (
    access_words,
    billing_from,
    eligible_words,
    permissions_from,
    provider_from,
    registration_from,
    subscription_from,
)
from m365backup_tui.domain.azure import (
    BillingKind,
    Registration,
    SubscriptionState,
    allows,
)

OWNER = "/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
CONTRIBUTOR = "/x/roleDefinitions/B24988AC-6180-42a0-ab88-20f7382dd24c"
READER = "/x/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"


def held(role: str, principal: str, scope: str = "/subscriptions/1") -> dict[str, Any]:
    return {"properties": {"roleDefinitionId": role, "principalId": principal, "scope": scope}}


def test_a_subscription_with_a_spending_limit_and_a_state_not_known() -> None:
    found = subscription_from(
        {
            "subscriptionId": "1",
            "displayName": None,
            "tenantId": "t",
            "state": "Frozen",
            "subscriptionPolicies": {"spendingLimit": "On"},
        }
    )
    assert found.spending_limit
    assert found.state is SubscriptionState.UNKNOWN
    assert found.name == "(no name)"


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ([held(READER, "me"), held(OWNER, "me")], "Owner"),
        ([held(CONTRIBUTOR, "group"), held(READER, "me")], "Contributor, through a group"),
        ([held(CONTRIBUTOR, "group"), held(CONTRIBUTOR, "ME")], "Contributor"),
        ([held(OWNER, "group"), held(CONTRIBUTOR, "me")], "Owner, through a group"),
        ([held(OWNER, "me", "/subscriptions/1/resourceGroups/rg")], ""),
        ([held("/x/roleDefinitions/custom", "me")], ""),
        ([], ""),
    ],
)
def test_how_a_right_is_held(items: list[dict[str, Any]], words: str) -> None:
    assert access_words(items, "me") == words


def test_only_roles_that_help_with_billing_are_worth_activating() -> None:
    assert eligible_words([held(READER, "me"), held(CONTRIBUTOR, "me")]) == "Contributor"
    assert eligible_words([held(READER, "me")]) == ""


def test_not_actions_count_against_their_own_entry_only() -> None:
    entries = permissions_from(
        [{"actions": ["*"], "notActions": ["Microsoft.Syntex/*"]}, {"actions": ["*/read"]}]
    )
    assert not allows(entries, "Microsoft.Syntex/register/action")
    assert allows(entries, "Microsoft.Syntex/accounts/read")


def provider(**types: list[str]) -> dict[str, Any]:
    listed = [{"resourceType": name, "locations": places} for name, places in types.items()]
    return {"registrationState": "registered", "resourceTypes": listed}


@pytest.mark.parametrize(
    ("item", "names"),
    [
        (
            provider(
                documentProcessors=["West Europe", "East US"], accounts=["East US", "UK West"]
            ),
            ["eastus"],
        ),
        (provider(documentProcessors=["West Europe", "East US"]), ["eastus", "westeurope"]),
        (provider(accounts=["West Europe"], other=["Mars"]), ["westeurope"]),
        (provider(), []),
    ],
)
def test_regions_that_every_listed_billing_type_has(item: dict[str, Any], names: list[str]) -> None:
    found = provider_from(item)
    assert [region.name for region in found.regions] == names
    assert found.state is Registration.REGISTERED


def test_a_registration_that_is_not_known_is_not_done() -> None:
    assert registration_from({"registrationState": "Perhaps"}) is Registration.UNKNOWN
    assert registration_from({}) is Registration.UNKNOWN


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        (BillingKind.ACCOUNT, {"feature": "M365Backup"}, True),
        (BillingKind.ACCOUNT, {"feature": "None", "featureSet": ["RaaS", "backup"]}, True),
        (BillingKind.ACCOUNT, {"feature": "RaaS"}, False),
        (BillingKind.ACCOUNT, {}, None),
        (BillingKind.DOCUMENT_PROCESSOR, {"spoTenantId": "t"}, None),
    ],
)
def test_whether_a_billing_resource_is_for_backup(
    kind: BillingKind, properties: dict[str, Any], expected: bool | None
) -> None:
    item = {
        "id": "/subscriptions/1/resourceGroups/RG-Backup/providers/Microsoft.Syntex/accounts/a",
        "name": "a",
        "location": "West Europe",
        "properties": properties,
    }
    found = billing_from(item, kind, "1")
    assert found.for_backup is expected
    assert (found.resource_group, found.location) == ("RG-Backup", "westeurope")
