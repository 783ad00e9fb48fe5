"""What was probably meant: the nearest known name or address to one that names nothing."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

_POOL = 3_000
"""Names compared in full: more would take longer than the guess is worth."""


class Known:
    """Names and addresses by the part that tells them apart: a mail address by what stands before the @, a web address
    by its last word. Made once for several questions."""

    def __init__(self, names: Iterable[str]) -> None:
        self._parts: dict[str, list[str]] = {}
        for name in names:
            if part := _part(name):
                self._parts.setdefault(part, []).append(name)

    def nearest(self, text: str, most: int = 1, likeness: float = 0.75) -> list[str]:
        """The `most` nearest, the likest first. Of many, those that share the first or the last letter."""
        wanted = _part(text)
        if not wanted:
            return []
        slack = max(3, len(wanted) // 4)
        pool = [part for part in self._parts if abs(len(part) - len(wanted)) <= slack]
        if len(pool) > _POOL:
            first, last = wanted[0], wanted[-1]
            pool = [part for part in pool if part[0] == first or part[-1] == last]
        found = difflib.get_close_matches(wanted, pool[:_POOL], most, likeness)
        names = [n for part in found for n in _like_whole(text, self._parts[part]) if n != text]
        return names[:most]


def nearest(text: str, known: Iterable[str], most: int = 1, likeness: float = 0.75) -> list[str]:
    """For one question; see `Known.nearest`."""
    return Known(known).nearest(text, most, likeness)


def nearest_word(word: str, known: Sequence[str], likeness: float = 0.66) -> str:
    """The word of a fixed list that is nearest, "" for none: case, hyphens, underscores and spaces do not count."""
    plain = {_folded(one): one for one in known}
    close = difflib.get_close_matches(_folded(word), list(plain), 1, likeness)
    return plain[close[0]] if close else ""


def did_you_mean(text: str, known: Iterable[str]) -> str:
    """` Did you mean “x”?`, with a space before it; "" without a guess."""
    found = nearest(text, known)
    return f" Did you mean “{found[0]}”?" if found else ""


def _folded(word: str) -> str:
    return word.casefold().replace("-", "").replace("_", "").replace(" ", "")


def _like_whole(text: str, names: list[str]) -> list[str]:
    """Those that share the part, the likest whole first: the same person in another domain comes later."""
    if len(names) == 1:
        return names
    return sorted(names, key=lambda n: -difflib.SequenceMatcher(None, text, n).ratio())


def _part(text: str) -> str:
    """Without case: what stands before the @, or after the last slash."""
    plain = text.strip().casefold().rstrip("/")
    return plain.partition("@")[0] if "@" in plain else plain.rpartition("/")[2]
