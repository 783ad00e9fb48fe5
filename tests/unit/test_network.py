"""Which proxy, which authorities, which clock: what the transport rests on; and that nothing is ever unverified."""

from __future__ import annotations

import itertools
import os
import re
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
import trustme

import m365backup_tui
from m365backup_tui.cloud.authorities import certifi_source, sources, system_source, tls_context
from m365backup_tui.cloud.network_words import sentence
from m365backup_tui.cloud.probing import Seen, Step
from m365backup_tui.cloud.profiles import global_profile
from m365backup_tui.cloud.proxies import ProxyRule, place_of, proxy_rule, shown
from m365backup_tui.cloud.skew import offset_of, words
from m365backup_tui.cloud.transport import Transport, open_transport
from m365backup_tui.domain.errors import Broken
from m365backup_tui.domain.session import Account
from m365backup_tui.domain.settings import NetworkSettings
from m365backup_tui.events import Arrived
from m365backup_tui.ports import Azure, Identity
from m365backup_tui.work import check_access
from tests.unit.fakes import file_runs, make_tools

HOST = "login.microsoftonline.com"
P = {"HTTPS_PROXY": "http://p:1"}
PACKAGE = Path(m365backup_tui.__file__).parent


@pytest.fixture
def company(tmp_path: Path) -> Path:
    path = tmp_path / "company.pem"
    trustme.CA().cert_pem.write_to_path(path)
    return path


# --- which proxy ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "network", "url", "named_by", "direct_by"),
    [
        ({}, {}, None, "", ""),
        ({"HTTPS_PROXY": "http://p:1"}, {}, "http://p:1", "HTTPS_PROXY", ""),
        ({"https_proxy": "http://s:1", "HTTPS_PROXY": "http://l:1"}, {}, "http://s:1", "https_proxy", ""),
        ({"https_proxy": "", "HTTPS_PROXY": "http://l:1"}, {}, None, "", ""),
        ({"HTTP_PROXY": "http://p:1"}, {}, None, "", ""),
        ({"ALL_PROXY": "http://a:1", "HTTPS_PROXY": "http://p:1"}, {}, "http://p:1", "HTTPS_PROXY", ""),
        (P | {"NO_PROXY": "x, .microsoftonline.com"}, {}, None, "NO_PROXY", ".microsoftonline.com"),
        ({"HTTPS_PROXY": "http://p:1", "no_proxy": f"{HOST}:443"}, {}, None, "no_proxy", f"{HOST}:443"),
        ({"HTTPS_PROXY": "http://p:1", "no_proxy": f"{HOST}:8443"}, {}, "http://p:1", "HTTPS_PROXY", ""),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "onmicrosoftonline.com,::1,"}, {}, "http://p:1", "HTTPS_PROXY", ""),
        (P, {"no_proxy": "*.microsoftonline.com"}, None, "settings.toml", "*.microsoftonline.com"),
        ({"HTTPS_PROXY": "http://p:1"}, {"proxy": "none"}, None, "settings.toml", ""),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "*"}, {"proxy": "http://f:2"}, "http://f:2", "settings.toml", ""),
        ({}, {"proxy": "http://me@f:2", "no_proxy": HOST}, None, "settings.toml", HOST),
    ],
)  # fmt: skip
def test_who_decides_about_the_proxy(
    environ: dict[str, str],
    network: dict[str, str],
    url: str | None,
    named_by: str,
    direct_by: str,
) -> None:
    found = proxy_rule(environ, HOST, NetworkSettings(**network))
    assert found == ProxyRule(url, named_by, direct_by)


VALUES = (
    ("", "http://upper:1"),
    ("", "http://lower:1"),
    ("", "http://all:1"),
    ("", HOST, "other.test"),
)


