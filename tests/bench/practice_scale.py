"""Measures the practice tenant at a million units: filling it, a page of every list, one request of every kind.

`python -m tests.bench.practice_scale [--size 1000000] [--state-dir DIR]` prints one JSON object: seconds for the start,
and for each request the median and the worst of some repetitions in milliseconds, over the real socket. With a state
folder that is kept, a second run measures a start that finds everything there.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from tests.practice.conftest import Controls, stop_practice, web_session
from tests.practice.graph_client import WIZARD_SCOPES, Rest, graph_token

BACKUP = "/solutions/backupRestore"
EXCHANGE = f"{BACKUP}/exchangeProtectionPolicies"
UNITS = f"{BACKUP}/protectionUnits"
START_SECONDS = 600.0
REPEATED = 7
SCOPES = (*WIZARD_SCOPES, "User.Read.All", "Directory.Read.All", "Group.Read.All")


class Measure:
    """Collects figures of one server."""

    def __init__(self, ready: dict[str, Any], process: psutil.Process) -> None:
        self.controls = Controls(ready)
        self._web = web_session(ready)
        self.rest = Rest(ready, graph_token(ready, self.controls, scopes=SCOPES), self._web)
        self._process = process
        self.figures: dict[str, Any] = {}

    def get(self, name: str, path: str, **headers: str) -> dict[str, Any]:
        """The answer of a GET, asked for several times."""
        taken: list[float] = []
        answer: dict[str, Any] = {}
        for _ in range(REPEATED):
            start = time.perf_counter()
            status, answer = self.rest.call("GET", path, **headers)
            taken.append(1000 * (time.perf_counter() - start))
            if status != 200:
                raise RuntimeError(f"{path}: {status} {answer}")
        self._keep(name, taken)
        return answer

    def once(self, name: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """The answer of a request that changes something."""
        start = time.perf_counter()
        status, answer = self.rest.call(method, path, body)
        self._keep(name, [1000 * (time.perf_counter() - start)])
        if status >= 400:
            raise RuntimeError(f"{path}: {status} {answer}")
        return answer

    def _keep(self, name: str, taken: list[float]) -> None:
        memory = self._process.memory_info().rss / 2**20
        worst, median = max(taken), statistics.median(taken)
        self.figures[name] = {"median_ms": round(median, 1), "worst_ms": round(worst, 1)}
        self.figures["memory_mib"] = max(self.figures.get("memory_mib", 0), round(memory))
        print(f"{name:48} {median:8.1f} ms  worst {worst:8.1f}  {memory:6.0f} MiB", file=sys.stderr)


def _relative(answer: dict[str, Any]) -> str:
    return str(answer["@odata.nextLink"]).split("/v1.0", 1)[1]


def lists(measure: Measure) -> None:
    """Pages of the lists of units and policies, and of the directory."""
    first = measure.get("policies", f"{BACKUP}/protectionPolicies")
    policy = next(one["id"] for one in first["value"] if "exchange" in one["@odata.type"])
    page = measure.get("units, first page of 100", UNITS)
    measure.get("units, second page", _relative(page))
    measure.get("units, page of 999", f"{UNITS}?$top=999")
    measure.get("units with $count", f"{UNITS}?$count=true")
    measure.get("site units", f"{BACKUP}/siteProtectionUnits")
    below = f"{EXCHANGE}/{policy}/mailboxProtectionUnits"
    page = measure.get("units of a policy", below)
    measure.get("units of a policy, second page", _relative(page))
    unit = page["value"][0]
    measure.get("one unit", f"{UNITS}/{unit['id']}")
    measure.get("units, $filter id", f"{UNITS}?$filter=id eq '{unit['id']}'")
    key = unit["directoryObjectId"]
    measure.get("units, $filter directoryObjectId", f"{UNITS}?$filter=directoryObjectId eq '{key}'")
    measure.get("units, $filter status, none matches", f"{UNITS}?$filter=status eq 'unprotected'")
    rare = f"{UNITS}?$filter=startswith(displayName,'Zz')"
    measure.get("units, $filter displayName, none matches", rare)
    counted = f"{UNITS}?$filter=status eq 'protected'&$count=true"
    measure.get("units, $filter with $count", counted)
    measure.get("users", "/users?$top=100")
    measure.get("users, $search", '/users?$search="displayName:an"', ConsistencyLevel="eventual")
    measure.get("groups", "/groups?$top=100")
    measure.get("sites by word", "/sites?search=legal")


def changes(measure: Measure) -> None:
    """A PATCH of 50 each way, activation, a job of 50,000."""
    found = measure.rest.call("GET", f"{BACKUP}/protectionPolicies")[1]["value"]
    exchange = [one for one in found if "exchange" in one["@odata.type"]]
    path = f"{EXCHANGE}/{exchange[0]['id']}"
    nav = "mailboxProtectionUnits"
    units = measure.rest.call("GET", f"{path}/{nav}?$top=50")[1]["value"]
    gone = [{"@removed": {"reason": "changed"}, "id": one["id"]} for one in units]
    measure.once("PATCH that removes 50", "PATCH", path, {f"{nav}@delta": gone})
    measure.controls.advance("PT1H")
    measure.get("policies, after 50 have settled", f"{BACKUP}/protectionPolicies?$top=1")
    back = [{"directoryObjectId": one["directoryObjectId"]} for one in units]
    measure.once("PATCH that adds 50", "PATCH", path, {f"{nav}@delta": back})
    measure.controls.advance("P1D")
    ones = [one["id"] for one in exchange]
    for one in ones:
        size = next(p for p in exchange if p["id"] == one)["protectionPolicyArtifactCount"]["total"]
        measure.once(
            f"deactivate a policy of {size}",
            "POST",
            f"{BACKUP}/protectionPolicies/{one}/deactivate",
        )
        measure.controls.advance("P1D")
        measure.once(f"settle {size} that end", "GET", f"{BACKUP}/protectionPolicies/{one}")
        measure.once(
            f"activate a policy of {size}", "POST", f"{BACKUP}/protectionPolicies/{one}/activate"
        )
        measure.controls.advance("P2D")
        measure.once(f"settle {size} that begin", "GET", f"{BACKUP}/protectionPolicies/{one}")
        break
    freed = _free_addresses(measure, ones[1:4], 50_000)
    made = measure.once("create a policy", "POST", EXCHANGE, {"displayName": "Bulk"})
    jobs = f"{EXCHANGE}/{made['id']}/mailboxProtectionUnitsBulkAdditionJobs"
    job = measure.once(
        f"create a job of {len(freed)}", "POST", jobs, {"displayName": "Bulk", "mailboxes": freed}
    )
    measure.controls.advance("P1D")
    ended = measure.once(f"finish the job of {len(freed)}", "GET", jobs)
    measure.figures["job"] = ended["value"][0]["status"]
    measure.get("one job with its addresses", f"{jobs}/{job['id']}")
    shown = measure.rest.call("GET", f"{EXCHANGE}/{made['id']}")[1]["protectionPolicyArtifactCount"]
    measure.figures["job_added"] = shown["total"]


def _free_addresses(measure: Measure, policies: list[str], most: int) -> list[str]:
    """Addresses of mailboxes that no policy holds any longer."""
    freed: list[str] = []
    for policy in policies:
        link: str | None = f"{EXCHANGE}/{policy}/mailboxProtectionUnits?$top=999"
        while link and len(freed) < most:
            _, page = measure.rest.call("GET", link)
            freed += [one["email"] for one in page["value"]]
            link = _relative(page) if "@odata.nextLink" in page else None
        path = f"{BACKUP}/protectionPolicies/{policy}"
        measure.rest.call("POST", f"{path}/deactivate")
        measure.controls.advance("P1D")
        measure.once("delete a policy", "DELETE", path)
    return freed[:most]


def _start(folder: Path, size: str) -> tuple[subprocess.Popen[bytes], dict[str, Any], float]:
    ready_file = folder / "ready.json"
    ready_file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "m365backup_tui.practice", "serve", "--port", "0"]
    command += ["--state-dir", str(folder / "state"), "--ready-file", str(ready_file)]
    command += ["--watch-stdin", "--size", size, "--scenario", "all-protected"]
    began = time.perf_counter()
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    while not ready_file.exists():
        if server.poll() is not None or time.perf_counter() - began > START_SECONDS:
            stop_practice(server)
            raise RuntimeError("The practice tenant did not start.")
        time.sleep(0.02)
    taken = time.perf_counter() - began
    return server, json.loads(ready_file.read_text(encoding="utf-8")), taken


def measure_all(folder: Path, size: str, with_changes: bool) -> dict[str, Any]:
    """Start, measure, stop."""
    server, ready, taken = _start(folder, size)
    try:
        measure = Measure(ready, psutil.Process(server.pid))
        measure.figures["start_s"] = round(taken, 1)
        print(f"started in {taken:.1f} s", file=sys.stderr)
        lists(measure)
        if with_changes:
            changes(measure)
        return measure.figures
    finally:
        stop_practice(server)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="1000000")
    parser.add_argument("--state-dir", type=Path, default=None)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="practice-scale-") as made:
        folder = options.state_dir or Path(made)
        first = measure_all(folder, options.size, with_changes=True)
        again = measure_all(folder, options.size, with_changes=False)
    print(json.dumps({"first": first, "again": again["start_s"]}, indent=1))


if __name__ == "__main__":
    main()
