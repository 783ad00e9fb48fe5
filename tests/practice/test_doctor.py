"""`doctor` against the practice tenant, through proxies, and with everything that can hang hanging."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from m365backup_tui.cli import main
from m365backup_tui.cloud.keyring_look import KeyringSeen
from m365backup_tui.cloud.profiles import Profile, practice_profile
from m365backup_tui.domain.diagnosis import Finding, Level, Section, as_data, healthy
from m365backup_tui.headless import doctor_network
from m365backup_tui.headless.doctor import as_text, examine
from m365backup_tui.headless.doctor_host import FULL, LEAST_FREE, state_folder
from m365backup_tui.journal.lock import SittingLock
from m365backup_tui.options import Options
from m365backup_tui.terminal.marks import Marks
from tests.practice.network_proxies import Mood, proxy

KEYS = {
    "terminal": {"kind"},
    "locale": {"encoding"},
    "colours": {"theme"},
    "session": {"ssh"},
    "keyring": {"keyring"},
    "sign_in": {"kept_in"},
    "network": {"login", "graph", "management"},
    "clock": {"offset"},
    "certificates": {"source_0"},
    "state_folder": {"folder", "free", "lock"},
    "core_dumps": {"limit"},
    "settings": {"file", "network.proxy", "network.no_proxy", "network.ca"},
    "applications": {"graph", "arm"},
    "versions": {"program", "msal", "msgraph-sdk", "keyring"},
}


def open_ring() -> KeyringSeen:
    return KeyringSeen("a test keyring", True)


def on_this_host(ready: Mapping[str, Any]) -> Profile:
    """The practice tenant as if it were Microsoft's cloud: proxies and authorities of the host count."""
    return replace(practice_profile(ready), use_environment=True, stand_in=False)


async def look(
    folder: Path,
    ready: Mapping[str, Any],
    environ: dict[str, str] | None = None,
    *,
    profile: Profile | None = None,
    **how: Any,
) -> dict[tuple[str, str], Finding]:
    how.setdefault("keyring", open_ring)
    found = await examine(
        Options(state_dir=folder), environ or {}, profile=profile or on_this_host(ready), **how
    )
    made = {(one.section.value, one.key): one for one in found}
    assert len(made) == len(found), "two findings with one name"
    return made


def stands_in_the_way(found: Mapping[tuple[str, str], Finding]) -> set[tuple[str, str]]:
    return {key for key, one in found.items() if one.level is Level.BAD}


async def test_a_host_that_is_well(ready: dict[str, Any], tmp_path: Path) -> None:
    found = await look(tmp_path / "state", ready)
    assert stands_in_the_way(found) == set()
    data: Any = as_data(list(found.values()))
    assert data["healthy"] is True
    assert list(data["sections"]) == [section.value for section in Section]
    for section, keys in KEYS.items():
        assert keys <= set(data["sections"][section]), section
    for key in ("login", "graph", "management"):
        facts = data["sections"]["network"][key]["facts"]
        assert facts["reachable"] is True
        assert facts["proxy"] == ""
        assert "trustme" in facts["issuer"] or facts["issuer"]
        assert abs(facts["clock_offset_seconds"]) < 5
    assert data["sections"]["sign_in"]["kept_in"]["facts"]["kept_in"] == "keyring"
    assert not (tmp_path / "state").exists(), "doctor writes nothing"


async def test_the_text_fits_80_columns_without_colour_or_utf8(
    ready: dict[str, Any], tmp_path: Path
) -> None:
    found = list((await look(tmp_path, ready, {"LC_ALL": "C", "TERM": "vt100"})).values())
    for unicode in (True, False):
        lines = as_text(found, Marks(unicode), 80)
        assert [line for line in lines if len(line) > 80 and str(tmp_path) not in line] == []
        assert unicode or all(line.isascii() for line in lines)
        assert "\x1b" not in "".join(lines)
    assert lines[-1] == "Nothing stands in the way of signing in."


async def test_the_proxy_is_named_and_its_password_masked(
    ready: dict[str, Any], tmp_path: Path
) -> None:
    async with proxy(Mood.BASIC) as made:
        environ = {"HTTPS_PROXY": made.url.replace("//", "//me:s%40fe@")}
        found = await look(tmp_path, ready, environ)
        refused = await look(
            tmp_path, ready, {"HTTPS_PROXY": made.url.replace("//", "//me:canary@")}
        )
    login = found["network", "login"]
    assert login.level is Level.OK
    assert f"http://me:***@127.0.0.1:{made.port} (HTTPS_PROXY)" in login.found
    assert stands_in_the_way(refused) == {("network", "login"), ("network", "graph")}
    for seen in (found, refused):
        text = json.dumps(as_data(list(seen.values()))) + "\n".join(
            as_text(list(seen.values()), Marks(), 80)
        )
        assert "s%40fe" not in text
        assert "s@fe" not in text
        assert "canary" not in text


