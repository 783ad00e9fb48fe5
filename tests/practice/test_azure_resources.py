"""Resource groups, resources, asynchronous operations and tags, through the real azure-mgmt-resource."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.mgmt.resource.resources.aio import ResourceManagementClient
from azure.mgmt.resource.resources.models import GenericResource, Tags, TagsPatchResource

from tests.practice.azure_calls import BILLING, PRODUCTION, Azure, refusal
from tests.practice.conftest import Controls
from tests.practice.northwind import TENANT_ID
from tests.practice.test_arm import SYNTEX, arm_client

Ready = dict[str, Any]
GRAPH = "Microsoft.GraphServices"
STORAGE = "Microsoft.Storage"
APP = {"appId": "11111111-2222-3333-4444-555555555555"}
ACCOUNT = {
    "friendlyName": "Mine",
    "service": "SPO",
    "identityType": "ContainerType",
    "identityId": APP["appId"],
    "feature": "RaaS",
    "scope": "Global",
}


@pytest.fixture
async def arm(fresh_practice: Ready, controls: Controls) -> AsyncIterator[ResourceManagementClient]:
    """The Owner's client, with every provider registered."""
    async with arm_client(fresh_practice, controls) as client:
        for namespace in (SYNTEX, GRAPH, STORAGE):
            await client.providers.register(namespace)
        controls.advance("PT10M")
        yield client


def state_of(resource: GenericResource) -> str:
    """Its provisioningState."""
    return str((resource.properties or {}).get("provisioningState"))


@pytest.fixture
def owner(fresh_practice: Ready, controls: Controls) -> Azure:
    """The Owner, raw."""
    return Azure(fresh_practice, controls)


async def test_a_group_is_deleted_with_what_is_in_it(
    arm: ResourceManagementClient, controls: Controls, owner: Azure
) -> None:
    controls.call("POST", "clock", {"pace": 1}).raise_for_status()
    await arm.resource_groups.create_or_update("rg-gone", {"location": "westeurope"})
    identity = f"{PRODUCTION}/resourceGroups/rg-gone/providers/{SYNTEX}/accounts/mine"
    body = {"location": "westeurope", "properties": ACCOUNT}
    assert owner.call("PUT", identity, body).status_code == 201
    poller = await arm.resource_groups.begin_delete("rg-gone")
    leaving = await arm.resource_groups.get("rg-gone")
    assert leaving.properties is not None
    assert leaving.properties.provisioning_state == "Deleting"
    with pytest.raises(ResourceExistsError) as busy:
        await arm.resource_groups.create_or_update("rg-gone", {"location": "westeurope"})
    assert busy.value.error is not None
    assert busy.value.error.code == "ResourceGroupBeingDeleted"
    again = owner.call("DELETE", f"{PRODUCTION}/resourcegroups/rg-gone")
    location = again.headers["Location"]
    waiting = owner.call("GET", location)
    assert (again.status_code, waiting.status_code) == (202, 202)
    assert 1 <= int(waiting.headers["Retry-After"]) <= 15
    controls.advance("PT2M")
    await poller.result()
    assert owner.call("GET", location).status_code == 200
    assert not await arm.resource_groups.check_existence("rg-gone")
    with pytest.raises(ResourceNotFoundError):
        await arm.resource_groups.begin_delete("rg-gone")
    # The next group of that name is empty.
    await arm.resource_groups.create_or_update("rg-gone", {"location": "northeurope"})
    assert [item async for item in arm.resources.list_by_resource_group("rg-gone")] == []
    assert refusal(owner.call("GET", identity)) == (404, "ResourceNotFound")


async def test_a_group_of_the_start_can_be_deleted_and_made_elsewhere(
    arm: ResourceManagementClient, controls: Controls
) -> None:
    poller = await arm.resource_groups.begin_delete("RG-app-03")
    controls.advance("PT1H")
    await poller.result()
    names = {group.name async for group in arm.resource_groups.list()}
    assert "rg-app-03" not in names
    made = await arm.resource_groups.create_or_update("rg-app-03", {"location": "eastus"})
    assert made.location == "eastus"


async def test_a_group_update_replaces_tags(arm: ResourceManagementClient) -> None:
    await arm.resource_groups.create_or_update(
        "rg-tags", {"location": "westeurope", "tags": {"a": "1", "b": "2"}}
    )
    changed = await arm.resource_groups.update("rg-tags", {"tags": {"c": "3"}})
    assert changed.tags == {"c": "3"}
    found = arm.resource_groups.list(filter="tagName eq 'C' and tagValue eq '3'")
    assert [group.name async for group in found] == ["rg-tags"]


