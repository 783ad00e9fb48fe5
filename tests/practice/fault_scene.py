"""Where every fault is met in the same way: a tenant with a policy, and clients of all its services."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from m365backup_tui.practice.faults import read_words
from tests.practice.azure_calls import version_for
from tests.practice.backup_control import CONTROL_SCOPES
from tests.practice.conftest import Controls
from tests.practice.fault_clients import POLICIES, arm_token
from tests.practice.graph_client import graph_token
from tests.practice.signing_in import public_client

Ready = dict[str, Any]
SNAPSHOT = "before-every-fault"
UNITS = "mailboxProtectionUnits"
GRAPH_SCOPE = "https://graph.microsoft.com/User.Read"
TENANT_WIDE = "/v1.0/solutions/backupRestore"


@dataclass
class Scene:
    """One tenant. `policy` protects `people[0]`; `people` are object ids, `addresses` their mail."""

    ready: Ready
    controls: Controls
    tokens: tuple[str, str]
    web: httpx.Client
    policy: str
    people: list[str]
    addresses: list[str]

    def call(self, request: str, body: Any = None) -> httpx.Response:
        """`METHOD /path` with the token of the service that has the path."""
        method, _, path = request.partition(" ")
        path = path.format(policy=self.policy, sub=self.ready["subscriptions"][0]["id"])
        graph = path.startswith("/v1.0")
        params = None if graph else {"api-version": version_for(path)}
        headers = {"Authorization": f"Bearer {self.tokens[0 if graph else 1]}"}
        return self.web.request(method, path, json=body, params=params, headers=headers)

    def on(self, words: str) -> int:
        """Switch a fault on; its number."""
        answer = self.controls.call("POST", "faults", read_words(words))
        assert answer.status_code == 201, answer.text
        return int(answer.json()["number"])

    def off(self) -> None:
        """Switch every fault off."""
        self.controls.call("DELETE", "faults").raise_for_status()

    def add(self, *people: str) -> dict[str, Any]:
        """PATCH people into the policy; the entries of the answer by their key."""
        body = {f"{UNITS}@delta": [{"directoryObjectId": one} for one in people]}
        answer = self.call(f"PATCH {POLICIES}/{{policy}}", body)
        return {"status": answer.status_code, **answer.json()}

    def status(self) -> str:
        """What the policy's status is."""
        return str(self.call(f"GET {POLICIES}/{{policy}}").json()["status"])

    def activate(self) -> httpx.Response:
        """Activate the policy, and let a day pass."""
        answer = self.call(f"POST {TENANT_WIDE}/protectionPolicies/{{policy}}/activate")
        self.controls.advance("P1D")
        return answer

    def sign_in(self, app: Any = None, persona: str = "global-admin") -> dict[str, Any]:
        """One sign-in by device code, polled once."""
        app = app or public_client(self.ready)
        flow = app.initiate_device_flow(scopes=[GRAPH_SCOPE])
        self.controls.approve(flow["user_code"], persona)
        found: dict[str, Any] = app.acquire_token_by_device_flow(
            flow, exit_condition=lambda _: True
        )
        return found

    def without_faults(self) -> str:
        """The tenant as canonical text, but for what is switched on."""
        self.off()
        return self.controls.call("GET", "state").text


@contextmanager
def scene_of(ready: Ready, controls: Controls) -> Iterator[Scene]:
    """Everything made ready once, and kept as a snapshot for `fresh`."""
    controls.reset()
    tokens = graph_token(ready, controls, scopes=CONTROL_SCOPES), arm_token(ready, controls)
    controls.turn_backup_on()
    trust = ssl.create_default_context(cafile=ready["ca_file"])
    with httpx.Client(
        verify=trust, base_url=ready["base_url"], trust_env=False, timeout=5
    ) as client:
        scene = Scene(ready, controls, tokens, client, "", [], [])
        scene.call("POST /subscriptions/{sub}/providers/Microsoft.Syntex/register")
        controls.advance("PT10M")
        made = scene.call(f"POST {POLICIES}", {"displayName": "Finance"})
        scene.policy = made.json()["id"]
        for user in scene.call("GET /v1.0/users?$select=id,mail&$top=80").json()["value"]:
            if len(scene.people) < 5 and user["mail"]:
                tried = scene.add(user["id"])[f"{UNITS}@delta"][0]
                if "@Core.DataModificationException" in tried:
                    continue
                scene.people.append(user["id"])
                scene.addresses.append(user["mail"])
        for unit in scene.call(f"GET {POLICIES}/{{policy}}/{UNITS}").json()["value"]:
            if unit["directoryObjectId"] != scene.people[0]:
                gone = {"@removed": {"reason": "changed"}, "id": unit["id"]}
                scene.call(f"PATCH {POLICIES}/{{policy}}", {f"{UNITS}@delta": [gone]})
        controls.advance("PT1H")
        scene.status()  # whoever looks first settles what has come about meanwhile
        controls.call("POST", f"snapshots/{SNAPSHOT}").raise_for_status()
        yield scene
        controls.call("DELETE", f"snapshots/{SNAPSHOT}")
        controls.reset()


def fresh(scene: Scene) -> Scene:
    """As it was made ready, with nothing switched on; the log goes on."""
    path = f"snapshots/{SNAPSHOT}/restore"
    scene.controls.call("POST", path).raise_for_status()
    return scene
