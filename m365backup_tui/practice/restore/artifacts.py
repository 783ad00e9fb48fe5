"""What a restore session restores: reading artifacts from requests, adding and taking them away."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from m365backup_tui.practice.backup.products import EXCHANGE
from m365backup_tui.practice.backup.world import Record
from m365backup_tui.practice.clock import to_iso
from m365backup_tui.practice.restore import browse_store, errors, points
from m365backup_tui.practice.restore import search as restore_search
from m365backup_tui.practice.restore.desk import Desk
from m365backup_tui.practice.restore.points import Point
from m365backup_tui.practice.restore.products import Restoring

DESTINATIONS = ("new", "inPlace")

# The columns of the table, in the order of `rows`; the last four follow from activation.
Row = tuple[Any, ...]
_NOT_PLANNED = (None, None, None, 0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One artifact as a request names it."""

    point: Point
    destination: str | None
    browse_session: str | None = None
    item_key: str | None = None
    search: str | None = None

    @property
    def same(self) -> tuple[str, str | None, str | None]:
        """Two artifacts that are equal in this are duplicates."""
        return self.point.id, self.item_key, self.search


def read(desk: Desk, kind: Restoring, items: object, granular: bool) -> list[Wanted]:
    """The artifacts of a list that is not empty. Raises the documented 400s."""
    if not isinstance(items, list) or not items:
        raise errors.invalid_artifacts("The list of restore artifacts is empty.")
    if not all(isinstance(item, dict) for item in items):
        raise errors.invalid_artifacts("A restore artifact is an object.")
    if not granular:
        found = [_standard(desk, kind, item) for item in items]
    elif kind.product is EXCHANGE:
        found = [_of_mailbox(desk, kind, item) for item in items]
    else:
        found = [_of_files(desk, kind, item) for item in items]
    if len({one.destination for one in found}) > 1:
        raise errors.different_destinations()
    seen = set()
    for one in found:
        if one.same in seen:
            raise errors.duplicate_artifact(one.item_key or one.point.id)
        seen.add(one.same)
    return found


def add(desk: Desk, session: sqlite3.Row, wanted: Iterable[Wanted]) -> list[str]:
    """Put them at the end of the session; their ids. Raises DuplicateArtifactInList."""
    db = desk.tenant.state.db
    row = db.execute(
        "SELECT coalesce(max(position), 0) FROM restore_artifacts WHERE session = ?",
        (session["id"],),
    ).fetchone()
    new = list(wanted)
    for one in new:  # all before the first is in, so that a refusal leaves nothing behind
        if _there(db, session["id"], one):
            raise errors.duplicate_artifact(one.item_key or one.point.id)
    return insert(desk, rows(desk, session["id"], int(row[0]) + 1, new))


def rows(desk: Desk, session_id: str, first: int, new: Iterable[Wanted]) -> list[Row]:
    """Rows of the table from the position `first` on."""
    return [
        (
            desk.world.new_id("restoreArtifact"),
            session_id,
            position,
            one.point.unit.id,
            one.point.id,
            to_iso(one.point.moment.at),
            to_iso(one.point.moment.expires),
            "fastRestore" if one.point.moment.express else "none",
            one.destination,
            one.browse_session,
            one.item_key,
            one.search,
            *_NOT_PLANNED,
        )
        for position, one in enumerate(new, first)
    ]


def insert(desk: Desk, new: list[Row]) -> list[str]:
    """Put them into the table; their ids."""
    desk.tenant.state.db.executemany(
        "INSERT INTO restore_artifacts (id, session, position, unit, point, point_at,"
        " point_expires, point_tags, destination, browse_session, item_key, search,"
        " starts_at, ends_at, failure, copy)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        new,
    )
    return [str(row[0]) for row in new]


def get(desk: Desk, artifact_id: str) -> sqlite3.Row:
    """The row of an artifact that is there."""
    row: sqlite3.Row = desk.tenant.state.db.execute(
        "SELECT * FROM restore_artifacts WHERE id = ?", (artifact_id,)
    ).fetchone()
    return row


def take_away(desk: Desk, session: sqlite3.Row, artifact_id: str) -> bool:
    """Out of the session again; False when it is not in there."""
    gone = desk.tenant.state.db.execute(
        "DELETE FROM restore_artifacts WHERE id = ? AND session = ?",
        (artifact_id.lower(), session["id"]),
    )
    return gone.rowcount > 0


def _there(db: sqlite3.Connection, session_id: str, one: Wanted) -> bool:
    found = db.execute(
        "SELECT 1 FROM restore_artifacts WHERE session = ? AND point = ? AND item_key IS ?"
        " AND search IS ?",
        (session_id, *one.same),
    ).fetchone()
    return found is not None


def _standard(desk: Desk, kind: Restoring, item: Record) -> Wanted:
    return Wanted(_point(desk, kind, item), _destination(item))


def _of_mailbox(desk: Desk, kind: Restoring, item: Record) -> Wanted:
    """A granular mailbox artifact: a restore point and the id of the search that found the items."""
    search = item.get("searchResponseId")
    expression = restore_search.expression_of(search) if isinstance(search, str) else None
    if expression is None:
        raise errors.invalid_artifacts("searchResponseId is the id of a search with artifactQuery.")
    return Wanted(_point(desk, kind, item), _destination(item), search=str(search))


def _of_files(desk: Desk, kind: Restoring, item: Record) -> Wanted:
    """A granular site or OneDrive artifact: a browse session and the key of an item in it.

    UNVERIFIED names: graph.md §2.5 says "browse session id and item key" only; the model has
    browseSessionId and restoredItemKey.
    """
    session_id, key = item.get("browseSessionId"), item.get("restoredItemKey")
    if not isinstance(session_id, str) or not isinstance(key, str):
        raise errors.invalid_artifacts("A granular artifact has browseSessionId, restoredItemKey.")
    session = browse_store.find(desk, session_id)
    if session is None or session["product"] != kind.product.key:
        raise errors.invalid_artifacts(f"There is no browse session '{session_id}'.")
    point = points.find(desk, session["point"])
    if point is None:
        raise errors.invalid_point(session["point"])
    if browse_store.item(desk, session, key) is None:
        raise errors.invalid_artifacts(f"'{key}' is no item of the browse session.")
    return Wanted(point, None, session["id"], key)


def _point(desk: Desk, kind: Restoring, item: Record) -> Point:
    """The restore point, named by id or, as some pages print it, by @odata.id."""
    named: Any = item.get("restorePoint")
    point_id = (named.get("id") or named.get("@odata.id")) if isinstance(named, dict) else None
    point = points.find(desk, point_id) if isinstance(point_id, str) else None
    if point is None or point.unit.product is not kind.product:
        raise errors.invalid_point(str(point_id or ""))
    return point


def _destination(item: Record) -> str:
    if item.get("destinationType") not in DESTINATIONS:
        raise errors.invalid_path_type(item.get("destinationType"))
    return str(item["destinationType"])
