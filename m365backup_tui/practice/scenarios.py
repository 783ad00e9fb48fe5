"""What can be made to go wrong, and the decision whether it goes wrong for this request.

A *scenario* is a named situation of the tenant. A *fault* is a broken answer, by the ids of
reference/reliability-and-peers.md §6.4, for the nth matching request, at a rate, so many times.
Both live in the state (`meta`); how often a fault has been seen is kept beside it in memory, so
that counting does not change the tenant's document.
"""

import fnmatch
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

SCENARIOS: dict[str, str] = {
    "throttled": "Every fifth Graph or Azure call is told to come back in a second.",
    "commit-then-504": "The next protection policy is created, but the answer is a gateway error.",
    "reset-after-commit": "The next protection policy is created, but the connection breaks.",
    "consent-missing": "Nobody has consented to the Microsoft 365 Backup permissions yet.",
    "no-subscriptions": "Nobody can see any Azure subscription.",
    "policy-blocks-syntex": "An Azure Policy refuses everything of Microsoft.Syntex.",
    "provider-stuck": "Registering the resource provider never finishes.",
    "backup-off-slow": "Turning on takes a whole day, as the older documentation warns.",
    "partial-failure": "One protection unit of each activation ends with an error.",
    "reports-concealed": "Usage reports hide the names of people and sites.",
    "reports-empty-url": "Usage reports carry no site addresses.",
    "sites-closed": "Sites of private channels are open to their owners only, whoever administers.",
    "graph-client-no-arm": "The Graph command line client may not ask for Azure tokens.",
    "legacy-generation": "One active protection policy a service, as before 2026.",
}

POLICY_CREATE = "POST /v1.0/solutions/backupRestore/*ProtectionPolicies"

# The faults that a named scenario switches on.
SCENARIO_FAULTS: dict[str, dict[str, Any]] = {
    "throttled": {"id": "H1", "operation": "service", "nth": 5, "retry_after": 1, "every": True},
    "commit-then-504": {"id": "H6", "operation": POLICY_CREATE, "nth": 1, "times": 1},
    "reset-after-commit": {"id": "T6", "operation": POLICY_CREATE, "nth": 1, "times": 1},
}

FAULTS = ("H1", "H3", "H4", "H5", "H6", "T6")


class Scenarios:
    """Reads and writes `meta.scenarios` (names) and `meta.faults` (dicts with counters)."""

    def __init__(self, meta: Callable[[], dict[str, Any]]) -> None:
        self._meta = meta
        self._seen: Counter[int] = Counter()
        self._struck: Counter[int] = Counter()

    def on(self, name: str) -> bool:
        """Whether this scenario is switched on."""
        return name in self._meta()["scenarios"]

    def listing(self) -> list[dict[str, Any]]:
        """Every scenario with its sentence, and the faults in force with their counters."""
        named: list[dict[str, Any]] = [
            {"id": name, "kind": "scenario", "says": says, "on": self.on(name)}
            for name, says in SCENARIOS.items()
        ]
        return named + [
            dict(fault, kind="fault", on=True, seen=self._seen[nr], struck=self._struck[nr])
            for nr, fault in enumerate(self._meta()["faults"])
        ]

    def put(self, wanted: list[dict[str, Any]]) -> None:
        """Make exactly these the scenarios and faults in force. Raises ValueError, naming what."""
        names: list[str] = []
        faults: list[dict[str, Any]] = []
        for item in wanted:
            name = item.get("id")
            if not isinstance(name, str):
                raise ValueError("Every scenario or fault has an id.")
            if name in SCENARIOS:
                if item.get("on", True):
                    names.append(name)
            elif name in FAULTS:
                faults.append(_fault(item))
            else:
                raise ValueError(f"There is no scenario or fault called {name!r}.")
        faults += [_fault(SCENARIO_FAULTS[name]) for name in names if name in SCENARIO_FAULTS]
        self._meta()["scenarios"] = sorted(set(names))
        self._meta()["faults"] = faults
        self.recount()

    def recount(self) -> None:
        """Count from nought again: after the tenant was reset or replaced."""
        self._seen.clear()
        self._struck.clear()

    def strike(self, method: str, path: str, service: str) -> dict[str, Any] | None:
        """The fault for this request, if one is due; counts the request either way.

        `service` is "graph", "arm", "entra" or "portal".
        """
        hit: dict[str, Any] | None = None
        for nr, fault in enumerate(self._meta()["faults"]):
            if not _applies(fault["operation"], method, path, service):
                continue
            self._seen[nr] += 1
            if hit is None and _due(fault, self._seen[nr], self._struck[nr]):
                self._struck[nr] += 1
                hit = dict(fault, nr=nr)
        return hit

    def unstrike(self, fault: dict[str, Any]) -> None:
        """The request failed by itself, so an after-commit fault waits for the next one."""
        self._struck[fault["nr"]] -= 1


def _fault(item: dict[str, Any]) -> dict[str, Any]:
    rate = _number(item, "rate", 1.0)
    every = bool(item.get("every", False))
    times: int | None = None
    if item.get("times") is not None:
        times = int(_number(item, "times", 1))
    elif not every and rate >= 1.0 and "nth" in item:
        times = 1  # "the third" means the third, not the third and all after it
    return {
        "id": item["id"],
        "operation": str(item.get("operation", "service")),
        "nth": max(1, int(_number(item, "nth", 1))),
        "rate": rate,
        "times": times,
        "every": every,
        "retry_after": int(_number(item, "retry_after", 1)),
    }


def _number(item: dict[str, Any], name: str, otherwise: float) -> float:
    value = item.get(name, otherwise)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError(f"{name} is a number, nought or more.")
    return float(value)


def _applies(operation: str, method: str, path: str, service: str) -> bool:
    if operation == "service":
        return service in ("graph", "arm")
    if operation in ("graph", "arm", "entra", "portal"):
        return operation == service
    return fnmatch.fnmatchcase(f"{method} {path}".lower(), operation.lower())


def _due(fault: dict[str, Any], seen: int, struck: int) -> bool:
    nth: int = fault["nth"]
    rate: float = fault["rate"]
    if fault["times"] is not None and struck >= fault["times"]:
        return False
    if fault["every"]:
        return seen % nth == 0
    if seen < nth:
        return False
    if rate >= 1.0:
        return True
    # The same requests fail in every run: the draw depends only on how many were seen.
    draw = random.Random(f"{fault['id']}:{fault['operation']}:{seen}")  # noqa: S311
    return draw.random() < rate
