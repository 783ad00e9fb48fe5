"""Applying at tenant scale against the ideal: 100,000 units of three products, then 5,000 removed in 100 PATCHes.

    python -m tests.bench.applying [--units 100000] [--pace 300] [--latency 0.1] [--throttle 0.05] [--state-dir DIR]

The product's own use cases and adapters, real SDK, real TLS, real time; the practice tenant is a process of its own.
Every answer takes `--latency` seconds (fault T11), every request is answered 429 with Retry-After at the rate
`--throttle` (fault H1), and the service's own work takes what is documented, divided by `--pace`.

ideal = latency of every planned request and of every page of one reading that compares the tenant with the plan
      + the Retry-After of every 429 that struck one of these
      + the service's own work on the policy that takes longest: its job, then its activation, or the removals.
The practice tenant needs 20 to 30 ms of a processor for a request: with two busy processors the runs of many small
requests say more about the machine than about this program.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from m365backup_tui.domain.plan import Act, Draft, Plan, Power
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.run import Outcome as WriteOutcome
from m365backup_tui.domain.run import Run, RunPhase
from m365backup_tui.domain.units import Candidate, ProtectionUnit, UnitStatus
from m365backup_tui.ports import Tools
from m365backup_tui.practice.backup import jobs, products, units
from m365backup_tui.work import applying, planning
from tests.bench.practice_scale import start, stop
from tests.bench.scale_tenant import account_of, tools_of
from tests.bench.watched_loop import Watched, begin_here, memory, noise, run
from tests.practice.conftest import Controls

SHARES = {Product.EXCHANGE: 0.4, Product.ONEDRIVE: 0.3, Product.SHAREPOINT: 0.3}
SERVICE = {
    Product.EXCHANGE: products.EXCHANGE,
    Product.ONEDRIVE: products.ONEDRIVE,
    Product.SHAREPOINT: products.SHAREPOINT,
}
REMOVED = 0.05  # share of all units that the second run takes out
SMALL = 50  # policies of the third run, with as many units as one request takes
RETRY_AFTER = 2  # seconds
WRITES = ("POST", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class Settings:
    units: int
    pace: float
    latency: float
    throttle: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run and what the service saw of it. `service`: its own work, in seconds. `grown`: MiB. `server`: processor
    time of the practice tenant."""

    label: str
    plan: Plan
    last: Run
    seconds: float
    watched: Watched
    log: tuple[dict[str, Any], ...]
    service: float
    grown: float
    server: float


def told(found: Outcome, asked: Settings) -> None:
    """The figures."""
    writes = [e for e in found.log if e["method"] in WRITES]
    taken = [e for e in writes if 200 <= e["status"] < 300 and "H1" not in e["faults"]]
    reads = [e for e in found.log if e["method"] == "GET"]
    first = writes[0]["seq"] if writes else 0
    compared = [e for e in reads if e["seq"] < first]
    paused = sum(_throttled(e) for e in (*writes, *compared))
    pages = sum(not _throttled(e) for e in compared)
    ideal = asked.latency * (found.plan.requests + pages) + RETRY_AFTER * paused + found.service
    record = Path(found.last.record)
    size = record.stat().st_size / 1e6
    print(f"\n{found.label}: {found.last.phase}, {found.last.note or 'nothing to say'}")
    print(f"  requests planned {found.plan.requests}, sent and taken {len(taken)}")
    print(f"  429s: {paused} on these, {sum(map(_throttled, found.log))} in all")
    print(f"  reads: {pages} pages to compare, {len(reads) - len(compared)} to follow and watch")
    print(
        f"  ideal {ideal:6.1f} s = {found.plan.requests + pages} x {asked.latency} s + {paused} x "
        f"{RETRY_AFTER} s + {found.service:.1f} s of the service"
    )
    ratio = found.seconds / ideal
    print(f"  actual {found.seconds:6.1f} s, ratio {ratio:.3f} (target 1.15)")
    if not any(w.act is Act.BULK for w in found.plan.writes):
        fair = found.seconds / (ideal + found.server)
        print(f"  ratio {fair:.3f} with the practice tenant's own processor time in the ideal")
    print(
        f"  processor time: this program {found.watched.cpu:.1f} s, the practice tenant {found.server:.1f} s; {noise()}"
    )
    timeline(found, asked.pace)
    print(f"  loop: {found.watched.words}")
    print(found.watched.worst(5))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  memory {found.grown:+.0f} MiB in this run, peak {peak:.0f} MiB; record {size:.1f} MB")
    failed = len(found.last.unit_failures)
    print(f"  units that did not make it, each named with its reason: {failed}")
    assert found.last.phase is (RunPhase.PARTLY if failed else RunPhase.DONE), found.last.note
    bad = [w for w in found.last.writes if w.outcome is not WriteOutcome.DONE]
    assert not bad, [(w.write.words, w.outcome, w.note, w.failed[:3]) for w in bad[:3]]
    assert len(taken) == found.plan.requests
    sys.stdout.flush()


