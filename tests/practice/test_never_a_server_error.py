"""Whatever a client sends to the practice tenant, the answer is never a server error.

One generator over every route that the application really has (tests.practice.all_routes), Graph,
Azure, Entra, the admin center and the controls: odd methods, paths, queries, headers and bodies, byte for
byte, half of them about things that are there. The same requests for the same seed; figures with -s.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from m365backup_tui.practice.faults import CATALOGUE
from tests.practice.all_routes import Known, every_route
from tests.practice.conftest import Controls, web_session
from tests.practice.examples import EXAMPLES
from tests.practice.living_ids import collect
from tests.practice.odd_requests import Keys, Wire, odd_request, shape_problem
from tests.practice.signing_in import ARM_SCOPE, sign_in
from tests.practice.walking import Walk

Ready = dict[str, Any]
# graph.md §9 gives this one a 500.
DOCUMENTED = b'"TooManyActiveRestoreSessions"'
KEPT = "snapshots/before-nonsense"
RESTORE_EVERY = 300  # requests; what was deleted is there again
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)
QUICK = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


class Nonsense:
    """Sends odd requests of some services and keeps what should not have come back."""

    def __init__(self, ready: Ready, controls: Controls, web: requests.Session) -> None:
        controls.turn_backup_on()
        admin = Walk(ready, controls, web)
        collect(admin)
        browsing = Walk(ready, controls, web, persona="sharepoint-admin")
        own = Walk(ready, controls, web, own_app=True)
        azure = Walk(ready, controls, web, service="arm")
        self._tokens = {
            "graph": [admin.token, admin.token, browsing.token, own.token],
            "arm": [azure.token],
        }
        self._ready, self._controls, self._web = ready, controls, web
        self.keys = Keys(self._ask, list(every_route()))
        self.wrong: list[str] = []
        self.statuses: Counter[str] = Counter()
        controls.call("POST", KEPT).raise_for_status()

    def _ask(self, known: Known, path: str) -> Any:
        query = {"api-version": known.versions[-1]} if known.versions else {}
        token = self._tokens[known.service][0]
        answer = self._web.get(
            self._ready["base_url"] + path,
            params=query,
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        )
        is_json = "json" in answer.headers.get("Content-Type", "")
        return answer.json() if answer.status_code == 200 and is_json else None

    def send(self, seed: int, rounds: int, *services: str) -> int:
        """So many requests for each route of these services, in another order each time."""
        draw = random.Random(seed)
        routes = [one for one in every_route() if one.service in services]
        controls = services == ("control",)
        base = self._ready["control"] if controls else self._ready["base_url"]
        wire = Wire(base, self._ready["ca_file"])
        sent = 0
        for _ in range(rounds):
            draw.shuffle(routes)
            for known in routes:
                sent += 1
                revoked = self._one(wire, draw, known)
                if not controls and (revoked or sent % RESTORE_EVERY == 0):
                    self._controls.call("POST", f"{KEPT}/restore").raise_for_status()
        wire.close()
        return sent

    def _one(self, wire: Wire, draw: random.Random, known: Known) -> bool:
        """True when the request has taken its own caller's sign-in away."""
        odd = odd_request(draw, known, self.keys, self._tokens)
        try:
            status, headers, content = wire.send(odd)
        except OSError as wrong:
            self.wrong.append(f"no answer: {wrong}")
            return False
        self.statuses[f"{known.service} {status}"] += 1
        server_error = status >= 500 and DOCUMENTED not in content
        problem = shape_problem(odd, status, headers, content)
        if server_error or problem:
            self.wrong.append(f"{status} {problem}: {odd} -> {content[:300]!r}")
        return status < 300 and "revoke" in known.path


@pytest.fixture
def nonsense(
    fresh_practice: Ready, controls: Controls, browser: requests.Session
) -> Iterator[Nonsense]:
    yield Nonsense(fresh_practice, controls, browser)
    controls.reset()
    controls.call("DELETE", KEPT)


