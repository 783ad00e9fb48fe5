"""The transport against a small TLS server: who is trusted, what is sent, and that nothing is repeated."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import ssl
import subprocess
import sys
from base64 import b64decode
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiohttp import web
from aiohttp.test_utils import unused_port

from m365backup_tui.cloud.credential import SessionCredential
from m365backup_tui.cloud.profiles import SCOPES_READ, Profile, Resource, global_profile
from m365backup_tui.cloud.transport import (
    Transport,
    arm_client,
    close_graph,
    graph_adapter,
    open_transport,
    requests_session,
    tls_context,
)
from m365backup_tui.domain.errors import Broken, Unreachable

CLAIMS = '{"access_token":{"nbf":{"essential":true,"value":"1"}}}'
UNPADDED = base64.b64encode(CLAIMS.encode()).decode().rstrip("=")


class Tokens:
    """A sign-in that always answers, and writes down what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Resource, tuple[str, ...], str | None]] = []

    async def token(
        self,
        resource: Resource,
        scopes: Sequence[str],
        claims: str | None = None,
        *,
        fresh: bool = False,
    ) -> tuple[str, int]:
        self.asked.append((resource, tuple(scopes), claims))
        return f"token-{len(self.asked)}", 4_000_000_000


@dataclass
class Server:
    """Answers with `answers` in turn (the last one for ever) and keeps the requests."""

    profile: Profile
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=lambda: [(200, {})])
    seen: list[web.Request] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.seen.append(request)
        status, headers = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        body: dict[str, Any] = (
            {"value": []} if status < 400 else {"error": {"code": "canary", "message": "m"}}
        )
        return web.json_response(body, status=status, headers=headers)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


@pytest.fixture
async def server(authority: trustme.CA, ca_file: Path) -> AsyncIterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    port = unused_port()
    base = f"https://localhost:{port}"
    made = Server(
        replace(
            global_profile(),
            authority=f"{base}/organizations",
            graph_base=f"{base}/v1.0",
            arm_base=base,
            allowed_hosts=("localhost",),
            ca_file=ca_file,
            use_environment=False,
        )
    )
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, ssl_context=context).start()
    yield made
    await runner.cleanup()


async def _policies(transport: Transport, tokens: Tokens) -> Any:
    from msgraph.graph_service_client import GraphServiceClient

    credential = SessionCredential(tokens, transport.profile, SCOPES_READ)
    adapter = graph_adapter(transport, credential)
    try:
        graph = GraphServiceClient(request_adapter=adapter)
        return await graph.solutions.backup_restore.protection_policies.get()
    finally:
        await close_graph(adapter)


async def test_a_graph_request_goes_to_the_profile_with_token_id_and_preference(
    server: Server,
) -> None:
    tokens = Tokens()
    answer = await _policies(open_transport(server.profile), tokens)
    assert answer.value == []
    (request,) = server.seen
    assert request.path == "/v1.0/solutions/backupRestore/protectionPolicies"
    assert request.headers["Authorization"] == "Bearer token-1"
    assert request.headers["Prefer"] == "include-unknown-enum-members"
    assert len(request.headers["client-request-id"]) == 36
    assert tokens.asked == [(Resource.GRAPH, SCOPES_READ, None)]


async def test_the_address_of_me_is_the_documented_one(server: Server) -> None:
    from msgraph.graph_service_client import GraphServiceClient

    transport = open_transport(server.profile)
    adapter = graph_adapter(transport, SessionCredential(Tokens(), server.profile, SCOPES_READ))
    await GraphServiceClient(request_adapter=adapter).me.get()
    await close_graph(adapter)
    assert server.seen[0].path == "/v1.0/me"
    assert "Prefer" not in server.seen[0].headers


@pytest.mark.parametrize("status", [429, 503, 504])
async def test_graph_requests_are_never_repeated_by_the_sdk(server: Server, status: int) -> None:
    from msgraph.generated.models.o_data_errors.o_data_error import ODataError

    server.answers = [(status, {"Retry-After": "0"})]
    with pytest.raises(ODataError):
        await _policies(open_transport(server.profile), Tokens())
    assert len(server.seen) == 1


