"""The three real SDKs through real proxies on loopback: led, led past, re-signed, refused and left waiting."""

from __future__ import annotations

import re
import subprocess
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import trustme

from m365backup_tui.cloud import for_requests, no_way, transport
from m365backup_tui.cloud.arm_calls import ArmCalls
from m365backup_tui.cloud.credential import SessionCredential
from m365backup_tui.cloud.daemon import call_with_deadline
from m365backup_tui.cloud.graph_calls import GraphCalls
from m365backup_tui.cloud.practice import PracticeStandIn
from m365backup_tui.cloud.probing import Step, look
from m365backup_tui.cloud.profiles import (
    SCOPES_READ,
    SCOPES_SIGN_IN,
    Profile,
    practice_profile,
)
from m365backup_tui.cloud.signin import SignIn
from m365backup_tui.cloud.skew import Skew
from m365backup_tui.cloud.transport import arm_client, graph_adapter, tls_context
from m365backup_tui.domain.errors import Broken, Unreachable
from m365backup_tui.domain.settings import NetworkSettings
from tests.practice.cloud_ports import JumpingClock
from tests.practice.conftest import Controls
from tests.practice.network_proxies import Mood, Proxy, proxy

Environ = dict[str, str]
Call = Callable[[], Awaitable[Any]]


class Sitting:
    """One sign-in of a host with this environment and these settings; asks each service with its real SDK."""

    def __init__(
        self, sign_in: SignIn, profile: Profile, graph: GraphCalls, arm: ArmCalls, tls: Any
    ) -> None:
        self.sign_in = sign_in
        self.graph = graph
        self.arm = arm
        self._profile = profile
        self._tls = tls

    async def come_in(self) -> None:
        """By device code, approved at the practice tenant directly: the browser is on another machine."""
        code = await self.sign_in.device_code(SCOPES_READ)
        stand_in = PracticeStandIn(self._tls, tls_context(practice_profile(self._tls), {}))
        try:
            await stand_in.approve(code.user_code, "global-admin")
        finally:
            await stand_in.close()
        await self.sign_in.wait_for_sign_in(code)

    async def ask_entra(self) -> Any:
        return await self.sign_in.device_code(SCOPES_SIGN_IN)

    async def ask_graph(self) -> Any:
        from msgraph.graph_service_client import GraphServiceClient

        def build(client: GraphServiceClient) -> Any:
            return client.me.to_get_request_information()

        return await self.graph.get(SCOPES_READ, build, "reading who you are")

    async def ask_azure(self) -> Any:
        return await self.arm.get("/subscriptions", "2022-12-01", "reading your subscriptions")

    @property
    def all(self) -> tuple[Call, ...]:
        return (self.ask_entra, self.ask_graph, self.ask_azure)


@asynccontextmanager
async def host(
    ready: dict[str, Any],
    folder: Path,
    environ: Environ,
    network: NetworkSettings | None = None,
    *,
    bare: bool = False,
) -> AsyncIterator[Sitting]:
    """A host with this environment. `bare`: it has no token and needs none to fail."""
    profile = replace(practice_profile(ready), use_environment=True)

    async def no_wait(_: float) -> None:
        return None

    one = SignIn(profile, folder, backends=(), environ=environ, network=network, sleep=no_wait)
    way = await one.transport()
    credential: Any = Bare() if bare else SessionCredential(one, profile, SCOPES_READ)
    if bare:
        credential = SessionCredential(credential, profile, SCOPES_READ)
    graph = GraphCalls(lambda scopes: graph_adapter(way, credential, scopes), JumpingClock())
    arm = ArmCalls(lambda: arm_client(way, credential), profile.arm_base, JumpingClock())
    try:
        yield Sitting(one, profile, graph, arm, ready)
    finally:
        await graph.close()
        await arm.close()
        one.close()


class Bare:
    """Tokens that no service ever sees."""

    async def token(self, *_: Any, **__: Any) -> tuple[str, int]:
        return "canary-token", 4_000_000_000


