"""Requests that move thousands of units, and what a small request beside them waits."""

from __future__ import annotations

from typing import Any

from tests.bench.practice_measure import BACKUP, Measure, relative
from tests.practice.graph_client import Rest

EXCHANGE = f"{BACKUP}/exchangeProtectionPolicies"
UNITS = "mailboxProtectionUnits"
SESSIONS = f"{BACKUP}/exchangeRestoreSessions"
MANY = 50_000


def heavy(measure: Measure) -> None:
    """Everything that is known to take long, each once."""
    exchange = measure.rest.call("GET", EXCHANGE)[1]["value"]
    ids = [one["id"] for one in exchange]
    _patches(measure, ids[0])
    _policy_off_and_on(measure, ids[0])
    _restore(measure, ids[:4])
    _additions(measure, ids[1:4])
    _controls(measure)


def _patches(measure: Measure, policy: str) -> None:
    path = f"{EXCHANGE}/{policy}"
    units = measure.rest.call("GET", f"{path}/{UNITS}?$top=50")[1]["value"]
    gone = [{"@removed": {"reason": "changed"}, "id": one["id"]} for one in units]
    measure.once("PATCH that removes 50", "PATCH", path, {f"{UNITS}@delta": gone})
    measure.controls.advance("PT1H")
    measure.once("settle 50", "GET", f"{BACKUP}/protectionPolicies?$top=1")
    back = [{"directoryObjectId": one["directoryObjectId"]} for one in units]
    measure.once("PATCH that adds 50", "PATCH", path, {f"{UNITS}@delta": back})
    measure.controls.advance("P1D")


def _policy_off_and_on(measure: Measure, policy: str) -> None:
    path = f"{BACKUP}/protectionPolicies/{policy}"
    measure.once("deactivate a policy", "POST", f"{path}/deactivate")
    measure.controls.advance("P1D")
    measure.once("settle a policy that ends", "GET", path)
    measure.once("activate a policy", "POST", f"{path}/activate")
    measure.controls.advance("P2D")
    measure.once("settle a policy that begins", "GET", path)


def _restore(measure: Measure, policies: list[str]) -> None:
    found = _addresses(measure.rest, policies)
    session = measure.rest.call("POST", SESSIONS, {})[1]["id"]
    path = f"{SESSIONS}/{session}/mailboxRestoreArtifactsBulkAdditionRequests"
    body = {
        "displayName": "Bulk",
        "destinationType": "new",
        "mailboxes": found,
        "protectionTimePeriod": {
            "startDateTime": "2000-01-01T00:00:00Z",
            "endDateTime": "2100-01-01T00:00:00Z",
        },
        "restorePointPreference": "latest",
    }
    measure.once(f"bulk restore request of {len(found)}", "POST", path, body)
    activate = f"{BACKUP}/restoreSessions/{session}/activate"
    measure.once(f"activate a restore of {len(found)}", "POST", activate)
    measure.get("restore session", f"{SESSIONS}/{session}")
    artifacts = f"{SESSIONS}/{session}/mailboxRestoreArtifacts"
    page = measure.get("restore artifacts", artifacts)
    measure.get("restore artifacts, second page", relative(page))
    measure.get("restore artifacts, $top=999", f"{artifacts}?$top=999")
    measure.get("restore sessions", f"{BACKUP}/restoreSessions")


def _additions(measure: Measure, policies: list[str]) -> None:
    freed = _addresses(measure.rest, policies)
    for policy in policies:
        path = f"{BACKUP}/protectionPolicies/{policy}"
        measure.rest.call("POST", f"{path}/deactivate")
        measure.controls.advance("P1D")
        measure.once("delete a policy", "DELETE", path)
    made = measure.once("create a policy", "POST", EXCHANGE, {"displayName": "Bulk"})["id"]
    jobs = f"{EXCHANGE}/{made}/mailboxProtectionUnitsBulkAdditionJobs"
    body = {"displayName": "Bulk", "mailboxes": freed}
    job = measure.once(f"create a job of {len(freed)}", "POST", jobs, body)["id"]
    measure.controls.advance("P1D")
    measure.once(f"finish the job of {len(freed)}", "GET", jobs)
    measure.get("one job with its addresses", f"{jobs}/{job}")
    rules = f"{EXCHANGE}/{made}/mailboxInclusionRules"
    group = measure.rest.call("GET", "/groups?$filter=displayName eq 'SG All staff'")[1]
    expression = f"(memberOf -any (group.id -in ['{group['value'][0]['id']}']))"
    rule = {"mailboxExpression": expression, "isAutoApplyEnabled": False}
    measure.once("create a static rule on all staff", "POST", rules, rule)
    measure.controls.advance("P2D")
    measure.once("carry out the rule", "GET", rules)


def _addresses(rest: Rest, policies: list[str]) -> list[str]:
    """Up to MANY addresses of mailboxes in these policies."""
    found: list[str] = []
    for policy in policies:
        link: str | None = f"{EXCHANGE}/{policy}/{UNITS}?$top=999"
        while link and len(found) < MANY:
            page = rest.call("GET", link)[1]
            found += [one["email"] for one in page["value"]]
            link = relative(page) if "@odata.nextLink" in page else None
    return found[:MANY]


def _controls(measure: Measure) -> None:
    def control(method: str, path: str) -> Any:
        answer = measure.controls.call(method, path)
        answer.raise_for_status()
        return answer

    measure.beside("export", lambda rest: len(control("GET", "state").content))
    measure.beside("snapshot", lambda rest: control("POST", "snapshots/one"))
    measure.beside("snapshot restored", lambda rest: control("POST", "snapshots/one/restore"))
    measure.beside("reset", lambda rest: control("POST", "reset"))