def timeline(found: Outcome, pace: float) -> None:
    """Where the time of a run with jobs went, by policy: seconds after the start of the run."""
    began = found.last.started
    for state in found.last.writes:
        if state.write.act is not Act.BULK:
            continue
        mine = [e for e in found.log if state.policy_id in e["path"]]
        post = next(e for e in mine if e["method"] == "POST" and e["path"].endswith("Jobs"))
        switch = next(e for e in mine if e["path"].endswith("/activate"))
        product = SERVICE[state.write.policy_product]
        work = (jobs.RESOLVING + product.per_unit * len(state.write.units)) / pace
        settle = (product.settle + product.per_unit * (len(state.write.units) + SMALL)) / pace
        started, switched, last = (
            (datetime.fromisoformat(e["time"]) - began).total_seconds()
            for e in (post, switch, mine[-1])
        )
        done, active = started + work.total_seconds(), switched + settle.total_seconds()
        print(
            f"  {state.write.policy_product.label:10} job from {started:5.1f} s, over at {done:5.1f}, "
            f"switched on at {switched:5.1f}, active at {active:5.1f}, last looked at {last:5.1f}"
        )


def _throttled(entry: dict[str, Any]) -> bool:
    return "H1" in entry["faults"]


class Bench:
    def __init__(self, asked: Settings, ready: dict[str, Any], folder: Path) -> None:
        self._asked, self._ready, self._folder = asked, ready, folder
        self._controls = Controls(ready)
        self._candidates: dict[Product, list[Candidate]] = {}
        self._spare: dict[Product, list[Candidate]] = {}
        self._policies: dict[Product, str] = {}

    def protect(self) -> Outcome:
        """One new policy a product: a create, a bulk job, an activation each."""
        drafts = [
            Draft(p, f"All {p.label}"[:20], add=tuple(c), power=Power.ACTIVATE)
            for p, c in self._candidates.items()
        ]
        service = max(self._job(d) + self._activation(d.product, len(d.add)) for d in drafts)
        return self._run(f"protect {self._asked.units:,} units", drafts, service)

    def remove(self) -> Outcome:
        """5,000 units out of the largest policy: 100 PATCHes, as no job removes."""
        held = asyncio.run(self._held(Product.EXCHANGE))
        gone = held[: int(self._asked.units * REMOVED)]
        name = f"All {Product.EXCHANGE.label}"[:20]
        draft = Draft(
            Product.EXCHANGE, name, self._policies[Product.EXCHANGE], name, remove=tuple(gone)
        )
        return self._run(f"remove {len(gone):,} units", [draft], units.REMOVAL / self._pace)

    def small(self) -> Outcome:
        """Many policies that one request each fills: no job is fewer."""
        spare = self._spare[Product.SHAREPOINT]
        drafts = [
            Draft(
                Product.SHAREPOINT,
                f"Small {n}",
                add=tuple(spare[n * SMALL : (n + 1) * SMALL]),
                power=Power.ACTIVATE,
            )
            for n in range(SMALL)
        ]
        service = self._activation(Product.SHAREPOINT, SMALL)
        return self._run(f"{SMALL} policies of {SMALL} units", drafts, service)

    async def prepare(self) -> None:
        """What exists; no fault is on yet."""
        async with tools_of(self._ready, self._folder) as tools:
            for product, share in SHARES.items():
                found: list[Candidate] = []
                async for page in tools.directory.candidates(product):
                    found += [c for c in page if not c.unsupported]
                    if len(found) >= self._asked.units * share + SMALL * SMALL:
                        break
                count = int(self._asked.units * share)
                self._candidates[product], self._spare[product] = found[:count], found[count:]
                assert len(self._candidates[product]) == count, (product, len(found))

    async def _held(self, product: Product) -> list[ProtectionUnit]:
        async with tools_of(self._ready, self._folder) as tools:
            policies = await tools.backup.policies()
            policy = next(p for p in policies if p.product is product)
            self._policies[product] = policy.id
            units = await tools.backup.units(product, policy.id)
            return [u for u in units if u.status is UnitStatus.PROTECTED]

    def _run(self, label: str, drafts: Sequence[Draft], service: float) -> Outcome:
        self._controls.scenarios()
        plan, planned = run(self._plan(drafts))
        print(f"\nplan to {label}: {planned.words}", flush=True)
        print(planned.worst(3))
        gc.collect()
        before = memory()
        self._fault("T11", least=self._asked.latency, most=self._asked.latency)
        if self._asked.throttle:
            self._fault("H1", rate=self._asked.throttle, retry_after=RETRY_AFTER)
        seen = max((e["seq"] for e in self._controls.log()), default=0)
        used = self._processor()
        (last, seconds), watched = run(self._apply(plan))
        server = self._processor() - used
        grown = memory() - before
        self._controls.scenarios()
        log = tuple(e for e in self._controls.log(seen) if "/solutions/" in e["path"])
        return Outcome(label, plan, last, seconds, watched, log, service, grown, server)

    async def _plan(self, drafts: Sequence[Draft]) -> Plan:
        account = account_of(self._ready)
        async with tools_of(self._ready, self._folder) as tools:
            await _warm(tools)
            begin_here()
            return await planning.plan_for(tools, drafts, account.tenant_id, "Example")

    async def _apply(self, plan: Plan) -> tuple[Run, float]:
        async with tools_of(self._ready, self._folder) as tools:
            await _warm(tools)
            begin_here()
            began = time.perf_counter()
            last: Run | None = None
            said = ""
            async for event in applying.apply(tools, plan, account_of(self._ready)):
                last = event.run
                if last.note != said:
                    said = last.note
                    print(f"    {time.perf_counter() - began:6.1f} s  {said}", file=sys.stderr)
            assert last is not None
            return last, time.perf_counter() - began

    def _processor(self) -> float:
        used = psutil.Process(int(self._ready["pid"])).cpu_times()
        return float(used.user + used.system)

    def _fault(self, fault_id: str, **options: Any) -> None:
        body = {"id": fault_id, "operation": "graph", **options}
        self._controls.call("POST", "faults", body).raise_for_status()

    def _job(self, draft: Draft) -> float:
        """Seconds that the service works on the draft's job."""
        count = len(draft.add) - 50
        return (jobs.RESOLVING + SERVICE[draft.product].per_unit * count) / self._pace

    def _activation(self, product: Product, count: int) -> float:
        service = SERVICE[product]
        return (service.settle + service.per_unit * count) / self._pace

    @property
    def _pace(self) -> timedelta:
        return timedelta(seconds=self._asked.pace)


