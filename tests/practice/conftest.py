"""Runs one practice tenant for the session, as a process of its own, and talks to its controls."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from m365backup_tui.practice.company.lookups import Company
from m365backup_tui.practice.company.opening import build_company
from m365backup_tui.practice.tenant import DEFAULT_SEED, DEFAULT_SIZE

START_SECONDS = 30.0


def start_practice(folder: Path, *options: str) -> tuple["subprocess.Popen[bytes]", dict[str, Any]]:
    """Start a server that keeps its state in `folder`; returns it and its ready document.

    It stops when its stdin is closed, so a test run that is killed leaves nothing behind.
    """
    ready_file = folder / "ready.json"
    ready_file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "m365backup_tui.practice", "serve", "--port", "0"]
    command += ["--state-dir", str(folder / "state"), "--ready-file", str(ready_file)]
    server = subprocess.Popen(
        [*command, "--watch-stdin", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + START_SECONDS
    while not ready_file.exists():
        if server.poll() is not None or time.monotonic() > deadline:
            stop_practice(server)
            raise RuntimeError(f"The practice tenant did not start (exit {server.returncode}).")
        try:
            server.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
    return server, json.loads(ready_file.read_text(encoding="utf-8"))


def stop_practice(server: "subprocess.Popen[bytes]") -> int:
    """Close its stdin and wait for the end; returns the exit code."""
    if server.stdin is not None:
        server.stdin.close()
    try:
        return server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        return server.wait(10)


def web_session(ready: dict[str, Any]) -> requests.Session:
    """A requests session that trusts this server's authority and no other, and no environment."""
    session = requests.Session()
    session.verify = ready["ca_file"]
    session.trust_env = False
    return session


class Controls:
    """The `/control/` calls as tests need them."""

    def __init__(self, ready: dict[str, Any]) -> None:
        self._base = ready["control"]
        self._web = web_session(ready)

    def call(self, method: str, path: str, body: Any = None) -> requests.Response:
        """One control call; the caller looks at the status."""
        return self._web.request(method, self._base + path, json=body, timeout=30)

    def reset(self) -> None:
        """Start the tenant over, with no scenario on."""
        self.call("POST", "reset").raise_for_status()

    def advance(self, duration: str) -> None:
        """Move the tenant's clock by an ISO 8601 duration."""
        self.call("POST", "clock", {"advance": duration}).raise_for_status()

    def scenarios(self, *wanted: dict[str, Any]) -> None:
        """Make exactly these the scenarios and faults in force."""
        self.call("PUT", "scenarios", list(wanted)).raise_for_status()

    def log(self, since: int = 0) -> list[dict[str, Any]]:
        """The request log after `since`."""
        answer = self.call("GET", f"requests?since={since}")
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()
        return found

    def approve(self, user_code: str, persona: str = "global-admin") -> None:
        """Be the person at the browser."""
        path = f"device-codes/{user_code}/approve"
        self.call("POST", path, {"persona": persona}).raise_for_status()

    def admin_center(self, **values: Any) -> requests.Response:
        """Do what the admin center's pages do; see POST /control/admin-center."""
        return self.call("POST", "admin-center", values)

    def turn_backup_on(self, status: str = "enabled") -> None:
        """Put the tenant into the state that the admin center's Turn on leads to."""
        state = self.call("GET", "state").json()
        state["billing"]["service"] = {
            "status": status,
            "consumer": "firstparty",
            "enabled_at": "2026-11-02T08:00:00.000000Z",
            "effective_at": "2026-11-02T08:00:00.000000Z",
        }
        self.call("PUT", "state", state).raise_for_status()

    def close(self) -> None:
        """Close the connections."""
        self._web.close()


@pytest.fixture(scope="session")
def practice_server() -> Iterator[dict[str, Any]]:
    """The ready document of a running practice tenant, the same one for the whole session."""
    with tempfile.TemporaryDirectory(prefix="practice-test-") as folder:
        server, ready = start_practice(Path(folder))
        try:
            yield ready
        finally:
            stop_practice(server)


@pytest.fixture(scope="module")
def practice(practice_server: dict[str, Any]) -> dict[str, Any]:
    """The running tenant, started over for each file: whatever the file before it left switched on."""
    controls = Controls(practice_server)
    controls.reset()
    controls.close()
    return practice_server


@pytest.fixture
def controls(practice: dict[str, Any]) -> Iterator[Controls]:
    """The controls of the running tenant."""
    found = Controls(practice)
    yield found
    found.close()


@pytest.fixture
def fresh_practice(practice: dict[str, Any], controls: Controls) -> dict[str, Any]:
    """The same tenant, its state and scenarios as on the first day."""
    controls.reset()
    return practice


@pytest.fixture
def ready(fresh_practice: dict[str, Any], controls: Controls) -> Iterator[dict[str, Any]]:
    """The fresh tenant with backup on, and waits as long as documented."""
    controls.turn_backup_on()
    controls.call("POST", "clock", {"pace": 1}).raise_for_status()
    yield fresh_practice
    controls.reset()


@pytest.fixture(scope="session")
def company() -> Company:
    """The running tenant's company, in memory."""
    return build_company(DEFAULT_SEED, DEFAULT_SIZE)


@pytest.fixture
def browser(practice: dict[str, Any]) -> Iterator[requests.Session]:
    """A web session that trusts the practice tenant's authority."""
    with web_session(practice) as session:
        yield session
