"""Builds the company's tables into a database that is attached as `company` and empty."""

from __future__ import annotations

import random
import sqlite3
import sys
import time
from array import array
from collections.abc import Callable, Iterable, Iterator

from m365backup_tui.practice.company import tables
from m365backup_tui.practice.company.groups import groups
from m365backup_tui.practice.company.identity import Identity
from m365backup_tui.practice.company.model import Group, User
from m365backup_tui.practice.company.people import people, user_units
from m365backup_tui.practice.company.sites import Owner, sites
from m365backup_tui.practice.company.size import Size
from m365backup_tui.practice.company.words import kept_words
from m365backup_tui.practice.personas import personas_of

# Below so many people it takes less than a second and nobody needs to be told.
WORTH_TELLING = 20_000


def build(db: sqlite3.Connection, seed: int, size: Size, identity: Identity) -> None:
    """Make this company of this seed and size. The caller commits."""
    tell = _teller(size)
    rng = random.Random(seed)  # noqa: S311 - made-up people, not secrets
    db.executescript(tables.TABLES)
    tell("people")
    owners, units = _add_people(db, rng, size, identity)
    tell("groups")
    _add_groups(db, rng, identity)
    tell("sites")
    _add_sites(db, rng, size, owners, identity)
    tell("indexes")
    for statement in tables.OTHER_INDEXES.strip().split(";\n"):
        db.execute(statement)
    _add_words(db, "person", "display_name")
    _add_words(db, "grp", "display_name")
    # A site's path is found as it is divided by capitals and as one word.
    path = f"replace(substr(web_url, {len(identity.sharepoint_host) + 9}), '/', ' ')"
    _add_words(db, "site", f"name || ' ' || {path} || ' ' || lower({path})")
    _add_reach(db)
    _note(db, seed, size, units)
    db.execute("ANALYZE company")
    tell("")


def _teller(size: Size) -> Callable[[str], None]:
    started = time.monotonic()

    def tell(what: str) -> None:
        seconds = time.monotonic() - started
        done = f"{what} ..." if what else "ready"
        sys.stderr.write(f"Making the practice company, once: {done} ({seconds:.0f} s)\n")
        sys.stderr.flush()

    return tell if size.people >= WORTH_TELLING else lambda what: None


def _add_people(
    db: sqlite3.Connection, rng: random.Random, size: Size, identity: Identity
) -> tuple[array[int], int]:
    """The numbers of those who may own a site, and how many units all have."""
    owners, units = array("l"), 0

    def noted(made: Iterable[User]) -> Iterator[User]:
        nonlocal units
        for number, user in enumerate(made, 1):
            units += user_units(user)
            if user.user_type == "Member" and user.surname:
                owners.append(number)
            yield user

    others = size.people - len(personas_of(identity).everybody)
    made = people(rng, others, size.user_units, identity)
    tables.insert_numbered(db, "raw", tables.USER_COLUMNS, noted(made))
    names = ",".join(tables.USER_COLUMNS)
    db.execute(
        f"INSERT INTO company.person (number,{names}) "  # noqa: S608
        f"SELECT number,{names} FROM company.raw ORDER BY display_name, number"
    )
    db.execute("DROP TABLE company.raw")
    for statement in tables.PERSON_INDEXES.strip().split(";\n"):
        db.execute(statement)
    return owners, units


def _add_groups(db: sqlite3.Connection, rng: random.Random, identity: Identity) -> None:
    made: list[Group] = []
    for group, members in groups(db, rng, identity):
        made.append(group)
        db.executemany(
            "INSERT INTO company.member (group_id, position, member_id) VALUES (?, ?, ?)",
            ((group.id, position, key) for position, key in enumerate(members)),
        )
    made.sort(key=lambda group: (group.display_name.lower(), group.id))
    tables.insert_numbered(db, "grp", tables.GROUP_COLUMNS, made)
    db.execute(
        "INSERT INTO company.nested SELECT m.group_id, m.member_id FROM company.member m "
        "WHERE m.member_id IN (SELECT id FROM company.grp)"
    )


def _add_sites(
    db: sqlite3.Connection,
    rng: random.Random,
    size: Size,
    owners: array[int],
    identity: Identity,
) -> None:
    def owner() -> Owner:
        number = rng.choice(owners)
        found = db.execute(
            "SELECT display_name, upn FROM company.person WHERE number = ?", (number,)
        )
        name, upn = found.fetchone()
        return str(name), str(upn)

    made = sites(rng, size.sites, size.site_units, owner, identity)
    tables.insert_numbered(db, "site", tables.SITE_COLUMNS, made)


def _add_words(db: sqlite3.Connection, table: str, text: str) -> None:
    db.execute("CREATE TABLE company.raw (word TEXT, row INTEGER)")
    names = db.execute(f"SELECT row, {text} FROM company.{table}")  # noqa: S608
    db.executemany(
        "INSERT INTO company.raw VALUES (?, ?)",
        ((word, row) for row, name in names for word in kept_words(name)),
    )
    db.execute(
        f"INSERT INTO company.{table}_word "  # noqa: S608
        "SELECT DISTINCT word, row FROM company.raw ORDER BY word, row"
    )
    db.execute("DROP TABLE company.raw")


def _add_reach(db: sqlite3.Connection) -> None:
    """For each group that holds groups: those below it, itself too, and how many members in all.

    Following them takes long at every request, and never gives anything else.
    """
    for (group,) in db.execute("SELECT DISTINCT group_id FROM company.nested").fetchall():
        db.execute(
            "INSERT INTO company.below WITH RECURSIVE below (id) AS (VALUES (?) UNION "
            "SELECT n.member_id FROM company.nested n JOIN below b ON n.group_id = b.id) "
            "SELECT ?, id FROM below",
            (group, group),
        )
        db.execute(
            "INSERT INTO company.reach SELECT ?, count(DISTINCT m.member_id) "
            "FROM company.below b CROSS JOIN company.member m ON m.group_id = b.below_id "
            "WHERE b.group_id = ? AND m.member_id <> ?",
            (group, group, group),
        )


def _note(db: sqlite3.Connection, seed: int, size: Size, units: int) -> None:
    facts: dict[str, object] = {"format": tables.FORMAT, "seed": seed, "size": size.name}
    for name, count in (
        ("users", "SELECT count(*) FROM company.person"),
        ("groups", "SELECT count(*) FROM company.grp"),
        ("sites", "SELECT count(*) FROM company.site"),
        ("site_units", "SELECT count(*) FROM company.site WHERE protectable"),
    ):
        facts[name] = int(db.execute(count).fetchone()[0])
    facts["user_units"] = units
    db.executemany("INSERT INTO company.meta VALUES (?, ?)", facts.items())
