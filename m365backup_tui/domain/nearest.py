"""What was probably meant: the nearest known name or address to one that names nothing."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_POOL = 3_000
"""Names compared in full: more would take longer than the guess is worth."""


def nearest(text: str, known: Iterable[str], most: int = 1, likeness: float = 0.75) -> list[str]:
    """The `most` nearest of `known`, the likest first. Of many, those of about the same length that share the first
    or the last letter are compared."""
    wanted = text.casefold().rstrip("/")
    if not wanted:
        return []
    slack = max(3, len(wanted) // 4)
    pool: dict[str, str] = {}
    for name in known:
        folded = name.casefold().rstrip("/")
        if not folded or abs(len(folded) - len(wanted)) > slack:
            continue
        pool.setdefault(folded, name)
    if len(pool) > _POOL:
        start, tail = wanted[_difference(wanted)][:1], _local(wanted)[-1:]
        pool = {
            f: n
            for f, n in pool.items()
            if f[_difference(f)][:1] == start or _local(f)[-1:] == tail
        }
    found = difflib.get_close_matches(wanted, list(pool)[:_POOL], most, likeness)
    return [pool[one] for one in found if pool[one] != text]


def did_you_mean(text: str, known: Iterable[str]) -> str:
    """` Did you mean “x”?`, with a space before it; "" without a guess."""
    found = nearest(text, known)
    return f" Did you mean “{found[0]}”?" if found else ""


def _difference(text: str) -> slice:
    """The part by which addresses differ: after the last slash of a site, else from the start."""
    return slice(text.rfind("/") + 1, None)


def _local(text: str) -> str:
    return text.partition("@")[0]
