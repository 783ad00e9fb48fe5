"""What a policy file costs at tenant scale, apart from the network: 100,000 rows of CSV against 100,000 held units.

    python -m tests.bench.from_file [--rows 100000]

Three files: one that names what the tenant holds (the nightly check: nothing is looked up), one that is new to it
(every row is compared with all there is), and one where a tenth of the rows names nothing. Everything answers at once
from memory; the figures are seconds, and how long the loop stood still (the promise of the screen: 50 ms).
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import cast

from m365backup_tui.domain.holdings import Holding
from m365backup_tui.domain.policies import Counts, Policy, PolicyStatus
from m365backup_tui.domain.policy_file import PolicyFile, PolicyWish, Source
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate
from m365backup_tui.ports import Tools
from m365backup_tui.work import policy_file
from m365backup_tui.work.planning import plan_for
from tests.bench.watched_loop import noise, run

MAIL = Product.EXCHANGE
PAGE = 999
POLICY = Policy(MAIL, "policy-1", "All", PolicyStatus.ACTIVE, Counts(0, 0, 0, 0))


def address(n: int) -> str:
    return f"person.{n:06}@contoso-example.com"


def key(n: int) -> str:
    return f"{n:08}-0000-4000-8000-000000000000"


class _Tenant:
    """Answers at once; each unit is in the policy when `held`."""

    def __init__(self, rows: int, held: bool) -> None:
        self.rows = rows
        self.known = tuple(Candidate(MAIL, key(n), f"Person {n}", address(n)) for n in range(rows))
        self.held = {
            key(n): Holding(MAIL, key(n), POLICY.id, f"unit-{n}", address=address(n))
            for n in range(rows if held else 0)
        }

    async def policies(self) -> tuple[Policy, ...]:
        return (POLICY,)

    async def protected(self, product: Product) -> dict[str, Holding]:
        return self.held

    async def candidates(self, product: Product) -> AsyncIterator[tuple[Candidate, ...]]:
        for start in range(0, self.rows, PAGE):
            yield self.known[start : start + PAGE]
            await asyncio.sleep(0)

    async def resolve(
        self, product: Product, addresses: Sequence[str]
    ) -> tuple[tuple[Candidate, ...], tuple[str, ...]]:
        return (), tuple(addresses)

    async def group_size(self, group_id: str) -> None:
        raise NotImplementedError

    async def search(self, product: Product, words: str) -> tuple[Candidate, ...]:
        return ()


class _Tools:
    def __init__(self, tenant: _Tenant) -> None:
        self.backup = self.directory = tenant
        self.clock = self

    def now(self) -> object:
        from datetime import UTC, datetime

        return datetime.now(UTC)


def measure(name: str, folder: Path, rows: int, wrong: int, held: bool) -> None:
    path = folder / "list.csv"
    lines = [address(n if n % 10 or not wrong else n + rows) for n in range(rows)]
    path.write_text("Mail\n" + "\n".join(lines) + "\n")
    wish = PolicyWish(MAIL, "All", sources=(Source("list.csv", 5),), line=4)
    file = PolicyFile((wish,), name=str(folder / "job.yaml"))
    tools = cast(Tools, _Tools(_Tenant(rows, held)))
    (found, _, _), watched = run(policy_file.compared(tools, file, (POLICY,)))
    drafts, problems = found.drafts, len(found.problems)
    print(f"{name}: {sum(len(d.add) for d in drafts):,} to add, {problems:,} problems")
    print(f"  {watched.words}")
    print(watched.worst())
    if drafts and not problems:
        plan, watched = run(plan_for(tools, drafts, "tenant", "Example"))
        print(f"  and the plan, {plan.requests:,} requests:\n  {watched.words}")


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    print(f"from a file, {rows:,} rows, {noise()}")
    _, idle = run(asyncio.sleep(1))
    print(f"nothing at all, for the noise of the machine:\n  {idle.words}")
    with tempfile.TemporaryDirectory(prefix="bench-from-file-") as made:
        folder = Path(made)
        measure("held already", folder, rows, 0, held=True)
        measure("new to the tenant", folder, rows, 0, held=False)
        measure("a tenth names nothing", folder, rows, 1, held=False)
    print(noise())


if __name__ == "__main__":
    main()
