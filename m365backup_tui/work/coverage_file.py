"""A list of the coverage as a CSV file, which the import page can read again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from pathlib import Path

from m365backup_tui.domain.coverage import Kind, ProductCoverage
from m365backup_tui.events import COVERAGE_FILE, Event
from m365backup_tui.ports import Tools
from m365backup_tui.work.saving import saving, write_csv

_HEADER = (
    "product",
    "state",
    "name",
    "address",
    "bytes",
    "last activity",
    "policy",
    "note",
    "id",
)


def save(
    tools: Tools,
    found: ProductCoverage,
    kinds: Sequence[Kind],
    names: Mapping[str, str],
    folder: Path,
) -> AsyncIterator[Event]:
    """Events on COVERAGE_FILE: the path of a new CSV file in `folder`, or Rejected naming it."""
    path = folder / f"m365backup-{found.product}-coverage.csv"
    return saving(
        tools, COVERAGE_FILE, "Writing the list", lambda: write(path, found, kinds, names)
    )


def write(
    path: Path, found: ProductCoverage, kinds: Sequence[Kind], names: Mapping[str, str]
) -> Path:
    """`path`, or one beside it where that is taken. `names`: policy id -> name. Raises Rejected."""
    return write_csv(path, _HEADER, _rows(found, kinds, names))


def _rows(
    found: ProductCoverage, kinds: Sequence[Kind], names: Mapping[str, str]
) -> Iterable[tuple[object, ...]]:
    for kind in kinds:
        for item in found.lists.get(kind, ()):
            yield (
                found.product.label,
                item.kind,
                item.name,
                item.address,
                "" if item.size is None else item.size,
                item.last_activity or "",
                names.get(item.policy_id, "") if item.policy_id else "",
                item.note,
                item.key,
            )
