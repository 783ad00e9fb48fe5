"""Protected units as the restore side needs them: read from the backup engine's table `units`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from m365backup_tui.practice.clock import from_iso
from m365backup_tui.practice.company_model import stable_guid
from m365backup_tui.practice.graph import backup_units
from m365backup_tui.practice.graph.backup_world import Record
from m365backup_tui.practice.graph.products import BY_KEY, Product
from m365backup_tui.practice.graph.restore_access import Desk
from m365backup_tui.practice.graph.restore_times import Span


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit. `key` is the artifact's id; `spans` are its times of protection, newest first."""

    id: str
    product: Product
    key: str
    spans: tuple[Span, ...]


def by_id(desk: Desk, unit_id: str) -> Unit | None:
    """The unit with this id, or None."""
    row = backup_units.find_unit(desk.world, unit_id)
    return None if row is None else _unit(desk, row)


def of_artifact(desk: Desk, product: Product, key: str) -> Unit | None:
    """The unit that protects (or did protect) this artifact, or None."""
    return by_id(desk, stable_guid("unit", product.key, key))


def starting_with(desk: Desk, one: str, two: str) -> Iterator[Unit]:
    """Units whose id begins with `one`, then any digit, then `two`: one, as good as always."""
    found = desk.world.many("SELECT * FROM units WHERE id >= ? AND id < ?", one, f"{one}~")
    for row in found:
        if row["id"][15:18] == two:
            yield _unit(desk, row)


def show(desk: Desk, unit: Unit) -> Record:
    """The unit as the backup engine shows it."""
    row = backup_units.find_unit(desk.world, unit.id)
    return {} if row is None else backup_units.show_unit(desk.world, row, desk.evolved)


def _unit(desk: Desk, row: Record) -> Unit:
    spans: list[Span] = []
    if row["first_point"]:
        last = row["last_point"]
        spans.append(Span(from_iso(row["first_point"]), from_iso(last) if last else None))
    earlier = "SELECT * FROM spans WHERE unit = ? ORDER BY id DESC"
    spans += [
        Span(from_iso(span["first_point"]), from_iso(span["last_point"]))
        for span in desk.world.many(earlier, row["id"])
    ]
    return Unit(row["id"], BY_KEY[row["product"]], row["key"], tuple(spans))
