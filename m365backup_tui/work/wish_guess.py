"""What was probably meant by an address that names nothing: the nearest known one, else what the service finds."""

from __future__ import annotations

import re
from collections.abc import Sequence

from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.nearest import Known, nearest
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate
from m365backup_tui.ports import Tools
from m365backup_tui.side_by_side import side_by_side
from m365backup_tui.work.planning import apart

MOST = 20
"""Addresses that get a guess: whoever has more of them wrong has the wrong list."""
SEARCHED = 4
"""Of these, so many are searched for in the service: each takes a request or two."""
_LIKE = 0.7


async def guesses(
    tools: Tools, product: Product, missing: Sequence[str], known: Sequence[str]
) -> dict[str, str]:
    """Missing address -> `Did you mean “x”?`, for those that have a guess."""
    some = missing[:MOST]
    near = await apart(lambda: _near(some, known)) if some else {}
    found = {name: one[0] for name, one in near.items() if one}
    rest = [name for name in some if name not in found][:SEARCHED]

    async def search(name: str) -> list[str]:
        units = await alike(tools, product, name)
        return nearest(name, [u.address for u in units], likeness=_LIKE)

    for name, one in zip(rest, await side_by_side(rest, search), strict=True):
        found |= {name: one[0]} if one else {}
    return {name: f"Did you mean “{guess}”?" for name, guess in found.items()}


def _near(some: Sequence[str], known: Sequence[str]) -> dict[str, list[str]]:
    pool = Known(known)
    return {name: pool.nearest(name) for name in some}


async def alike(tools: Tools, product: Product, text: str) -> tuple[Candidate, ...]:
    """What the service finds for the longest words of a name or address, one word at a time: the other may be the
    one that is wrong. A search that fails gives nothing: it was for a guess only."""
    part = text.rstrip("/").rpartition("/")[2].partition("@")[0]
    words = sorted({w for w in re.split(r"[^\w']+|_", part) if len(w) > 2}, key=len)[-2:]
    found: dict[str, Candidate] = {}
    for word in reversed(words):
        try:
            found |= {c.key: c for c in await tools.directory.search(product, word)}
        except CloudError:
            break
    return tuple(found.values())
