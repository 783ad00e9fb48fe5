"""Named situations of the tenant, beside the faults that have ids of their own (practice/faults/).

A scenario is on or off. Every fault's id is a scenario's name too: it switches that fault on as it
is usually meant.
"""

from collections.abc import Callable
from typing import Any

from m365backup_tui.practice.faults import CATALOGUE, Faults

SCENARIOS: dict[str, str] = {
    "throttled": "Every fifth Graph or Azure call is told to come back in a second.",
    "commit-then-504": "The next protection policy is created, but the answer is a gateway error.",
    "reset-after-commit": "The next protection policy is created, but the connection breaks.",
    "consent-missing": "Nobody has consented to the Microsoft 365 Backup permissions yet: who signs "
    "in is asked to, or told to ask an administrator.",
    "no-subscriptions": "Nobody can see any Azure subscription, so nothing can pay for the backup.",
    "policy-blocks-syntex": "An Azure Policy refuses everything of Microsoft.Syntex, which billing "
    "needs.",
    "provider-stuck": "Registering the resource provider Microsoft.Syntex never finishes.",
    "backup-off-slow": "Turning on takes a whole day, as the older documentation warns.",
    "partial-failure": "One protection unit of each activation ends with an error.",
    "reports-concealed": "Usage reports hide the names of people and sites, as a privacy setting of "
    "the organization does.",
    "reports-empty-url": "Usage reports carry no site addresses.",
    "sites-closed": "Sites of private channels are open to their owners only, whoever administers.",
    "graph-client-no-arm": "The application that signs in for Microsoft Graph may not ask for Azure "
    "tokens: a second sign-in follows.",
    "own-app-refused": "An app registration of the organization's own may not work with policies.",
    "legacy-generation": "One active protection policy a service, as before 2026.",
    "all-protected": "A tenant that starts anew has backup on and everything protected already.",
}
# The names as a person reads them in a list.
TITLES = {
    "throttled": "Every fifth call is throttled",
    "commit-then-504": "Policy made, answer lost (504)",
    "reset-after-commit": "Policy made, connection lost",
    "consent-missing": "No consent to permissions yet",
    "no-subscriptions": "No Azure subscriptions",
    "policy-blocks-syntex": "Azure Policy blocks billing",
    "provider-stuck": "Provider never registers",
    "backup-off-slow": "Turning on takes a day",
    "partial-failure": "One item of each policy fails",
    "reports-concealed": "Reports without names",
    "reports-empty-url": "Reports without site addresses",
    "sites-closed": "Private sites are closed",
    "graph-client-no-arm": "Azure wants its own sign-in",
    "own-app-refused": "Own application is refused",
    "legacy-generation": "One policy a service",
    "all-protected": "Everything protected already",
}

# The faults that a named scenario switches on.
SCENARIO_FAULTS: dict[str, dict[str, Any]] = {
    "throttled": {"id": "H1", "operation": "service", "nth": 5, "retry_after": 1, "every": True},
    "commit-then-504": {"id": "H6", "operation": "create policy", "nth": 1, "times": 1},
    "reset-after-commit": {"id": "T6", "operation": "create policy", "nth": 1, "times": 1},
}


class Scenarios:
    """Reads and writes `meta.scenarios` (names); the faults of `put` go to the switches."""

    def __init__(self, meta: Callable[[], dict[str, Any]], faults: Faults) -> None:
        self._meta = meta
        self._faults = faults

    def on(self, name: str) -> bool:
        """Whether this scenario is switched on."""
        return name in self._meta()["scenarios"]

    def listing(self) -> list[dict[str, Any]]:
        """Every scenario with its sentence, and the faults in force with their counters."""
        named: list[dict[str, Any]] = [
            {
                "id": name,
                "kind": "scenario",
                "title": TITLES[name],
                "says": says,
                "on": self.on(name),
            }
            for name, says in SCENARIOS.items()
        ]
        return named + [dict(fault, kind="fault", on=True) for fault in self._faults.listing()]

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
            elif name in CATALOGUE:
                faults.append(item)
            else:
                raise ValueError(f"There is no scenario or fault called {name!r}.")
        faults += [SCENARIO_FAULTS[name] for name in names if name in SCENARIO_FAULTS]
        self._faults.put(faults)
        self._meta()["scenarios"] = sorted(set(names))
