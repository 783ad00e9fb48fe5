"""The practice Azure Resource Manager through the real azure-mgmt-resource, over verified TLS."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.core.rest import HttpRequest
from azure.mgmt.resource.resources.aio import ResourceManagementClient

from tests.practice.conftest import Controls
from tests.practice.northwind import TENANT_ID
from tests.practice.signing_in import ARM_SCOPE, sign_in

Ready = dict[str, Any]
SYNTEX = "Microsoft.Syntex"


class FixedCredential:
    """A token that was fetched before; what azure-core wants of a credential."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self._answer = answer

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """The same token for every scope."""
        return AccessToken(self._answer["access_token"], 4102444800)

    async def close(self) -> None:
        """Nothing to close."""

    async def __aenter__(self) -> "FixedCredential":
        return self

    async def __aexit__(self, *error: object) -> None:
        """Nothing to close."""


def arm_client(
    ready: Ready, controls: Controls, persona: str = "global-admin", sub: str | None = None
) -> ResourceManagementClient:
    """A client for one subscription, signed in as a persona, without blind retries."""
    answer = sign_in(ready, controls, [ARM_SCOPE], persona, client="arm")
    return ResourceManagementClient(
        FixedCredential(answer),
        sub or subscription(ready, "Northwind Labs Production"),
        base_url=ready["arm"],
        credential_scopes=["https://management.azure.com/.default"],
        connection_verify=ready["ca_file"],
        use_env_settings=False,
        polling_interval=1,
        retry_total=0,
    )


def subscription(ready: Ready, name: str) -> str:
    """The id of the subscription with this name."""
    return next(str(sub["id"]) for sub in ready["subscriptions"] if sub["name"] == name)


async def get(client: ResourceManagementClient, path: str, version: str, **query: str) -> Any:
    """A raw GET; the decoded answer. Raises HttpResponseError."""
    request = HttpRequest("GET", path, params={"api-version": version, **query})
    answer = await client.send_request(request)
    answer.raise_for_status()
    return answer.json()


@pytest.fixture
async def arm(fresh_practice: Ready, controls: Controls) -> AsyncIterator[ResourceManagementClient]:
    """The Global Administrator's client on the production subscription."""
    async with arm_client(fresh_practice, controls) as client:
        yield client


async def test_subscriptions_show_their_state_and_directory(
    arm: ResourceManagementClient, fresh_practice: Ready
) -> None:
    value = (await get(arm, "/subscriptions", "2022-12-01"))["value"]
    states = {sub["displayName"]: sub["state"] for sub in value}
    assert states == {
        "Northwind Labs Production": "Enabled",
        "Northwind Labs Sandbox": "Enabled",
        "Northwind Labs Legacy": "Disabled",
        "Fabrikam Shared": "Enabled",
    }
    foreign = [sub for sub in value if sub["tenantId"] != fresh_practice["tenant_id"]]
    assert [sub["displayName"] for sub in foreign] == ["Fabrikam Shared"]


@pytest.mark.parametrize(
    ("persona", "count"), [("no-azure", 0), ("no-role", 0), ("backup-admin", 2)]
)
async def test_people_see_only_their_subscriptions(
    fresh_practice: Ready, controls: Controls, persona: str, count: int
) -> None:
    async with arm_client(fresh_practice, controls, persona) as client:
        assert len((await get(client, "/subscriptions", "2022-12-01"))["value"]) == count


async def test_resource_groups_come_in_pages(arm: ResourceManagementClient) -> None:
    pages = [
        [group.name async for group in page] async for page in arm.resource_groups.list().by_page()
    ]
    names = [name for page in pages for name in page]
    assert len(pages) == 2
    assert len(names) == len(set(names)) == 28
    assert "rg-m365-billing" in names


