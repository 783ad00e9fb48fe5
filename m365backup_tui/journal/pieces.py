"""JSON text in pieces: the encoder lets no other thread run until it is done, and a plan of 100,000 units is long."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

_AT_ONCE = 500  # objects of a list; a millisecond


def pieces(value: object, *, ascii_only: bool) -> Iterator[str]:
    """Joined, what `json.dumps` makes of it without spaces. Lists and mappings with string keys only."""
    encode = json.JSONEncoder(ensure_ascii=ascii_only, separators=(",", ":")).encode
    yield from _pieces(value, encode)


def _pieces(value: object, encode: Any) -> Iterator[str]:
    if isinstance(value, Mapping) and _deep(value):
        before = "{"
        for key, item in value.items():
            yield f"{before}{encode(key)}:"
            yield from _pieces(item, encode)
            before = ","
        yield "}"
    elif isinstance(value, list) and (len(value) > _AT_ONCE or any(map(_deep, value))):
        before = "["
        for start in range(0, len(value), _AT_ONCE):
            some = value[start : start + _AT_ONCE]
            if any(map(_deep, some)):
                for item in some:
                    yield before
                    yield from _pieces(item, encode)
                    before = ","
            else:
                yield f"{before}{encode(some)[1:-1]}"
                before = ","
        yield "]"
    else:
        yield encode(value)


def _deep(value: object) -> bool:
    """Whether there may be a long list in it."""
    if isinstance(value, Mapping):
        return any(isinstance(v, list | Mapping) and v for v in value.values())
    return isinstance(value, list) and bool(value)
