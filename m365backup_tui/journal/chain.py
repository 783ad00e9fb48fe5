"""Whether a run's record still is what was written: every line carries the hash of the line before it and its own.

A line's own hash is the sha256 of the hash before it followed by the line's bytes without `"hash"`. Bytes and not
parsed values: a field that stands twice in a line means different things to different readers. Earlier versions wrote
no own hash: there `prev` is the sha256 of the whole line before. The oldest lines carry neither.
"""

from __future__ import annotations

import hashlib
import os
import re
from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any

from m365backup_tui.journal.pieces import parse, pieces

START = "0" * 64
_OWN = re.compile(rb',"hash":"([0-9a-f]{64})"\}\Z')
_OWN_LONG = 80  # bytes, and a few more


@dataclass(frozen=True, slots=True)
class Line:
    """One record. `at` is aware UTC; `facts` is what its kind holds."""

    n: int
    kind: str
    at: datetime
    facts: Mapping[str, Any]


class Verdict(StrEnum):
    WHOLE = "whole"
    UNCHAINED = "not chained"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Chain:
    """A record as found. `lines`: those that can be trusted on their own; `count`: all of them, without a torn one.

    `end`: the hash that the next line goes on from. `breaks`: a few words on every change, each naming a line.
    `unchained`: the lines (from 1) that no hash vouches for. `torn`: what a crash left of a last line, beginning at
    byte `good_bytes`. `hashes`: of every line. That whole lines are missing at the end cannot be seen from the record
    alone (`anchor`).
    """

    lines: tuple[Line, ...]
    count: int
    end: str
    good_bytes: int
    torn: bytes = b""
    breaks: tuple[str, ...] = ()
    unchained: tuple[int, ...] = ()
    hashes: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        if self.breaks:
            return Verdict.BROKEN
        return Verdict.UNCHAINED if self.unchained else Verdict.WHOLE


@dataclass(frozen=True, slots=True)
class _Found:
    """Line `place` (from 1) of the file. `line` is None when it cannot be trusted, and `fault` says why."""

    place: int
    line: Line | None
    link: str
    prev: str | None = None
    own: bool = False
    fault: str = ""


def seal(entry: Mapping[str, Any], before: str) -> tuple[bytes, str]:
    """The line to write for this record, without its end, and its hash."""
    body = _bytes({**entry, "prev": before})
    own = hashlib.sha256(before.encode() + body).hexdigest()
    return body[:-1] + b',"hash":"' + own.encode() + b'"}', own


def _bytes(entry: Mapping[str, Any]) -> bytes:
    try:
        return b"".join(part.encode() for part in pieces(entry, ascii_only=False))
    except UnicodeEncodeError:  # a name with half a surrogate pair: JSON can hold it, UTF-8 cannot
        return b"".join(part.encode() for part in pieces(entry, ascii_only=True))


def inspect(data: bytes) -> Chain:
    """Raises nothing, whatever the bytes are."""
    found: list[_Found] = []
    at, torn = 0, b""
    while at < len(data):
        end = data.find(b"\n", at)
        raw = data[at:] if end < 0 else data[at:end]
        line = _look(len(found) + 1, raw)
        if end < 0 and line.fault == _UNREADABLE:  # no part of a line is readable on its own
            torn = raw
            break
        found.append(line)
        at = len(data) if end < 0 else end + 1
    breaks = sorted({*_faults(found), *_missing(found), *_order(found)})
    unchained = [f.place for f in found if f.line and f.prev is None]
    if found and found[-1].line and found[-1].prev is not None and not found[-1].own:
        unchained.append(found[-1].place)
    return Chain(
        tuple(f.line for f in found if f.line),
        len(found),
        found[-1].link if found else START,
        at,
        torn,
        tuple(words for _, words in breaks),
        tuple(unchained),
        tuple(f.link for f in found),
    )


