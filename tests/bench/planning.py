"""What planning costs at tenant scale: 100,000 wanted units against a tenant that holds 100,000.

    python -m tests.bench.planning [--units 100000] [--repeat 3] [--state-dir DIR | --no-server]

Domain alone (problems, plan, differences; seconds of the processor), then `work.planning.plan_for` with everything in
memory (how long the loop stood still), then reading what is held through the real SDK from a practice tenant of its
own process, with everything in it protected. The wanted units are a mix: two new policies a product, additions to one
that exists, moves from another, removals, a rename. A state folder that is kept saves the making of the company.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, cast

from m365backup_tui.domain.holdings import Holding
from m365backup_tui.domain.plan import Draft, Plan, Power
from m365backup_tui.domain.plan_checks import problems
from m365backup_tui.domain.plan_making import make_plan
from m365backup_tui.domain.plan_stale import differences
from m365backup_tui.domain.policies import Counts, Policy, PolicyStatus
from m365backup_tui.domain.products import ALL_PRODUCTS, Product
from m365backup_tui.domain.units import Candidate, ProtectionUnit, UnitStatus
from m365backup_tui.ports import Tools
from m365backup_tui.side_by_side import side_by_side
from m365backup_tui.work import planning
from tests.bench.watched_loop import begin_here, memory, noise, run

T = TypeVar("T")
NOW = datetime(2026, 11, 21, 18, tzinfo=UTC)
Held = dict[Product, dict[str, Holding]]


class Scene:
    """A tenant with `units` held units in two policies a product, and drafts that want as many."""

    def __init__(self, units: int) -> None:
        self.policies: list[Policy] = []
        self.held: Held = {}
        self.drafts: list[Draft] = []
        for product in ALL_PRODUCTS:
            self._product(product, units // len(ALL_PRODUCTS))

    def _product(self, product: Product, count: int) -> None:
        keys = [f"{product}-{n:08}-4000-8000-000000000000" for n in range(2 * count)]
        ids = (f"{product}-policy-1", f"{product}-policy-2")
        half = count // 2
        holders = (ids[0],) * half + (ids[1],) * (count - half)
        self.held[product] = {
            key: Holding(product, key, holder, f"unit-{key}", name=f"Name {key[:14]}")
            for key, holder in zip(keys, holders, strict=False)
        }
        for policy_id, name, size in ((ids[0], "Old", half), (ids[1], "Other", count - half)):
            counts = Counts(size, size, 0, 0)
            self.policies.append(
                Policy(product, policy_id, name, PolicyStatus.ACTIVE, counts, "", "1 year")
            )
        free = [_candidate(product, key) for key in keys[count:]]
        moved = [replace(_candidate(product, k), policy="Old") for k in keys[: count // 10]]
        gone = tuple(
            ProtectionUnit(product, f"unit-{k}", k, f"Name {k}", f"{k}@x", UnitStatus.PROTECTED)
            for k in keys[half : half + count // 10]
        )
        third = (len(free) - len(moved)) // 3
        news = [free[:third], free[third : 2 * third]]
        for n, chosen in enumerate(news, 1):
            self.drafts.append(Draft(product, f"New {n}", add=tuple(chosen), power=Power.ACTIVATE))
        more = (*free[2 * third : len(free) - len(moved)], *moved)
        self.drafts.append(Draft(product, "Renamed", ids[1], "Other", more, gone))

    @property
    def wanted(self) -> int:
        return sum(len(d.add) + len(d.remove) for d in self.drafts)

    def plan(self) -> Plan:
        return make_plan(
            self.drafts,
            self.policies,
            tenant_id="tenant",
            tenant_name="Example",
            made_at=NOW,
            held=self.held,
        )


def _candidate(product: Product, key: str) -> Candidate:
    return Candidate(product, key, f"Name {key[:14]}", f"{key}@contoso-example.com", 2**30)


class _Backup:
    """Answers at once from the scene; a copy, as an answer of the service is read into new objects."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    async def policies(self) -> tuple[Policy, ...]:
        return tuple(self._scene.policies)

    async def protected(self, product: Product) -> dict[str, Holding]:
        return self._scene.held[product]


class _Clock:
    def now(self) -> datetime:
        return NOW


class _Tools:
    def __init__(self, scene: Scene) -> None:
        self.backup, self.clock = _Backup(scene), _Clock()


def best(label: str, repeat: int, work: Callable[[], T]) -> tuple[T, float]:
    """The result, and the least processor time of `repeat` times."""
    took: list[float] = []
    for _ in range(repeat):
        gc.collect()
        began, used = time.perf_counter(), time.process_time()
        result = work()
        took.append(time.process_time() - used)
        clock = time.perf_counter() - began
    print(f"  {label:46} cpu {min(took):6.3f} s  (clock of the last {clock:6.3f} s)", flush=True)
    return result, min(took)


def domain(scene: Scene, repeat: int) -> None:
    print(
        f"domain, {scene.wanted:,} wanted units against {sum(map(len, scene.held.values())):,} held:"
    )
    before = memory()
    found, checking = best(
        "problems", repeat, lambda: problems(scene.drafts, scene.policies, scene.held)
    )
    assert not found, found[:3]
    plan, making = best("make_plan", repeat, scene.plan)
    stale, comparing = best(
        "differences", repeat, lambda: differences(plan, scene.policies, scene.held)
    )
    assert not stale, stale[:3]
    total = checking + making
    print(f"  {'plan = problems + make_plan (target 1 s)':46} cpu {total:6.3f} s")
    print(f"  {'and the differences before it is applied':46} cpu {total + comparing:6.3f} s")
    print(f"  {plan.requests:,} requests; memory {memory() - before:.0f} MiB more with the plan")


def in_memory(scene: Scene) -> None:
    _, idle = run(asyncio.sleep(1.5))
    print(f"nothing at all, for the noise of the machine:\n  {idle.words}")
    tools = cast(Tools, _Tools(scene))
    plan, watched = run(planning.plan_for(tools, scene.drafts, "tenant", "Example"))
    print(f"plan_for, in memory, {plan.requests:,} requests:\n  {watched.words}")
    print(watched.worst())


async def _read(ready: dict[str, Any], folder: Path) -> int:
    from tests.bench.scale_tenant import tools_of

    async with tools_of(ready, folder) as tools:
        await tools.backup.policies()  # sign-in, connection and imports
        begin_here()
        return sum(map(len, await side_by_side(ALL_PRODUCTS, tools.backup.protected)))


def served(units: int, folder: Path) -> None:
    from tests.bench.practice_scale import start, stop

    server, ready, _ = start(folder, str(units), "--scenario", "all-protected")
    try:
        gc.collect()
        before = memory()
        count, watched = run(_read(ready, folder / "runs"))
        print(f"GraphBackup.protected, {count:,} units of three products from the practice tenant:")
        print(f"  {watched.words}; memory {memory() - before:+.0f} MiB")
        print(watched.worst())
    finally:
        stop(server)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--state-dir", type=Path)
    parser.add_argument("--no-server", action="store_true")
    asked = parser.parse_args()
    print(f"planning, {asked.units:,} units, {noise()}")
    scene = Scene(asked.units)
    domain(scene, asked.repeat)
    in_memory(scene)
    if not asked.no_server:
        with tempfile.TemporaryDirectory(prefix="bench-planning-") as made:
            folder = asked.state_dir or Path(made)
            folder.mkdir(parents=True, exist_ok=True)
            served(asked.units, folder)
    print(noise())


if __name__ == "__main__":
    main()
