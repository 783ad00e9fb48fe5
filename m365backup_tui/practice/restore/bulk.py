"""Bulk addition requests of a restore session: up to 50,000 sites, OneDrives or mailboxes at once.

A request stays `active` until its session is activated; then its items are looked up, added to
the session, and what was not found is listed in its error (graph.md §2.5, §8).
"""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from m365backup_tui.practice.backup.products import SHAREPOINT
from m365backup_tui.practice.backup.world import Record
from m365backup_tui.practice.clock import from_iso, to_iso
from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.guids import is_guid
from m365backup_tui.practice.restore import artifacts, errors, search, units
from m365backup_tui.practice.restore.desk import Desk
from m365backup_tui.practice.restore.products import RESTORING_BY_KEY, Restoring
from m365backup_tui.practice.restore.times import Window

T = TypeVar("T")
# What a long request works on before it gives way to others: some 10 ms.
AT_ONCE = 400
MOST_RESOURCES = 50_000  # graph.md §8; for restores the same is a choice
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_URL = re.compile(r"https://[^/\s]+(/\S*)?")


def create(desk: Desk, kind: Restoring, session: sqlite3.Row, body: Record) -> sqlite3.Row:
    """A new request in a draft session. Raises the documented 400s, and 403 once it is no draft."""
    if session["activated_at"] is not None:
        raise errors.not_in_draft("added to")
    db = desk.tenant.state.db
    row = db.execute(
        "SELECT 1 FROM restore_artifacts WHERE session = ?", (session["id"],)
    ).fetchone()
    if row is not None:
        raise _invalid("A bulk addition request needs a session that was created empty.")
    values = _read(kind, body)
    request_id = desk.world.new_id("restoreRequest")
    stamp = (desk.moment, desk.actor, desk.moment, desk.actor)
    db.execute(
        "INSERT INTO restore_requests (id, session, display_name, destination, express,"
        " preference, period_start, period_end, ids, addresses, created_at, created_by,"
        " modified_at, modified_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (request_id, session["id"], *values, *stamp),
    )
    db.execute("UPDATE restore_sessions SET kind = 'bulk' WHERE id = ?", (session["id"],))
    desk.tenant.state.touch(f"{kind.request_type} created")
    return find(desk, session, request_id)


def find(desk: Desk, session: sqlite3.Row, request_id: str) -> sqlite3.Row:
    """The session's request. Raises InvalidBulkRestoreArtifactId, BulkRestoreArtifactsNotFound."""
    if not is_guid(request_id):
        raise GraphError(
            400, "InvalidBulkRestoreArtifactId", f"'{request_id}' is not a bulk request id."
        )
    row: sqlite3.Row | None = desk.tenant.state.db.execute(
        "SELECT * FROM restore_requests WHERE id = ? AND session = ?",
        (request_id.lower(), session["id"]),
    ).fetchone()
    if row is None:
        raise GraphError(
            404, "BulkRestoreArtifactsNotFound", f"There is no bulk request '{request_id}'."
        )
    return row


def of_session(desk: Desk, session: sqlite3.Row) -> list[sqlite3.Row]:
    """The session's requests, oldest first."""
    return desk.tenant.state.db.execute(
        "SELECT * FROM restore_requests WHERE session = ? ORDER BY created_at, id",
        (session["id"],),
    ).fetchall()


def remove(desk: Desk, row: sqlite3.Row) -> None:
    """Delete a request that is done; 403 InvalidStateForBulkRequestDeletion for another."""
    if status(row, desk.moment) == "active":
        raise GraphError(
            403,
            "InvalidStateForBulkRequestDeletion",
            "A bulk request can be deleted when it is completed or completedWithErrors.",
        )
    desk.tenant.state.db.execute("DELETE FROM restore_requests WHERE id = ?", (row["id"],))
    desk.tenant.state.touch("bulk addition request deleted")


def status(row: sqlite3.Row, moment: str) -> str:
    """active, completed or completedWithErrors at this moment."""
    if row["ends_at"] is None or row["ends_at"] > moment:
        return "active"
    return "completed" if row["problems"] == "[]" else "completedWithErrors"


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a session's requests come to: rows for the artifacts, and problems by request."""

    rows: list[artifacts.Row]
    problems: dict[str, list[Record]]

    def is_all(self, desk: Desk, session: sqlite3.Row) -> bool:
        """Whether no request has come or gone since."""
        return {request["id"] for request in of_session(desk, session)} == set(self.problems)

    def to_plan(self) -> list[artifacts.Row]:
        """What a plan needs to know of each artifact: id, unit, expiry of its point, item key."""
        return [(row[0], row[3], row[6], row[10]) for row in self.rows]


