"""Large drafts on disk: beside the progress file a log of what was added and taken away, so that one tick among 100,000
units writes one line and not twenty megabytes.

A log is named in the progress file together with how many of its lines count: lines behind them belong to a save that
did not come to its end.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from operator import attrgetter, is_
from pathlib import Path
from typing import Any

from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.units import Candidate
from m365backup_tui.journal.codec import Foreign, from_data, to_data

LARGE = 1_000
"""Units from which a draft gets a log of its own."""
_BLOCK = 200  # units a line
_BREATH = 0.001  # seconds between two lines: this thread must not keep the event loop from the interpreter
_NAMES = tuple(f.name for f in fields(Candidate) if f.name != "product")
_values = attrgetter(*_NAMES)


@dataclass(frozen=True, slots=True)
class LogRef:
    """Which log holds the units of which draft (by its place among them), and how many lines count."""

    draft: int
    file: str
    lines: int


@dataclass(slots=True)
class _Open:
    """What this process has written to a log."""

    file: str
    lines: int
    units: tuple[Candidate, ...]


@dataclass(slots=True)
class UnitLogs:
    """The logs beside `path`. One object a process: it remembers what it wrote."""

    path: Path
    _open: dict[str, _Open] = field(default_factory=dict)
    _number: int = 0

    def keep(self, drafts: Sequence[Draft]) -> tuple[LogRef, ...]:
        """Writes what is new of every large draft, durably. Raises OSError."""
        refs: list[LogRef] = []
        for place, draft in enumerate(drafts):
            if len(draft.add) >= LARGE:
                log = self._log(draft)
                refs.append(LogRef(place, log.file, log.lines))
        kept = {ref.file for ref in refs}
        self._open = {key: log for key, log in self._open.items() if log.file in kept}
        return tuple(refs)

    def forget(self) -> None:
        """What was written belongs to somebody else from now on: the next large draft gets a log of its own."""
        self._open = {}

    def sweep(self, refs: Sequence[LogRef]) -> None:
        """Deletes the logs that the progress file does not name any more."""
        kept = {ref.file for ref in refs}
        for old in self.path.parent.glob(f"{self.path.name}.*.units"):
            if old.name not in kept:
                old.unlink(missing_ok=True)

    def _log(self, draft: Draft) -> _Open:
        log = self._open.get(draft.key)
        if log is not None and log.units is draft.add:
            return log
        lines = None if log is None else list(_changes(log.units, draft.add))
        # More lines of changes than of units: a new log is the shorter one.
        if log is None or not lines or log.lines + len(lines) > 50 + 2 * len(draft.add) // _BLOCK:
            self._number += 1
            name = f"{self.path.name}.{os.getpid()}-{self._number}.units"
            log = self._open[draft.key] = _Open(name, 0, ())
            lines = list(_blocks(draft.add, 0))
        self._append(log, lines)
        log.units = draft.add
        return log

    def _append(self, log: _Open, lines: Sequence[_Line]) -> None:
        flags = os.O_CREAT | os.O_WRONLY | os.O_APPEND
        handle = os.open(self.path.with_name(log.file), flags, 0o600)
        with os.fdopen(handle, "a", encoding="utf-8") as file:
            for line in lines:
                file.write(json.dumps(line.data(), ensure_ascii=False) + "\n")
                file.flush()  # a line that fails is a line that does not count
                log.lines += 1
                time.sleep(_BREATH)
            os.fsync(handle)


@dataclass(frozen=True, slots=True)
class _Line:
    """Units to be added at the end, or places to be taken out."""

    add: Sequence[Candidate] = ()
    gone: Sequence[int] = ()

    def data(self) -> Any:
        if self.gone:
            return {"gone": self.gone}
        return {"fields": _NAMES, "add": [to_data(_values(unit)) for unit in self.add]}


def _blocks(units: Sequence[Candidate], start: int) -> Iterator[_Line]:
    for at in range(start, len(units), _BLOCK):
        yield _Line(add=units[at : at + _BLOCK])


def _changes(old: Sequence[Candidate], new: Sequence[Candidate]) -> Iterator[_Line]:
    """The lines that turn `old` into `new`; none when that takes more than taking out and adding at the end."""
    kept = set(map(id, new))
    gone = [place for place, unit in enumerate(old) if id(unit) not in kept]
    rest = [unit for unit in old if id(unit) in kept] if gone else old
    if len(rest) <= len(new) and all(map(is_, rest, new)):
        if gone:
            yield _Line(gone=gone)
        yield from _blocks(new, len(rest))


def read_log(folder: Path, ref: LogRef, draft: Draft) -> tuple[Candidate, ...]:
    """The units of a draft. Raises OSError, and ValueError when the log is not whole."""
    units: list[Candidate] = []
    with (folder / Path(ref.file).name).open(encoding="utf-8") as file:
        for _ in range(ref.lines):
            line = json.loads(file.readline())
            if not isinstance(line, dict):
                raise Foreign("a line of a unit log")
            if gone := line.get("gone"):
                out = set(gone)
                units = [unit for place, unit in enumerate(units) if place not in out]
                continue
            names = line.get("fields", ())
            for values in line.get("add", ()):
                data = dict(zip(names, values, strict=True), product=draft.product.value)
                units.append(from_data(Candidate, data))
    return tuple(units)