async def test_a_new_resource_group_is_found_without_regard_to_case(
    arm: ResourceManagementClient, controls: Controls
) -> None:
    assert not await arm.resource_groups.check_existence("rg-new")
    made = await arm.resource_groups.create_or_update(
        "rg-new", {"location": "West Europe", "tags": {"made-by": "m365backup-tui"}}
    )
    assert made.location == "westeurope"
    assert await arm.resource_groups.check_existence("RG-NEW")
    changed = [entry["changed"] for entry in controls.log() if entry["method"] == "PUT"]
    assert changed == ["resource group rg-new created"]


async def test_a_resource_group_cannot_move(arm: ResourceManagementClient) -> None:
    with pytest.raises(ResourceExistsError) as caught:
        await arm.resource_groups.create_or_update("rg-m365-billing", {"location": "eastus"})
    assert caught.value.error is not None
    assert caught.value.error.code == "InvalidResourceGroupLocation"


@pytest.mark.parametrize("name", ["ends-with.", "x" * 91, "spa ce"])
async def test_a_bad_group_name_is_refused(arm: ResourceManagementClient, name: str) -> None:
    with pytest.raises(HttpResponseError) as caught:
        await arm.resource_groups.create_or_update(name, {"location": "westeurope"})
    assert caught.value.status_code == 400


async def test_registering_takes_its_documented_time(
    arm: ResourceManagementClient, controls: Controls
) -> None:
    controls.call("POST", "clock", {"pace": 1}).raise_for_status()
    before = await arm.providers.get(SYNTEX)
    assert before.registration_state == "NotRegistered"
    started = await arm.providers.register(SYNTEX)
    assert started.registration_state == "Registering"
    controls.advance("PT4M")
    assert (await arm.providers.get(SYNTEX)).registration_state == "Registering"
    controls.advance("PT1M")
    assert (await arm.providers.get(SYNTEX)).registration_state == "Registered"


async def test_the_provider_names_its_regions(arm: ResourceManagementClient) -> None:
    provider = await arm.providers.get("microsoft.syntex")
    offered = {kind.resource_type: kind.locations for kind in provider.resource_types or []}
    assert set(offered) == {"documentProcessors", "accounts"}
    places = offered["accounts"] or []
    assert len(places) == 33
    assert "West Europe" in places
    assert "West US 2" not in places


async def test_a_provider_can_be_stuck(arm: ResourceManagementClient, controls: Controls) -> None:
    controls.scenarios({"id": "provider-stuck"})
    await arm.providers.register(SYNTEX)
    controls.advance("PT2H")
    assert (await arm.providers.get(SYNTEX)).registration_state == "Registering"


async def test_a_policy_that_forbids_syntex_is_named(
    arm: ResourceManagementClient, controls: Controls
) -> None:
    controls.scenarios({"id": "policy-blocks-syntex"})
    with pytest.raises(HttpResponseError) as caught:
        await arm.providers.register(SYNTEX)
    assert caught.value.status_code == 403
    assert caught.value.error is not None
    assert caught.value.error.code == "RequestDisallowedByPolicy"
    assert caught.value.response is not None
    error = json.loads(caught.value.response.text())["error"]
    assert error["additionalInfo"][0]["type"] == "PolicyViolation"
    info = error["additionalInfo"][0]["info"]
    assert info["policyAssignmentDisplayName"] == "Allowed resource types"


@pytest.mark.parametrize(
    ("persona", "actions"),
    [("global-admin", ["*"]), ("backup-admin", ["*"]), ("exchange-admin", ["*/read"])],
)
async def test_permissions_are_the_callers_own(
    fresh_practice: Ready, controls: Controls, persona: str, actions: list[str]
) -> None:
    sub = subscription(fresh_practice, "Northwind Labs Production")
    path = "providers/Microsoft.Authorization/permissions"
    async with arm_client(fresh_practice, controls, persona) as client:
        for scope in (
            f"/subscriptions/{sub}",
            f"/subscriptions/{sub}/resourcegroups/rg-shared-services",
        ):
            value = (await get(client, f"{scope}/{path}", "2022-04-01"))["value"]
            assert [entry["actions"] for entry in value] == [actions]