async def test_a_put_with_an_operation_url_is_polled_to_its_end(
    arm: ResourceManagementClient, controls: Controls, owner: Azure
) -> None:
    identity = f"{BILLING}/providers/{GRAPH}/accounts/metered"
    body = {"location": "global", "properties": APP}
    first = owner.call("PUT", identity, body)
    assert first.status_code == 201
    operation = first.headers["Azure-AsyncOperation"]
    assert operation.startswith(owner._ready["arm"].rstrip("/"))
    poller = await arm.resources.begin_create_or_update_by_id(
        identity, body, api_version="2023-04-13"
    )
    controls.advance("PT1H")
    made = await poller.result()
    assert state_of(made) == "Succeeded"
    done = owner.call("GET", operation).json()
    assert done["status"] == "Succeeded"
    assert done["endTime"]
    gone = await arm.resources.begin_delete_by_id(identity, api_version="2023-04-13")
    controls.advance("PT1H")
    await gone.result()
    assert not await arm.resources.check_existence_by_id(identity, api_version="2023-04-13")


async def test_a_put_with_a_location_is_polled_to_its_end(
    arm: ResourceManagementClient, controls: Controls, owner: Azure
) -> None:
    poller = await arm.resources.begin_create_or_update(
        "rg-m365-billing",
        STORAGE,
        "",
        "storageAccounts",
        "mystore",
        api_version="2024-01-01",
        parameters={"location": "westus2"},
    )
    controls.advance("PT1H")
    made = await poller.result()
    assert (made.name, made.location) == ("mystore", "westus2")
    first = owner.call("DELETE", f"{BILLING}/providers/{STORAGE}/storageAccounts/mystore")
    assert first.status_code == 202
    controls.advance("PT1H")
    assert owner.call("GET", first.headers["Location"]).status_code == 200


async def test_a_syntex_account_is_changed_listed_and_deleted(
    arm: ResourceManagementClient, controls: Controls
) -> None:
    identity = f"{BILLING}/providers/{SYNTEX}/accounts/mine"
    version = "2023-01-04-preview"
    body = {"location": "westeurope", "properties": ACCOUNT, "tags": {"team": "it"}}
    poller = await arm.resources.begin_create_or_update_by_id(identity, body, api_version=version)
    controls.advance("PT1H")
    assert state_of(await poller.result()) == "Succeeded"
    change = {"properties": {"featuresToAdd": ["RaaS", "Backup"], "friendlyName": "Ours"}}
    poller = await arm.resources.begin_update_by_id(identity, change, api_version=version)
    properties = (await poller.result()).properties or {}
    assert (properties["featureSet"], properties["friendlyName"]) == (["RaaS", "Backup"], "Ours")
    with pytest.raises(HttpResponseError):
        await arm.resources.begin_update_by_id(
            identity, {"properties": {"scope": "Other"}}, api_version=version
        )
    for condition in (
        f"resourceType eq '{SYNTEX}/accounts'",
        "substringof('MIN', name) and location eq 'West Europe'",
        "tagName eq 'team' and tagValue eq 'it'",
        "resourceGroup eq 'rg-m365-billing' and resourceType ne 'Microsoft.Storage/storageAccounts'",
        "name eq 'nothing' or name eq 'mine'",
    ):
        found = [item.id async for item in arm.resources.list(filter=condition)]
        assert found == [identity], condition
    shown = [item async for item in arm.resources.list(expand="createdTime,provisioningState")]
    assert shown[0].provisioning_state == "Succeeded"
    assert shown[0].created_time is not None
    gone = await arm.resources.begin_delete_by_id(identity, api_version=version)
    await gone.result()
    with pytest.raises(ResourceNotFoundError):
        await arm.resources.get_by_id(identity, api_version=version)


async def test_a_provider_in_use_cannot_be_unregistered(
    arm: ResourceManagementClient, controls: Controls, owner: Azure
) -> None:
    identity = f"{BILLING}/providers/{SYNTEX}/accounts/mine"
    body = {"location": "westeurope", "properties": ACCOUNT}
    assert owner.call("PUT", identity, body).status_code == 201
    with pytest.raises(ResourceExistsError):
        await arm.providers.unregister(SYNTEX)
    assert owner.call("DELETE", identity).status_code == 200
    assert owner.call("DELETE", identity).status_code == 204
    leaving = await arm.providers.unregister(SYNTEX)
    assert leaving.registration_state == "Unregistering"
    controls.advance("PT10M")
    assert (await arm.providers.get(SYNTEX)).registration_state == "Unregistered"
    back = await arm.providers.register(SYNTEX)
    assert back.registration_state == "Registering"