async def sentences(sitting: Sitting) -> list[str]:
    """What each of the three says; they all have to fail as not reached."""
    said = []
    for ask in sitting.all:
        with pytest.raises(Unreachable) as caught:
            await ask()
        said.append(caught.value.what)
        whole = "".join(traceback.format_exception(caught.value)) + repr(chain(caught.value))
        assert not re.search(r"canary@|canary-token|Y2FuYXJ5|bWU6Y2FuYXJ5", whole), whole
    return said


def chain(error: BaseException | None) -> list[BaseException]:
    """The error and what it came from, for whoever logs it."""
    return [] if error is None else [error, *chain(error.__cause__ or error.__context__)]


def targets(made: Proxy) -> set[str]:
    return set(made.asked)


def places(ready: dict[str, Any]) -> set[str]:
    profile = practice_profile(ready)
    return {urlsplit(u).netloc for u in (profile.authority, profile.graph_base, profile.arm_base)}


@pytest.mark.parametrize(
    "names",
    [("HTTPS_PROXY",), ("https_proxy",), ("ALL_PROXY",), ("all_proxy",)],
)
async def test_all_three_go_through_the_proxy_of_the_environment(
    ready: dict[str, Any], controls: Controls, tmp_path: Path, names: tuple[str, ...]
) -> None:
    async with proxy(Mood.TUNNEL) as made:
        environ = dict.fromkeys(names, made.url)
        async with host(ready, tmp_path, environ) as sitting:
            await sitting.come_in()
            for ask in sitting.all:
                made.asked.clear()
                assert await ask()
                assert len(targets(made)) <= 1
        assert targets(made) <= places(ready)


async def test_each_of_the_three_opens_its_own_tunnel(
    ready: dict[str, Any], controls: Controls, tmp_path: Path
) -> None:
    async with proxy(Mood.TUNNEL) as made:
        async with host(ready, tmp_path, {"HTTPS_PROXY": made.url}) as sitting:
            await sitting.come_in()
            entra = len(made.asked)
            await sitting.ask_graph()
            graph = len(made.asked)
            await sitting.ask_azure()
        assert 0 < entra < graph < len(made.asked)
        assert targets(made) == places(ready)


@pytest.mark.parametrize(
    "exception", ["*", "localhost", "LOCALHOST", ".localhost", "*.localhost", "x.test, localhost"]
)
async def test_a_host_named_in_no_proxy_is_asked_directly_by_all_three(
    ready: dict[str, Any], controls: Controls, tmp_path: Path, exception: str
) -> None:
    named = urlsplit(practice_profile(ready).authority).hostname or ""
    environ = {"NO_PROXY": exception.replace("localhost", named).replace("LOCALHOST", named)}
    async with proxy(Mood.FORBIDS) as made:
        async with host(ready, tmp_path, environ | {"HTTPS_PROXY": made.url}) as sitting:
            await sitting.come_in()
            assert [bool(await ask()) for ask in sitting.all] == [True] * 3
        assert made.asked == []


async def test_a_port_in_no_proxy_is_the_one_that_is_meant(
    ready: dict[str, Any], tmp_path: Path
) -> None:
    named = urlsplit(practice_profile(ready).authority)
    async with proxy(Mood.FORBIDS) as made:
        for port, through in ((named.port, False), (1, True)):
            made.asked.clear()
            environ = {"HTTPS_PROXY": made.url, "NO_PROXY": f"{named.hostname}:{port}"}
            async with host(ready, tmp_path, environ) as sitting:
                if through:
                    with pytest.raises(Unreachable, match="HTTP 403"):
                        await sitting.ask_entra()
                else:
                    await sitting.ask_entra()
            assert bool(made.asked) is through


async def test_the_settings_file_decides_over_the_environment(
    ready: dict[str, Any], controls: Controls, tmp_path: Path
) -> None:
    async with proxy(Mood.TUNNEL) as made, proxy(Mood.FORBIDS) as wrong:
        environ = {"HTTPS_PROXY": wrong.url, "NO_PROXY": "*"}
        async with host(ready, tmp_path, environ, NetworkSettings(proxy=made.url)) as sitting:
            await sitting.come_in()
            assert [bool(await ask()) for ask in sitting.all] == [True] * 3
        assert targets(made) == places(ready)
        assert wrong.asked == []


