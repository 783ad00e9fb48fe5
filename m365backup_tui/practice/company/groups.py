"""Makes the groups of the practice company from its people, who are in the database already."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterable, Iterator

from m365backup_tui.practice.company import names as words
from m365backup_tui.practice.company.identity import Identity
from m365backup_tui.practice.company.model import Group, GroupKind
from m365backup_tui.practice.company.people import plain
from m365backup_tui.practice.personas import personas_of

# A department of more people than this is divided into teams of TEAM.
WHOLE_DEPARTMENT, TEAM = 800, 50

Made = tuple[Group, list[str]]


def groups(db: sqlite3.Connection, rng: random.Random, identity: Identity) -> Iterator[Made]:
    """Every group with the ids of its direct members, users and groups, in order."""
    people, shared = personas_of(identity), _ids(db, "mailbox = 'shared'", ())
    departments = []
    for department in words.DEPARTMENTS:
        own = _staff(db, "department", department)
        leads = [key for key in own if rng.random() < 0.1]
        lead_group = _group(identity, f"SG {department} leads", GroupKind.SECURITY, leads)
        teams = _teams(identity, department, own)
        # Nested on purpose: dynamic rules do not follow nested groups (graph.md §7).
        nested = [lead_group[0].id, *(team.id for team, _ in teams)]
        whole = _group(identity, f"SG {department}", GroupKind.SECURITY, [*own, *nested])
        departments.append(whole[0].id)
        yield lead_group
        yield from teams
        yield whole
        mailed = [*own, *rng.sample(shared, 2)]
        yield _group(identity, f"DL {department}", GroupKind.DISTRIBUTION, mailed)
        yield _group(identity, department, GroupKind.UNIFIED, own)
    for office in words.OFFICES:
        own = _staff(db, "office", office)
        yield _group(identity, f"DL Everyone in {office}", GroupKind.DISTRIBUTION, own)
    yield _group(identity, "SG All staff", GroupKind.SECURITY, departments)
    yield _group(identity, "SG Shared mailboxes", GroupKind.SECURITY, shared)
    yield _group(identity, "SG Empty", GroupKind.SECURITY, [])
    yield _group(identity, "SG Administrators", GroupKind.SECURITY, [one.oid for one in people])
    yield from _persona_groups(identity)


def _persona_groups(identity: Identity) -> Iterator[Made]:
    known = personas_of(identity)
    for group in known.groups:
        made = Group(
            id=group.id,
            display_name=group.display_name,
            kind=GroupKind.SECURITY,
            role_assignable=group.role_assignable,
        )
        yield made, [one.oid for one in known if one.key in group.member_keys]


def _teams(identity: Identity, department: str, own: list[str]) -> list[Made]:
    if len(own) <= WHOLE_DEPARTMENT:
        return []
    return [
        _group(identity, f"SG {department} team {start // TEAM + 1}", GroupKind.SECURITY, part)
        for start in range(0, len(own), TEAM)
        if (part := own[start : start + TEAM])
    ]


def _group(identity: Identity, name: str, kind: GroupKind, members: Iterable[str]) -> Made:
    mailed = kind is not GroupKind.SECURITY
    made = Group(
        id=identity.guid("group", kind, name),
        display_name=name,
        kind=kind,
        mail=f"{plain(name)}@{identity.mail_domain}" if mailed else None,
    )
    return made, list(dict.fromkeys(members))


def _staff(db: sqlite3.Connection, column: str, value: str) -> list[str]:
    return _ids(db, f"{column} = ? AND user_type = 'Member' AND surname IS NOT NULL", (value,))


def _ids(db: sqlite3.Connection, condition: str, values: tuple[str, ...]) -> list[str]:
    found = db.execute(
        f"SELECT id FROM company.person WHERE {condition} ORDER BY number",  # noqa: S608
        values,
    )
    return [str(row[0]) for row in found]
