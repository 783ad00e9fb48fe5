"""POST ~/restorePoints/search: the latest or oldest point of each unit in a time, and for mailboxes how
many items a granular search would bring back (graph.md §2.5, §9).
"""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime

from m365backup_tui.practice.backup.products import EXCHANGE
from m365backup_tui.practice.backup.world import Record
from m365backup_tui.practice.restore import errors, points, units
from m365backup_tui.practice.restore.desk import Desk
from m365backup_tui.practice.restore.points import Point
from m365backup_tui.practice.restore.times import Window
from m365backup_tui.practice.restore.units import Unit

MOST_UNITS = 1000  # choice: no page gives a limit
MOST_EXPRESSION = 2048  # choice, for the same reason
MOST_HITS = 1000  # a granular mail restore takes 1,000 items (admin-center.md §2.6)
_KNOWN = {
    "protectionUnitIds", "protectionTimePeriod", "restorePointPreference", "tags", "artifactQuery",
    "@odata.type",
}  # fmt: skip


def search(desk: Desk, body: Record) -> Record:
    """The restorePointSearchResponse. Without restorePointPreference: choice, the latest."""
    if unknown := set(body) - _KNOWN:
        raise errors.invalid_search(f"'{min(unknown)}' is not a parameter of the search.")
    expression = _expression(body.get("artifactQuery"))
    window = read_period(body.get("protectionTimePeriod"), read_tags(body.get("tags")))
    prefer = read_preference(body.get("restorePointPreference"))
    results: list[Record] = []
    without: list[str] = []
    for unit in _units(desk, body.get("protectionUnitIds")):
        if expression is not None and unit.product is not EXCHANGE:
            raise errors.invalid_search("artifactQuery is for mailboxes only.")
        point = pick(desk, unit, window, prefer)
        if point is None:
            without.append(unit.id)
            continue
        found: Record = {
            "@odata.type": "#microsoft.graph.restorePointSearchResult",
            "restorePoint": points.show(point, units.show(desk, unit)),
        }
        if expression is not None:
            found["artifactHitCount"] = hits(unit.id, expression)
        results.append(found)
    return {
        "@odata.type": "#microsoft.graph.restorePointSearchResponse",
        "searchResponseId": response_id(window, expression),
        "searchResults": results,
        "noResultProtectionUnitIds": without,
    }


def pick(desk: Desk, unit: Unit, window: Window, prefer: str) -> Point | None:
    """The unit's latest or oldest point in the window."""
    if prefer == "oldest":
        return points.oldest(desk, unit, window)
    return next(points.newest_first(desk, unit, window), None)


def hits(unit_id: str, expression: str) -> int:
    """How many items of the mailbox match: made up, the same for the same question."""
    return int(hashlib.sha256(f"{unit_id} {expression}".encode()).hexdigest()[:6], 16) % MOST_HITS


def response_id(window: Window, expression: str | None) -> str:
    """An id that says what was searched for, so that no search has to be kept."""
    asked = [expression, window.start.isoformat(), window.end.isoformat()]
    return base64.urlsafe_b64encode(json.dumps(asked).encode()).decode()


def expression_of(search_response_id: str) -> str | None:
    """The expression of the granular search that this is the id of; None when it is of none."""
    try:
        asked = json.loads(base64.urlsafe_b64decode(search_response_id.encode()).decode())
    except (ValueError, UnicodeError, RecursionError):
        return None
    if not isinstance(asked, list) or len(asked) != 3 or not isinstance(asked[0], str):
        return None
    return asked[0]


def read_period(value: object, express: bool) -> Window:
    """A timePeriod. Raises InvalidSearchRequest."""
    given = value if isinstance(value, dict) else {}
    start, end = read_moment(given.get("startDateTime")), read_moment(given.get("endDateTime"))
    if start is None or end is None or end < start:
        raise errors.invalid_search(
            "protectionTimePeriod needs a startDateTime and a later endDateTime."
        )
    return Window(start, end, express)


def read_preference(value: object) -> str:
    """latest or oldest. Raises InvalidSearchRequest."""
    if value is None:
        return "latest"
    if value not in ("latest", "oldest"):
        raise errors.invalid_search("restorePointPreference is latest or oldest.")
    return str(value)


def read_tags(value: object) -> bool:
    """Whether only express points are wanted. Raises InvalidSearchRequest.

    Case does not matter: the page prints FastRestore in its table and fastRestore in its example.
    """
    word = value.lower() if isinstance(value, str) else value
    if word not in (None, "none", "fastrestore"):
        raise errors.invalid_search("tags is none or fastRestore.")
    return word == "fastrestore"


def read_moment(value: object) -> datetime | None:
    """An aware moment, None when it is none."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _units(desk: Desk, ids: object) -> list[Unit]:
    if not isinstance(ids, list) or not ids or not all(isinstance(one, str) for one in ids):
        raise errors.invalid_search("protectionUnitIds is a list of protection unit ids.")
    if len(ids) > MOST_UNITS:
        raise errors.invalid_search(f"A search takes {MOST_UNITS} protection units.")
    found: dict[str, Unit] = {}
    for unit_id in ids:
        unit = units.by_id(desk, unit_id)
        if unit is None:
            raise errors.invalid_unit(unit_id)
        desk.require(unit.product)
        found[unit.id] = unit
    return list(found.values())


def _expression(value: object) -> str | None:
    """artifactQuery's queryExpression; its grammar is not documented, so any text is one."""
    if value is None:
        return None
    given = value if isinstance(value, dict) else {}
    text = given.get("queryExpression")
    if given.get("artifactType", "message") != "message" or not isinstance(text, str):
        raise errors.invalid_search("artifactQuery needs artifactType message and an expression.")
    if not text.strip() or len(text) > MOST_EXPRESSION:
        raise errors.invalid_search(f"queryExpression has 1 to {MOST_EXPRESSION} characters.")
    return text
