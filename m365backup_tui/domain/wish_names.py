"""A slip of the pen in a policy's name would make a new policy: the one that was probably meant."""

from __future__ import annotations

from collections.abc import Sequence

from m365backup_tui.domain.nearest import nearest
from m365backup_tui.domain.wished import TenantNow, Wished

_ALIKE = 0.85
"""“Finanse” beside “Finance” may be a slip. “Mailboxes 3” beside “Mailboxes 2” is none: numbers have to be alike."""


def near_name(wish: Wished, wished: Sequence[Wished], now: TenantNow) -> str:
    """A policy of the tenant that no line of the file names, and whose name is nearly that of `wish`; "" without."""
    named = {w.name.strip().casefold() for w in wished if w.product is wish.product}
    there = [p.name for p in now.policies if p.product is wish.product]
    digits = _digits(wish.name)
    pool = [n for n in there if n.strip().casefold() not in named and _digits(n) == digits]
    return next(iter(nearest(wish.name, pool, likeness=_ALIKE)), "")


def _digits(name: str) -> str:
    return "".join(c for c in name if c.isdigit())
