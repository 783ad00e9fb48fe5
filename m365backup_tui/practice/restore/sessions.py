"""Restore sessions: a draft collects artifacts, activating starts the work, the clock does the rest."""

from __future__ import annotations

import sqlite3

from m365backup_tui.practice.backup.world import Record
from m365backup_tui.practice.guids import is_guid
from m365backup_tui.practice.restore import artifacts as restore_artifacts
from m365backup_tui.practice.restore import bulk, errors
from m365backup_tui.practice.restore.desk import Desk
from m365backup_tui.practice.restore.plan import planned
from m365backup_tui.practice.restore.products import RESTORING_BY_KEY, Restoring


def find(desk: Desk, session_id: str, kind: Restoring | None = None) -> sqlite3.Row:
    """The session, of this kind. Raises InvalidRestoreSessionId, RestoreSessionNotFound."""
    if not is_guid(session_id):
        raise errors.invalid_session_id(session_id)
    row: sqlite3.Row | None = desk.tenant.state.db.execute(
        "SELECT * FROM restore_sessions WHERE id = ?", (session_id.lower(),)
    ).fetchone()
    if row is None or (kind is not None and row["product"] != kind.product.key):
        raise errors.session_not_found(session_id)
    desk.require(RESTORING_BY_KEY[row["product"]].product)
    return row


def create(desk: Desk, kind: Restoring, body: Record) -> sqlite3.Row:
    """A new draft with the artifacts of the body; without any, an empty standard session."""
    granular = _which(kind, body)
    if granular is None:
        return _insert(desk, kind, "standard")
    items = body[kind.granular if granular else kind.artifacts]
    if isinstance(items, list) and len(items) > errors.MOST_ARTIFACTS_A_REQUEST:
        raise errors.too_many_artifacts(len(items), 413)
    wanted = restore_artifacts.read(desk, kind, items, granular)
    session = _insert(desk, kind, "granular" if granular else "standard")
    restore_artifacts.add(desk, session, wanted)
    return session


def change(desk: Desk, kind: Restoring, session: sqlite3.Row, body: Record) -> list[Record]:
    """PATCH with `{artifacts}@delta`; what became of each item: {"id"} or {"id", "gone": False}.

    Adding comes first, as one: a request that is refused leaves nothing behind.
    """
    if session["activated_at"] is not None:
        raise errors.not_in_draft("changed")
    granular = session["kind"] == "granular"
    items = _delta(kind, body, granular)
    if session["kind"] == "bulk":
        raise errors.invalid_patch("The session was filled by bulk addition requests.")
    if not isinstance(items, list) or not items or not all(isinstance(i, dict) for i in items):
        raise errors.invalid_artifacts("The list of restore artifacts is empty.")
    if len(items) > errors.MOST_ARTIFACTS_A_REQUEST:
        raise errors.too_many_artifacts(len(items), 400)
    added = [item for item in items if "@removed" not in item]
    new = restore_artifacts.read(desk, kind, added, granular) if added else []
    fresh = iter(restore_artifacts.add(desk, session, new))
    results: list[Record] = []
    for item in items:
        if "@removed" not in item:
            results.append({"id": next(fresh)})
            continue
        gone = restore_artifacts.take_away(desk, session, str(item.get("id")))
        results.append({"id": str(item.get("id")), "gone": gone})
    _modified(desk, session)
    desk.tenant.state.touch("restore session changed")
    return results


def remove(desk: Desk, session: sqlite3.Row) -> None:
    """A draft goes, with all that is in it."""
    if session["activated_at"] is not None:
        raise errors.not_in_draft("deleted")
    db = desk.tenant.state.db
    db.execute("DELETE FROM restore_artifacts WHERE session = ?", (session["id"],))
    db.execute("DELETE FROM restore_requests WHERE session = ?", (session["id"],))
    db.execute("DELETE FROM restore_sessions WHERE id = ?", (session["id"],))
    desk.tenant.state.touch("restore session deleted")


