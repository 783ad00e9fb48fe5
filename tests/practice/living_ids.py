"""Ids of things that are really there, to be put into requests that were made from a description."""

from __future__ import annotations

import copy
import random
from dataclasses import dataclass
from typing import Any

from schemathesis import Case

from tests.practice.restoring import artifacts
from tests.practice.walk_backup import SERVICES, Service
from tests.practice.walk_restore import ALWAYS, walk_points
from tests.practice.walking import BACKUP, Walk

PERIOD = {"protectionTimePeriod": ALWAYS}


@dataclass(frozen=True, slots=True)
class LivingIds:
    """Values by the names of path parameters (`driveProtectionUnit-id`) and of properties."""

    named: dict[str, list[str]]

    def put_into(self, case: Case[Any], draw: random.Random) -> Case[Any]:
        """The case with ids that are there wherever its path, query or body names one.

        Most query options and some properties are left out: with all of them at once, hardly any
        request would get beyond the first text that is none.
        """
        for name in case.path_parameters or {}:
            if name in self.named:
                case.path_parameters[name] = draw.choice(self.named[name])
        case.query = {k: v for k, v in (case.query or {}).items() if draw.random() < 0.15}
        if case.path.endswith("/restorePoints"):
            unit = draw.choice(self.named["protectionUnitBase-id"])
            case.query["$expand"] = [f"protectionUnit($filter=id eq '{unit}')"]
            case.query["$filter"] = "protectionDateTime lt 2100-01-01T00:00:00Z"
        if isinstance(case.body, (dict, list)):
            case.body = self._alive(copy.deepcopy(case.body), draw)
        return case

    def _alive(self, node: Any, draw: random.Random, name: str = "") -> Any:
        if isinstance(node, dict):
            kept = {k: v for k, v in node.items() if k in self.named or draw.random() < 0.4}
            return {key: self._alive(value, draw, key) for key, value in kept.items()}
        if isinstance(node, list):
            return [self._alive(one, draw, name) for one in node]
        if name in self.named and draw.random() < 0.8:
            return draw.choice(self.named[name])
        return node


def collect(walk: Walk) -> LivingIds:
    """Make one of everything for each service and take down their ids."""
    named: dict[str, list[str]] = {"appOwnerTenantId": [walk.ready["tenant_id"]]}
    for service in SERVICES:
        _collect_backup(walk, service, named)
    walk.controls.advance("P3D")
    for service in SERVICES:
        _collect_restore(walk, service, named)
    named["id"] = [*named["protectionUnitBase-id"][:9], *named["restorePoint-id"][:9]]
    return LivingIds(named)


def _add(named: dict[str, list[str]], found: str, *names: str) -> str:
    for name in names:
        named.setdefault(name, []).append(found)
    return found


def _collect_backup(walk: Walk, service: Service, named: dict[str, list[str]]) -> None:
    keys, kind = artifacts(service.artifact, 6), service.unit
    for key in keys:
        _add(named, key, service.key, f"{service.key}s")
    for number, taken in enumerate((keys[:3], keys[3:4], [])):
        units = [{service.key: key} for key in taken]
        body = {"displayName": f"{kind} {number}", f"{kind}ProtectionUnits": units}
        policy = walk.post(service.policies, body)["id"]
        _add(named, policy, "protectionPolicyBase-id", f"{service.name}ProtectionPolicy-id")
        if number == 0:
            walk.post(f"{BACKUP}/protectionPolicies/{policy}/activate")
    first = f"{service.policies}/{named[f'{service.name}ProtectionPolicy-id'][0]}"
    for unit in walk.get(f"{BACKUP}/{kind}ProtectionUnits")["value"]:
        _add(
            named,
            unit["id"],
            "protectionUnitBase-id",
            f"{kind}ProtectionUnit-id",
            "protectionUnitIds",
        )
    text = "(displayName -contains 'Archive')"
    if kind != "site":
        group = walk.first("/v1.0/groups?$filter=securityEnabled eq true&$select=id")["id"]
        text = f"(memberOf -any (group.id -in ['{group}']))"
    expression = _add(named, text, f"{kind}Expression")
    rule = walk.post(f"{first}/{kind}InclusionRules", {f"{kind}Expression": expression})
    _add(named, rule["id"], f"{kind}ProtectionRule-id")
    jobs = f"{first}/{kind}ProtectionUnitsBulkAdditionJobs"
    job = walk.post(jobs, {"displayName": "Wave", f"{service.key}s": keys[4:5]})
    _add(named, job["id"], f"{kind}ProtectionUnitsBulkAdditionJob-id")


def _collect_restore(walk: Walk, service: Service, named: dict[str, list[str]]) -> None:
    kind = service.unit
    policy = named[f"{service.name}ProtectionPolicy-id"][0]
    unit = walk.first(f"{service.policies}/{policy}/{kind}ProtectionUnits")["id"]
    points = walk_points(walk, unit)[:9]
    for point in points:
        _add(named, point["id"], "restorePoint-id", "restorePointId")
    sessions = f"{BACKUP}/{service.name}RestoreSessions"
    wanted = [{"restorePoint": {"id": points[0]["id"]}, "destinationType": "new"}]
    for body in ({f"{kind}RestoreArtifacts": wanted}, {}):
        session = walk.post(sessions, body)["id"]
        _add(named, session, f"{service.name}RestoreSession-id", "restoreSessionBase-id")
    requests = f"{sessions}/{session}/{kind}RestoreArtifactsBulkAdditionRequests"
    asked = {"displayName": "W", f"{service.key}s": artifacts(service.artifact, 1), **PERIOD}
    request = walk.post(requests, {**asked, "destinationType": "new"})["id"]
    _add(named, request, f"{kind}RestoreArtifactsBulkAdditionRequest-id")
