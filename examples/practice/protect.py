import asyncio
import json

from azure.identity import DeviceCodeCredential
from azure.mgmt.resource.resources import ResourceManagementClient
from kiota_authentication_azure.azure_identity_authentication_provider import (
    AzureIdentityAuthenticationProvider,
)
from msgraph import GraphServiceClient
from msgraph.generated.models.drive_protection_unit import DriveProtectionUnit
from msgraph.generated.models.one_drive_for_business_protection_policy import (
    OneDriveForBusinessProtectionPolicy,
)
from msgraph.graph_request_adapter import GraphRequestAdapter

with open("ready.json") as file:
    ready = json.load(file)


def sign_in(client_id: str) -> DeviceCodeCredential:
    return DeviceCodeCredential(
        client_id=client_id,
        tenant_id=ready["tenant_id"],
        authority=ready["base_url"],
        disable_instance_discovery=True,
        prompt_callback=lambda address, code, until: None,
    )


async def main() -> None:
    provider = AzureIdentityAuthenticationProvider(
        sign_in(ready["client_ids"]["graph"]),
        scopes=["https://graph.microsoft.com/.default"],
        allowed_hosts=["localhost"],
    )
    adapter = GraphRequestAdapter(provider)
    adapter.base_url = ready["graph"]
    graph = GraphServiceClient(request_adapter=adapter)
    person = await graph.users.by_user_id("bruno.keller@" + ready["domain"]).get()
    backup = graph.solutions.backup_restore
    policy = await backup.one_drive_for_business_protection_policies.post(
        OneDriveForBusinessProtectionPolicy(
            display_name="OneDrives",
            drive_protection_units=[DriveProtectionUnit(directory_object_id=person.id)],
        )
    )
    policy = await backup.protection_policies.by_protection_policy_base_id(
        policy.id
    ).activate.post()
    print(policy.display_name, policy.status.value)

    azure = ResourceManagementClient(
        sign_in(ready["client_ids"]["arm"]),
        ready["subscriptions"][0]["id"],
        base_url=ready["arm"],
        credential_scopes=["https://management.azure.com/.default"],
    )
    for one in azure.resources.list_by_resource_group("rg-backup"):
        print(one.type, one.location)


asyncio.run(main())
