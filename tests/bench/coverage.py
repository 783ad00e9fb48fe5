"""Time to count the coverage of a large product, and how long the loop is held meanwhile.

    python -m tests.bench.coverage [--rows 100000] [--runs 5]

Counted by the use case, on its thread, while the loop looks at the clock every millisecond. Half of the rows are held,
a tenth of them is wanted elsewhere too.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
import tracemalloc
from typing import Any, cast

from m365backup_tui.domain.catalog import ROWS, Catalog
from m365backup_tui.domain.coverage import Claim, Kind
from m365backup_tui.domain.holdings import Holding
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate, UnitStatus
from m365backup_tui.work.coverage import count

MAIL = Product.EXCHANGE


def tenant(rows: int) -> tuple[Catalog, dict[str, Holding], tuple[Claim, ...]]:
    """So many mailboxes, who holds them, and a change that wants a tenth of what is held."""
    catalog = Catalog()
    for start in range(0, rows, ROWS):
        page = [
            Candidate(MAIL, f"{n:032x}", f"Person {n}", f"person{n}@contoso.com", n * 1_000)
            for n in range(start, min(start + ROWS, rows))
        ]
        catalog = catalog.plus(page)
    keys = [f"{n:032x}" for n in range(0, rows, 2)]
    held = {
        key: Holding(MAIL, key, f"policy-{n % 10}", f"unit-{key}", status=UnitStatus.PROTECTED)
        for n, key in enumerate(keys)
    }
    return catalog.whole(), held, (Claim("other", "your change", frozenset(keys[::10])),)


async def measure(rows: int, runs: int) -> None:
    """Measures and prints."""
    catalog, held, claims = tenant(rows)
    names = {f"policy-{n}": f"Policy {n}" for n in range(10)}
    took: list[float] = []
    holds: list[float] = []
    done = False

    async def look() -> None:
        last = time.perf_counter()
        while not done:
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            holds.append(now - last - 0.001)
            last = now

    looking = asyncio.create_task(look())
    work = []
    for _ in range(runs):
        began, began_work = time.perf_counter(), time.process_time()
        found = await count(cast(Any, None), MAIL, catalog, held, claims, names, [])
        took.append(time.perf_counter() - began)
        work.append(time.process_time() - began_work)
        assert found.amount(Kind.PROTECTED).units == len(held)
    done = True
    await looking
    tracemalloc.start()
    kept = await count(cast(Any, None), MAIL, catalog, held, claims, names, [])
    bytes_a_row = tracemalloc.get_traced_memory()[0] / rows
    assert kept.complete
    holds.sort()
    print(
        f"{rows:,} rows: min {min(took):.2f} s, median {statistics.median(took):.2f} s, "
        f"least processor time {min(work):.2f} s"
    )
    print(
        f"the loop was held: p50 {holds[len(holds) // 2] * 1000:.1f} ms, "
        f"p95 {holds[int(len(holds) * 0.95)] * 1000:.1f} ms, longest {holds[-1] * 1000:.1f} ms"
    )
    print(f"kept: {bytes_a_row:.0f} bytes a row")


def main() -> None:
    """Reads what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    asyncio.run(measure(asked.rows, asked.runs))


if __name__ == "__main__":
    main()
