"""Look-ups in the practice company, attached to the tenant's database as `company`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from m365backup_tui.practice.company import tables
from m365backup_tui.practice.company.identity import Identity
from m365backup_tui.practice.company.model import (
    TODAY,
    Group,
    GroupKind,
    MailboxKind,
    Site,
    User,
)
from m365backup_tui.practice.personas import personas_of

# How many rows an iterator holds at a time.
CHUNK = 1000
FEW = 5000
_USER = f"SELECT {','.join(tables.USER_COLUMNS)} FROM company.person"  # noqa: S608
_GROUP = f"SELECT {','.join(tables.GROUP_COLUMNS)} FROM company.grp"  # noqa: S608
_SITE = f"SELECT {','.join(tables.SITE_COLUMNS)} FROM company.site"  # noqa: S608


class Company:
    """Look-ups over the attached tables: None when unknown, case never counts."""

    today = TODAY

    def __init__(self, db: sqlite3.Connection, identity: Identity) -> None:
        """`db` has the company attached, made for this identity."""
        self.db = db
        self.identity = identity
        self.personas = personas_of(identity)
        self.tenant_id = identity.tenant_id
        self.display_name = identity.display_name
        self.domain = identity.domain
        self.mail_domain = identity.mail_domain
        self.sharepoint_host = identity.sharepoint_host
        self._counts: dict[tuple[Any, ...], int] = {}
        self._few: dict[tuple[Any, ...], str | None] = {}

    def count(self, statement: str, values: tuple[Any, ...] = ()) -> int:
        """The number a statement gives. The company never changes, so it is asked once."""
        key = (statement, *values)
        if key not in self._counts:
            if len(self._counts) > 1000:
                self._counts.clear()
            self._counts[key] = int(self.db.execute(statement, values).fetchone()[0])
        return self._counts[key]

    def few(self, statement: str, values: tuple[Any, ...] = ()) -> str | None:
        """The numbers that a statement gives as a JSON list, None when they are more than FEW.

        For conditions that no index answers: they are looked for once.
        """
        key = (statement, *values)
        if key not in self._few:
            if len(self._few) > 100:
                self._few.clear()
            rows = self.db.execute(f"{statement} LIMIT {FEW + 1}", values).fetchall()
            self._few[key] = None if len(rows) > FEW else json.dumps([row[0] for row in rows])
        return self._few[key]

    def fact(self, name: str) -> int:
        """A count noted when the company was made: users, groups, sites, user_units, site_units."""
        return self.count("SELECT value FROM company.meta WHERE name = ?", (name,))

    def users(self) -> Iterator[User]:
        """Every user object, by name."""
        return (user_of(row) for row in self._all(_USER))

    def groups(self) -> Iterator[Group]:
        """Every group, by name."""
        return (group_of(row) for row in self._all(_GROUP))

    def sites(self) -> Iterator[Site]:
        """Every site collection, the home site first."""
        return (site_of(row) for row in self._all(_SITE))

    def home_site(self) -> Site:
        """The tenant's root site."""
        return site_of(self.db.execute(f"{_SITE} WHERE row = 1").fetchone())

    def user(self, object_id: str) -> User | None:
        """The user with this object id."""
        row = self._one(f"{_USER} WHERE id = ?", object_id.lower())
        return user_of(row) if row else None

    def user_by_address(self, address: str) -> User | None:
        """The user with this userPrincipalName or mail."""
        row = self._one(f"{_USER} WHERE upn = ?", address)
        row = row or self._one(f"{_USER} WHERE mail = ?", address)
        return user_of(row) if row else None

    def find_user(self, key: str) -> User | None:
        """The user with this object id, userPrincipalName or mail address."""
        return self.user(key) or self.user_by_address(key)

    def objects(self, object_ids: Iterable[str]) -> tuple[list[User], list[Group]]:
        """The users and groups with these ids, in no order: two statements for a whole page."""
        wanted = json.dumps([key.lower() for key in object_ids])
        chosen = "WHERE id IN (SELECT value FROM json_each(?))"
        users = self.db.execute(f"{_USER} {chosen}", (wanted,)).fetchall()
        groups = self.db.execute(f"{_GROUP} {chosen}", (wanted,)).fetchall()
        return [user_of(row) for row in users], [group_of(row) for row in groups]

    def group(self, group_id: str) -> Group | None:
        """The group with this object id."""
        row = self._one(f"{_GROUP} WHERE id = ?", group_id.lower())
        return group_of(row) if row else None

    def site(self, key: str) -> Site | None:
        """The site with this composite id or collection id."""
        column = "id" if "," in key else "collection_id"
        row = self._one(f"{_SITE} WHERE {column} = ?", key.lower())
        return site_of(row) if row else None

    def site_by_url(self, url: str) -> Site | None:
        """The site with this URL; a slash at the end does not count."""
        row = self._one(f"{_SITE} WHERE web_url = ?", url.rstrip("/"))
        return site_of(row) if row else None

    def members(self, group_id: str) -> tuple[str, ...]:
        """Ids of the direct members, users and groups, in order; none for an unknown group."""
        found = self.db.execute(
            "SELECT member_id FROM company.member WHERE group_id = ? ORDER BY position",
            (group_id.lower(),),
        )
        return tuple(str(row[0]) for row in found)

    def groups_below(self, group_id: str) -> list[str]:
        """The group itself and every group in it, directly or not, even when they form a ring."""
        found = self.db.execute(
            "SELECT below_id FROM company.below WHERE group_id = ?", (group_id.lower(),)
        )
        return [str(row[0]) for row in found.fetchall()] or [group_id.lower()]

    def groups_above(self, object_id: str) -> list[str]:
        """Every group that holds the user or group, directly or through others."""
        direct = self.db.execute(
            "SELECT group_id FROM company.member WHERE member_id = ?", (object_id.lower(),)
        )
        seen: set[str] = set()
        waiting = [str(row[0]) for row in direct.fetchall()]
        while waiting:
            key = waiting.pop()
            if key not in seen:
                seen.add(key)
                above = self.db.execute(
                    "SELECT group_id FROM company.nested WHERE member_id = ?", (key,)
                )
                waiting += [str(row[0]) for row in above.fetchall()]
        return sorted(seen - {object_id.lower()})

    def transitive_members(self, group_id: str) -> frozenset[str]:
        """Every user and group id below the group, itself left out. Big for a big company: a
        statement with `groups_below` is better there."""
        found: set[str] = set()
        for key in self.groups_below(group_id):
            found.update(self.members(key))
        return frozenset(found - {group_id.lower()})

    def _one(self, statement: str, value: str) -> Any:
        try:
            return self.db.execute(statement, (value,)).fetchone()
        except UnicodeEncodeError:  # half a surrogate pair in a URL names nothing
            return None

    def _all(self, statement: str) -> Iterator[Any]:
        # In chunks: a cursor left open would keep a reset or a snapshot from happening.
        after = 0
        while True:
            rows = self.db.execute(
                f"{statement} WHERE row > {after:d} ORDER BY row LIMIT {CHUNK}"
            ).fetchall()
            yield from rows
            after += CHUNK  # rows are numbered without gaps
            if len(rows) < CHUNK:
                return


def user_of(row: Any) -> User:
    """The user in a row of USER_COLUMNS."""
    values = dict(zip(tables.USER_COLUMNS, row, strict=False))
    seen = values["last_activity"]
    values["last_activity"] = date.fromisoformat(seen) if seen else None
    values["created"] = date.fromisoformat(values["created"])
    values["mailbox"] = MailboxKind(values["mailbox"])
    values["account_enabled"] = bool(values["account_enabled"])
    values["hybrid"] = bool(values["hybrid"])
    return User(**values)


def group_of(row: Any) -> Group:
    """The group in a row of GROUP_COLUMNS."""
    values = dict(zip(tables.GROUP_COLUMNS, row, strict=False))
    values["kind"] = GroupKind(values["kind"])
    values["role_assignable"] = bool(values["role_assignable"])
    return Group(**values)


def site_of(row: Any) -> Site:
    """The site in a row of SITE_COLUMNS."""
    values = dict(zip(tables.SITE_COLUMNS, row, strict=False))
    seen = values["last_activity"]
    values["last_activity"] = date.fromisoformat(seen) if seen else None
    values["created"] = date.fromisoformat(values["created"])
    values["protectable"] = bool(values["protectable"])
    return Site(**values)
