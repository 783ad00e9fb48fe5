"""What the tests of faults share: switching one on, and a client of the services."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.practice.conftest import Controls
from tests.practice.graph_client import graph_token
from tests.practice.signing_in import ARM_SCOPE, sign_in

ME = "/v1.0/me"
POLICIES = "/v1.0/solutions/backupRestore/exchangeProtectionPolicies"


def switch_on(controls: Controls, **fault: Any) -> int:
    """Switch this fault on; its number."""
    answer = controls.call("POST", "faults", fault)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["number"])


@contextmanager
def client_of(ready: dict[str, Any], token: str) -> Iterator[httpx.Client]:
    """A client that trusts this tenant and nothing of the environment."""
    trust = ssl.create_default_context(cafile=ready["ca_file"])
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(
        verify=trust, base_url=ready["base_url"], headers=headers, trust_env=False, timeout=10
    ) as client:
        yield client


@contextmanager
def clean_client(ready: dict[str, Any], controls: Controls, token: str) -> Iterator[httpx.Client]:
    """Such a client while faults are off and the log is empty, before and after."""
    controls.reset()
    with client_of(ready, token) as client:
        yield client
    controls.reset()


def admin_token(ready: dict[str, Any]) -> str:
    """A Graph token of the Global Administrator."""
    controls = Controls(ready)
    made = graph_token(ready, controls)
    controls.close()
    return made


def arm_token(ready: dict[str, Any], controls: Controls) -> str:
    """An Azure token of the Global Administrator."""
    return str(sign_in(ready, controls, [ARM_SCOPE], client="arm")["access_token"])
