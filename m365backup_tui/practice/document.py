"""The tenant as one JSON document: the same text for the same tenant, in pieces of any number."""

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

from m365backup_tui.practice.tables import Table


def as_text(db: sqlite3.Connection, value: Any) -> Iterator[str]:
    """Canonical JSON. Where an object has a Table for a value, its rows by key stand there."""
    if isinstance(value, Table):
        yield from _rows_as_text(db, value)
    elif isinstance(value, dict) and _holds_table(value):
        opening = "{"
        for part in sorted(value):
            yield f"{opening}{dump(part)}:"
            yield from as_text(db, value[part])
            opening = ","
        yield "}"
    else:
        yield dump(value)


def dump(value: Any) -> str:
    """JSON with sorted keys and no spare spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _holds_table(value: dict[str, Any]) -> bool:
    return any(
        isinstance(one, Table) or (isinstance(one, dict) and _holds_table(one))
        for one in value.values()
    )


def _rows_as_text(db: sqlite3.Connection, table: Table) -> Iterator[str]:
    opening = "{"
    for row in db.execute(f"SELECT * FROM {table.name} ORDER BY {table.key}"):  # noqa: S608
        yield f"{opening}{dump(str(row[table.key]))}:{dump(dict(row))}"
        opening = ","
    yield "}" if opening == "," else "{}"
