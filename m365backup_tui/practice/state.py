"""The whole changeable tenant in one SQLite database, saved durably before an answer leaves.

Small things are JSON areas (`data`), big ones tables (`db`). Static things (the company, the
personas) are made from a seed and not stored here.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from m365backup_tui.practice.document import as_text, dump
from m365backup_tui.practice.tables import Table, clear, insert

STATE_FILE = "practice-tenant.db"
COMPANIONS = ("-wal", "-shm", "-journal")
# Raise it whenever a table or the meaning of an area changes: there is no migration, a practice
# tenant is started over.
FORMAT = 2

# What the request being answered has changed. A context variable, because requests interleave at
# every await and each one logs its own changes.
_changes: ContextVar[list[str] | None] = ContextVar("practice_changes", default=None)


class UnreadableState(ValueError):
    """What is in the folder is no practice tenant of this version; the sentence says the way out."""


class TenantState:
    """`data` by area and `db` with its tables, plus saving.

    Everything in `data` is JSON: dicts, lists, text, numbers. Whoever changes either calls `touch`.
    `on_fresh` is called, inside the same save, whenever the tenant begins anew.
    """

    def __init__(
        self,
        folder: Path | None,
        fresh: Callable[[], dict[str, Any]],
        tables: Sequence[Table] = (),
    ) -> None:
        """`folder` None keeps the state in memory; `fresh` makes the areas of a new tenant.

        Raises UnreadableState, saying how to start over, for a file that cannot be used.
        """
        self._file = None if folder is None else folder / STATE_FILE
        self._fresh = fresh
        self._tables = tuple(tables)
        self._unsaved = False
        self._saved: dict[str, str] = {}
        self.on_fresh: Callable[[], None] = lambda: None
        self.data: dict[str, Any] = {}
        self.db = self._open()

    @property
    def folder(self) -> Path | None:
        """Where the tenant is kept; None in memory only."""
        return None if self._file is None else self._file.parent

    @property
    def is_new(self) -> bool:
        """Whether nothing of the tenant has been saved yet."""
        return not self._saved

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
        """Save when anything was touched, or settled by a mere reader, since the last save."""
        if self._unsaved or self.db.in_transaction:
            self.save()

    def save(self) -> None:
        """Commit. A power cut leaves either the old or the new tenant.

        Raises OSError when the disk refuses; then nothing of it has happened, in memory neither.
        """
        texts = {area: dump(value) for area, value in self.data.items()}
        changed = [item for item in texts.items() if self._saved.get(item[0]) != item[1]]
        try:
            self.db.executemany("INSERT OR REPLACE INTO area VALUES (?, ?)", changed)
            self.db.commit()
        except (sqlite3.Error, UnicodeEncodeError) as wrong:
            self.undo()
            raise OSError(f"the practice tenant's database says: {wrong}") from wrong
        self._saved = texts
        self._unsaved = False

    def undo(self) -> None:
        """Take back what was changed since the last save: whoever changed it did not get to an end."""
        self.db.rollback()
        self._load()
        changes = _changes.get()
        if changes is not None:
            changes.clear()

    def reset(self) -> None:
        """Start over as a tenant nobody has touched."""
        for table in self._tables:
            clear(self.db, table)
        self.data = self._fresh()
        self.on_fresh()
        self.touch("state reset")

    def replace(self, document: dict[str, Any]) -> None:
        """Put another tenant's exported document in place. Raises ValueError saying what is wrong."""
        areas = {
            area: dict(value) if isinstance(value, dict) else value
            for area, value in document.items()
        }
        rows: list[tuple[Table, dict[str, Any]]] = []
        for table in self._kept_tables():
            area = areas.get(table.area)
            found = area.pop(table.name, {}) if isinstance(area, dict) else {}
            if not isinstance(found, dict):
                raise ValueError(f"{table.area}.{table.name} of the state must be an object.")
            rows.append((table, found))
        self._check(areas)
        areas = json.loads(json.dumps(areas))  # nobody else keeps a hand on it
        try:
            for table in self._tables:
                clear(self.db, table)
            for table, found in rows:
                insert(self.db, table, found)
        except (sqlite3.Error, ValueError, OverflowError) as wrong:
            self.db.rollback()
            raise ValueError(f"The state document cannot be taken: {wrong}") from wrong
        self.data = areas
        self.touch("state replaced")

    def canonical(self) -> str:
        """The same text for the same tenant: JSON with sorted keys, no spare spaces."""
        return "".join(self.export())

    def export(self) -> Iterator[str]:
        """`canonical()` in pieces, all of one moment; needs little memory however big the tenant is."""
        self.save_if_changed()
        areas = json.loads(dump(self.data))
        with self._reading() as db:
            for table in self._kept_tables():
                areas.setdefault(table.area, {})[table.name] = table
            yield from as_text(db, areas)

    def copy_to(self, file: Path) -> None:
        """Copy the tenant's database as it is now into a new file. Raises OSError."""
        self.save_if_changed()
        try:
            with closing(sqlite3.connect(file)) as other:
                self.db.backup(other)
        except sqlite3.Error as wrong:
            raise OSError(f"the copy {file} cannot be written: {wrong}") from wrong

    def copy_from(self, file: Path) -> None:
        """Be the tenant that `copy_to` put into the file. Raises ValueError when it is none."""
        try:
            with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as other:
                if _format_of(other) != FORMAT:
                    raise ValueError(f"{file} was made by another version.")
                self.db.rollback()
                other.backup(self.db)
        except sqlite3.Error as wrong:
            raise ValueError(f"{file} is no copy of a practice tenant: {wrong}") from wrong
        self._load()
        self.touch("state replaced by a snapshot")

    def close(self) -> None:
        """Let go of the database; what was touched must be saved before."""
        self.db.close()

    def _open(self) -> sqlite3.Connection:
        try:
            return self._connect()
        except (sqlite3.Error, ValueError) as wrong:
            raise UnreadableState(
                f"The practice tenant's state {self._file} cannot be read: {wrong} "
                "`m365backup-tui practice reset` starts over with a fresh one."
            ) from wrong

    def _connect(self) -> sqlite3.Connection:
        if self._file is not None:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _make_private(self._file)
        # The server's loop may run in another thread than the one that opened the tenant.
        # uri: the company is attached by a read-only address (company/opening.py).
        db = sqlite3.connect(self._file or ":memory:", timeout=0, check_same_thread=False, uri=True)
        db.row_factory = sqlite3.Row
        db.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;"
            # A million rows in one save would otherwise leave a log as big as the tenant.
            "PRAGMA cache_size = -32768; PRAGMA journal_size_limit = 67108864;"
        )
        known = _format_of(db)
        if known not in (0, FORMAT):
            raise ValueError("It was made by another version.")
        if known == 0:
            script = "".join(f"{table.ddl.strip().rstrip(';')};\n" for table in self._tables)
            db.executescript(
                f"BEGIN; CREATE TABLE area (name TEXT PRIMARY KEY, body TEXT NOT NULL);\n{script}"
                f"PRAGMA user_version = {FORMAT}; COMMIT;"
            )
        self.db = db
        self._load()
        return db

    def _load(self) -> None:
        self._saved = {str(name): str(body) for name, body in self.db.execute("SELECT * FROM area")}
        self.data = {area: json.loads(body) for area, body in self._saved.items()} or self._fresh()
        self._check(self.data)
        self._unsaved = False

    def _kept_tables(self) -> list[Table]:
        return [table for table in self._tables if not table.derived]

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one moment, whatever is written meanwhile."""
        if self._file is None:
            yield self.db
            return
        with closing(sqlite3.connect(self._file)) as db:
            db.row_factory = sqlite3.Row
            db.execute("BEGIN")
            db.execute("SELECT 1 FROM area").fetchone()  # only a read fixes the moment
            yield db

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


def remove_state(folder: Path) -> bool:
    """Delete the tenant kept in the folder. False when there was none."""
    file = folder / STATE_FILE
    if not file.exists():
        return False
    file.unlink()
    for ending in COMPANIONS:
        file.with_name(file.name + ending).unlink(missing_ok=True)
    return True


def _make_private(file: Path) -> None:
    # SQLite gives its companions the rights of the database itself.
    handle = os.open(file, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    os.close(handle)


def _format_of(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _alike(fresh: Any, given: Any) -> bool:
    if isinstance(fresh, float):
        return isinstance(given, int | float)
    return fresh is None or isinstance(given, type(fresh))