async def test_a_proxy_that_re_signs_is_named_whether_it_is_trusted_or_not(
    ready: dict[str, Any], tmp_path: Path
) -> None:
    async with proxy(Mood.RE_SIGN) as made:
        company = tmp_path / "company.pem"
        made.authority.cert_pem.write_to_path(company)
        environ = {"HTTPS_PROXY": made.url}
        trusted = await look(tmp_path, ready, environ | {"SSL_CERT_FILE": str(company)})
        stranger = await look(tmp_path, ready, environ)
    assert "re-signed by O=Contoso" in trusted["network", "login"].found
    assert trusted["network", "login"].facts["re_signed"] is True
    assert trusted["certificates", "source_1"].facts["named_by"] == "SSL_CERT_FILE"
    assert healthy(list(trusted.values()))
    assert "your company's proxy re-signs TLS" in stranger["network", "login"].found
    assert stands_in_the_way(stranger) == {("network", "login"), ("network", "graph")}


async def test_a_clock_that_is_off_is_told_with_the_number(
    ready: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = timedelta(minutes=10)
    monkeypatch.setattr(doctor_network, "now", lambda: datetime.now(UTC) + ahead)
    found = await look(tmp_path, ready)
    clock = found["clock", "offset"]
    assert clock.level is Level.NOTE
    assert "ahead of Microsoft's" in clock.found
    assert isinstance(clock.facts["seconds"], float)
    assert abs(clock.facts["seconds"] - 600) < 5


async def test_a_keyring_that_hangs_is_given_up(ready: dict[str, Any], tmp_path: Path) -> None:
    never = threading.Event()

    def hangs() -> KeyringSeen:
        never.wait()
        return open_ring()

    began = time.monotonic()
    found = await look(tmp_path, ready, keyring=hangs)
    never.set()
    assert time.monotonic() - began < 8
    assert "did not answer within 3 seconds" in found["keyring", "keyring"].found
    assert found["sign_in", "kept_in"].facts["kept_in"] == "memory"
    assert stands_in_the_way(found) == set()


async def test_names_that_are_never_resolved_are_given_up(
    ready: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: never.wait() and [])
    found = await look(tmp_path, ready, seconds=0.3)
    never.set()
    assert stands_in_the_way(found) == {("network", "login"), ("network", "graph")}
    assert "no answer within 0.3 seconds" in found["network", "login"].found
    assert "DNS" in found["network", "login"].do
    assert found["clock", "offset"].level is Level.NOTE


async def test_a_certificate_file_that_is_broken_stops_signing_in(
    ready: dict[str, Any], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_text("canary", encoding="utf-8")
    found = await look(tmp_path, ready, {"REQUESTS_CA_BUNDLE": str(broken)})
    assert stands_in_the_way(found) == {("certificates", "usable")}
    assert "REQUESTS_CA_BUNDLE names a certificate file" in found["certificates", "usable"].found
    told = [one.found for (where, _), one in found.items() if where == "certificates"]
    assert not any(line.startswith("REQUESTS_CA_BUNDLE:") for line in told), "not told as found too"


async def test_a_folder_of_certificates_without_hashed_names_is_told(
    ready: dict[str, Any], tmp_path: Path
) -> None:
    found = await look(tmp_path, ready, {"SSL_CERT_DIR": str(tmp_path)})
    told = found["certificates", "source_1"]
    assert told.level is Level.NOTE
    assert told.do == f"openssl rehash {tmp_path}"


@pytest.mark.skipif(
    os.name != "posix" or os.getuid() != 0, reason="only root can give away a folder"
)
async def test_a_state_folder_of_somebody_else_stops_signing_in(
    ready: dict[str, Any], tmp_path: Path
) -> None:
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    os.chown(folder, 12345, 12345)
    found = await look(folder, ready)
    assert stands_in_the_way(found) == {("state_folder", "folder")}
    assert "belongs to somebody else" in found["state_folder", "folder"].means


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such file in a path")
async def test_a_state_folder_that_nobody_can_look_at_stops_signing_in(
    ready: dict[str, Any], tmp_path: Path
) -> None:
    found = await look(tmp_path / ("x" * 300), ready)  # a name that is too long; root may open all
    assert ("state_folder", "folder") in stands_in_the_way(found)
    assert "--state-dir" in found["state_folder", "folder"].do
    assert "cannot be read: File name too long" in found["settings", "file"].found


async def test_a_state_folder_that_others_can_read_is_told(
    ready: dict[str, Any], tmp_path: Path
) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    folder.chmod(0o755)
    told = (await look(folder, ready))["state_folder", "folder"]
    assert (told.level, told.do) == (Level.NOTE, f"chmod 700 {folder}")
    assert told.facts["mode"] == "0755"


@pytest.mark.parametrize(
    ("free", "level"), [(FULL - 1, Level.BAD), (FULL, Level.NOTE), (LEAST_FREE, Level.OK)]
)
def test_a_full_disk_stops_signing_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, level: Level
) -> None:
    monkeypatch.setattr(
        "shutil.disk_usage", lambda _: type("Usage", (), {"free": free})()
    )  # no test fills a disk
    told = {one.key: one for one in state_folder(tmp_path, "global")}["free"]
    assert told.level is level
    assert ("does not start" in told.means) is (level is Level.BAD)


async def test_a_wizard_at_work_is_named(ready: dict[str, Any], tmp_path: Path) -> None:
    lock = SittingLock(tmp_path / "global", "the wizard of a test")
    lock.take(datetime.now(UTC))
    try:
        held = (await look(tmp_path, ready))["state_folder", "lock"]
    finally:
        lock.give_back()
    assert "the wizard of a test" in held.found
    assert held.facts == {"held": True}
    assert (await look(tmp_path, ready))["state_folder", "lock"].facts == {"held": False}


async def test_settings_are_told_with_their_origin(ready: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(
        '[network]\nno_proxy = "x.test"\n[global.sign_in]\nport = 8400\nkeep = "memory"\n',
        encoding="utf-8",
    )
    found = await look(tmp_path, ready, {"SSL_CERT_DIR": "/etc/ssl/certs"})
    told = {key: one for (where, key), one in found.items() if where == "settings"}
    origins = {key: one.facts["origin"] for key, one in told.items() if key != "file"}
    assert origins == {
        "network.proxy": "default",
        "network.no_proxy": "file",
        "network.ca": "environment",
        "global.sign_in.way": "default",
        "global.sign_in.port": "file",
        "global.sign_in.keep": "file",
        "global.sign_in.graph_application": "default",
        "global.sign_in.azure_application": "default",
        "global.sign_in.tenant": "default",
    }
    assert found["sign_in", "kept_in"].facts == {"kept_in": "memory", "chosen": "memory"}


@pytest.mark.parametrize(
    "text",
    ['[network]\nproxy = "http://me:canary@p:1"\n', "[network]\nca = 5\n", "canary = = 1\n"],
)
async def test_a_settings_file_that_is_wrong_stops_signing_in_and_is_not_quoted(
    ready: dict[str, Any], tmp_path: Path, text: str
) -> None:
    (tmp_path / "settings.toml").write_text(text, encoding="utf-8")
    found = await look(tmp_path, ready)
    assert stands_in_the_way(found) == {("settings", "file")}
    assert str(tmp_path / "settings.toml") in found["settings", "file"].found
    assert "canary" not in json.dumps(as_data(list(found.values())))


async def test_ssh_sudo_and_an_http_proxy_alone_are_told(
    ready: dict[str, Any], tmp_path: Path
) -> None:
    environ = {"SSH_CONNECTION": "x", "SUDO_USER": "ann", "HTTP_PROXY": "http://p:1"}
    found = await look(tmp_path, ready, environ)
    assert "tmux" in found["session", "ssh"].do
    assert found["session", "sudo"].level is Level.NOTE
    assert found["sign_in", "kept_in"].facts["kept_in"] == "memory"
    assert "HTTPS_PROXY" in found["network", "http_proxy"].do


def test_the_command_with_practice_ends_well_and_prints_one_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--practice", "--json", "--state-dir", str(tmp_path / "state")]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["healthy"] is True
    assert data["sections"]["network"]["login"]["facts"]["reachable"] is True
    assert not (tmp_path / "state").exists()


PROGRAM = """
import sys
from m365backup_tui.cli import main
code = main(["doctor", "--json", "--state-dir", sys.argv[1]])
heavy = {"msal", "msgraph", "azure", "httpx", "aiohttp", "requests", "textual", "kiota_http"}
print(sorted(heavy & set(sys.modules)), file=sys.stderr)
sys.exit(code)
"""


async def test_the_whole_command_ends_in_time_although_everything_hangs(tmp_path: Path) -> None:
    """A proxy and a session bus that take connections and never speak; and no SDK is loaded for all that."""
    with socket.socket(socket.AF_UNIX) as bus:
        bus.bind(str(tmp_path / "bus"))
        bus.listen()
        async with proxy(Mood.SILENT) as made:
            environ = {
                "PATH": os.environ["PATH"],
                "HOME": str(tmp_path),
                "HTTPS_PROXY": made.url,
                "DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path / 'bus'}",
            }
            began = time.monotonic()
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", PROGRAM, str(tmp_path / "state"),
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ,
            )  # fmt: skip
            out, err = await asyncio.wait_for(process.communicate(), 40)
            took = time.monotonic() - began
    assert process.returncode == 1, err
    assert took < 15, f"{took:.1f} s"
    network = json.loads(out)["sections"]["network"]
    said = f"The proxy 127.0.0.1:{made.port} did not answer in time."
    assert [network[key]["found"] for key in ("login", "graph", "management")] == [said] * 3
    assert err.decode().strip() == "[]"