@pytest.mark.parametrize(("upper", "lower", "every", "exception"), itertools.product(*VALUES))
def test_the_matrix_of_the_variables_has_one_answer_for_all_hosts_and_clients(
    upper: str, lower: str, every: str, exception: str
) -> None:
    """auth.md §4.5: the three SDKs differ; here one rule stands in for all of them."""
    environ = {"HTTPS_PROXY": upper, "ALL_PROXY": every, "NO_PROXY": exception}
    environ |= {"https_proxy": lower} if lower else {}
    expected = None if exception == HOST else (lower or upper or every or None)
    profile = global_profile()
    transport = Transport(profile, tls_context(profile, {}), environ)
    assert transport.proxy_for(profile.authority) == expected
    assert transport.proxy_for(profile.graph_base) == (lower or upper or every or None)


@pytest.mark.parametrize(
    "value",
    ["socks5://me:canary@s:1", "http://me:can/ary@s:1", "http://me:canary@:1", "http://canary host:1", "http://s:canary"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "all_proxy"])
def test_a_proxy_that_cannot_be_used_is_named_by_its_variable_alone(value: str, name: str) -> None:
    with pytest.raises(Broken) as caught:
        proxy_rule({name: value}, HOST)
    assert name in caught.value.what
    assert "canary" not in repr(caught.value)
    assert "start again" in caught.value.what


@pytest.mark.parametrize(
    ("url", "told", "place"),
    [
        ("http://p:8080", "http://p:8080", "p:8080"),
        ("http://me:canary@p:8080/", "http://me:***@p:8080/", "p:8080"),
        ("http://me:can@ary:x@p:8080", "http://me:***@p:8080", "p:8080"),
        ("http://me@p:8080", "http://me@p:8080", "p:8080"),
        ("p:8080", "p:8080", "p:8080"),
        ("me:canary@p:8080", "me:***@p:8080", "p:8080"),
    ],
)
def test_a_proxy_is_shown_without_its_password(url: str, told: str, place: str) -> None:
    assert shown(url) == told
    assert place_of(url) == place


def test_no_password_of_a_proxy_is_in_a_repr() -> None:
    environ = {"HTTPS_PROXY": "http://me:canary@p:1"}
    transport = open_transport(global_profile(), environ)
    assert "canary" not in repr(transport)
    assert "canary" not in repr(transport.rule_for(transport.profile.authority))


# --- which authorities ----------------------------------------------------------------------------------------------


def names(environ: dict[str, str], ca: str = "environment", **profile: object) -> list[str]:
    changed = replace(global_profile(), **profile)  # type: ignore[arg-type]
    return [one.named_by for one in sources(changed, environ, NetworkSettings(ca=ca))]


def test_which_authorities_are_trusted(company: Path) -> None:
    system, environ = system_source().named_by, {"SSL_CERT_FILE": str(company)}
    assert names({}) == [system]
    assert names(environ) == [system, "SSL_CERT_FILE"]
    assert names(environ, "system") == [system]
    assert names(environ, "certifi") == [certifi_source().named_by]
    assert names(environ, str(company)) == [system, "[network] ca in settings.toml"]
    alone = {"ca_file": company, "use_environment": False}
    for wanted in ("environment", "system", "certifi", "/nowhere"):
        assert names(environ, wanted, **alone) == ["Microsoft 365"]
    assert names(environ, ca_file=company) == ["Microsoft 365", "SSL_CERT_FILE"]


