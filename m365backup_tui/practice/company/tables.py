"""The company's tables in its own SQLite file, attached to the tenant's database as `company`.

People and groups lie in the order of their names: the row id is the place in a sorted list, so a
page by name needs no sorting. Text is compared without regard to the case of ASCII letters.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import fields
from operator import attrgetter
from typing import Any

from m365backup_tui.practice.company.model import Group, Site, User

# Raise it whenever a table or what is made changes: a company of another format is made again.
FORMAT = 4

_PERSON = """
    id TEXT NOT NULL, display_name TEXT NOT NULL COLLATE NOCASE, upn TEXT NOT NULL COLLATE NOCASE,
    mail TEXT COLLATE NOCASE, given_name TEXT COLLATE NOCASE, surname TEXT COLLATE NOCASE,
    account_enabled INTEGER NOT NULL, user_type TEXT NOT NULL COLLATE NOCASE,
    department TEXT COLLATE NOCASE, job_title TEXT COLLATE NOCASE, office TEXT COLLATE NOCASE,
    mailbox TEXT NOT NULL, hybrid INTEGER NOT NULL, mailbox_bytes INTEGER NOT NULL,
    mailbox_items INTEGER NOT NULL, archive_bytes INTEGER, drive_url TEXT, drive_site_id TEXT,
    drive_bytes INTEGER NOT NULL, drive_files INTEGER NOT NULL, last_activity TEXT,
    created TEXT NOT NULL, sku_id TEXT
"""
TABLES = f"""
CREATE TABLE company.meta (name TEXT PRIMARY KEY, value);
CREATE TABLE company.raw (number INTEGER PRIMARY KEY, {_PERSON});
CREATE TABLE company.person (row INTEGER PRIMARY KEY, number INTEGER NOT NULL, {_PERSON});
CREATE TABLE company.grp (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL, display_name TEXT NOT NULL COLLATE NOCASE,
    kind TEXT NOT NULL, mail TEXT COLLATE NOCASE, role_assignable INTEGER NOT NULL,
    description TEXT COLLATE NOCASE
);
CREATE TABLE company.member (
    group_id TEXT NOT NULL, position INTEGER NOT NULL, member_id TEXT NOT NULL,
    PRIMARY KEY (group_id, position)
) WITHOUT ROWID;
CREATE TABLE company.nested (
    group_id TEXT NOT NULL, member_id TEXT NOT NULL, PRIMARY KEY (group_id, member_id)
) WITHOUT ROWID;
CREATE TABLE company.below (
    group_id TEXT NOT NULL, below_id TEXT NOT NULL, PRIMARY KEY (group_id, below_id)
) WITHOUT ROWID;
CREATE TABLE company.reach (
    group_id TEXT PRIMARY KEY, members INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE company.site (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL COLLATE NOCASE,
    collection_id TEXT NOT NULL, web_id TEXT NOT NULL, name TEXT NOT NULL COLLATE NOCASE,
    web_url TEXT NOT NULL COLLATE NOCASE, template TEXT NOT NULL, protectable INTEGER NOT NULL,
    bytes INTEGER NOT NULL, files INTEGER NOT NULL, owner_name TEXT NOT NULL,
    owner_upn TEXT NOT NULL COLLATE NOCASE, created TEXT NOT NULL, last_activity TEXT
);
CREATE TABLE company.person_word (word TEXT, row INTEGER, PRIMARY KEY (word, row)) WITHOUT ROWID;
CREATE TABLE company.grp_word (word TEXT, row INTEGER, PRIMARY KEY (word, row)) WITHOUT ROWID;
CREATE TABLE company.site_word (word TEXT, row INTEGER, PRIMARY KEY (word, row)) WITHOUT ROWID;
"""
PERSON_INDEXES = """
CREATE UNIQUE INDEX company.person_id ON person (id);
CREATE UNIQUE INDEX company.person_upn ON person (upn);
CREATE INDEX company.person_mail ON person (mail);
CREATE INDEX company.person_name ON person (display_name);
CREATE INDEX company.person_given ON person (given_name);
CREATE INDEX company.person_surname ON person (surname);
CREATE INDEX company.person_department ON person (department);
CREATE INDEX company.person_job ON person (job_title);
CREATE INDEX company.person_office ON person (office);
CREATE INDEX company.person_type ON person (user_type);
CREATE INDEX company.person_enabled ON person (account_enabled);
CREATE INDEX company.person_created ON person (created);
CREATE INDEX company.person_sku ON person (sku_id);
CREATE UNIQUE INDEX company.person_number ON person (number);
"""
OTHER_INDEXES = """
CREATE UNIQUE INDEX company.grp_id ON grp (id);
CREATE INDEX company.grp_name ON grp (display_name);
CREATE INDEX company.grp_mail ON grp (mail);
CREATE UNIQUE INDEX company.member_of ON member (member_id, group_id);
CREATE INDEX company.nested_in ON nested (member_id);
CREATE UNIQUE INDEX company.site_id ON site (id);
CREATE UNIQUE INDEX company.site_collection ON site (collection_id);
CREATE UNIQUE INDEX company.site_url ON site (web_url);
"""


def columns(kind: type[User | Group | Site]) -> list[str]:
    """The columns that hold an object: the names of its fields."""
    return [field.name for field in fields(kind)]


USER_COLUMNS = columns(User)
GROUP_COLUMNS = columns(Group)
SITE_COLUMNS = columns(Site)


def as_rows(objects: Iterable[Any], names: list[str], start: int = 1) -> Iterator[list[Any]]:
    """Numbered rows for an INSERT, dates as ISO text."""
    read = attrgetter(*names)
    days = [place for place, name in enumerate(names, 1) if name in ("created", "last_activity")]
    for number, one in enumerate(objects, start):
        row = [number, *read(one)]
        for place in days:
            row[place] = row[place] and row[place].isoformat()
        yield row


def insert_numbered(
    db: sqlite3.Connection, table: str, names: list[str], objects: Iterable[Any]
) -> None:
    """Insert objects with a number, from 1, in the table's first column."""
    marks = ",".join("?" * (len(names) + 1))
    first = "number" if table == "raw" else "row"
    db.executemany(
        f"INSERT INTO company.{table} ({first},{','.join(names)}) VALUES ({marks})",  # noqa: S608
        as_rows(objects, names),
    )
