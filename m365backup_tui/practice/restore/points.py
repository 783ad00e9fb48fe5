"""Restore points of units: their ids, how they look, finding one again by its id (graph.md §2.5).

An id is a GUID that holds the beginning of the unit's id, the second of the point and a check, so
that points need no rows however many units there are.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from m365backup_tui.practice.backup.products import EXCHANGE, Product
from m365backup_tui.practice.backup.world import Record
from m365backup_tui.practice.clock import to_iso
from m365backup_tui.practice.restore import times, units
from m365backup_tui.practice.restore.desk import Desk
from m365backup_tui.practice.restore.times import Moment, Window
from m365backup_tui.practice.restore.units import Unit

_ID = re.compile(
    r"(?P<one>[0-9a-f]{8}-[0-9a-f]{4}-)8(?P<two>[0-9a-f]{3})-8(?P<check>[0-9a-f]{3}-[0-9a-f]{3})"
    r"(?P<second>[0-9a-f]{9})"
)


@dataclass(frozen=True, slots=True)
class Point:
    """One restore point of a unit."""

    unit: Unit
    moment: Moment

    @property
    def id(self) -> str:
        """Its id; the same for the same point in every run."""
        second = int(self.moment.at.timestamp())
        unit = self.unit.id
        return f"{unit[:14]}8{unit[15:18]}-8{_check(unit, second)}{second:09x}"


def has_express(product: Product) -> bool:
    """Express ("fastRestore") points are for sites and OneDrives (admin-center.md §5)."""
    return product is not EXCHANGE


def newest_first(desk: Desk, unit: Unit, window: Window) -> Iterator[Point]:
    """The unit's points in the window that are there now."""
    fast = has_express(unit.product)
    for span in unit.spans:
        for moment in times.newest_first(span, desk.now, window, fast):
            yield Point(unit, moment)


def oldest(desk: Desk, unit: Unit, window: Window) -> Point | None:
    """The unit's oldest point in the window, None when there is none."""
    fast = has_express(unit.product)
    for span in reversed(unit.spans):
        moment = times.oldest(span, desk.now, window, fast)
        if moment is not None:
            return Point(unit, moment)
    return None


def find(desk: Desk, point_id: str) -> Point | None:
    """The point with this id if it is there now, else None."""
    parts = _ID.fullmatch(point_id.lower())
    if parts is None:
        return None
    second = int(parts["second"], 16)
    for unit in units.starting_with(desk, parts["one"], parts["two"]):
        if _check(unit.id, second) != parts["check"]:
            continue
        for span in unit.spans:
            fast = has_express(unit.product)
            moment = times.at_second(span, desk.now, second, fast)
            if moment is not None:
                return Point(unit, moment)
    return None


def show(point: Point, unit: Record | None = None) -> Record:
    """The point as JSON; `unit` is its protection unit as shown, when it is to be there."""
    shown: Record = {
        "@odata.type": "#microsoft.graph.restorePoint",
        "id": point.id,
        "protectionDateTime": to_iso(point.moment.at),
        "expirationDateTime": to_iso(point.moment.expires),
        "tags": "fastRestore" if point.moment.express else "none",
    }
    if unit is not None:
        shown["protectionUnit"] = unit
    return shown


def _check(unit_id: str, second: int) -> str:
    digest = hashlib.sha256(f"{unit_id} {second}".encode()).hexdigest()
    return f"{digest[:3]}-{digest[3:6]}"