def test_every_context_verifies_and_writes_no_keys(
    company: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ssl.create_default_context would honour SSLKEYLOGFILE: whoever reads that file reads the tokens."""
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    for ca in ("environment", "system", "certifi", str(company)):
        context = tls_context(global_profile(), dict(os.environ), NetworkSettings(ca=ca))
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname
        assert context.keylog_filename is None


def test_the_system_store_stays_when_the_environment_names_a_file(
    company: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenSSL by itself would take SSL_CERT_FILE in place of the store."""
    monkeypatch.setenv("SSL_CERT_FILE", str(company))
    plain = tls_context(global_profile(), {})
    more = tls_context(global_profile(), dict(os.environ) | {"SSL_CERT_FILE": str(company)})
    assert len(more.get_ca_certs()) >= len(plain.get_ca_certs()) + 1


@pytest.mark.parametrize("by", ["SSL_CERT_FILE", "ca under [network]"])
def test_a_file_that_cannot_be_read_is_named_with_who_named_it(tmp_path: Path, by: str) -> None:
    junk = tmp_path / "junk.pem"
    junk.write_text("canary", encoding="utf-8")
    for path in (tmp_path / "nowhere.pem", junk):
        environ, ca = ({by: str(path)}, "environment") if by.isupper() else ({}, str(path))
        with pytest.raises(Broken) as caught:
            tls_context(global_profile(), environ, NetworkSettings(ca=ca))
        named = by if by.isupper() else "[network] ca in settings.toml"
        assert caught.value.what.startswith(f"{named} names a certificate file that cannot be read")
        assert str(path) in caught.value.what
        assert "canary" not in caught.value.what


def test_the_authority_between_root_and_proxy_is_enough(tmp_path: Path) -> None:
    """As with curl: many companies hand out the issuing authority alone."""
    between = trustme.CA().create_child_ca()
    path = tmp_path / "between.pem"
    between.cert_pem.write_to_path(path)
    context = tls_context(replace(global_profile(), ca_file=path, use_environment=False), {})
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    between.issue_cert(HOST).configure_cert(server_side)
    assert _shake_hands(context, server_side, HOST) == ""
    assert "Hostname mismatch" in _shake_hands(context, server_side, "graph.microsoft.com")
    trustme.CA().issue_cert(HOST).configure_cert(server_side)
    assert "unable to get" in _shake_hands(context, server_side, HOST)


def _shake_hands(client: ssl.SSLContext, server: ssl.SSLContext, host: str) -> str:
    """ "" where the client trusts the server, else why not."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname=host)
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    done = 0
    for _ in range(6):
        for one in (ours, theirs):
            try:
                one.do_handshake()
                done += 1
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError as error:
                return str(error.verify_message)
    assert done
    return ""


def test_nothing_is_ever_left_unverified() -> None:
    """One place reads the certificate of a stranger, to name its issuer; nothing is sent there (probing.py)."""
    unsafe = re.compile(
        r"verify\s*=\s*False|CERT_NONE|check_hostname\s*=\s*False|_create_unverified|ssl\s*=\s*False"
        r"|connection_verify\s*=\s*False|disable_warnings|assert_hostname\s*=\s*False"
    )
    found = [
        (path.relative_to(PACKAGE).as_posix(), match.group())
        for path in sorted(PACKAGE.rglob("*.py"))
        for match in unsafe.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == [
        ("cloud/probing.py", "check_hostname = False"),
        ("cloud/probing.py", "CERT_NONE"),
    ]
    body = (PACKAGE / "cloud/probing.py").read_text(encoding="utf-8")
    function = body.split("def _presented(")[1].split("\ndef ")[0]
    assert "CERT_NONE" in function
    assert not re.search(r"send|write|\brecv|\bread\b\(", function)


# --- which clock ----------------------------------------------------------------------------------------------------

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (59, ""),
        (-60, ""),
        (61, "1 minute 1 second ahead of"),
        (-600, "10 minutes behind"),
        (3661, "1 hour 1 minute ahead of"),
    ],
)
def test_a_clock_that_is_more_than_a_minute_off_is_told_with_the_number(
    seconds: int, said: str
) -> None:
    told = words(timedelta(seconds=seconds))
    assert told.startswith(f"The clock of this host is {said} Microsoft's.") if said else not told


@pytest.mark.parametrize("date", ["", "canary", "Sat, 99 Nov 2026 12:00:00 GMT", "0"])
def test_what_is_no_date_says_nothing_about_the_clock(date: str) -> None:
    assert offset_of(date, NOON) is None


def test_a_date_without_a_zone_is_utc() -> None:
    assert offset_of("Sat, 21 Nov 2026 12:00:00 -0000", NOON) == timedelta(seconds=-0.5)


# --- what is said ---------------------------------------------------------------------------------------------------

SEEN = Seen(Step.THROUGH, HOST)
AT = replace(SEEN, proxy="p.contoso.com:8080", at_proxy=True)


@pytest.mark.parametrize(
    ("seen", "parts"),
    [
        (replace(SEEN, step=Step.NAME), [f"The name of the host {HOST} cannot be resolved."]),
        (replace(AT, step=Step.NAME), ["The name of the proxy host p.contoso.com cannot be"]),
        (replace(SEEN, step=Step.ROUTE), [f"no way from this host to {HOST}"]),
        (replace(AT, step=Step.ROUTE), ["no way from this host to the proxy p.contoso.com:8080"]),
        (replace(SEEN, step=Step.REFUSED), [f"{HOST} refused the connection."]),
        (replace(AT, step=Step.SILENT), ["The proxy p.contoso.com:8080 did not answer in time."]),
        (replace(SEEN, step=Step.BROKEN, proxy="p:1"), [f"{HOST} ended", "through the proxy p:1"]),
        (replace(AT, step=Step.PROXY_SAID_NO, status=502), ["HTTP 502", f"allow {HOST}"]),
        (replace(AT, step=Step.PROXY_SIGN_IN, schemes=("negotiate", "basic")), ["HTTPS_PROXY"]),
        (replace(AT, step=Step.PROXY_SIGN_IN, schemes=("ntlm",)), ["not supported", "cntlm"]),
        (replace(AT, step=Step.PROXY_SIGN_IN), ["user name and a password"]),
        (replace(AT, step=Step.UNTRUSTED, trouble="x"), ["certificate of the proxy p.contoso"]),
        (replace(SEEN, step=Step.UNTRUSTED, trouble_code=20, issuer="CN=Z"), ["CN=Z", "re-signs"]),
        (replace(SEEN, step=Step.UNTRUSTED, trouble_code=10, issuer="CN=Z"), ["expired", "clock"]),
        (replace(SEEN, step=Step.UNTRUSTED, trouble_code=9), ["not valid yet", "clock"]),
        (replace(SEEN, step=Step.UNTRUSTED, trouble_code=62), ["certificate is for another host"]),
        (replace(SEEN, step=Step.UNTRUSTED, issuer="CN=X, O=DigiCert Inc"), ["ca-certificates"]),
        (replace(SEEN, step=Step.UNTRUSTED), ["not trusted here", "SSL_CERT_FILE"]),
    ],
)
def test_every_end_of_the_way_has_a_sentence(seen: Seen, parts: list[str]) -> None:
    told = sentence(seen)
    assert [part for part in parts if part not in told] == []
    assert told.endswith((".", ")"))


def test_every_step_is_told() -> None:
    assert sentence(SEEN) == ""
    assert all(sentence(replace(SEEN, step=step)) for step in Step if step is not Step.THROUGH)


async def test_a_clock_that_is_off_is_a_note_of_the_permission_check(tmp_path: Path) -> None:
    class NoAzure:
        async def subscriptions(self) -> tuple[()]:
            return ()

    class NoRefusals:
        async def forget_refusals(self) -> None:
            return None

    account = Account("tenant", "person", "ann@contoso.com", "Ann")
    off = words(timedelta(minutes=-10))
    tools = replace(
        make_tools(file_runs(tmp_path)),
        azure=cast(Azure, NoAzure()),
        identity=cast(Identity, NoRefusals()),
    )
    warning = ""
    told = replace(tools, clock_warning=lambda: warning)
    for warning in ("", off):
        events = [event async for event in check_access.check(told, account)]
        (report,) = [one.value for one in events if isinstance(one, Arrived)]
        assert report.notes == ((warning,) if warning else ())