async def test_a_challenge_without_padding_reaches_the_sign_in(server: Server) -> None:
    challenge = f'Bearer realm="", error="insufficient_claims", claims="{UNPADDED}"'
    server.answers = [(401, {"WWW-Authenticate": challenge}), (200, {})]
    tokens = Tokens()
    await _policies(open_transport(server.profile), tokens)
    assert [claims for _, _, claims in tokens.asked] == [None, CLAIMS]
    assert server.seen[1].headers["Authorization"] == "Bearer token-2"


async def test_a_link_to_a_foreign_host_gets_no_token(server: Server) -> None:
    profile = replace(server.profile, allowed_hosts=("graph.microsoft.com",))
    tokens = Tokens()
    with pytest.raises(Broken, match="localhost"):
        await _policies(open_transport(profile), tokens)
    assert tokens.asked == []
    assert server.seen == []


async def _subscriptions(transport: Transport, tokens: Tokens) -> int:
    from azure.core.rest import HttpRequest

    credential = SessionCredential(tokens, transport.profile, SCOPES_READ)
    async with arm_client(transport, credential) as client:
        answer = await client.send_request(HttpRequest("GET", "/subscriptions?api-version=x"))
        return int(answer.status_code)


async def test_an_azure_request_carries_the_azure_token(server: Server) -> None:
    tokens = Tokens()
    assert await _subscriptions(open_transport(server.profile), tokens) == 200
    assert server.seen[0].headers["Authorization"] == "Bearer token-1"
    assert tokens.asked == [(Resource.ARM, (server.profile.arm_scope,), None)]


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_azure_requests_are_never_repeated_by_the_sdk(server: Server, status: int) -> None:
    server.answers = [(status, {"Retry-After": "0"})]
    assert await _subscriptions(open_transport(server.profile), Tokens()) == status
    assert len(server.seen) == 1


async def test_an_azure_challenge_reaches_the_sign_in(server: Server) -> None:
    challenge = f'Bearer error="insufficient_claims", claims="{UNPADDED}"'
    server.answers = [(401, {"WWW-Authenticate": challenge}), (200, {})]
    tokens = Tokens()
    assert await _subscriptions(open_transport(server.profile), tokens) == 200
    assert [claims for _, _, claims in tokens.asked] == [None, CLAIMS]


async def test_a_stranger_is_trusted_by_none_of_the_three(server: Server, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger.pem"
    trustme.CA().cert_pem.write_to_path(stranger)
    transport = open_transport(replace(server.profile, ca_file=stranger))
    said = r"certificate for localhost was issued by O=trustme.*re-signs TLS.*SSL_CERT_FILE"
    with pytest.raises(Unreachable, match=said):
        await _policies(transport, Tokens())
    with pytest.raises(Unreachable, match=said):
        await _subscriptions(transport, Tokens())
    with pytest.raises(Unreachable, match=said):
        await _in_thread(lambda: requests_session(transport).get(server.profile.authority))
    assert server.seen == []


async def test_the_session_for_msal_trusts_the_profile_in_spite_of_the_environment(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere.pem")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    session = requests_session(open_transport(server.profile))
    answer = await _in_thread(lambda: session.get(server.profile.authority))
    assert answer.status_code == 200


async def test_all_three_go_through_the_proxy(server: Server) -> None:
    opened: list[str] = []
    sent: list[str] = []

    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).split()
        opened.append(head[1].decode())
        sent.append(
            head[[part.lower() for part in head].index(b"proxy-authorization:") + 2].decode()
        )
        host, port = head[1].decode().split(":")
        inner_reader, inner_writer = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))

    proxy = await asyncio.start_server(tunnel, "127.0.0.1", 0)
    port = proxy.sockets[0].getsockname()[1]
    environ = {"HTTPS_PROXY": f"http://me:s%40fe@127.0.0.1:{port}"}
    transport = open_transport(replace(server.profile, use_environment=True), environ)
    await _policies(transport, Tokens())
    await _subscriptions(transport, Tokens())
    with requests_session(transport) as session:
        await _in_thread(lambda: session.get(server.profile.authority))
    proxy.close()
    assert opened == [server.profile.arm_base.removeprefix("https://")] * 3
    assert len(server.seen) == 3
    assert [b64decode(one).decode() for one in sent] == ["me:s@fe"] * 3


