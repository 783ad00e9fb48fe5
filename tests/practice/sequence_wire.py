"""Past the product: plain requests to the tenant and its controls, its time, and what it holds."""

from __future__ import annotations

import asyncio
import json
import ssl
from datetime import UTC, datetime, timedelta
from http.client import HTTPSConnection
from typing import Any, cast
from urllib.parse import urlsplit

from m365backup_tui.cloud.graph_calls import GraphCalls
from m365backup_tui.domain.products import Product
from tests.practice.sequence_model import Picture

ROOT = "/v1.0/solutions/backupRestore"
PATHS = {
    Product.EXCHANGE: ("exchangeProtectionPolicies", "mailboxProtectionUnits", "directoryObjectId"),
    Product.ONEDRIVE: (
        "oneDriveForBusinessProtectionPolicies",
        "driveProtectionUnits",
        "directoryObjectId",
    ),
    Product.SHAREPOINT: ("sharePointProtectionPolicies", "siteProtectionUnits", "siteId"),
}
RULES = {Product.EXCHANGE: "mailbox", Product.ONEDRIVE: "drive", Product.SHAREPOINT: "site"}
TYPES = {
    Product.EXCHANGE: "#microsoft.graph.exchangeProtectionPolicy",
    Product.ONEDRIVE: "#microsoft.graph.oneDriveForBusinessProtectionPolicy",
    Product.SHAREPOINT: "#microsoft.graph.sharePointProtectionPolicy",
}


class Wire:
    """Plain requests past the product, on one connection: a tenth of the cost of a client library."""

    def __init__(self, ready: dict[str, Any], token: str) -> None:
        at = urlsplit(ready["base_url"])
        trust = ssl.create_default_context(cafile=ready["ca_file"])
        self._line = HTTPSConnection(at.hostname or "", at.port, context=trust, timeout=30)
        self._control = urlsplit(ready["control"]).path
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and JSON (None without a body). Paths without a slash are controls."""
        place = path if path.startswith("/") else self._control + path
        sent = None if body is None else json.dumps(body)
        self._line.request(method, place, sent, self._headers)
        answer = self._line.getresponse()
        data = answer.read()
        return answer.status, json.loads(data) if data else None

    def done(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of a call that must succeed."""
        status, answer = self.call(method, path, body)
        assert status < 300, (method, path, status, answer)
        return answer

    def close(self) -> None:
        self._line.close()


class TenantTime:
    """Time that jumps: whoever waits moves the client's clock at once, and the tenant's before the next request."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._ahead = 0.0
        self._owed = 0.0

    def now(self) -> datetime:
        return datetime(2026, 11, 21, 9, tzinfo=UTC) + timedelta(seconds=self._ahead)

    async def sleep(self, seconds: float) -> None:
        self._ahead += seconds
        self._owed += seconds
        await asyncio.sleep(
            0
        )  # others get their turn: one policy may wait for another one's answer

    def catch_up(self) -> None:
        if self._owed >= 1:
            whole = int(self._owed)
            self._owed -= whole
            self._wire.done("POST", "clock", {"advance": f"PT{whole}S"})

    def let_pass(self, seconds: float) -> None:
        """The tenant's time alone."""
        self._owed += seconds
        self.catch_up()


class TimedCalls(GraphCalls):
    """The product's own calls; the tenant's time catches up before each."""

    async def _adapter(self, scopes: Any) -> Any:
        cast(TenantTime, self.clock).catch_up()
        return await super()._adapter(scopes)


class Log:
    """The tenant's request log, read on from where it was read last."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._seen = 0

    def news(self) -> list[dict[str, Any]]:
        """What came since the last look."""
        found: list[dict[str, Any]] = self._wire.done("GET", f"requests?since={self._seen}")
        if found:
            self._seen = max(entry["seq"] for entry in found)
        return found

    def changes(self) -> list[dict[str, Any]]:
        """Requests to change something since the last look."""
        return [e for e in self.news() if e["method"] != "GET" and ROOT in e["path"]]


def lines(entries: list[dict[str, Any]]) -> str:
    """One line a request."""
    return "\n".join(
        f"{e['method']} {e['path'].removeprefix(ROOT)} {e['status']} {e['changed']} {e['faults']}"
        for e in entries
    )


def ids_of(wire: Wire) -> dict[str, str]:
    """Policies by name: the sequences give every policy a name of its own."""
    listed = wire.done("GET", f"{ROOT}/protectionPolicies?$top=100")
    return {policy["displayName"]: policy["id"] for policy in listed["value"]}


def picture_of(wire: Wire) -> Picture:
    """Policies with their state and units, as another client sees them."""
    listed = wire.done("GET", f"{ROOT}/protectionPolicies?$top=100")
    units = wire.done("GET", f"{ROOT}/protectionUnits?$top=999")
    assert not {"@odata.nextLink"} & (set(listed) | set(units))
    held: dict[str, set[str]] = {policy["id"]: set() for policy in listed["value"]}
    stands: dict[str, set[str]] = {policy["id"]: set() for policy in listed["value"]}
    for unit in units["value"]:
        if unit.get("policyId"):
            key = unit.get("siteId") or unit["directoryObjectId"]
            held[unit["policyId"]].add(str(key).lower())
            stands[unit["policyId"]].add(unit["status"])
    found: Picture = {}
    for policy in listed["value"]:
        product = next(p for p, words in TYPES.items() if words == policy["@odata.type"])
        on = policy["status"] == "active"
        assert policy["status"] in ("active", "inactive"), policy
        assert stands[policy["id"]] <= {"protected" if on else "unprotected"}, (policy, stands)
        name = (str(product), policy["displayName"])
        assert name not in found, f"two policies called {name}"
        found[name] = (on, frozenset(held[policy["id"]]))
    return found