async def test_none_in_the_settings_file_goes_the_direct_way(
    ready: dict[str, Any], controls: Controls, tmp_path: Path
) -> None:
    async with proxy(Mood.FORBIDS) as wrong:
        environ = {"HTTPS_PROXY": wrong.url}
        async with host(ready, tmp_path, environ, NetworkSettings(proxy="none")) as sitting:
            await sitting.come_in()
            assert [bool(await ask()) for ask in sitting.all] == [True] * 3
        assert wrong.asked == []


async def test_the_file_adds_exceptions_to_those_of_the_environment(
    ready: dict[str, Any], tmp_path: Path
) -> None:
    named = urlsplit(practice_profile(ready).authority).hostname or ""
    async with proxy(Mood.FORBIDS) as wrong:
        environ = {"HTTPS_PROXY": wrong.url, "NO_PROXY": "other.test"}
        network = NetworkSettings(no_proxy=named)
        async with host(ready, tmp_path, environ, network) as sitting:
            assert await sitting.ask_entra()
        assert wrong.asked == []


async def test_a_practice_profile_as_it_is_uses_nothing_of_the_host(
    ready: dict[str, Any], tmp_path: Path
) -> None:
    async with proxy(Mood.FORBIDS) as wrong:
        environ = {"HTTPS_PROXY": wrong.url, "SSL_CERT_FILE": "/nowhere.pem"}
        one = SignIn(
            practice_profile(ready),
            tmp_path,
            backends=(),
            environ=environ,
            network=NetworkSettings(proxy=wrong.url, ca="/nowhere.pem"),
        )
        assert await one.device_code(SCOPES_SIGN_IN)
        one.close()
        assert wrong.asked == []


@pytest.mark.parametrize(
    "by", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_DIR", "settings"]
)
async def test_re_signed_tls_is_trusted_by_all_three_with_the_authority_of_the_proxy(
    ready: dict[str, Any], controls: Controls, tmp_path: Path, by: str
) -> None:
    async with proxy(Mood.RE_SIGN) as made:
        where = authority_in(tmp_path, made.authority, folder=by == "SSL_CERT_DIR")
        environ, network = {"HTTPS_PROXY": made.url}, None
        if by == "settings":
            network = NetworkSettings(ca=str(where))
        else:
            environ[by] = str(where)
        async with host(ready, tmp_path, environ, network) as sitting:
            await sitting.come_in()
            assert [bool(await ask()) for ask in sitting.all] == [True] * 3
        assert targets(made) == places(ready)


async def test_re_signed_tls_without_the_authority_names_who_re_signs(
    ready: dict[str, Any], tmp_path: Path
) -> None:
    async with proxy(Mood.RE_SIGN) as made:
        environ = {"HTTPS_PROXY": made.url}
        async with host(ready, tmp_path, environ, bare=True) as sitting:
            said = await sentences(sitting)
    named = urlsplit(practice_profile(ready).authority).hostname
    for sentence in said:
        assert f"The certificate for {named} was issued by O=Contoso, OU=Contoso Inspection CA" in (
            sentence
        )
        assert "your company's proxy re-signs TLS" in sentence
        assert "SSL_CERT_FILE" in sentence
    assert "canary" not in " ".join(made.sent)


async def test_a_proxy_that_wants_a_password_gets_the_one_of_the_environment(
    ready: dict[str, Any], controls: Controls, tmp_path: Path
) -> None:
    async with proxy(Mood.BASIC) as made:
        environ = {"HTTPS_PROXY": made.url.replace("//", "//me:s%40fe@")}
        async with host(ready, tmp_path, environ) as sitting:
            await sitting.come_in()
            assert [bool(await ask()) for ask in sitting.all] == [True] * 3


