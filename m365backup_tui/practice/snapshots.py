"""Named copies of the whole tenant, kept beside it: `<state folder>/snapshots/<name>.db`.

They outlive a reset and a restart. What the request log holds is not part of them.
"""

import json
import re
import sqlite3
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from m365backup_tui.practice.clock import to_iso
from m365backup_tui.practice.company.identity import refuse_other_company
from m365backup_tui.practice.state import TenantState

FOLDER = "snapshots"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Snapshots:
    """The snapshots of one tenant. Names are 1 to 64 letters, digits, dots, dashes, underscores."""

    def __init__(self, state: TenantState) -> None:
        """A tenant in memory keeps them in a temporary folder until the process ends."""
        self._state = state
        self._scratch: tempfile.TemporaryDirectory[str] | None = None

    def take(self, name: str) -> dict[str, Any]:
        """Copy the tenant as it is now; one of the same name is replaced. Returns its entry.

        Raises ValueError for a name that is none, OSError when it cannot be written.
        """
        file = self._file(name)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        scratch = file.with_suffix(".new")
        scratch.unlink(missing_ok=True)
        self._state.copy_to(scratch)
        scratch.chmod(0o600)
        scratch.replace(file)  # so that a broken copy never has the name of a whole one
        return _entry(file)

    def listing(self) -> list[dict[str, Any]]:
        """name, bytes and taken (the machine's time) of each, by name."""
        return [_entry(file) for file in sorted(self._folder().glob("*.db"))]

    def restore(self, name: str) -> None:
        """Put the tenant back as it was. Raises LookupError for an unknown name, ValueError for a
        snapshot of another company or version."""
        file = self._known(name)
        refuse_other_company(f"Snapshot {name!r}", _meta(file), self._state.data["meta"])
        self._state.copy_from(file)

    def remove(self, name: str) -> None:
        """Delete it. Raises LookupError for an unknown name."""
        self._known(name).unlink()

    def _known(self, name: str) -> Path:
        file = self._file(name)
        if not file.exists():
            raise LookupError(f"There is no snapshot called {name!r}.")
        return file

    def _file(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(
                "A snapshot's name is 1 to 64 letters, digits, dots, dashes and underscores, "
                "and begins with a letter or digit."
            )
        return self._folder() / f"{name}.db"

    def _folder(self) -> Path:
        if self._state.folder is not None:
            return self._state.folder / FOLDER
        if self._scratch is None:
            self._scratch = tempfile.TemporaryDirectory(prefix="m365backup-snapshots-")
        return Path(self._scratch.name)


def _entry(file: Path) -> dict[str, Any]:
    facts = file.stat()
    taken = to_iso(datetime.fromtimestamp(facts.st_mtime, UTC))
    return {"name": file.stem, "bytes": facts.st_size, "taken": taken}


def _meta(file: Path) -> dict[str, Any]:
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
            body = db.execute("SELECT body FROM area WHERE name = 'meta'").fetchone()
    except sqlite3.Error as wrong:
        raise ValueError(f"{file} is no snapshot of a practice tenant: {wrong}") from wrong
    found: dict[str, Any] = json.loads(body[0]) if body else {}
    return found
