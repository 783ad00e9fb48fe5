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
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from m365backup_tui.cloud.profiles import Profile
from m365backup_tui.cloud.proxies import proxy_of
from m365backup_tui.domain.errors import Broken
from m365backup_tui.domain.limits import READ_SECONDS

if TYPE_CHECKING:
    import httpx
    import requests
    from azure.mgmt.resource.resources.aio import ResourceManagementClient
    from msgraph.graph_request_adapter import GraphRequestAdapter

    from m365backup_tui.cloud.credential import SessionCredential

CONNECT_SECONDS = 10.0
SIGN_IN_READ_SECONDS = 20.0  # one MSAL call blocks the next: shorter than the others

_CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE")
_BACKUP_PATH = "/solutions/backupRestore"


@dataclass(frozen=True, slots=True)
class Transport:
    """What every client of one profile shares. Build it once with `open_transport`."""

    profile: Profile
    tls: ssl.SSLContext
    environ: Mapping[str, str]

    def proxy_for(self, url: str) -> str | None:
        """The proxy of the environment for `url`, or None."""
        if not self.profile.use_environment:
            return None
        return proxy_of(self.environ, urlsplit(url).hostname or "")


def open_transport(profile: Profile, environ: Mapping[str, str] | None = None) -> Transport:
    """Read the CA files and the environment once. Broken when a named CA file cannot be read, or when the proxy
    is of a kind that not all three clients speak."""
    seen = dict(os.environ if environ is None else environ)
    transport = Transport(profile, tls_context(profile, seen), seen)
    for url in (profile.authority, profile.graph_base, profile.arm_base):
        transport.proxy_for(
            url
        )  # said now, in a sentence, and not by an SDK in the middle of the job
    return transport


def tls_context(profile: Profile, environ: Mapping[str, str]) -> ssl.SSLContext:
    """A verifying context: the profile's own CA alone, or the system's and the environment's."""
    if profile.ca_file is not None:
        return _with_ca(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), profile.ca_file, profile.label)
    context = ssl.create_default_context()
    _lean_on_certifi(context)
    if profile.use_environment:
        for name in _CA_VARIABLES:
            if environ.get(name):
                _with_ca(context, Path(environ[name]), name)
    return context


def _with_ca(context: ssl.SSLContext, path: Path, named_by: str) -> ssl.SSLContext:
    try:
        if path.is_dir():
            context.load_verify_locations(capath=path)
        else:
            context.load_verify_locations(cafile=path)
    except (OSError, ssl.SSLError) as error:
        raise Broken(
            f"{named_by} names a certificate file that cannot be read: {path}. "
            "Correct it or unset it, and start again."
        ) from error
    return context


def _lean_on_certifi(context: ssl.SSLContext) -> None:
    """Pythons without a system store (python.org on macOS) get the store that requests ships."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile or paths.capath or context.cert_store_stats()["x509_ca"]:
        return
    import certifi

    context.load_verify_locations(cafile=certifi.where())


def requests_session(transport: Transport) -> requests.Session:
    """The session for MSAL: our context, our proxy, a time limit on every call, no environment."""
    import requests
    from requests.adapters import HTTPAdapter

    context = transport.tls

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, ssl_context=context, **kwargs)

        def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
            return super().proxy_manager_for(proxy, ssl_context=context, **kwargs)

        def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
            super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]  # types-requests
            conn.ca_certs = None  # the context holds them: requests would add certifi's
            conn.ca_cert_dir = None

        def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
            kwargs["timeout"] = kwargs.get("timeout") or (CONNECT_SECONDS, SIGN_IN_READ_SECONDS)
            return super().send(request, *args, **kwargs)

    session = requests.Session()
    session.trust_env = False
    proxy = transport.proxy_for(transport.profile.authority)
    if proxy:
        session.proxies = {"https": proxy}
    session.mount("https://", Adapter())
    return session


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

    profile = transport.profile
    once = RetryHandlerOption(max_retries=0, should_retry=False)
    client = GraphClientFactory.create_with_default_middleware(
        client=httpx.AsyncClient(
            verify=transport.tls,
            proxy=transport.proxy_for(profile.graph_base),
            trust_env=False,
            http2=True,
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
    import aiohttp
    from azure.core.pipeline.policies import AsyncRetryPolicy
    from azure.core.pipeline.transport import AioHttpTransport
    from azure.mgmt.resource.resources.aio import ResourceManagementClient

    profile = transport.profile
    proxy = transport.proxy_for(profile.arm_base)
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=transport.tls),
        trust_env=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
    )
    # aiohttp 3.14 sends an idempotent request (PUT too) once more after a reset, without a word; every write of
    # ours is sent once (rule R1). There is no public switch.
    session._retry_connection = False
    return ResourceManagementClient(
        credential,
        subscription_id,
        base_url=profile.arm_base,
        credential_scopes=[profile.arm_scope],
        transport=AioHttpTransport(
            session=session,
            use_env_settings=False,
            connection_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
        ),
        use_env_settings=False,
        proxies={"https": proxy} if proxy else None,
        retry_policy=AsyncRetryPolicy.no_retries(),
        polling_interval=profile.polling_interval,
    )
