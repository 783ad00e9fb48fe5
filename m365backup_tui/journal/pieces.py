"""JSON text in pieces, written and read: json lets no other thread run until it is done, and a plan of 100,000 units
is long.
"""

from __future__ import annotations

import json
import re
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


_LONG = 500_000  # characters; shorter texts are read at once
_OWN_DEPTH = 5  # line, plan, writes, write, units: below are the objects that json reads one by one
_SPACE = re.compile(r"[ \t\n\r]*")
_scan = json.JSONDecoder().raw_decode


def parse(raw: bytes) -> Any:
    """What `json.loads` makes of it. Raises ValueError (RecursionError for nesting without end)."""
    if len(raw) < _LONG:
        return json.loads(raw)
    text = raw.decode("utf-8", "surrogatepass")
    try:
        value, at = _value(text, _skip(text, 0), 0)
    except (IndexError, StopIteration) as error:
        raise ValueError("the text ends too early") from error
    if at != len(text):
        raise ValueError("something follows the value")
    return value


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _value(text: str, at: int, depth: int) -> tuple[Any, int]:
    """The value that begins at `at`, and where what follows it begins."""
    if depth < _OWN_DEPTH and text[at] == "{":
        return _object(text, at, depth + 1)
    if depth < _OWN_DEPTH and text[at] == "[":
        return _array(text, at, depth + 1)
    value, at = _scan(text, at)
    return value, _skip(text, at)


def _object(text: str, at: int, depth: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    at = _skip(text, at + 1)
    if text[at] == "}":
        return found, _skip(text, at + 1)
    while True:
        if text[at] != '"':
            raise ValueError("a name was expected")
        key, at = _value(text, at, depth)
        if text[at] != ":":
            raise ValueError("a colon was expected")
        found[key], at = _value(text, _skip(text, at + 1), depth)
        if text[at] == "}":
            return found, _skip(text, at + 1)
        at = _after_comma(text, at)


def _array(text: str, at: int, depth: int) -> tuple[list[Any], int]:
    found: list[Any] = []
    at = _skip(text, at + 1)
    if text[at] == "]":
        return found, _skip(text, at + 1)
    while True:
        value, at = _value(text, at, depth)
        found.append(value)
        if text[at] == "]":
            return found, _skip(text, at + 1)
        at = _after_comma(text, at)


def _after_comma(text: str, at: int) -> int:
    if text[at] != ",":
        raise ValueError("a comma was expected")
    return _skip(text, at + 1)
