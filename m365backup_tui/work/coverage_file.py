"""A list of the coverage as a CSV file, which the import page can read again."""

from __future__ import annotations

import asyncio
import csv
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from m365backup_tui.domain.coverage import Item, Kind, ProductCoverage
from m365backup_tui.domain.errors import Rejected
from m365backup_tui.domain.products import Product
from m365backup_tui.events import COVERAGE_FILE, Arrived, Began, Broke, Event
from m365backup_tui.ports import Tools


async def save(
    tools: Tools,
    found: ProductCoverage,
    kinds: Sequence[Kind],
    names: Mapping[str, str],
    folder: Path,
) -> AsyncIterator[Event]:
    """Events on COVERAGE_FILE: the path of a new CSV file in `folder`, or Rejected naming it."""
    yield Began(COVERAGE_FILE, tools.clock.now(), "Writing the list")
    path = folder / f"m365backup-{found.product}-coverage.csv"
    try:
        written = await asyncio.to_thread(write, path, found, kinds, names)
    except Rejected as error:
        yield Broke(COVERAGE_FILE, error)
        return
    yield Arrived(COVERAGE_FILE, str(written), tools.clock.now())


def write(
    path: Path, found: ProductCoverage, kinds: Sequence[Kind], names: Mapping[str, str]
) -> Path:
    """Writes where nothing stands yet (`-2`, `-3`, ... if need be) and says where; raises Rejected."""
    number, free = 1, path
    while True:
        try:
            handle = os.open(free, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            break
        except FileExistsError:
            number += 1
            free = path.with_stem(f"{path.stem}-{number}")
        except OSError as error:
            raise Rejected(f"{free} cannot be written: {error.strerror}.") from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(
                (
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
            )
            for kind in kinds:
                for item in found.lists.get(kind, ()):
                    writer.writerow(_cells(found.product, item, names))
    except OSError as error:
        raise Rejected(f"{free} cannot be written: {error.strerror}.") from error
    return free


def _cells(product: Product, item: Item, names: Mapping[str, str]) -> tuple[object, ...]:
    policy = names.get(item.policy_id, "") if item.policy_id else ""
    return (
        product.label,
        item.kind,
        _inert(item.name),
        _inert(item.address),
        "" if item.size is None else item.size,
        item.last_activity or "",
        _inert(policy),
        _inert(item.note),
        item.key,
    )


def _inert(value: str) -> str:
    """A spreadsheet would run a cell that begins like a formula; an apostrophe stops that."""
    return f"'{value}" if value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value
