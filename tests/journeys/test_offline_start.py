"""The wizard for Microsoft's own cloud on a host without a line, and behind a proxy that re-signs TLS once it is there.

The internet is the practice tenant, at the other end of the proxy: the program knows nothing of it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import trustme
from aiohttp.test_utils import unused_port
from cryptography import x509
from cryptography.x509.oid import NameOID

from tests.journeys.admin import SLOW
from tests.journeys.terminal import Terminal
from tests.practice.conftest import start_practice, stop_practice
from tests.practice.network_proxies import company_proxy


@pytest.fixture
def internet(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """The ready document of a practice tenant."""
    server, ready = start_practice(tmp_path)
    try:
        yield ready
    finally:
        stop_practice(server)


def test_an_offline_start_says_what_is_not_reached_and_goes_on_when_the_line_is_back(
    internet: dict[str, Any], tmp_path: Path
) -> None:
    company, port = trustme.CA(organization_name="Contoso"), unused_port()
    file = tmp_path / "company.pem"
    company.cert_pem.write_to_path(file)
    place = urlsplit(internet["base_url"])
    onto = (place.hostname or "", place.port or 0)
    environ = {
        "HTTPS_PROXY": f"http://ann:canary@127.0.0.1:{port}",
        "SSL_CERT_FILE": str(file),
        "NO_COLOR": "1",
        "LC_ALL": "C",
    }
    command = [sys.executable, "-m", "m365backup_tui", "--state-dir", str(tmp_path / "state")]
    with Terminal(command, env=environ) as terminal:
        terminal.wait_for("Guided set-up", SLOW)
        terminal.press("enter")
        terminal.reads(f"The proxy 127.0.0.1:{port} refused the connection.", timeout=SLOW)
        assert "canary" not in terminal.text()
        with company_proxy(onto, trustme.CA(organization_name="Stranger"), port):
            terminal.press("enter")
            said = "The certificate for login.microsoftonline.com was issued by O=Stranger"
            terminal.reads("re-signs TLS", said, timeout=SLOW)
        with company_proxy(onto, company, port) as proxy:
            terminal.press("enter")
            terminal.wait_for("Still valid for", SLOW)
            assert "login.microsoftonline.com:443" in proxy.asked
            terminal.press("ctrl+q")
            terminal.settle()


def test_doctor_on_the_same_host_says_who_re_signs(
    internet: dict[str, Any], tmp_path: Path
) -> None:
    company, port = trustme.CA(organization_name="Contoso"), unused_port()
    file = tmp_path / "company.pem"
    company.cert_pem.write_to_path(file)
    place = urlsplit(internet["base_url"])
    environ = {
        "PATH": os.environ["PATH"],
        "HTTPS_PROXY": f"http://ann:canary@127.0.0.1:{port}",
        "SSL_CERT_FILE": str(file),
    }
    command = [sys.executable, "-m", "m365backup_tui", "doctor", "--json"]
    command += ["--state-dir", str(tmp_path / "state")]
    with company_proxy((place.hostname or "", place.port or 0), company, port) as proxy:
        done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout
    assert "canary" not in done.stdout + done.stderr
    network = json.loads(done.stdout)["sections"]["network"]
    hosts = ["login.microsoftonline.com", "graph.microsoft.com", "management.azure.com"]
    assert [one["facts"]["host"] for one in network.values()] == hosts
    assert {one["facts"]["issuer"] for one in network.values()} == {"O=Contoso, OU=" + unit(file)}
    assert all(one["facts"]["re_signed"] for one in network.values())
    assert {f"{host}:443" for host in hosts} == set(proxy.asked)


def unit(file: Path) -> str:
    """The name that trustme gave its authority."""
    name = x509.load_pem_x509_certificate(file.read_bytes()).subject
    return str(name.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)[0].value)
