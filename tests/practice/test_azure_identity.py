"""azure-identity and azure-mgmt-resource as anybody's script uses them: only endpoints are named."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import requests
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import DeviceCodeCredential, InteractiveBrowserCredential
from azure.mgmt.resource.resources import ResourceManagementClient

from tests.practice.conftest import Controls, web_session
from tests.practice.sign_in_pages import open_page
from tests.practice.test_entra import claims_of

Ready = dict[str, Any]
ARM = "https://management.azure.com/.default"
ME = "https://graph.microsoft.com/User.Read"
HOME = "http://localhost:8471"


@pytest.fixture
def settings(fresh_practice: Ready) -> dict[str, Any]:
    """What a credential has to be told of the practice Entra."""
    return {
        "authority": fresh_practice["base_url"],
        "tenant_id": fresh_practice["tenant_id"],
        "disable_instance_discovery": True,
        "connection_verify": fresh_practice["ca_file"],
        "use_env_settings": False,
    }


def resources(ready: Ready, credential: Any) -> ResourceManagementClient:
    """The resource management client of the first subscription."""
    return ResourceManagementClient(
        credential,
        ready["subscriptions"][0]["id"],
        base_url=ready["arm"],
        credential_scopes=[ARM],
        connection_verify=ready["ca_file"],
        use_env_settings=False,
        polling_interval=1,
    )


def test_a_device_code_credential_serves_azure_and_graph(
    fresh_practice: Ready, controls: Controls, settings: dict[str, Any]
) -> None:
    asked: list[str] = []

    def prompt(_address: str, user_code: str, _expires: Any) -> None:
        asked.append(user_code)
        controls.approve(user_code, "backup-admin")

    # Without a client id it signs in as the Azure CLI.
    with DeviceCodeCredential(prompt_callback=prompt, **settings) as credential:
        azure = claims_of(credential.get_token(ARM).token)
        assert (azure["aud"], azure["appid"]) == (
            "https://management.azure.com",
            fresh_practice["client_ids"]["arm"],
        )
        assert claims_of(credential.get_token(ME).token)["scp"] == "User.Read"
        assert len(asked) == 1
        found = [
            group.name for group in resources(fresh_practice, credential).resource_groups.list()
        ]
        assert "rg-m365-billing" in found


def test_a_declined_code_ends_the_credential(controls: Controls, settings: dict[str, Any]) -> None:
    def prompt(_address: str, user_code: str, _expires: Any) -> None:
        controls.call("POST", f"device-codes/{user_code}/decline").raise_for_status()

    with (
        DeviceCodeCredential(prompt_callback=prompt, **settings) as credential,
        pytest.raises(ClientAuthenticationError, match="AADSTS65004"),
    ):
        credential.get_token(ARM)


def test_a_browser_credential_follows_a_group_from_its_making_to_its_end(
    fresh_practice: Ready,
    controls: Controls,
    settings: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[int] = []

    def person(address: str) -> None:
        with web_session(fresh_practice) as web:
            page = open_page(web, address).press("approve", persona="global-admin")
            # The page's form goes to the credential's own listener by itself in a real browser.
            done.append(requests.post(HOME, data=page.fields(), timeout=10).status_code)

    def opened(address: str) -> bool:
        threading.Thread(target=person, args=(address,), daemon=True).start()
        return True

    monkeypatch.setattr("azure.identity._credentials.browser._open_browser", opened)
    client_id = fresh_practice["client_ids"]["arm"]
    with InteractiveBrowserCredential(
        client_id=client_id, redirect_uri=HOME, timeout=20, **settings
    ) as credential:
        client = resources(fresh_practice, credential)
        made = client.resource_groups.create_or_update("rg-by-sdk", {"location": "westeurope"})
        assert made.properties is not None
        assert made.properties.provisioning_state == "Succeeded"
        assert client.providers.register("Microsoft.Storage").registration_state == "Registering"
        controls.advance("PT15M")
        assert client.providers.get("Microsoft.Storage").registration_state == "Registered"
        account = client.resources.begin_create_or_update_by_id(
            f"{made.id}/providers/Microsoft.Storage/storageAccounts/bysdk",
            {"location": "westeurope", "properties": {}},
            api_version="2024-01-01",
        )
        assert account.result().name == "bysdk"
        deleting = client.resource_groups.begin_delete("rg-by-sdk")
        deleting.wait()
        assert deleting.status() == "Succeeded"
        assert client.resource_groups.check_existence("rg-by-sdk") is False
    assert done == [200]
