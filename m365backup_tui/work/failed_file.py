"""What a run did not achieve, as CSV files that can be worked on and read again by the page for lists."""

from __future__ import annotations

import asyncio
import csv
import os
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from m365backup_tui.domain.again import Lost, lost
from m365backup_tui.domain.errors import Rejected
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.run import Run
from m365backup_tui.events import FAILED_FILE, Arrived, Began, Broke, Event
from m365backup_tui.ports import Tools


async def save(tools: Tools, run: Run, folder: Path) -> AsyncIterator[Event]:
    """Events on FAILED_FILE: where it was written (a file for each product, as a list is for one product), or
    Rejected naming the file. Nothing is overwritten."""
    yield Began(FAILED_FILE, tools.clock.now(), "Writing the list")
    try:
        paths = await asyncio.to_thread(write_all, run, folder)
    except Rejected as error:
        yield Broke(FAILED_FILE, error)
        return
    yield Arrived(FAILED_FILE, " and ".join(map(str, paths)), tools.clock.now())


def write_all(run: Run, folder: Path) -> list[Path]:
    """Raises Rejected."""
    found: dict[Product, list[Lost]] = {}
    for one in lost(run):
        found.setdefault(one.product, []).append(one)
    return [
        write(folder / f"m365backup-failed-{product}.csv", product, items)
        for product, items in found.items()
    ]


def write(path: Path, product: Product, items: Iterable[Lost]) -> Path:
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
            # "address" and "site id" are names that the page for lists knows.
            key = "site id" if product is Product.SHAREPOINT else "object id"
            writer.writerow(("address", "name", key, "policy", "wanted", "reason", "code"))
            writer.writerows(_cells(one) for one in items)
    except OSError as error:
        raise Rejected(f"{free} cannot be written: {error.strerror}.") from error
    return free


def _cells(one: Lost) -> tuple[str, ...]:
    item = one.item
    wanted = one.wanted or "protect"
    cells = (item.address, item.name, item.key, one.policy, wanted, item.reason, item.code)
    return tuple(_inert(cell) for cell in cells)


def _inert(value: str) -> str:
    """A spreadsheet would run a cell that begins like a formula; an apostrophe stops that."""
    return f"'{value}" if value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value
