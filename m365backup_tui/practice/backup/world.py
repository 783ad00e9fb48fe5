"""World: what the backup engine works on in one request, plus small helpers every part needs.

The records are rows of the tables in backup/tables.py. All moments are ISO text in one format, so
that text order is time order.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from m365backup_tui.practice.backup.products import BY_KEY, Product
from m365backup_tui.practice.clock import from_iso, to_iso
from m365backup_tui.practice.company.lookups import Company
from m365backup_tui.practice.entra.scopes import CLIENT_NAMES
from m365backup_tui.practice.state import TenantState

Record = dict[str, Any]
Due = Callable[[str], dict[str, Any] | None]


@dataclass(slots=True)
class World:
    """The tenant's backup as one request finds it.

    `actor` is "<user id> <client id>"; `legacy` = one active policy a product; `partial_failure` =
    one unit of each activation ends with an error. `due` and `fault_on` ask for faults
    (reliability-and-peers.md §6.4); `due` counts the request.
    """

    state: TenantState
    now: datetime
    pace: float
    company: Company
    actor: str
    due: Due
    fault_on: Callable[[str], bool]
    legacy: bool = False
    partial_failure: bool = False
    _stamp: int | None = None
    _shown: dict[int, tuple[str, Record]] = field(default_factory=dict)

    @property
    def db(self) -> sqlite3.Connection:
        """The tenant's database, with `company` attached."""
        return self.state.db

    @property
    def data(self) -> Record:
        """The small JSON area beside the tables: the id counter and what faults have set up."""
        found: Record = self.state.data["backup"]
        return found

    @property
    def moment(self) -> str:
        """Now, as the state writes it."""
        return to_iso(self.now)

    def after(self, documented: timedelta, since: str | None = None) -> str:
        """When a documented wait that began at `since` (default now) is over, at this pace."""
        start = self.now if since is None else from_iso(since)
        return to_iso(start + documented / self.pace)

    def one(self, sql: str, *values: Any) -> Record | None:
        """The first row of a query."""
        row = self.db.execute(sql, values).fetchone()
        return None if row is None else dict(row)

    def many(self, sql: str, *values: Any) -> list[Record]:
        """Every row of a query."""
        return [dict(row) for row in self.db.execute(sql, values)]

    def touch(self, what: str) -> None:
        """Say what was changed."""
        self.state.touch(what)

    def new_id(self, kind: str) -> str:
        """A GUID no record has yet; the same in every run that makes the same requests."""
        self.data["sequence"] = int(self.data.get("sequence", 0)) + 1
        return self.company.identity.guid(kind, str(self.data["sequence"]))

    def stamp(self) -> int:
        """The id of the stamp of this request: who, and when."""
        if self._stamp is None:
            self._stamp = add_stamp(self.db, self.moment, self.actor)
        return self._stamp

    def stamped(self, number: int) -> tuple[str, Record]:
        """Moment and identitySet of a stamp (graph.md §3)."""
        if number not in self._shown:
            row = self.one("SELECT moment, actor FROM stamps WHERE id = ?", number)
            moment, actor = (row["moment"], row["actor"]) if row else (self.moment, "")
            self._shown[number] = moment, _identity_set(self.company, actor)
        return self._shown[number]


def add_stamp(db: sqlite3.Connection, moment: str, actor: str) -> int:
    """Keep who and when; returns the stamp's id."""
    made = db.execute("INSERT INTO stamps (moment, actor) VALUES (?, ?)", (moment, actor))
    return int(made.lastrowid or 0)


def product_of(record: Record) -> Product:
    """The product of a policy, unit, rule or job."""
    return BY_KEY[record["product"]]


def stamps(world: World, record: Record) -> Record:
    """The four stamp properties as the API shows them."""
    created_at, created_by = world.stamped(record["created"])
    changed_at, changed_by = world.stamped(record["modified"])
    return {
        "createdBy": created_by,
        "createdDateTime": created_at,
        "lastModifiedBy": changed_by,
        "lastModifiedDateTime": changed_at,
    }


def public_error(text: str | None) -> Any:
    """A stored publicError as JSON."""
    return None if text is None else json.loads(text)


def _identity_set(company: Company, actor: str) -> Record:
    user_id, _, client_id = actor.partition(" ")
    user = company.user(user_id)
    person: Record = {"id": user_id}
    if user is not None:
        person |= {"displayName": user.display_name, "email": user.mail or user.upn}
    application = {"id": client_id, "displayName": CLIENT_NAMES.get(client_id)}
    return {"application": application, "user": person}
