"""Generated sequences of requests: the practice tenant keeps to the documented life of policies and units.

The model below is written from graph.md §5 and §6 alone and knows nothing of how the tenant does it. Waits are real
(pace 1), so nothing settles by itself while a sequence runs; the clock is moved instead.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from tests.practice.conftest import Controls, web_session
from tests.practice.graph_client import WIZARD_SCOPES, Rest, graph_token

BACKUP = "/solutions/backupRestore"
MOVING = {"protectRequested", "unprotectRequested", "removeRequested"}
SETTLED = "P2D"  # longer than any wait but offboarding, which takes 90 days
OFFBOARDED = "P91D"
KEYS = 9


@dataclass(frozen=True)
class Service:
    collection: str
    nav: str
    unit: str
    key: str


SERVICES = {
    "exchange": Service(
        "exchangeProtectionPolicies", "mailboxProtectionUnits", "mailbox", "directoryObjectId"
    ),
    "oneDrive": Service(
        "oneDriveForBusinessProtectionPolicies",
        "driveProtectionUnits",
        "drive",
        "directoryObjectId",
    ),
    "sharePoint": Service("sharePointProtectionPolicies", "siteProtectionUnits", "site", "siteId"),
}


@dataclass
class Model:
    """A policy as the documentation says it must be. `held`: the artifacts in it, moving or not."""

    name: str
    held: set[int] = field(default_factory=set)
    moving: bool = False


class Life(RuleBasedStateMachine):
    """One sequence. `ready`, `rest`, `service`, `keys` and `doomed` come from the test."""

    ready: dict[str, Any]
    rest: Rest
    controls: Controls
    service: Service
    keys: list[str]  # the last one can never be protected

    policies = Bundle("policies")
    picks = st.sets(st.integers(0, KEYS - 1), min_size=1, max_size=4)

    @initialize()
    def begin(self) -> None:
        self.controls.reset()
        self.controls.call("POST", "clock", {"pace": 1}).raise_for_status()
        self.controls.turn_backup_on()
        self.models: dict[str, Model] = {}
        self.left: set[int] = set()  # artifacts that were in a policy once and are in none now

    # --- what may be asked --------------------------------------------------------------------------------

    @rule(target=policies, picks=picks)
    def create(self, picks: set[int]) -> Any:
        name = f"Policy {len(self.models) + 1}"
        units = [{self.service.key: self.keys[one]} for one in sorted(picks)]
        body = {"displayName": name, self.service.nav: units}
        path = f"{BACKUP}/{self.service.collection}"
        taken = {key for model in self.models.values() for key in model.held}
        if picks & taken:
            assert self.rest.code("POST", path, body) == (409, "ProtectionUnitAlreadyExists")
            return multiple()
        status, policy = self.rest.call("POST", path, body)
        assert (status, policy["status"], policy["displayName"]) == (201, "inactive", name)
        self.models[policy["id"]] = Model(name, set(picks))
        self.left -= picks
        return policy["id"]

    @rule(policy=policies)
    def activate(self, policy: str) -> None:
        self._act(policy, "activate", {"inactive"})

    @rule(policy=policies)
    def deactivate(self, policy: str) -> None:
        self._act(policy, "deactivate", {"active", "activeWithErrors"})

    @rule(policy=consumes(policies))
    def delete(self, policy: str) -> None:
        before = self._status(policy)
        path = f"{BACKUP}/protectionPolicies/{policy}"
        if before != "inactive":
            assert self.rest.code("DELETE", path) == (403, "PolicyActionNotAllowed")
            return
        assert self.rest.call("DELETE", path)[0] == 204
        assert self.rest.code("GET", path) == (404, "PolicyNotFound")
        self.left |= self.models.pop(policy).held

    @rule(policy=policies, picks=picks)
    def add(self, policy: str, picks: set[int]) -> None:
        model = self.models.get(policy)
        if model is None or model.moving:
            return  # no page says what a change of a moving policy does
        owners = {key: one for one in self.models.values() for key in one.held}
        order = sorted(picks)
        status, answer = self._patch(policy, [{self.service.key: self.keys[one]} for one in order])
        assert status == 200
        enabled = self._enabled(policy)
        for one, item in zip(order, answer[f"{self.service.nav}@delta"], strict=True):
            refused = item.get("@Core.DataModificationException")
            if one in owners:
                assert refused["info"]["code"] == "ProtectionUnitAlreadyExists"
                continue
            assert refused is None
            assert item["status"] == ("protectRequested" if enabled else "unprotected")
            model.held.add(one)
            self.left.discard(one)
            model.moving = model.moving or enabled

    @rule(policy=policies, picks=picks)
    def remove(self, policy: str, picks: set[int]) -> None:
        model = self.models.get(policy)
        if model is None or model.moving:
            return
        units = {unit[self.service.key]: unit["id"] for unit in self._units(policy)}
        leaving = sorted(picks & model.held)
        if not leaving:
            return
        entries = [
            {"@removed": {"reason": "changed"}, "id": units[self.keys[one]]} for one in leaving
        ]
        status, answer = self._patch(policy, entries)
        assert status == 200
        for item in answer[f"{self.service.nav}@delta"]:
            assert item["status"] == "removeRequested"
        model.moving = True
        self._settle(SETTLED)
        model.held -= set(leaving)
        self.left |= set(leaving)

    @rule(policy=policies, one=st.integers(0, KEYS - 1))
    def name_twice(self, policy: str, one: int) -> None:
        if policy in self.models:
            status, answer = self._patch(policy, [{self.service.key: self.keys[one]}] * 2)
            assert (status, answer["error"]["code"]) == (400, "DuplicateProtectionUnitInList")

    @rule(policy=policies)
    def fifty_one(self, policy: str) -> None:
        if policy in self.models:
            ghosts = [{self.service.key: self._ghost(number)} for number in range(51)]
            status, answer = self._patch(policy, ghosts)
            assert (status, answer["error"]["code"]) == (413, "ProtectionUnitsLimitBreached")

    @rule(one=st.integers(0, KEYS - 1), cancelled=st.booleans())
    def offboard(self, one: int, cancelled: bool) -> None:
        unit = next(
            (unit for unit in self._all() if unit[self.service.key] == self.keys[one]), None
        )
        if unit is None:
            return
        path = f"{BACKUP}/protectionUnits/{unit['id']}"
        if one not in self.left or unit["status"] != "unprotected":
            assert self.rest.code("POST", f"{path}/offboard") == (403, "OperationNotAllowed")
            assert self.rest.code("POST", f"{path}/cancelOffboard") == (403, "OperationNotAllowed")
            return
        assert self.rest.code("POST", f"{path}/cancelOffboard") == (403, "OperationNotAllowed")
        plain = self.rest.call("POST", f"{path}/offboard")
        assert (plain[0], plain[1]["status"]) == (200, "unknownFutureValue")
        assert self._evolved(path) == "offboardRequested"
        if cancelled:
            assert self.rest.call("POST", f"{path}/cancelOffboard")[0] == 200
            assert self._evolved(path) == "cancelOffboardRequested"
            self._settle(SETTLED)
            assert self._evolved(path) == "unprotected"
        else:
            self._settle(OFFBOARDED)
            assert self._evolved(path) == "offboarded"

    @rule()
    def time_passes(self) -> None:
        self._settle(SETTLED)

    # --- what must hold whatever was asked ------------------------------------------------------------------

    @invariant()
    def counts_and_status_agree_with_the_units(self) -> None:
        if not hasattr(self, "models"):
            return
        listed = {unit["id"]: unit for unit in self._all()}
        seen: Counter[str] = Counter()
        for policy, model in self.models.items():
            units = self._units(policy)
            status, shown = self.rest.call("GET", f"{BACKUP}/protectionPolicies/{policy}")
            assert status == 200
            assert {self.keys.index(unit[self.service.key]) for unit in units} == model.held
            states = Counter(str(unit["status"]) for unit in units)
            counts = shown["protectionPolicyArtifactCount"]
            assert counts["total"] == len(units)
            assert counts["completed"] == states["protected"]
            assert counts["inProgress"] == sum(states[name] for name in MOVING)
            assert counts["completed"] + counts["inProgress"] + counts["failed"] <= len(units)
            if units:
                assert shown["status"] == _aggregate(states), states
            for unit in units:
                assert listed[unit["id"]]["policyId"] == policy
                seen[unit[self.service.key]] += 1
        assert all(count == 1 for count in seen.values()), "a unit is in one policy only"
        held = {unit[self.service.key] for unit in listed.values() if unit["policyId"]}
        assert held == set(seen)

    # --- helpers ----------------------------------------------------------------------------------------------

    def _act(self, policy: str, action: str, allowed: set[str]) -> None:
        if policy not in self.models:
            return
        before, path = self._status(policy), f"{BACKUP}/protectionPolicies/{policy}/{action}"
        if not self.models[policy].held:
            return  # no page says what happens to a policy without units
        if before not in allowed:
            assert self.rest.code("POST", path) == (403, "PolicyActionNotAllowed")
            return
        status, answer = self.rest.call("POST", path)
        assert (status, answer["status"]) == (202, "updating")
        self.models[policy].moving = True

    def _settle(self, duration: str) -> None:
        self.controls.advance(duration)
        for model in self.models.values():
            model.moving = False
        for policy, model in self.models.items():
            states = {self.keys.index(u[self.service.key]): u for u in self._units(policy)}
            assert not {str(unit["status"]) for unit in states.values()} & MOVING
            doomed = states.get(KEYS - 1)
            if doomed is not None:
                assert doomed["status"] == "unprotected"
                assert model.held
                assert doomed["error"] is None or doomed["error"]["code"]

    def _status(self, policy: str) -> str:
        status, shown = self.rest.call("GET", f"{BACKUP}/protectionPolicies/{policy}")
        return str(shown["status"]) if status == 200 else "gone"

    def _enabled(self, policy: str) -> bool:
        return bool(self.rest.call("GET", f"{BACKUP}/protectionPolicies/{policy}")[1]["isEnabled"])

    def _patch(self, policy: str, entries: list[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
        path = f"{BACKUP}/{self.service.collection}/{policy}"
        return self.rest.call("PATCH", path, {f"{self.service.nav}@delta": entries})

    def _units(self, policy: str) -> list[dict[str, Any]]:
        path = f"{BACKUP}/{self.service.collection}/{policy}/{self.service.nav}"
        units: list[dict[str, Any]] = self.rest.call("GET", path)[1]["value"]
        return units

    def _all(self) -> list[dict[str, Any]]:
        path = f"{BACKUP}/protectionUnits/microsoft.graph.{self.service.unit}ProtectionUnit"
        units: list[dict[str, Any]] = self.rest.call("GET", path)[1]["value"]
        return units

    def _evolved(self, path: str) -> str:
        shown = self.rest.call("GET", path, Prefer="include-unknown-enum-members")[1]
        return str(shown["status"])

    def _ghost(self, number: int) -> str:
        guid = f"00000000-0000-4000-8000-{number:012d}"
        return guid if self.service.key != "siteId" else f"nowhere.sharepoint.com,{guid},{guid}"


def _aggregate(states: Counter[str]) -> str:
    """graph.md §5 "Statuses": the status of a policy that has units."""
    if MOVING & set(states):
        return "updating"
    if set(states) == {"protected"}:
        return "active"
    return "activeWithErrors" if states["protected"] else "inactive"


@pytest.mark.parametrize("service", list(SERVICES))
def test_sequences_of_requests_follow_the_documented_life(
    practice: dict[str, Any], controls: Controls, service: str
) -> None:
    controls.reset()
    controls.turn_backup_on()
    with web_session(practice) as web:
        found = SERVICES[service]
        rest = Rest(practice, graph_token(practice, controls, scopes=WIZARD_SCOPES), web)
        Life.ready, Life.rest, Life.controls, Life.service = practice, rest, controls, found
        Life.keys = _artifacts(practice, rest, found)
        run_state_machine_as_test(
            Life,
            settings=settings(
                max_examples=25,
                stateful_step_count=20,
                deadline=None,
                derandomize=True,
                suppress_health_check=[HealthCheck.too_slow],
            ),
        )
    controls.reset()


def _artifacts(practice: dict[str, Any], rest: Rest, service: Service) -> list[str]:
    """Eight that can be protected and one that cannot, through the API as any client finds them."""
    if service.key == "siteId":
        sites = rest.call("GET", "/sites?search=*&$top=999")[1]["value"]
        refused = _refused(rest, service, [site["id"] for site in sites[:60]])
        good = [site["id"] for site in sites[:60] if site["id"] not in refused]
        return [*good[: KEYS - 1], refused[0]]
    people = rest.call("GET", "/users?$top=200&$select=id,mail,userType")[1]["value"]
    named = [one["id"] for one in people]
    refused = _refused(rest, service, named)
    return [*[one for one in named if one not in refused][: KEYS - 1], refused[0]]


def _refused(rest: Rest, service: Service, ids: list[str]) -> list[str]:
    """Those that a policy could not protect, found out by trying; the tenant is reset afterwards."""
    refused: list[str] = []
    for start in range(0, len(ids), 50):
        units = [{service.key: one} for one in ids[start : start + 50]]
        body = {"displayName": f"Trial {start}", service.nav: units}
        status, policy = rest.call("POST", f"{BACKUP}/{service.collection}", body)
        assert status == 201
        rest.call("POST", f"{BACKUP}/protectionPolicies/{policy['id']}/activate")
        Life.controls.advance("P30D")
        path = f"{BACKUP}/{service.collection}/{policy['id']}/{service.nav}?$top=100"
        shown = rest.call("GET", path)[1]["value"]
        assert len(shown) == len(units)
        refused += [unit[service.key] for unit in shown if unit["status"] == "unprotected"]
    assert refused
    return refused
