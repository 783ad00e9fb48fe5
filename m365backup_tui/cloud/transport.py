"""HTTP clients for the three SDKs: one TLS context and one proxy decision for all of them.

Measured traps that the code below steps around (auth.md §4.5, azure.md §4): no single CA variable
serves requests, httpx and aiohttp; `allowed_hosts` empty means a token for any host; the SDK's
retries repeat writes; `options` omitted loses `/me`.
SDKs are imported inside functions: importing this module costs nothing.
"""

from __future__ import annotations

import os
import ssl
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from m365backup_tui.cloud.authorities import tls_context as tls_context
from m365backup_tui.cloud.profiles import Profile
from m365backup_tui.cloud.proxies import HTTPS_PORT, ProxyRule, proxy_rule
from m365backup_tui.cloud.skew import Skew
from m365backup_tui.domain.limits import READ_SECONDS as READ_SECONDS
from m365backup_tui.domain.settings import NetworkSettings

if TYPE_CHECKING:
    import httpx
    import requests
    from azure.mgmt.resource.resources.aio import ResourceManagementClient
    from msgraph.graph_request_adapter import GraphRequestAdapter

    from m365backup_tui.cloud.credential import SessionCredential

CONNECT_SECONDS = 10.0

_BACKUP_PATH = "/solutions/backupRestore"


@dataclass(frozen=True, slots=True)
class Transport:
    """What every client of one profile shares. Build it once with `open_transport`.

    `skew` learns from every answer how far the clock of this host is off.
    """

    profile: Profile
    tls: ssl.SSLContext
    environ: Mapping[str, str] = field(repr=False)  # proxies may carry a password
    network: NetworkSettings = field(default_factory=NetworkSettings)
    skew: Skew = field(default_factory=Skew)

    def proxy_for(self, url: str) -> str | None:
        """The proxy for `url` as the settings or the environment have it, or None."""
        return self.rule_for(url).url

    def rule_for(self, url: str) -> ProxyRule:
        """The same with who decided it. A profile that uses nothing of this host goes the direct way."""
        if not self.profile.use_environment:
            return ProxyRule()
        parts = urlsplit(url)
        port = parts.port or HTTPS_PORT
        return proxy_rule(self.environ, parts.hostname or "", self.network, port)


def open_transport(
    profile: Profile,
    environ: Mapping[str, str] | None = None,
    network: NetworkSettings | None = None,
) -> Transport:
    """Read the CA files and the environment once. Broken when a named CA file cannot be read, or when the proxy
    is of a kind that not all three clients speak."""
    seen = dict(os.environ if environ is None else environ)
    wanted = network or NetworkSettings()
    transport = Transport(profile, tls_context(profile, seen, wanted), seen, wanted)
    for url in (profile.authority, profile.graph_base, profile.arm_base):
        transport.proxy_for(
            url
        )  # said now, in a sentence, and not by an SDK in the middle of the job
    return transport


def requests_session(transport: Transport) -> requests.Session:
    """The session for MSAL: our context, our proxy, a time limit on every call, no environment."""
    from m365backup_tui.cloud.for_requests import session_for

    return session_for(transport)


def graph_adapter(
    transport: Transport, credential: SessionCredential, scopes: Sequence[str] | None = None
) -> GraphRequestAdapter:
    """The adapter for `GraphServiceClient(request_adapter=...)`; nothing is retried (rule R1).

    `scopes`: what its calls need (constants of `profiles`); None: what the credential stands for.
    Close it with `await close_graph(adapter)`.
    """
    import httpx
    from kiota_abstractions.authentication import BaseBearerTokenAuthenticationProvider
    from kiota_http.middleware.options import RetryHandlerOption
    from msgraph.graph_request_adapter import GraphRequestAdapter, options
    from msgraph_core import GraphClientFactory  # type: ignore[import-untyped]  # no py.typed

    from m365backup_tui.cloud.for_httpx import TellingTransport

    profile = transport.profile
    once = RetryHandlerOption(max_retries=0, should_retry=False)
    client = GraphClientFactory.create_with_default_middleware(
        client=httpx.AsyncClient(
            transport=TellingTransport(transport),
            trust_env=False,
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            base_url=profile.graph_base,
            event_hooks={"request": [_mark_request]},
        ),
        options={**options, RetryHandlerOption.get_key(): once},
    )
    provider = BaseBearerTokenAuthenticationProvider(
        credential.graph_token_provider(profile.allowed_hosts, scopes)
    )
    adapter = GraphRequestAdapter(provider, client=client)
    adapter.base_url = profile.graph_base  # before the client: it is copied there (azure.md §4.3)
    return adapter


async def close_graph(adapter: GraphRequestAdapter) -> None:
    """Close the connections of an adapter made here."""
    await adapter._http_client.aclose()  # kiota 1.16 has no public way


async def _mark_request(request: httpx.Request) -> None:
    """An id to find this request by, and the enum members that v1.0 hides unless asked for."""
    if "client-request-id" not in request.headers:
        request.headers["client-request-id"] = str(uuid.uuid4())
    if _BACKUP_PATH in request.url.path and "prefer" not in request.headers:
        request.headers["prefer"] = "include-unknown-enum-members"


def arm_client(
    transport: Transport, credential: SessionCredential, subscription_id: str = "-"
) -> ResourceManagementClient:
    """The Azure client; call it inside a running loop and close it. Nothing is retried.

    `-` stands for "no subscription": enough for `send_request` on tenant-wide paths (azure.md §2).
    """
    from azure.core.pipeline.policies import AsyncRetryPolicy
    from azure.mgmt.resource.resources.aio import ResourceManagementClient

    from m365backup_tui.cloud.for_aiohttp import TellingTransport

    profile = transport.profile
    return ResourceManagementClient(
        credential,
        subscription_id,
        base_url=profile.arm_base,
        credential_scopes=[profile.arm_scope],
        transport=TellingTransport(transport, CONNECT_SECONDS, READ_SECONDS),
        use_env_settings=False,
        retry_policy=AsyncRetryPolicy.no_retries(),
        polling_interval=profile.polling_interval,
    )