async def activate(desk: Desk, session: sqlite3.Row) -> sqlite3.Row:
    """Start restoring; the session as it is then. Others are answered while it is prepared."""
    while True:
        _check_begin(desk, session)
        resolved = await bulk.resolve(desk, session)
        plan = await planned(desk, session, resolved)
        # It may be gone by now, or somebody was quicker, or there is another request.
        session = find(desk, session["id"])
        _check_begin(desk, session)
        if resolved is None or resolved.is_all(desk, session):
            break
    db = desk.tenant.state.db
    if resolved is None:
        db.executemany(
            "UPDATE restore_artifacts SET starts_at = ?, ends_at = ?, failure = ?, copy = ?"
            " WHERE id = ?",
            plan.artifacts,
        )
    else:
        bulk.write(desk, resolved, plan.opens, plan.artifacts)
    db.execute(
        "UPDATE restore_sessions SET activated_at = ?, opens_at = ?, ends_at = ? WHERE id = ?",
        (desk.moment, plan.opens, plan.ends, session["id"]),
    )
    _modified(desk, session)
    desk.tenant.state.touch("restore session activated")
    return find(desk, session["id"])


def _check_begin(desk: Desk, session: sqlite3.Row) -> None:
    db = desk.tenant.state.db
    if session["activated_at"] is not None:
        raise errors.not_in_draft("activated")
    (active,) = db.execute(
        "SELECT count(*) FROM restore_sessions WHERE ends_at > ?", (desk.moment,)
    ).fetchone()
    if active >= errors.MOST_ACTIVE_SESSIONS:
        raise errors.too_many_active()


def status(session: sqlite3.Row, counts: Record, moment: str) -> str:
    """The session's status at this moment (restoreSessionStatus)."""
    if session["activated_at"] is None:
        return "draft"
    if moment < session["opens_at"]:
        return "activating"
    if moment < session["ends_at"]:
        return "active"
    if not counts["failed"]:
        return "completed"
    return "failed" if counts["failed"] == counts["total"] else "completedWithError"


def counts(desk: Desk, session: sqlite3.Row) -> Record:
    """restoreSessionArtifactCount: of all artifacts how many are done, failed, in work."""
    total, ended, failed = desk.tenant.state.db.execute(
        "SELECT count(*), coalesce(sum(ends_at <= ?1), 0),"
        " coalesce(sum(ends_at <= ?1 AND failure IS NOT NULL), 0)"
        " FROM restore_artifacts WHERE session = ?2",
        (desk.moment, session["id"]),
    ).fetchone()
    working = 0 if session["activated_at"] is None else total - ended
    return {
        "total": total,
        "completed": ended - failed,
        "inProgress": working,
        "failed": failed,
    }


def _insert(desk: Desk, kind: Restoring, session_kind: str) -> sqlite3.Row:
    session_id = desk.world.new_id("restoreSession")
    stamp = (desk.moment, desk.actor, desk.moment, desk.actor)
    desk.tenant.state.db.execute(
        "INSERT INTO restore_sessions (id, product, kind, created_at, created_by, modified_at,"
        " modified_by) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (session_id, kind.product.key, session_kind, *stamp),
    )
    desk.tenant.state.touch(f"{kind.session_type} created")
    return find(desk, session_id)


def _modified(desk: Desk, session: sqlite3.Row) -> None:
    desk.tenant.state.db.execute(
        "UPDATE restore_sessions SET modified_at = ?, modified_by = ? WHERE id = ?",
        (desk.moment, desk.actor, session["id"]),
    )


def _which(kind: Restoring, body: Record) -> bool | None:
    """Whether the body has granular artifacts; None when it has none at all."""
    known = {kind.artifacts, kind.granular}
    if unknown := {name for name in body if not name.startswith("@")} - known:
        raise errors.invalid_artifacts(f"'{min(unknown)}' cannot be given to a new session.")
    given = [name for name in (kind.artifacts, kind.granular) if name in body]
    if len(given) > 1:
        raise errors.invalid_artifacts("Granular and standard artifacts cannot be mixed.")
    return None if not given else given[0] == kind.granular


def _delta(kind: Restoring, body: Record, granular: bool) -> object:
    mine, other = f"{kind.artifacts}@delta", f"{kind.granular}@delta"
    if granular:
        mine, other = other, mine
    names = {name for name in body if not name.startswith("@")}
    if other in names:
        raise errors.invalid_patch("Granular and standard artifacts cannot be mixed.")
    if names != {mine}:
        raise errors.invalid_patch(f"The body has {mine} and nothing else.")
    return body[mine]