@pytest.mark.parametrize("user", ["", "me:canary@"])
async def test_a_proxy_that_takes_no_password_names_the_variable(
    ready: dict[str, Any], tmp_path: Path, user: str
) -> None:
    async with proxy(Mood.BASIC) as made:
        environ = {"HTTPS_PROXY": made.url.replace("//", f"//{user}")}
        async with host(ready, tmp_path, environ, bare=True) as sitting:
            said = await sentences(sitting)
    asks = f"The proxy 127.0.0.1:{made.port} asks for a user name and a password"
    for sentence in said:
        assert sentence.startswith(asks)
        assert "Set HTTPS_PROXY to http://user:password@" in sentence
        assert "canary" not in sentence


async def test_a_proxy_that_wants_a_windows_sign_in_is_told_to_be_unsupported(
    ready: dict[str, Any], tmp_path: Path
) -> None:
    async with (
        proxy(Mood.NTLM) as made,
        host(ready, tmp_path, {"HTTPS_PROXY": made.url}, bare=True) as sitting,
    ):
        said = await sentences(sitting)
    assert all("Windows sign-in (NTLM or Kerberos), which is not supported" in one for one in said)
    assert all("cntlm" in one for one in said)


async def test_a_proxy_that_forbids_the_host_is_named_with_its_answer(
    ready: dict[str, Any], tmp_path: Path
) -> None:
    async with (
        proxy(Mood.FORBIDS) as made,
        host(ready, tmp_path, {"HTTPS_PROXY": made.url}, bare=True) as sitting,
    ):
        said = await sentences(sitting)
    named = urlsplit(practice_profile(ready).authority).hostname
    for sentence in said:
        assert f"The proxy 127.0.0.1:{made.port} did not let the connection to {named}" in sentence
        assert "HTTP 403" in sentence


async def test_a_proxy_that_is_spoken_to_over_tls_leads_all_three(
    ready: dict[str, Any], controls: Controls, tmp_path: Path
) -> None:
    async with proxy(Mood.TUNNEL, secure=True) as made:
        company = authority_in(tmp_path, made.authority, folder=False)
        environ = {"HTTPS_PROXY": made.url, "SSL_CERT_FILE": str(company)}
        async with host(ready, tmp_path, environ) as sitting:
            await sitting.come_in()
            assert [bool(await ask()) for ask in sitting.all] == [True] * 3
            tls = (await sitting.sign_in.transport()).tls
            url = practice_profile(ready).graph_base
            seen = await call_with_deadline(lambda: look(url, made.url, tls, ask=True), 10)
            assert seen.step is Step.THROUGH
            assert seen.date
        assert targets(made) == places(ready)


async def test_a_proxy_over_tls_with_a_certificate_of_a_stranger_is_named(
    ready: dict[str, Any], tmp_path: Path
) -> None:
    async with (
        proxy(Mood.TUNNEL, secure=True) as made,
        host(ready, tmp_path, {"HTTPS_PROXY": made.url}, bare=True) as sitting,
    ):
        said = await sentences(sitting)
        assert made.asked == []
    assert all("The certificate of the proxy 127.0.0.1" in one for one in said), said


async def test_a_proxy_that_is_down_is_named_and_works_when_it_is_back(
    ready: dict[str, Any], controls: Controls, tmp_path: Path
) -> None:
    """An offline start: the same sitting goes on as soon as the line is there."""
    async with proxy(Mood.TUNNEL) as made:
        port = made.port
    environ = {"HTTPS_PROXY": f"http://127.0.0.1:{port}"}
    async with host(ready, tmp_path, environ) as sitting:
        with pytest.raises(Unreachable) as caught:
            await sitting.ask_entra()
        assert caught.value.what == f"The proxy 127.0.0.1:{port} refused the connection."
        async with proxy(Mood.TUNNEL, port) as back:
            await sitting.come_in()
            assert [bool(await ask()) for ask in sitting.all] == [True] * 3
            assert targets(back) == places(ready)


async def test_a_proxy_without_an_address_is_named(ready: dict[str, Any], tmp_path: Path) -> None:
    environ = {"HTTPS_PROXY": "http://proxy.invalid:8080"}
    async with host(ready, tmp_path, environ, bare=True) as sitting:
        said = await sentences(sitting)
    assert said == ["The name of the proxy host proxy.invalid cannot be resolved."] * 3