@pytest.mark.timeout(120 + 20 * EXAMPLES)
def test_nonsense_for_every_route_is_answered_or_refused(nonsense: Nonsense) -> None:
    sent = nonsense.send(365, EXAMPLES * 3 // 2, "graph", "arm", "entra", "portal")
    print(
        f"\n{sent} requests, {nonsense.keys.count()} ids: {dict(sorted(nonsense.statuses.items()))}"
    )
    assert nonsense.wrong == []
    assert nonsense.keys.count() > 150
    seen = set(nonsense.statuses)
    assert {"graph 200", "graph 204", "graph 400", "graph 403", "graph 404", "arm 409"} <= seen
    assert {"entra 200", "entra 400", "portal 200", "arm 200", "arm 405"} <= seen


@pytest.mark.timeout(120 + 20 * EXAMPLES)
def test_nonsense_for_the_controls_is_answered_or_refused(
    nonsense: Nonsense, controls: Controls, practice: Ready, browser: requests.Session
) -> None:
    sent = nonsense.send(366, EXAMPLES * 10, "control")
    print(f"\n{sent} requests: {dict(sorted(nonsense.statuses.items()))}")
    assert nonsense.wrong == []
    assert {"control 200", "control 204", "control 400", "control 404"} <= set(nonsense.statuses)
    controls.reset()
    walk = Walk(practice, controls, browser)
    assert walk.get("/v1.0/me")["id"]


def test_a_state_that_no_database_could_keep_changes_nothing(
    fresh_practice: Ready, controls: Controls, browser: requests.Session
) -> None:
    controls.turn_backup_on()
    collect(Walk(fresh_practice, controls, browser))
    before = controls.call("GET", "state").json()
    values: tuple[Any, ...] = (10**400, "\ud800", [], {})
    for value in values:
        broken = controls.call("GET", "state").json()
        next(iter(broken["backup"]["units"].values()))["sources"] = value
        answer = controls.call("PUT", "state", broken)
        assert answer.status_code == 400, (value, answer.text)
        assert controls.call("GET", "state").json() == before
    controls.reset()


@pytest.fixture(scope="module")
def token(practice: Ready) -> str:
    """An Azure token of the Global Administrator."""
    controls = Controls(practice)
    answer = sign_in(practice, controls, [ARM_SCOPE], client="arm")
    controls.close()
    return str(answer["access_token"])


@pytest.fixture(scope="module")
def web(practice: Ready) -> Iterator[requests.Session]:
    """One connection for all the requests of this module."""
    with web_session(practice) as session:
        yield session
        session.post(practice["control"] + "reset", timeout=10).raise_for_status()


@QUICK
@given(
    fault=st.fixed_dictionaries(
        {"id": st.sampled_from([*CATALOGUE, "", 5])},
        optional={
            "operation": st.sampled_from(["graph", "create policy", "GET /x*", "GET [", "", 7]),
            "nth": st.integers(0, 3) | VALUES,
            "for": st.sampled_from(["PT1S", "P9999999D", "x", 4]),
            "retry_after": st.sampled_from([0, 30, "absent", "x", -1, 10**30]),
        },
    )
)
def test_a_fault_is_switched_on_or_refused(
    practice: Ready, web: requests.Session, fault: dict[str, Any]
) -> None:
    answer = web.post(practice["control"] + "faults", json=fault, timeout=10)
    assert answer.status_code in (201, 400), answer.text
    web.delete(practice["control"] + "faults", timeout=10).raise_for_status()


def test_json_without_an_end_in_sight_is_refused(practice: Ready, web: requests.Session) -> None:
    for path, method in (("faults", "POST"), ("scenarios", "PUT"), ("state", "PUT")):
        answer = web.request(method, practice["control"] + path, data="[" * 200_000, timeout=10)
        assert answer.status_code == 400, answer.text


@QUICK
@given(
    number=st.lists(st.sampled_from(["T2", "T8", "T12", "H11", "H12", "H13", "H14", "H15"])),
    variant=st.sampled_from(["relative", "empty", "repeating"]),
    path=st.sampled_from(["/subscriptions", "/tenants", "/subscriptions/{sub}/resourcegroups"]),
)
def test_odd_answers_are_still_answers(
    practice: Ready,
    web: requests.Session,
    token: str,
    number: list[str],
    variant: str,
    path: str,
) -> None:
    for fault_id in number:
        fault = {"id": fault_id, **({"variant": variant} if fault_id == "H13" else {})}
        web.post(practice["control"] + "faults", json=fault, timeout=10).raise_for_status()
    try:
        answer = web.get(
            practice["arm"] + path.replace("{sub}", practice["subscriptions"][0]["id"]),
            params={"api-version": "2025-04-01" if "sub}" in path else "2022-12-01"},
            headers={"Authorization": f"Bearer {token}"},
            timeout=10,
        )
    finally:
        web.delete(practice["control"] + "faults", timeout=10).raise_for_status()
    assert answer.status_code == 200, answer.text
