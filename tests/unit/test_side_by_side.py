"""Several reads at once: not too many, in order, and all over with the first error."""

from __future__ import annotations

import asyncio

import pytest

from m365backup_tui.domain.errors import Rejected
from m365backup_tui.side_by_side import AT_ONCE, side_by_side


async def test_several_reads_run_at_once_but_not_too_many_and_keep_their_order() -> None:
    running = most = 0

    async def work(n: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return n * n

    assert await side_by_side(range(12), work) == [n * n for n in range(12)]
    assert most == AT_ONCE


async def test_the_first_error_of_reads_side_by_side_ends_the_others() -> None:
    ended: list[int] = []

    async def work(n: int) -> int:
        if n == 1:
            raise Rejected("No.")
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(n)
        return n

    with pytest.raises(Rejected):
        await side_by_side(range(3), work)
    await asyncio.sleep(0)
    assert sorted(ended) == [0, 2]
