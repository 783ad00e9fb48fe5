"""Restore sessions: a draft collects artifacts, activating starts the work, the clock does the rest.

Activation writes down when each artifact starts and ends and which of them will fail. Choices: an
artifact starts after half of the time it takes; a session is `activating` for a documented minute;
two restores of one unit cannot run at once (DuplicateArtifactRestoreRequest, graph.md §9).
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from m365backup_tui.practice.backup.world import Record
from m365backup_tui.practice.clock import from_iso, to_iso
from m365backup_tui.practice.guids import is_guid
from m365backup_tui.practice.restore import artifacts as restore_artifacts
from m365backup_tui.practice.restore import bulk, errors
from m365backup_tui.practice.restore.desk import Desk
from m365backup_tui.practice.restore.products import RESTORING_BY_KEY, Restoring, done_after

OPENING = timedelta(minutes=1)


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
        plan = await _planned(desk, session, resolved)
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


@dataclass(frozen=True, slots=True)
class _Plan:
    """When the session opens and ends; what an UPDATE of its artifacts takes."""

    opens: str
    ends: str
    artifacts: list[tuple[Any, ...]]


async def _planned(desk: Desk, session: sqlite3.Row, resolved: bulk.Resolved | None) -> _Plan:
    """What will become of each artifact. Raises the refusal of a session with nothing in it."""
    kind, clock = RESTORING_BY_KEY[session["product"]], desk.tenant.clock
    rows = _own_rows(desk, session) if resolved is None else resolved.to_plan()
    broken = rows[-1][0] if rows and desk.tenant.scenarios.on("partial-failure") else None
    taken, copies = _busy(desk, session), _copies(desk, {row[1] for row in rows})
    opens = from_iso(desk.after(OPENING))
    plans: list[tuple[Any, ...]] = []
    last, number = to_iso(opens), 0
    mine: set[str] = set()
    for some in bulk.batched(rows):
        for key, unit, expires, item in some:
            number += 1
            # Several files of one site are one restore; two states of one site are not.
            twice = unit in taken or (unit in mine and item is None)
            mine.add(unit)
            failure = _failure(desk, expires, twice, key == broken)
            at_once = failure is not None and key != broken
            lasts = timedelta() if at_once else clock.wait(done_after(kind.speed, number))
            ends = to_iso(opens + lasts)
            last = max(last, ends)
            text = json.dumps(failure) if failure else None
            plans.append((to_iso(opens + lasts / 2), ends, text, copies.get(unit, 0), key))
        if resolved is not None:  # a session without requests may be changed meanwhile
            await asyncio.sleep(0)
    return _Plan(to_iso(opens), last, plans)


def _own_rows(desk: Desk, session: sqlite3.Row) -> list[tuple[Any, ...]]:
    """The artifacts of a session without requests, as `restore_artifacts.planned` gives them."""
    found = desk.tenant.state.db.execute(
        "SELECT id, unit, point_expires, item_key FROM restore_artifacts"
        " WHERE session = ? ORDER BY position",
        (session["id"],),
    ).fetchall()
    if not found:
        raise errors.nothing_to_restore()
    return [tuple(row) for row in found]


def _failure(desk: Desk, expires: str, twice: bool, broken: bool) -> Record | None:
    """Why the artifact will not be restored, as a publicError with a code of graph.md §9."""
    if broken:
        return {"code": "UnknownError", "message": "The artifact could not be restored."}
    if expires <= desk.moment:
        return {"code": "InvalidRestoreTime", "message": "The restore point has expired."}
    if twice:
        message = "Another restore of this item has not ended yet."
        return {"code": "DuplicateArtifactRestoreRequest", "message": message}
    return None


def _busy(desk: Desk, session: sqlite3.Row) -> set[str]:
    """The units that other sessions are restoring now."""
    rows = desk.tenant.state.db.execute(
        "SELECT DISTINCT unit FROM restore_artifacts WHERE ends_at > ? AND failure IS NULL"
        " AND session <> ?",
        (desk.moment, session["id"]),
    )
    return {str(unit) for (unit,) in rows}


def _copies(desk: Desk, units: set[str]) -> dict[str, int]:
    """How often each unit was restored to a new place before: the number in the name of the next
    one."""
    rows = desk.tenant.state.db.execute(
        "SELECT a.unit, count(*) FROM restore_artifacts a WHERE a.destination = 'new'"
        " AND a.ends_at IS NOT NULL AND a.failure IS NULL AND a.unit IN"
        " (SELECT value FROM json_each(?)) GROUP BY a.unit",
        (json.dumps(sorted(units)),),
    )
    return {str(unit): int(count) for unit, count in rows}


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
