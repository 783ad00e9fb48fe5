"""The real msgraph-sdk pointed at the practice tenant, and small helpers for its tests."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from azure.core.credentials import AccessToken
from kiota_authentication_azure.azure_identity_authentication_provider import (
    AzureIdentityAuthenticationProvider,
)
from kiota_http.middleware.options import RetryHandlerOption
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_request_adapter import options as sdk_options
from msgraph.graph_service_client import GraphServiceClient
from msgraph_core import GraphClientFactory  # type: ignore[import-untyped]  # ships no types

from m365backup_tui.practice.entra.keys import load_signer
from tests.practice.conftest import Controls
from tests.practice.signing_in import sign_in

WIZARD_SCOPES = (
    "User.Read",
    "RoleManagement.Read.Directory",
    "User.ReadBasic.All",
    "Group.ReadBasic.All",
    "GroupMember.ReadBasic.All",
    "Sites.Read.All",
    "Reports.Read.All",
    "Organization.Read.All",
    "BackupRestore-Control.Read.All",
    "BackupRestore-Configuration.ReadWrite.All",
)


class _FixedToken:
    """A credential that always answers with one token."""

    def __init__(self, token: str) -> None:
        self._token = AccessToken(token, 4102444800)

    async def get_token(self, *scopes: str, **kwargs: Any) -> AccessToken:
        return self._token

    async def close(self) -> None:
        return None

    async def __aenter__(self) -> _FixedToken:
        return self

    async def __aexit__(self, *args: object) -> None:
        return None


def graph_token(
    ready: dict[str, Any],
    controls: Controls,
    persona: str = "global-admin",
    scopes: tuple[str, ...] = WIZARD_SCOPES,
    client: str = "graph",
) -> str:
    """A Graph access token of this persona with these delegated scopes."""
    wanted = [f"https://graph.microsoft.com/{scope}" for scope in scopes]
    answer = sign_in(ready, controls, wanted, persona, client)
    return str(answer["access_token"])


def own_app_token(ready: dict[str, Any], token: str) -> str:
    """The same token as if an app registration of the company's own had asked for it.

    The practice Entra knows Microsoft's two clients only, so the token is signed here again.
    """
    signer = load_signer(Path(ready["ca_file"]).parent)
    claims = signer.read(token)
    return signer.sign({**claims, "appid": "0a1b2c3d-1111-4222-8333-444455556666"})


@asynccontextmanager
async def graph_client(ready: dict[str, Any], token: str) -> AsyncIterator[GraphServiceClient]:
    """A GraphServiceClient that trusts the tenant's authority and never retries by itself."""
    context = ssl.create_default_context(cafile=ready["ca_file"])
    settings = dict(sdk_options)
    settings[RetryHandlerOption.get_key()] = RetryHandlerOption(max_retries=0)
    async with httpx.AsyncClient(
        verify=context, trust_env=False, base_url=ready["graph"], timeout=30
    ) as client:
        made = GraphClientFactory.create_with_default_middleware(client=client, options=settings)
        provider = AzureIdentityAuthenticationProvider(
            _FixedToken(token),
            scopes=["https://graph.microsoft.com/.default"],
            allowed_hosts=["localhost"],
        )
        adapter = GraphRequestAdapter(provider, client=made)
        adapter.base_url = ready["graph"]
        yield GraphServiceClient(request_adapter=adapter)


class Rest:
    """Plain JSON calls, for what the SDK cannot send and for looking at raw answers."""

    def __init__(self, ready: dict[str, Any], token: str, browser: Any) -> None:
        self._base, self._web = ready["graph"], browser
        self._headers = {"Authorization": f"Bearer {token}"}

    def call(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON ({} when there is none) of one call under /v1.0."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self._web.request(
            method, self._base + path, json=body, headers={**self._headers, **named}, timeout=30
        )
        is_json = "json" in answer.headers.get("Content-Type", "")
        return answer.status_code, answer.json() if is_json else {}

    def text(self, path: str, **headers: str) -> tuple[int, str]:
        """Status and text of one GET under /v1.0, for the counts."""
        answer = self._web.get(self._base + path, headers={**self._headers, **headers}, timeout=30)
        return answer.status_code, answer.text

    def code(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        """Status and error code of a call that is refused."""
        status, answer = self.call(method, path, body)
        return status, str(answer.get("error", {}).get("code"))
