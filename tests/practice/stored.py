"""What the practice tenant has on disk, read past the server: also after it was killed."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from m365backup_tui.practice.state import STATE_FILE


def area_on_disk(folder: Path, name: str) -> dict[str, Any]:
    """A JSON area of the tenant kept in the folder; KeyError when there is none of this name."""
    with closing(sqlite3.connect(folder / STATE_FILE)) as db:
        areas = dict(db.execute("SELECT name, body FROM area"))
    found: dict[str, Any] = json.loads(areas[name])
    return found


def rows_on_disk(folder: Path, table: str) -> list[dict[str, Any]]:
    """Every row of a table of the tenant kept in the folder."""
    with closing(sqlite3.connect(folder / STATE_FILE)) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(f"SELECT * FROM {table}")]