async def resolve(desk: Desk, session: sqlite3.Row) -> Resolved | None:
    """Look for what the session's requests name; None when it has none. Writes nothing, and gives
    way to other requests: 50,000 resources take seconds."""
    kind = RESTORING_BY_KEY[session["product"]]
    wanted: dict[str, artifacts.Wanted] = {}  # by unit: each once, in order
    every: dict[str, list[Record]] = {}
    for request in of_session(desk, session):
        window = Window(
            from_iso(request["period_start"]),
            from_iso(request["period_end"]),
            bool(request["express"]),
        )
        problems = every.setdefault(request["id"], [])
        for column, by_address in (("ids", False), ("addresses", True)):
            for named in batched(json.loads(request[column])):
                for target, known, unit in units.of_artifacts(
                    desk, kind.product, named, by_address
                ):
                    found = _artifact(desk, request, window, target, known, unit)
                    if isinstance(found, dict):
                        problems.append(found)
                    else:
                        wanted.setdefault(found.point.unit.id, found)
                await asyncio.sleep(0)
    rows: list[artifacts.Row] = []
    for some in batched(list(wanted.values())):
        rows += artifacts.rows(desk, session["id"], len(rows) + 1, some)
        await asyncio.sleep(0)
    return Resolved(rows, every) if every else None


def write(desk: Desk, resolved: Resolved, ends_at: str, plan: list[artifacts.Row]) -> None:
    """Keep what was found. `ends_at`: when the requests show it; `plan`: starts_at, ends_at, failure
    and copy of each artifact."""
    desk.tenant.state.db.executemany(
        "UPDATE restore_requests SET ends_at = ?, problems = ?, modified_at = ?,"
        " modified_by = ? WHERE id = ?",
        [
            (ends_at, json.dumps(problems), desk.moment, desk.actor, request_id)
            for request_id, problems in resolved.problems.items()
        ],
    )
    artifacts.insert(
        desk, [row[:12] + made[:4] for row, made in zip(resolved.rows, plan, strict=True)]
    )


def batched(items: list[T]) -> Iterator[list[T]]:
    """The items, AT_ONCE at a time."""
    return (items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE))


def _artifact(
    desk: Desk,
    row: sqlite3.Row,
    window: Window,
    target: str,
    known: bool,
    unit: units.Unit | None,
) -> artifacts.Wanted | Record:
    """The artifact, or the problem as an entry of error.details.

    Codes of addresses are those of bulk jobs (graph.md §8), the others a choice among §9's.
    """
    if not known:
        code = "ArtifactNotFound"
        if _EMAIL.fullmatch(target):
            code = "EmailNotFound"
        elif _URL.fullmatch(target):
            code = "SiteUrlNotFound"
        return _problem(code, f"'{target}' was not found.", target)
    if unit is None:
        return _problem("ArtifactNotFound", f"'{target}' was never protected.", target)
    point = search.pick(desk, unit, window, row["preference"])
    if point is None:
        return _problem("InvalidRestoreTime", f"'{target}' has no restore point then.", target)
    return artifacts.Wanted(point, row["destination"])


def _problem(code: str, message: str, target: str) -> Record:
    return {"code": code, "message": message, "target": target}


def _read(kind: Restoring, body: Record) -> tuple[object, ...]:
    """The request's columns from display_name to addresses."""
    known = {
        "displayName", "destinationType", "tags", "restorePointPreference", "protectionTimePeriod",
        kind.ids, kind.addresses,
    }  # fmt: skip
    if unknown := {name for name in body if not name.startswith("@")} - known:
        raise _invalid(f"'{min(unknown)}' cannot be given to a bulk addition request.")
    ids, addresses = _texts(body, kind.ids), _texts(body, kind.addresses)
    if not ids and not addresses:
        raise _invalid(f"Give {kind.ids} or {kind.addresses}.")
    if len(ids) + len(addresses) > MOST_RESOURCES:
        raise GraphError(
            400,
            "BulkRestoreRestorationResourcesCountExceedsLimit",
            f"A request may carry {MOST_RESOURCES} resources.",
        )
    _check_addresses(kind, addresses)
    name = body.get("displayName")
    if not isinstance(name, str) or not 1 <= len(name) <= 1024:
        raise _invalid("displayName must have 1 to 1024 characters.")
    if body.get("destinationType") not in artifacts.DESTINATIONS:
        raise _invalid("destinationType is new or inPlace.")
    try:
        express = search.read_tags(body.get("tags"))
        window = search.read_period(body.get("protectionTimePeriod"), express)
        preference = search.read_preference(body.get("restorePointPreference"))
    except GraphError as refused:
        raise _invalid(refused.message) from None
    period = (to_iso(window.start), to_iso(window.end))
    return (
        name,
        body["destinationType"],
        int(express),
        preference,
        *period,
        json.dumps(ids),
        json.dumps(addresses),
    )


def _texts(body: Record, name: str) -> list[str]:
    given = body.get(name)
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise _invalid(f"{name} is a list of texts.")
    return list(dict.fromkeys(given))


def _check_addresses(kind: Restoring, addresses: list[str]) -> None:
    sites = kind.product is SHAREPOINT
    for one in addresses:
        if not (_URL if sites else _EMAIL).fullmatch(one):
            what = "SiteUrl" if sites else "UserEmail"
            raise GraphError(
                400,
                f"BulkRestoreInvalidCreateRequest{what}",
                f"'{one}' is not {'a site address' if sites else 'an e-mail address'}.",
            )


def _invalid(message: str) -> GraphError:
    return GraphError(400, "BulkRestoreInvalidCreateRequest", message)
