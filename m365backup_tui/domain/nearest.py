"""What was probably meant: the nearest known name or address to one that names nothing."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_POOL = 3_000
"""Names compared in full: more would take longer than the guess is worth."""


def nearest(text: str, known: Iterable[str], most: int = 1, likeness: float = 0.75) -> list[str]:
    """The `most` nearest of `known`, the likest first, compared by the part that tells them apart: a mail address by
    what stands before the @, a web address by its last word. Of many, those that share the first or last letter."""
    wanted = _part(text)
    if not wanted:
        return []
    slack = max(3, len(wanted) // 4)
    pool: dict[str, list[str]] = {}
    for name in known:
        part = _part(name)
        if part and name != text and abs(len(part) - len(wanted)) <= slack:
            pool.setdefault(part, []).append(name)
    if len(pool) > _POOL:
        ends = (wanted[:1], wanted[-1:])
        pool = {p: n for p, n in pool.items() if p[:1] == ends[0] or p[-1:] == ends[1]}
    found = difflib.get_close_matches(wanted, list(pool)[:_POOL], most, likeness)
    names = [name for part in found for name in _like_whole(text, pool[part])]
    return names[:most]


def did_you_mean(text: str, known: Iterable[str]) -> str:
    """` Did you mean “x”?`, with a space before it; "" without a guess."""
    found = nearest(text, known)
    return f" Did you mean “{found[0]}”?" if found else ""


def _like_whole(text: str, names: list[str]) -> list[str]:
    """Those that share the part, the likest whole first: the same person in another domain comes later."""
    if len(names) == 1:
        return names
    return sorted(names, key=lambda n: -difflib.SequenceMatcher(None, text, n).ratio())


def _part(text: str) -> str:
    """Without case: what stands before the @, or after the last slash."""
    plain = text.strip().casefold().rstrip("/")
    return plain.partition("@")[0] if "@" in plain else plain.rpartition("/")[2]