def test_only_the_authority_of_the_profile_is_trusted(ca_file: Path) -> None:
    context = tls_context(replace(global_profile(), ca_file=ca_file), {})
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert len(context.get_ca_certs()) == 1


def test_the_authorities_of_the_environment_are_added_to_the_systems(ca_file: Path) -> None:
    plain = tls_context(global_profile(), {})
    for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"):
        more = tls_context(global_profile(), {name: str(ca_file)})
        assert len(more.get_ca_certs()) == len(plain.get_ca_certs()) + 1
        assert more.verify_mode is ssl.CERT_REQUIRED


def test_an_authority_file_that_is_missing_is_named() -> None:
    with pytest.raises(Broken, match=r"SSL_CERT_FILE.*/nowhere\.pem"):
        tls_context(global_profile(), {"SSL_CERT_FILE": "/nowhere.pem"})


@pytest.mark.parametrize(
    ("environ", "proxy"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://p:8080"}, "http://p:8080"),
        ({"https_proxy": "http://p:8080"}, "http://p:8080"),
        ({"ALL_PROXY": "http://all:1"}, "http://all:1"),
        ({"HTTPS_PROXY": "p.contoso.com:8080"}, "http://p.contoso.com:8080"),
        ({"HTTPS_PROXY": "HTTP://p:8080", "ALL_PROXY": "socks5://s:1"}, "http://p:8080"),
        ({"ALL_PROXY": "socks5://s:1", "NO_PROXY": "*"}, None),
        ({"HTTPS_PROXY": "http://p:8080", "NO_PROXY": "*"}, None),
        ({"HTTPS_PROXY": "http://p:8080", "no_proxy": "x, .microsoft.com"}, None),
        ({"HTTPS_PROXY": "http://p:8080", "NO_PROXY": "microsoft.com"}, None),
        ({"HTTPS_PROXY": "http://p:8080", "NO_PROXY": "*.microsoft.com"}, None),
        ({"HTTPS_PROXY": "http://p:8080", "NO_PROXY": "soft.com,"}, "http://p:8080"),
    ],
)
def test_the_proxy_is_the_one_of_the_environment(
    environ: dict[str, str], proxy: str | None
) -> None:
    profile = global_profile()
    transport = Transport(profile, tls_context(profile, {}), environ)
    assert transport.proxy_for(profile.graph_base) == proxy
    alone = Transport(replace(profile, use_environment=False), transport.tls, environ)
    assert alone.proxy_for(profile.graph_base) is None


def test_a_proxy_that_cannot_be_used_is_said_at_once_and_without_its_password() -> None:
    with pytest.raises(Broken, match="kind socks5") as caught:
        open_transport(global_profile(), {"ALL_PROXY": "socks5://me:canary@s:1080"})
    assert "canary" not in str(caught.value)


def test_importing_the_cloud_imports_no_sdk() -> None:
    program = (
        "import sys\n"
        "import m365backup_tui.cloud.signin, m365backup_tui.cloud.practice\n"
        "import m365backup_tui.cloud.credential, m365backup_tui.cloud.redact\n"
        "heavy = {'msal', 'msgraph', 'azure', 'httpx', 'aiohttp', 'requests', 'keyring', 'cryptography'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, env=os.environ
    )
    assert done.stdout.strip() == "[]", done.stderr


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def _in_thread(work: Any) -> Any:
    from m365backup_tui.cloud.daemon import call_with_deadline

    return await call_with_deadline(work, 10)
