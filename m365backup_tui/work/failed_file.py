"""What a run did not achieve, as CSV files that can be worked on and read again by the page for lists."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from m365backup_tui.domain.again import Lost, lost
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.run import Run
from m365backup_tui.events import FAILED_FILE, Event
from m365backup_tui.ports import Tools
from m365backup_tui.work.saving import saving, write_csv


def save(tools: Tools, run: Run, folder: Path) -> AsyncIterator[Event]:
    """Events on FAILED_FILE: where it was written (a file for each product, as a list is for one product), or
    Rejected naming the file. Nothing is overwritten."""

    def write_them() -> str:
        return " and ".join(map(str, write_all(run, folder)))

    return saving(tools, FAILED_FILE, "Writing the list", write_them)


def write_all(run: Run, folder: Path) -> list[Path]:
    """Raises Rejected."""
    found: dict[Product, list[Lost]] = {}
    for one in lost(run):
        found.setdefault(one.product, []).append(one)
    return [
        _write(folder / f"m365backup-failed-{product}.csv", product, items)
        for product, items in found.items()
    ]


def _write(path: Path, product: Product, items: Iterable[Lost]) -> Path:
    # "address" and "site id" are names that the page for lists knows.
    key = "site id" if product is Product.SHAREPOINT else "object id"
    header = ("address", "name", key, "policy", "wanted", "reason", "code")
    return write_csv(path, header, map(_cells, items))


def _cells(one: Lost) -> tuple[str, ...]:
    item = one.item
    wanted = one.wanted or "protect"
    return (item.address, item.name, item.key, one.policy, wanted, item.reason, item.code)
