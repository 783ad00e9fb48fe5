"""The whole changeable tenant as one JSON document, saved durably before an answer leaves.

Static things (the company's people and sites, the personas) are made from a seed and not stored.
"""

import copy
import json
import os
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any

STATE_FILE = "practice-tenant.json"
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)

# What the request being answered has changed. A context variable, because requests interleave at
# every await and each one logs its own changes.
_changes: ContextVar[list[str] | None] = ContextVar("practice_changes", default=None)


class TenantState:
    """`data` by area, plus saving. Everything in `data` is JSON: dicts, lists, text, numbers."""

    def __init__(self, folder: Path | None, fresh: Callable[[], dict[str, Any]]) -> None:
        """`folder` None keeps the state in memory; `fresh` makes a tenant nobody has touched."""
        self._folder = folder
        self._fresh = fresh
        self._unsaved = False
        self.data: dict[str, Any] = self._load() or fresh()

    def touch(self, what: str) -> None:
        """Say in a few words what was just changed; the middleware saves and logs it."""
        self._unsaved = True
        changes = _changes.get()
        if changes is not None:
            changes.append(what)

    def begin_request(self) -> list[str]:
        """Start collecting the changes of one request; returns the list that will fill."""
        changes: list[str] = []
        _changes.set(changes)
        return changes

    def save_if_changed(self) -> None:
        """Save when anything was touched since the last save."""
        if self._unsaved:
            self.save()

    def save(self) -> None:
        """Write the state so that a power cut leaves either the old or the new document."""
        if self._folder is not None:
            self._write(self._folder)
        self._unsaved = False  # only now: after a full disk the next request tries again

    def _write(self, into: Path) -> None:
        into.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = into / STATE_FILE
        scratch = target.with_suffix(".new")
        handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _NO_LINK, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump(self.data, out, separators=(",", ":"))
            out.flush()
            os.fsync(out.fileno())
        scratch.replace(target)
        if os.name != "posix":
            return  # a folder cannot be opened for syncing there
        folder = os.open(into, os.O_RDONLY)
        try:
            os.fsync(folder)  # the rename itself must survive, not only the bytes
        finally:
            os.close(folder)

    def reset(self) -> None:
        """Start over as a tenant nobody has touched."""
        self.data = self._fresh()
        self.touch("state reset")

    def replace(self, data: dict[str, Any]) -> None:
        """Put another tenant's document in place. Raises ValueError when areas are missing."""
        self._check(data)
        self.data = copy.deepcopy(data)
        self.touch("state replaced")

    def canonical(self) -> str:
        """The same text for the same tenant: sorted keys, no spare spaces."""
        return json.dumps(self.data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def _load(self) -> dict[str, Any] | None:
        if self._folder is None:
            return None
        file = self._folder / STATE_FILE
        try:
            data = json.loads(file.read_text(encoding="utf-8"))
            if not isinstance(data, dict):
                raise ValueError("It is not a JSON object.")
            self._check(data)
        except FileNotFoundError:
            return None
        except ValueError as wrong:  # of JSON and of UTF-8 too
            raise ValueError(
                f"The practice tenant's state {file} cannot be read: {wrong} "
                "`m365backup-tui practice reset` starts over with a fresh one."
            ) from wrong
        return data

    def _check(self, data: dict[str, Any]) -> None:
        # Every area must have what a fresh one has, so that no handler finds a part missing.
        lacks: list[str] = []
        for area, fresh in self._fresh().items():
            given = data.get(area)
            if not isinstance(given, dict):
                lacks.append(area)
                continue
            lacks += [
                f"{area}.{part}" for part in fresh if not _alike(fresh[part], given.get(part))
            ]
        if lacks:
            raise ValueError(f"The state document lacks {', '.join(lacks)}.")


def _alike(fresh: Any, given: Any) -> bool:
    if isinstance(fresh, float):
        return isinstance(given, int | float)
    return fresh is None or isinstance(given, type(fresh))