async def _warm(tools: Tools) -> None:
    """Sign-in, connection, imports: once a session, and not part of a run."""
    await tools.backup.policies()


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=100_000)
    parser.add_argument("--pace", type=float, default=300.0)
    parser.add_argument("--latency", type=float, default=0.1)
    parser.add_argument("--throttle", type=float, default=0.05)
    parser.add_argument("--state-dir", type=Path)
    parser.add_argument("--only", choices=("protect", "remove", "small"), action="append")
    given = parser.parse_args()
    asked = Settings(given.units, given.pace, given.latency, given.throttle)
    wanted = given.only or ["protect", "remove", "small"]
    print(f"applying, {asked.units:,} units, pace {asked.pace:g}, {noise()}")
    with tempfile.TemporaryDirectory(prefix="bench-applying-") as made:
        folder = given.state_dir or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        size = str(2 * asked.units)
        server, ready, _ = start(folder, size, "--pace", f"{asked.pace:g}")
        try:
            controls = Controls(ready)
            controls.reset()
            controls.call("POST", "clock", {"pace": asked.pace}).raise_for_status()
            controls.turn_backup_on()
            bench = Bench(asked, ready, Path(made) / "runs")
            asyncio.run(bench.prepare())
            for name in wanted:
                told(getattr(bench, name)(), asked)
        finally:
            stop(server)
    print(noise())


if __name__ == "__main__":
    main()
