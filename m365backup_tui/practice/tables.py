"""Tables of the tenant's database: declared by the modules that use them, filled and emptied here."""

import sqlite3
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Table:
    """One table. `ddl` may hold its indexes and triggers too.

    In the exported document it is `area`.`name`, an object of rows by `key`. A `derived` table is
    kept by triggers and neither exported nor imported. Names are the program's own, never input.
    """

    area: str
    name: str
    key: str
    ddl: str
    derived: bool = False


def clear(db: sqlite3.Connection, table: Table) -> None:
    """Take every row away."""
    db.execute(f"DELETE FROM {table.name}")  # noqa: S608


def insert(db: sqlite3.Connection, table: Table, rows: dict[str, Any]) -> None:
    """Put exported rows back. Raises ValueError for a row that is not one of this table."""
    if table.derived:
        raise ValueError(f"{table.name} is kept by triggers.")
    columns = [str(row["name"]) for row in db.execute(f"PRAGMA table_info({table.name})")]
    marks = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {table.name} VALUES ({marks})"  # noqa: S608
    for key, row in rows.items():
        if not isinstance(row, dict) or set(row) != set(columns) or str(row[table.key]) != key:
            raise ValueError(f"{table.area}.{table.name} has a row {key!r} of another shape.")
        db.execute(statement, [row[column] for column in columns])