async def test_a_reader_may_not_register(fresh_practice: Ready, controls: Controls) -> None:
    async with arm_client(fresh_practice, controls, "exchange-admin") as client:
        with pytest.raises(HttpResponseError) as caught:
            await client.providers.register(SYNTEX)
    assert caught.value.status_code == 403
    assert caught.value.error is not None
    assert caught.value.error.code == "AuthorizationFailed"
    assert "Microsoft.Syntex/register/action" in str(caught.value.error.message)


async def test_role_assignments_tell_the_group_they_come_through(
    fresh_practice: Ready, controls: Controls
) -> None:
    sub = subscription(fresh_practice, "Northwind Labs Production")
    oid = next(p["oid"] for p in fresh_practice["personas"] if p["key"] == "backup-admin")
    path = f"/subscriptions/{sub}/providers/Microsoft.Authorization/roleAssignments"
    async with arm_client(fresh_practice, controls, "backup-admin") as client:
        query = {"$filter": f"assignedTo('{oid}')"}
        value = (await get(client, path, "2022-04-01", **query))["value"]
    assert [entry["properties"]["principalType"] for entry in value] == ["Group"]
    assert value[0]["properties"]["roleDefinitionId"].endswith(
        "b24988ac-6180-42a0-ab88-20f7382dd24c"
    )


async def test_role_definitions_are_found_by_name(arm: ResourceManagementClient) -> None:
    path = f"/subscriptions/{arm._config.subscription_id}/providers/Microsoft.Authorization"
    query = {"$filter": "roleName eq 'Owner'"}
    value = (await get(arm, f"{path}/roleDefinitions", "2022-04-01", **query))["value"]
    assert [role["name"] for role in value] == ["8e3af657-a8ff-443c-a75c-2fe8c4bcb635"]
    one = await get(arm, f"{path}/roleDefinitions/{value[0]['name']}", "2022-04-01")
    assert one["properties"]["roleName"] == "Owner"


async def test_an_eligible_owner_is_listed_but_not_in_force(
    fresh_practice: Ready, controls: Controls
) -> None:
    sub = subscription(fresh_practice, "Northwind Labs Production")
    auth = f"/subscriptions/{sub}/providers/Microsoft.Authorization"
    async with arm_client(fresh_practice, controls, "pim-eligible") as client:
        path = f"{auth}/roleEligibilityScheduleInstances"
        eligible = await get(client, path, "2020-10-01", **{"$filter": "asTarget()"})
        now = await get(client, f"{auth}/permissions", "2022-04-01")
    named = eligible["value"][0]["properties"]["expandedProperties"]["roleDefinition"]
    assert named["displayName"] == "Owner"
    assert [entry["actions"] for entry in now["value"]] == [["*/read"]]


async def test_a_read_only_lock_stops_writes(arm: ResourceManagementClient) -> None:
    sub = arm._config.subscription_id
    path = f"/subscriptions/{sub}/providers/Microsoft.Authorization/locks"
    value = (await get(arm, path, "2016-09-01"))["value"]
    assert [lock["properties"]["level"] for lock in value] == ["ReadOnly"]
    with pytest.raises(ResourceExistsError) as caught:
        await arm.resource_groups.create_or_update(
            "rg-locked", {"location": "westeurope", "tags": {"a": "b"}}
        )
    assert caught.value.error is not None
    assert caught.value.error.code == "ScopeLocked"


async def test_a_disabled_subscription_takes_no_writes(
    fresh_practice: Ready, controls: Controls
) -> None:
    legacy = subscription(fresh_practice, "Northwind Labs Legacy")
    async with arm_client(fresh_practice, controls, sub=legacy) as client:
        with pytest.raises(ResourceExistsError) as caught:
            await client.providers.register(SYNTEX)
    assert caught.value.error is not None
    assert caught.value.error.code == "ReadOnlyDisabledSubscription"


