"""The wizard before a tenant of so many accounts, in memory: what `tests.bench.picker` measures.

python -m tests.bench.picker_program ROWS TURNS.jsonl FOLDER
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from m365backup_tui.terminal.profile import prepare_environment
from tests.bench.loop_probe import ProbePolicy

PAGE = 999  # users a page, as Graph gives them (graph.md §12)
_FIRST = [
    "Adele",
    "Alex",
    "Diego",
    "Finance",
    "Isaiah",
    "Johanna",
    "Lidia",
    "Megan",
    "Miriam",
    "Nestor",
    "Patti",
    "Pradeep",
    "Żaneta",
]
_LAST = [
    "Vance",
    "Wilber",
    "Siciliani",
    "North",
    "Langer",
    "Lorenz",
    "Holloway",
    "Bowen",
    "Graham",
    "Wilke",
    "Müller",
    "Gupta",
]


def main() -> int:
    """Show it; the exit code."""
    rows, turns, folder = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    profile = prepare_environment(os.environ)
    from m365backup_tui.app import BackupApp
    from m365backup_tui.domain.products import Product
    from m365backup_tui.domain.units import Candidate
    from m365backup_tui.keeper import Keeper
    from m365backup_tui.ports import Tools
    from m365backup_tui.store import Store
    from m365backup_tui.wizard import Wizard
    from tests.screens import states_policies

    def person(number: int, luck: random.Random) -> Candidate:
        name = f"{luck.choice(_FIRST)} {luck.choice(_LAST)} {number:07}"
        return Candidate(
            Product.ONEDRIVE,
            f"{luck.getrandbits(32):08x}-0000-4000-8000-{number:012x}",
            name,
            f"{name.lower().replace(' ', '.')}@contoso.onmicrosoft.com",
            luck.randrange(200_000_000_000) if number % 9 else None,
            date(2026, 11, 19) - timedelta(days=number % 700) if number % 11 else None,
            kind="OneDrive",
            policy="Everyone" if number % 5 == 4 else "",
        )

    class Clock:
        def now(self) -> datetime:
            return datetime.now(UTC)

        async def sleep(self, seconds: float) -> None:
            await asyncio.sleep(seconds)

    class Directory:
        async def candidates(self, product: Product) -> AsyncIterator[tuple[Candidate, ...]]:
            luck = random.Random(4)
            for start in range(0, rows, PAGE):
                yield tuple(person(n, luck) for n in range(start, min(rows, start + PAGE)))

    async def show() -> int:
        store = Store(states_policies.policies())
        tools = cast("Tools", SimpleNamespace(clock=Clock(), directory=Directory()))
        wizard = Wizard(store, tools)
        keeper = Keeper(store, folder / "progress.json")
        app = BackupApp(wizard, profile)
        await app.run_async(mouse=profile.mouse)
        await keeper.flush()
        return app.return_code or 0

    with Path(turns).open("a", encoding="utf-8") as out:
        asyncio.set_event_loop_policy(ProbePolicy(out))
        return asyncio.run(show())


if __name__ == "__main__":
    sys.exit(main())
