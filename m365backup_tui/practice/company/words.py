"""Words of a name as a directory search sees them.

Spaces, symbols, numbers and a capital after a small letter divide a text; parts divided by symbols
alone are also found written together ("Use the $search query parameter" of Microsoft Graph).
"""

from __future__ import annotations

import re
from functools import lru_cache

_CAPITAL = re.compile(r"(?<=[a-zß-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])")
_PART = re.compile(r"\d+|[^\W\d_]+")
_SYMBOL = re.compile(r"[\W_]+")


def words_of(text: str) -> set[str]:
    """The words of the text, in lower case."""
    found = asked_words(text)
    found.update(_SYMBOL.sub("", part).lower() for part in text.split() if _SYMBOL.search(part))
    found.discard("")
    return found


def kept_words(text: str) -> set[str]:
    """The words as the tables keep them: also each first letter with a star, because what begins
    with one letter is a sixth of the company and must not be gathered for one page."""
    return set().union(*map(_kept_part, text.split()))


@lru_cache(maxsize=100_000)  # few names make up a million
def _kept_part(part: str) -> frozenset[str]:
    found = words_of(part)
    return frozenset(found | {f"{word[0]}*" for word in found})


def asked_words(text: str) -> set[str]:
    """The words that somebody asks for: those of the text, not those written together."""
    return set(_PART.findall(_CAPITAL.sub(" ", text).lower()))
