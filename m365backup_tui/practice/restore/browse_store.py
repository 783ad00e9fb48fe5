"""Browse sessions: short-lived looks into one express restore point of a site or OneDrive (graph.md §2.5).

They delete themselves: nobody is told of one whose time is over. Choices, because no page gives
figures: ready after ten documented minutes, gone after a day of the tenant's clock.
"""

from __future__ import annotations

import base64
import sqlite3
from datetime import timedelta

from m365backup_tui.practice.backup.products import ONEDRIVE
from m365backup_tui.practice.backup.world import Record
from m365backup_tui.practice.clock import to_iso
from m365backup_tui.practice.restore import browse_content as content
from m365backup_tui.practice.restore import errors, points
from m365backup_tui.practice.restore.browse_content import Item
from m365backup_tui.practice.restore.desk import Desk
from m365backup_tui.practice.restore.products import RESTORING_BY_KEY, Restoring

CREATING = timedelta(minutes=10)
LIFETIME = timedelta(days=1)


def create(desk: Desk, kind: Restoring, body: Record) -> sqlite3.Row:
    """A session on the point that `restorePointId` names. Raises InvalidRestorePoint."""
    names = {name for name in body if not name.startswith("@")}
    point_id = body.get("restorePointId")
    if names != {"restorePointId"} or not isinstance(point_id, str):
        raise errors.invalid_browse("The body has restorePointId and nothing else.")
    point = points.find(desk, point_id)
    if point is None or point.unit.product is not kind.product or not point.moment.express:
        raise errors.invalid_point(point_id)
    session_id = desk.world.new_id("browseSession")
    db = desk.tenant.state.db
    db.execute("DELETE FROM browse_sessions WHERE expires_at <= ?", (desk.moment,))
    db.execute(
        "INSERT INTO browse_sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            session_id,
            point.unit.id,
            kind.product.key,
            point.unit.key,
            point.id,
            to_iso(point.moment.at),
            desk.moment,
            desk.after(CREATING),
            to_iso(desk.now + LIFETIME),
        ),
    )
    desk.tenant.state.touch(f"{kind.browse_type} created")
    row: sqlite3.Row = db.execute(
        "SELECT * FROM browse_sessions WHERE id = ?", (session_id,)
    ).fetchone()
    return row


def find(desk: Desk, session_id: str) -> sqlite3.Row | None:
    """The session with this id while it lives."""
    row: sqlite3.Row | None = desk.tenant.state.db.execute(
        "SELECT * FROM browse_sessions WHERE id = ? AND expires_at > ?",
        (session_id.lower(), desk.moment),
    ).fetchone()
    return row


def ready(desk: Desk, session: sqlite3.Row) -> bool:
    """Whether it is `created`, not `creating` any more."""
    return bool(session["ready_at"] <= desk.moment)


def item(desk: Desk, session: sqlite3.Row, key: str) -> Item | None:
    """The item that `key_of` named, None for a key it never gave."""
    try:
        point_id, _, path = base64.urlsafe_b64decode(key.encode()).decode().partition(" ")
    except (ValueError, UnicodeError):
        return None
    if point_id != session["point"]:
        return None
    return content.at(point_id, path, _onedrive(session))


def inside(session: sqlite3.Row, where: Item) -> list[Item]:
    """What is in there."""
    return content.inside(session["point"], where, _onedrive(session))


def root(session: sqlite3.Row) -> Item:
    """The whole site or OneDrive."""
    return content.root(session["point"], _onedrive(session))


def key_of(session: sqlite3.Row, one: Item) -> str:
    """The item's key."""
    return base64.urlsafe_b64encode(f"{session['point']} {one.path}".encode()).decode()


def address(desk: Desk, session: sqlite3.Row) -> str:
    """The web address of the site or OneDrive."""
    company = desk.tenant.company
    if _onedrive(session):
        user = company.user(session["key"])
        return (user.drive_url or "") if user is not None else ""
    site = company.site(session["key"])
    return site.web_url if site is not None else ""


def show(desk: Desk, session: sqlite3.Row) -> Record:
    """The session as JSON."""
    kind = RESTORING_BY_KEY[session["product"]]
    created = ready(desk, session)
    return {
        "@odata.type": f"#microsoft.graph.{kind.browse_type}",
        "id": session["id"],
        "status": "created" if created else "creating",
        "restorePointId": session["point"],
        "restorePointDateTime": session["point_at"],
        "createdDateTime": session["created_at"],
        "expirationDateTime": session["expires_at"],
        "backupSizeInBytes": _size(desk, session) if created else None,
        "error": None,
        "directoryObjectId" if _onedrive(session) else "siteId": session["key"],
    }


def _size(desk: Desk, session: sqlite3.Row) -> str:
    company = desk.tenant.company
    if _onedrive(session):
        user = company.user(session["key"])
        return str(user.drive_bytes if user is not None else 0)
    site = company.site(session["key"])
    return str(site.bytes if site is not None else 0)


def _onedrive(session: sqlite3.Row) -> bool:
    return bool(session["product"] == ONEDRIVE.key)
