"""Protected units as the restore side needs them: read from the backup engine's table `units`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from m365backup_tui.practice.backup import artifacts, units
from m365backup_tui.practice.backup.products import BY_KEY, Product
from m365backup_tui.practice.backup.world import Record
from m365backup_tui.practice.clock import from_iso
from m365backup_tui.practice.restore.desk import Desk
from m365backup_tui.practice.restore.times import Span


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit. `key` is the artifact's id; `spans` are its times of protection, newest first."""

    id: str
    product: Product
    key: str
    spans: tuple[Span, ...]


def by_id(desk: Desk, unit_id: str) -> Unit | None:
    """The unit with this id, or None."""
    row = units.find_unit(desk.world, unit_id)
    return None if row is None else _unit(row, _spans(desk, [row["id"]]).get(row["id"], []))


def of_artifacts(
    desk: Desk, product: Product, named: Sequence[str], by_address: bool
) -> Iterator[tuple[str, bool, Unit | None]]:
    """For every id or address: itself, whether there is such an artifact, the unit it has or had.

    One statement for all of them, because a bulk request names up to 50,000.
    """
    known = (artifacts.BY_ADDRESS if by_address else artifacts.BY_ID)[product.key]
    rows = desk.world.many(
        f"WITH found (value, key) AS ({known}) SELECT found.value, found.key AS known, u.* "  # noqa: S608
        "FROM found LEFT JOIN units u "
        "ON u.id = CASE WHEN found.key IS NOT NULL THEN unit_id(?, found.key) END",
        json.dumps(named),
        product.key,
    )
    earlier = _spans(desk, [row["id"] for row in rows if row["id"]])
    for row in rows:
        unit = _unit(row, earlier.get(row["id"], [])) if row["id"] else None
        yield row["value"], row["known"] is not None, unit


def starting_with(desk: Desk, one: str, two: str) -> Iterator[Unit]:
    """Units whose id begins with `one`, then any digit, then `two`: one, as good as always."""
    found = desk.world.many("SELECT * FROM units WHERE id >= ? AND id < ?", one, f"{one}~")
    for row in found:
        if row["id"][15:18] == two:
            yield _unit(row, _spans(desk, [row["id"]]).get(row["id"], []))


def show(desk: Desk, unit: Unit) -> Record:
    """The unit as the backup engine shows it."""
    row = units.find_unit(desk.world, unit.id)
    return {} if row is None else units.show_unit(desk.world, row, desk.evolved)


def _spans(desk: Desk, unit_ids: Sequence[str]) -> dict[str, list[Span]]:
    """The earlier times of protection of these units, newest first."""
    found: dict[str, list[Span]] = {}
    for span in desk.world.many(
        "SELECT * FROM spans WHERE unit IN (SELECT value FROM json_each(?)) ORDER BY id DESC",
        json.dumps(unit_ids),
    ):
        times = Span(from_iso(span["first_point"]), from_iso(span["last_point"]))
        found.setdefault(span["unit"], []).append(times)
    return found


def _unit(row: Record, earlier: list[Span]) -> Unit:
    spans = list(earlier)
    if row["first_point"]:
        last = row["last_point"]
        spans.insert(0, Span(from_iso(row["first_point"]), from_iso(last) if last else None))
    return Unit(row["id"], BY_KEY[row["product"]], row["key"], tuple(spans))