async def test_a_proxy_that_says_nothing_ends_each_call_at_its_deadline(
    ready: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (transport, for_requests):  # seconds are short for the test
        monkeypatch.setattr(module, "CONNECT_SECONDS", 0.3)
    monkeypatch.setattr(for_requests, "READ_SECONDS", 0.3)
    monkeypatch.setattr(transport, "READ_SECONDS", 0.3)
    monkeypatch.setattr(no_way, "PROBE_SECONDS", 0.3)
    async with (
        proxy(Mood.SILENT) as made,
        host(ready, tmp_path, {"HTTPS_PROXY": made.url}, bare=True) as sitting,
    ):
        said = await sentences(sitting)
    assert said == [f"The proxy 127.0.0.1:{made.port} did not answer in time."] * 3


async def test_a_proxy_that_speaks_no_http_is_named(ready: dict[str, Any], tmp_path: Path) -> None:
    async with (
        proxy(Mood.BABBLES) as made,
        host(ready, tmp_path, {"HTTPS_PROXY": made.url}, bare=True) as sitting,
    ):
        said = await sentences(sitting)
    # kiota and azure-core tell nonsense from a broken connection too badly to say whose it was.
    assert said[0] == f"The proxy 127.0.0.1:{made.port} ended the connection before it was secure."


@pytest.mark.parametrize("minutes", [-10, 10])
async def test_each_of_the_three_tells_how_far_the_clock_of_this_host_is_off(
    ready: dict[str, Any],
    controls: Controls,
    tmp_path: Path,
    minutes: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And a host that is ten minutes off signs in and reads all the same: MSAL and azure-core take this time."""
    true = time.time

    def clock() -> datetime:
        return datetime.fromtimestamp(time.time(), UTC)

    async with host(ready, tmp_path, {}) as sitting:
        monkeypatch.setattr(time, "time", lambda: true() + 60 * minutes)
        await sitting.come_in()
        way = await sitting.sign_in.transport()
        for ask in sitting.all:
            way.skew.offset = None
            way.skew._clock = clock
            await ask()
            assert way.skew.offset is not None
            assert abs(way.skew.offset - timedelta(minutes=minutes)) < timedelta(seconds=3)
            assert "10 minutes" in way.skew.warning or "9 minutes" in way.skew.warning


def test_a_proxy_that_cannot_be_used_is_said_before_anything_is_sent(
    ready: dict[str, Any],
) -> None:
    profile = replace(practice_profile(ready), use_environment=True)
    for value in ("socks5://me:canary@s:1080", "http://me:can/ary@host:80", "http://:8080"):
        with pytest.raises(Broken) as caught:
            transport.open_transport(profile, {"HTTPS_PROXY": value})
        assert "HTTPS_PROXY" in str(caught.value)
        assert "can" not in str(caught.value).replace("cannot", "")


def authority_in(where: Path, authority: trustme.CA, *, folder: bool) -> Path:
    """The proxy's authority as a file, or in a folder under its hashed name."""
    file = where / "company.pem"
    authority.cert_pem.write_to_path(file)
    if not folder:
        return file
    hashed = where / "authorities"
    hashed.mkdir()
    done = subprocess.run(
        ["openssl", "x509", "-hash", "-noout", "-in", str(file)],
        capture_output=True,
        text=True,
        check=True,
    )
    (hashed / f"{done.stdout.strip()}.0").write_bytes(file.read_bytes())
    return hashed


def test_the_skew_is_that_of_the_last_answer() -> None:
    now = datetime(2026, 11, 21, 12, 0, 30, tzinfo=UTC)
    skew = Skew(lambda: now)
    skew.note({"Date": "Sat, 21 Nov 2026 12:00:00 GMT"})
    assert skew.offset == timedelta(seconds=29.5)
    assert skew.warning == ""
    skew.note({"Date": "Sat, 21 Nov 2026 11:00:00 GMT", "Age": "3600"})  # out of a cache
    skew.note({"Date": "canary"})
    skew.note({})
    assert skew.offset == timedelta(seconds=29.5)
