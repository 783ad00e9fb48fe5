"""What the record of runs costs at tenant scale: begin, append, reopen, looking for an unfinished run, evidence.

    python -m tests.bench.journal [--units 100000] [--runs 50] [--run-units 10000] [--appends 400]

Prints seconds of the clock and megabytes. Everything is done in a folder of its own under --folder (the usual
temporary folder otherwise; a memory disk makes fsync look free).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from m365backup_tui.domain.plan import Draft, Plan
from m365backup_tui.domain.plan_making import make_plan
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.run import Outcome, Run, RunPhase, WriteState
from m365backup_tui.domain.session import Account
from m365backup_tui.domain.units import Candidate
from m365backup_tui.journal.runs import FileRuns

T = TypeVar("T")
TENANT = "aaaaaaaa-0000-4000-8000-000000000001"
ACCOUNT = Account(TENANT, "object-1", "ada@example.com", "Ada", "Example")
START = datetime(2026, 11, 21, 11, 45, tzinfo=UTC)


def plan_of(units: int, name: str = "Everybody") -> Plan:
    """One new policy with so many mailboxes."""
    chosen = tuple(
        Candidate(
            Product.EXCHANGE,
            f"bbbbbbbb-0000-4000-8000-{n:012}",
            f"Person Number {n}",
            f"person.number.{n}@contoso-example.com",
        )
        for n in range(units)
    )
    draft = Draft(Product.EXCHANGE, name, add=chosen)
    return make_plan([draft], (), tenant_id=TENANT, tenant_name="Example", made_at=START)


@contextmanager
def timed(label: str, note: Callable[[], str] = lambda: "") -> Iterator[None]:
    began = time.perf_counter()
    yield
    print(f"{label:52} {time.perf_counter() - began:8.3f} s  {note()}", flush=True)


def on_a_thread(label: str, work: Callable[[], T]) -> T:
    """As a screen does it; the longest that the event loop could not go on meanwhile is printed too."""

    async def ticking() -> tuple[T, float]:
        task = asyncio.create_task(asyncio.to_thread(work))
        longest = 0.0
        while not task.done():
            began = time.perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, time.perf_counter() - began - 0.001)
        return await task, longest

    began = time.perf_counter()
    found, longest = asyncio.run(ticking())
    took = time.perf_counter() - began
    print(f"{label:52} {took:8.3f} s  loop held up {longest * 1000:.0f} ms at most", flush=True)
    return found


def once(label: str, work: Callable[[], T]) -> T:
    with timed(label):
        return work()


def appends(runs: FileRuns, run_id: str, plan: Plan, count: int) -> None:
    """Intent and outcome in turns, as a run writes them."""
    took: list[float] = []
    for n in range(count):
        write = plan.writes[n % len(plan.writes)]
        began = time.perf_counter()
        runs.intend(run_id, write.id, START)
        took.append(time.perf_counter() - began)
        began = time.perf_counter()
        runs.outcome(run_id, WriteState(write, Outcome.DONE, request_id="r", policy_id="p"), START)
        took.append(time.perf_counter() - began)
    cuts = statistics.quantiles(took, n=100)
    words = f"p50 {cuts[49] * 1000:.2f} ms, p95 {cuts[94] * 1000:.2f} ms, worst {max(took) * 1000:.2f} ms"
    print(f"{f'{len(took)} appends':52} {sum(took):8.3f} s  {words}")


def one_big_run(folder: Path, units: int, count: int) -> None:
    plan = once(f"plan of {units:,} units", lambda: plan_of(units))
    runs = FileRuns(folder, "bench")
    run_id = on_a_thread(
        f"begin, {plan.requests:,} writes", lambda: runs.begin(plan, ACCOUNT, START)
    )
    appends(runs, run_id, plan, count)
    runs.close()
    size = Path(runs.path(run_id)).stat().st_size / 1e6
    print(f"{'the record':52} {size:8.1f} MB")
    found = on_a_thread(
        "unfinished: that run", lambda: FileRuns(folder, "bench").unfinished(TENANT)
    )
    assert found is not None
    assert found.id == run_id
    again = FileRuns(folder, "bench")
    run = on_a_thread("reopen", lambda: again.reopen(run_id, ACCOUNT, START))
    ended = Run(run_id, plan, START, RunPhase.DONE, run.writes)
    once("end", lambda: again.end(ended, START))
    facts = once("evidence", lambda: again.evidence(run_id, START))
    words = once("evidence as JSON text", lambda: json.dumps(facts, indent=2))
    print(f"{'the evidence':52} {len(words) / 1e6:8.1f} MB")


def many_runs(folder: Path, count: int, units: int) -> None:
    plan = plan_of(units)
    states = tuple(WriteState(w, Outcome.DONE, request_id="r", policy_id="p") for w in plan.writes)
    runs = FileRuns(folder, "bench")
    for n in range(count):
        at = START + timedelta(minutes=n)
        run_id = runs.begin(plan, ACCOUNT, at)
        for state in states[:20]:
            runs.outcome(run_id, state, at)
        runs.end(Run(run_id, plan, at, RunPhase.DONE, states), at)
    label = f"{count} runs of {units:,} units"
    once(f"unfinished: none among {label}", lambda: FileRuns(folder, "b").unfinished(TENANT))
    found = once(f"list_runs: {label}", lambda: FileRuns(folder, "b").list_runs(TENANT))
    assert len(found) == count


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--run-units", type=int, default=10_000)
    parser.add_argument("--appends", type=int, default=400)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-journal-", dir=asked.folder) as folder:
        one_big_run(Path(folder) / "big", asked.units, asked.appends)
        many_runs(Path(folder) / "many", asked.runs, asked.run_units)


if __name__ == "__main__":
    main()
