"""One run's record: append-only lines of JSON, chained by their hashes (`chain`), each fsync'd.

A last line that was cut off by a crash is set aside; a line that was changed breaks the chain and is an error.
"""

from __future__ import annotations

import json
import os
import tempfile
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from m365backup_tui.journal.chain import START, Chain, inspect, seal


class Damaged(ValueError):
    """The record cannot be trusted: a line in its middle is unreadable or was changed."""


def make_folder(path: Path) -> None:
    """The folder, for this person only (0700), with every missing one above it."""
    missing = [p for p in (path, *path.parents) if not p.exists()]
    for folder in reversed(missing):  # mkdir(parents=True) would leave the ones above open to all
        folder.mkdir(mode=0o700, exist_ok=True)


def try_folder(path: Path) -> None:
    """Raises OSError where nothing can be kept: found out before something has to be."""
    handle, name = tempfile.mkstemp(prefix=".try-", dir=path)
    try:
        os.write(handle, b"0")
        os.fsync(handle)
    finally:
        os.close(handle)
        os.unlink(name)


def read(path: Path) -> Chain:
    """Raises Damaged, OSError. Only the very last line may be incomplete."""
    found = inspect(path.read_bytes())
    if found.breaks:
        more = f", and {len(found.breaks) - 1} more" if len(found.breaks) > 1 else ""
        raise Damaged(f"{found.breaks[0]} in {path.name}{more}")
    return found


class Writer:
    """Appends to one record. Every `append` is fsync'd before it returns; OSError means: not recorded."""

    def __init__(self, path: Path, number: int, last_hash: str) -> None:
        """`number`: how many lines there are; `end`: the hash of the last one."""
        self.path = path
        self.number = number
        self.end = last_hash
        self._one = threading.Lock()  # the chain is one line after the other, from whatever thread

    @classmethod
    def create(cls, path: Path) -> Writer:
        """A new record (0600). Raises FileExistsError."""
        make_folder(path.parent)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        _sync_folder(path.parent)
        return cls(path, 0, START)

    @classmethod
    def reopen(
        cls, path: Path, against: Callable[[Chain], str] = lambda found: ""
    ) -> tuple[Writer, Chain]:
        """Goes on with a record. What a crash left of a last line is kept beside it as `<name>.torn`.

        `against`: a reason not to trust it that the record itself cannot show. Raises Damaged, OSError.
        """
        found = read(path)
        if reason := against(found):
            raise Damaged(reason)
        if found.torn:
            with open(path.with_suffix(".torn"), "ab", opener=_private) as aside:
                aside.write(found.torn.rstrip(b"\n") + b"\n")
            os.truncate(path, found.good_bytes)
        writer = cls(path, len(found.lines), found.end)
        data = path.read_bytes()
        if data and not data.endswith(b"\n"):  # all of the last line but its end arrived
            writer._append(b"\n")
        return writer, found

    def append(self, kind: str, at: datetime, facts: Mapping[str, Any]) -> None:
        with self._one:
            entry = {"n": self.number, "at": at.isoformat(), "kind": kind, **facts}
            raw, own = seal(entry, self.end)
            self._append(raw + b"\n")
            self.number += 1
            self.end = own

    def _append(self, data: bytes) -> None:
        before = self.path.stat().st_size
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        try:
            sent = 0
            while sent < len(data):
                sent += os.write(handle, data[sent:])
            os.fsync(handle)
        except OSError:
            os.ftruncate(handle, before)  # a full disk must not leave half a line in the middle
            raise
        finally:
            os.close(handle)


def append_line(path: Path, entry: Mapping[str, Any]) -> None:
    """One line of a plain log, private to this person, on disk when this returns."""
    make_folder(path.parent)
    with open(path, "ab", opener=_private) as log:
        log.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
        log.flush()
        os.fsync(log.fileno())


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