async def test_no_subscriptions_is_an_empty_list_and_nothing_by_id(
    arm: ResourceManagementClient, controls: Controls
) -> None:
    controls.scenarios({"id": "no-subscriptions"})
    assert (await get(arm, "/subscriptions", "2022-12-01"))["value"] == []
    with pytest.raises(ResourceNotFoundError):
        await arm.providers.get(SYNTEX)


async def test_a_syntex_resource_needs_a_registered_provider_and_an_offered_region(
    arm: ResourceManagementClient, controls: Controls
) -> None:
    sub = arm._config.subscription_id
    identity = (
        f"/subscriptions/{sub}/resourceGroups/rg-m365-billing/providers/{SYNTEX}"
        "/documentProcessors/Syntex"
    )
    body = {
        "location": "westeurope",
        "properties": {
            "spoTenantId": TENANT_ID,
            "spoTenantUrl": "https://northwindlabs.sharepoint.com",
        },
    }
    version = "2022-09-15-preview"
    with pytest.raises(ResourceExistsError) as early:
        await arm.resources.begin_create_or_update_by_id(identity, body, api_version=version)
    assert early.value.error is not None
    assert early.value.error.code == "MissingSubscriptionRegistration"
    await arm.providers.register(SYNTEX)
    controls.advance("PT5M")
    with pytest.raises(HttpResponseError) as placed:
        await arm.resources.begin_create_or_update_by_id(
            identity, {**body, "location": "germanywestcentral"}, api_version=version
        )
    assert placed.value.error is not None
    assert placed.value.error.code == "LocationNotAvailableForResourceType"
    assert "westeurope" in str(placed.value.error.message)
    poller = await arm.resources.begin_create_or_update_by_id(identity, body, api_version=version)
    made = await poller.result()
    assert made.name == "Syntex"
    query = f"resourceType eq '{SYNTEX}/documentProcessors'"
    found = [item.id async for item in arm.resources.list(filter=query)]
    assert found == [identity]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "MissingApiVersionParameter"),
        ({"api-version": "1999-01-01"}, "InvalidApiVersionParameter"),
        ({"api-version": "2022-12-01", "$orderby": "name"}, "InvalidQueryParameter"),
    ],
)
async def test_wrong_queries_are_refused_in_arms_shape(
    arm: ResourceManagementClient, query: dict[str, str], code: str
) -> None:
    request = HttpRequest("GET", "/subscriptions", params=query)
    answer = await arm.send_request(request)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == code
    assert answer.headers["x-ms-correlation-request-id"]


async def test_a_graph_token_is_not_good_for_azure(
    fresh_practice: Ready, controls: Controls
) -> None:
    answer = sign_in(fresh_practice, controls, ["User.Read"])
    client = ResourceManagementClient(
        FixedCredential(answer),
        subscription(fresh_practice, "Northwind Labs Production"),
        base_url=fresh_practice["arm"],
        credential_scopes=["https://management.azure.com/.default"],
        connection_verify=fresh_practice["ca_file"],
        use_env_settings=False,
        retry_total=0,
    )
    async with client:
        with pytest.raises(ClientAuthenticationError) as caught:
            await client.resource_groups.get("rg-m365-billing")
    assert caught.value.error is not None
    assert caught.value.error.code == "InvalidAuthenticationTokenAudience"


async def test_throttling_asks_to_come_back(
    arm: ResourceManagementClient, controls: Controls
) -> None:
    controls.scenarios({"id": "H1", "operation": "GET /subscriptions", "nth": 2, "times": 1})
    assert (await get(arm, "/subscriptions", "2022-12-01"))["value"]
    request = HttpRequest("GET", "/subscriptions", params={"api-version": "2022-12-01"})
    refused = await arm.send_request(request)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "1"
    assert (await get(arm, "/subscriptions", "2022-12-01"))["value"]