def last_line(path: Path) -> Line | None:
    """The last line, read from the end of the file; None unless it is whole and its own hash vouches for it.

    Raises OSError. What a long record ended with is known without reading all of it.
    """
    with open(path, "rb") as record:
        at = record.seek(0, os.SEEK_END)
        tail = b""
        while at > 0 and b"\n" not in tail[:-1]:
            step = min(at, max(_BLOCK, len(tail)))
            at -= step
            record.seek(at)
            tail = record.read(step) + tail
    if not tail.endswith(b"\n"):
        return None
    found = _look(1, tail[:-1].rpartition(b"\n")[2])
    return found.line if found.own else None


_BLOCK = 64 * 1024


_UNREADABLE, _CHANGED = "is unreadable", "was changed"


def _look(place: int, raw: bytes) -> _Found:
    link = hashlib.sha256(raw).hexdigest()
    try:
        data = parse(raw)
        n, kind, at = data.pop("n"), data.pop("kind"), datetime.fromisoformat(data.pop("at"))
        prev, named = data.pop("prev", None), data.pop("hash", None)
        if type(n) is not int or n < 0 or type(kind) is not str or type(prev) not in (str, _NONE):
            return _Found(place, None, link, fault=_UNREADABLE)
        own = _OWN.search(raw, max(0, len(raw) - _OWN_LONG))
        if own and prev is not None:
            link = own[1].decode()
            body = hashlib.sha256(prev.encode())
            body.update(memoryview(raw)[: own.start()])
            body.update(b"}")
            if body.hexdigest() != link:
                return _Found(place, None, link, fault=_CHANGED)
        elif named is not None:
            return _Found(place, None, link, fault=_CHANGED)
        return _Found(place, Line(n, kind, at, data), link, prev, own is not None)
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
        return _Found(place, None, link, fault=_UNREADABLE)


_NONE = type(None)
_Break = tuple[int, str]


def _faults(found: Sequence[_Found]) -> Iterator[_Break]:
    """Lines that are wrong in themselves, or that lost the hash which the lines before them have."""
    best = 0
    for f in found:
        if f.line is None:
            yield f.place, f"line {f.place} {f.fault}"
            continue
        kind = 2 if f.own else int(f.prev is not None)
        if kind < best:
            yield f.place, f"line {f.place} has no hash, although a line before it has"
        best = max(best, kind)


def _missing(found: Sequence[_Found]) -> Iterator[_Break]:
    """Numbers that no line has. A line that cannot be trusted may be one of them."""
    doubtful = [f.place for f in found if f.line is None]
    places = {
        f.line.n: f.place for f in reversed(found) if f.line
    }  # the first place of each number
    for a, b in pairwise([-1, *sorted(places)]):
        from_, to = places.get(a, 0), places[b]
        between = bisect(doubtful, max(from_, to)) - bisect(doubtful, min(from_, to))
        gone = b - a - 1 - between
        if gone > 0 and between:
            yield to, f"{_lines(gone)} between {a + 1} and {b + 1} removed"
        elif gone > 0:
            which = f"line {b} was" if gone == 1 else f"lines {a + 2} to {b} were"
            yield to, f"{which} removed"


def _lines(count: int) -> str:
    return f"{count} line was" if count == 1 else f"{count} lines were"


def _order(found: Sequence[_Found]) -> Iterator[_Break]:
    """Lines that stand elsewhere than where they were written, twice, or that do not name the line before them."""
    seen: set[int] = set()
    highest, n, link, sure = -1, -1, START, True
    for f in found:
        if f.line is None:
            n, link, sure = n + 1, f.link, False
            continue
        if f.line.n in seen:
            yield f.place, f"line {f.place} repeats line {f.line.n + 1}"
        elif f.line.n < highest:
            yield f.place, f"line {f.place} is out of order: it was written as line {f.line.n + 1}"
        elif f.line.n == n + 1 and sure and f.prev is not None and f.prev != link:
            after = f"from line {f.place - 1}" if f.place > 1 else "from the beginning"
            yield f.place, f"line {f.place} does not follow {after}: one was changed or replaced"
        seen.add(f.line.n)
        highest = max(highest, f.line.n)
        n, link, sure = f.line.n, f.link, True
