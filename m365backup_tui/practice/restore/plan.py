"""What activating a restore session writes down: when each artifact starts and ends, which will fail.

Choices: an artifact starts after half of the time it takes; a session is `activating` for a
documented minute; two restores of one unit cannot run at once (DuplicateArtifactRestoreRequest,
graph.md §9).
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
from m365backup_tui.practice.restore import bulk, errors
from m365backup_tui.practice.restore.desk import Desk
from m365backup_tui.practice.restore.products import RESTORING_BY_KEY, done_after

OPENING = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """When the session opens and ends; what an UPDATE of its artifacts takes."""

    opens: str
    ends: str
    artifacts: list[tuple[Any, ...]]


async def planned(desk: Desk, session: sqlite3.Row, resolved: bulk.Resolved | None) -> Plan:
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
    return Plan(to_iso(opens), last, plans)


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