async def test_tags_of_every_scope_are_merged_replaced_and_deleted(
    arm: ResourceManagementClient,
) -> None:
    for scope in (PRODUCTION, BILLING):
        patch = TagsPatchResource(operation="Merge", properties=Tags(tags={"a": "1", "b": "2"}))
        poller = await arm.tags.begin_update_at_scope(scope, patch)
        assert (await poller.result()).properties.tags == {"a": "1", "b": "2"}
        patch = TagsPatchResource(operation="Delete", properties=Tags(tags={"A": "1"}))
        await (await arm.tags.begin_update_at_scope(scope, patch)).result()
        assert (await arm.tags.get_at_scope(scope)).properties.tags == {"b": "2"}
        await (await arm.tags.begin_delete_at_scope(scope)).result()
        assert (await arm.tags.get_at_scope(scope)).properties.tags in (None, {})
    await arm.resource_groups.update("rg-m365-billing", {"tags": {"team": "it"}})
    named = [tag async for tag in arm.tags.list()]
    assert [tag.tag_name for tag in named] == ["team"]
    assert [tag.count.value for tag in named if tag.count] == [1]


async def test_providers_are_listed_for_subscription_and_tenant(
    arm: ResourceManagementClient,
) -> None:
    here = {provider.namespace async for provider in arm.providers.list()}
    tenant = {provider.namespace async for provider in arm.providers.list_at_tenant_scope()}
    assert here == tenant
    assert {SYNTEX, "Microsoft.Resources"} <= here
    kinds = await arm.provider_resource_types.list(SYNTEX)
    assert {kind.resource_type for kind in kinds.value or []} == {"accounts", "documentProcessors"}


@pytest.mark.parametrize(
    ("path", "version", "refused"),
    [
        ("Microsoft.Resources/deployments/x", "2024-11-01", (404, "InvalidResourceType")),
        ("Microsoft.Compute/virtualMachines/x", "2024-11-01", (404, "InvalidResourceNamespace")),
        (f"{SYNTEX}/accounts/x", "2022-09-15-preview", (400, "NoRegisteredProviderFound")),
        (f"{SYNTEX}/accounts/x", "yesterday", (400, "InvalidApiVersionParameter")),
        (f"{SYNTEX}/accounts/x/parts/y", "2023-01-04-preview", (404, "InvalidResourceType")),
    ],
)
def test_what_is_not_offered_is_refused_in_arms_words(
    owner: Azure, path: str, version: str, refused: tuple[int, str]
) -> None:
    answer = owner.call("PUT", f"{BILLING}/providers/{path}", {}, version=version)
    assert refusal(answer) == refused
    if refused[1] == "NoRegisteredProviderFound":
        assert "2023-01-04-preview" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("kind", "change", "refused"),
    [
        ("accounts", {"feature": None}, (400, "InvalidRequestContent")),
        ("documentProcessors", {"spoTenantId": "x"}, (400, "BadRequest")),
        ("documentProcessors", {"spoTenantId": APP["appId"]}, (400, "BadRequest")),
        ("documentProcessors", {"spoTenantUrl": ""}, (400, "InvalidRequestContent")),
    ],
)
async def test_wrong_properties_are_named(
    arm: ResourceManagementClient,
    owner: Azure,
    kind: str,
    change: dict[str, Any],
    refused: tuple[int, str],
) -> None:
    good = {"spoTenantId": TENANT_ID, "spoTenantUrl": "https://x"} | ACCOUNT
    body = {"location": "westeurope", "properties": good | change}
    answer = owner.call("PUT", f"{BILLING}/providers/{SYNTEX}/{kind}/x", body)
    assert refusal(answer) == refused


async def test_an_existing_processor_neither_moves_nor_changes_its_tenant(
    arm: ResourceManagementClient, owner: Azure
) -> None:
    path = f"{BILLING}/providers/{SYNTEX}/documentProcessors/Syntex"
    body = {"spoTenantId": TENANT_ID, "spoTenantUrl": "https://one.sharepoint.com"}
    assert owner.put(path, body, location="westeurope").status_code == 201
    assert owner.put(path, body, location="West Europe").status_code == 200
    moved = owner.put(path, body, location="northeurope")
    assert refusal(moved) == (400, "InvalidResourceLocation")
    assert moved.json()["error"]["message"].startswith(
        "The resource 'Syntex' already exists in location 'westeurope'"
    )
    changed = owner.put(path, {**body, "spoTenantUrl": "https://two"}, location="westeurope")
    assert changed.json()["error"]["message"].startswith("Cannot change SpoTenantUrl")


def test_reserved_names_are_told_apart(owner: Azure) -> None:
    path = "/providers/Microsoft.Resources/checkResourceName"
    body = {"name": "backup", "type": "Microsoft.Syntex/accounts"}
    good = owner.call("POST", path, body, version="2022-12-01")
    assert good.json()["status"] == "Allowed"
    bad = owner.call("POST", path, {**body, "name": "MyMicrosoftThing"}, version="2022-12-01")
    assert refusal(bad) == (400, "ReservedResourceName")
