"""Which value of each row is the address: by the header's columns, or without a header by what it looks like."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from m365backup_tui.domain.lists_addresses import bare, composite_site_id, looks_right, meant
from m365backup_tui.domain.lists_header import Header, address_columns, fold
from m365backup_tui.domain.lists_text import Record
from m365backup_tui.domain.products import Product

_DELETED = "isdeleted"
_SEPARATING = re.compile(r"[,;|\t]")
_ALSO = "A second address in this row: only the first is taken. Give it a row of its own."
_CUT = (
    "Whether the address ends at the separator cannot be told: put the whole address in quotation marks, "
    "or leave out what does not belong to it."
)


@dataclass(frozen=True, slots=True)
class Picked:
    """One value that may be an address. `rule`: why it is not taken although it may be one."""

    row: int
    column: str
    address: str
    rule: str = ""


def from_columns(
    product: Product, header: Header, body: Sequence[Record]
) -> tuple[list[Picked], str]:
    """(one value a row, the header of the column that is looked at first)."""
    cells = header.cells
    ordered = address_columns(product, cells, body)
    names = [fold(c) for c in cells]
    deleted = names.index(_DELETED) if _DELETED in names else -1
    picked: list[Picked] = []
    for record in body:
        at = next((i for i in ordered if _cell(record, i)), ordered[0])
        value, rule = _cell(record, at), ""
        longer = any(record.cells[len(cells) :]) or _shifted(product, record, at, len(cells))
        if longer or (len(record.cells) < len(cells) and _elsewhere(product, record, value)):
            value = joined(record)  # which of them is the address is not known
            rule = (
                f"This row has {len(record.cells)} values and the header {len(cells)}: "
                "put a value that holds a separator or a line break in quotation marks."
            )
        elif (
            header.guessed
            and not looks_right(product, value)
            and any(looks_right(product, c) for c in record.cells)
        ):
            value = joined(record)
            rule = (
                f"The addresses stand under “{cells[at]}”, but here under another header: move it."
            )
        elif _undecided(product, value, record):
            rule = _CUT
        elif deleted >= 0 and _cell(record, deleted).lower() in ("true", "yes", "1"):
            rule = "The report says that it is deleted: delete the row."
        picked.append(Picked(record.row, cells[at], value, rule))
    return picked, cells[ordered[0]]


def from_cells(product: Product, body: Sequence[Record], separator: str) -> list[Picked]:
    """Without a header: every cell of a line of addresses, else the first address in it, else its first value."""
    # Rows of one length are a table: what follows an address is another value. In others, or in one row alone, it may
    # be the rest of an address that the separator has cut.
    lengths = {_length(product, record) for record in body}
    table = len(body) > 1 and len(lengths) == 1 and not any(_mixed(r, separator) for r in body)
    return [one for r in body for one in _from_line(product, r, "" if table else separator)]


def _mixed(record: Record, separator: str) -> bool:
    """Whether the row could be separated in another way: signs inside quotation marks do not count."""
    if not _SEPARATING.search(record.raw):
        return False
    return any(
        m != separator for part in record.raw.split('"')[::2] for m in _SEPARATING.findall(part)
    )


def _from_line(product: Product, record: Record, separator: str) -> Iterator[Picked]:
    filled = [c for c in record.cells if c]
    if product is Product.SHAREPOINT:
        filled = _with_composites(filled)
        if separator and _cut(filled):
            yield Picked(record.row, "", separator.join(filled), _CUT)
            return
    addresses: dict[str, str] = {}  # an alias list or UPN beside mail may name one address twice
    for cell in filled:
        if meant(product, cell):
            addresses.setdefault(same(product, cell), cell)
    only = all(meant(product, c) for c in filled)
    taken = next((c for c in addresses.values() if looks_right(product, c)), "")
    for value in addresses.values() or filled[:1]:
        also = not only and value != taken and looks_right(product, value)
        rule = _ALSO if also else _CUT if _undecided(product, value, record) else ""
        yield Picked(record.row, "", value, rule)


def _cut(filled: Sequence[str]) -> bool:
    """A web address followed by something that is no address."""
    site = Product.SHAREPOINT
    return any(
        first.lower().startswith("https://") and not meant(site, second) and "@" not in second
        for first, second in pairwise(filled)
    )


def _undecided(product: Product, value: str, record: Record) -> bool:
    """A web address that holds what separates values in other lists, without quotation marks around it."""
    return (
        product is Product.SHAREPOINT
        and not composite_site_id(value)
        and _SEPARATING.search(value) is not None
        and f'"{value}"' not in record.raw
    )


def _elsewhere(product: Product, record: Record, value: str) -> bool:
    """There is no address where the header says, but perhaps in another column."""
    return not value or (
        not looks_right(product, value) and any(looks_right(product, c) for c in record.cells)
    )


def _shifted(product: Product, record: Record, at: int, width: int) -> bool:
    """The row is longer than the header, if only by empty values, and the site's address may have been cut."""
    return (
        product is Product.SHAREPOINT
        and len(record.cells) > width
        and _cut(record.cells[at : at + 2])
    )


def _length(product: Product, record: Record) -> int:
    """Values up to the last one that is there."""
    cells = list(record.cells)
    if product is Product.SHAREPOINT:
        cells = _with_composites(cells)
    return next((n for n in range(len(cells), 0, -1) if cells[n - 1]), 0)


def _with_composites(cells: Sequence[str]) -> list[str]:
    """A composite site id is written with commas: its three pieces are one value again."""
    whole: list[str] = []
    at = 0
    while at < len(cells):
        size = 3 if composite_site_id(",".join(cells[at : at + 3])) else 1
        whole.append(",".join(cells[at : at + size]))
        at += size
    return whole


def _cell(record: Record, at: int) -> str:
    return record.cells[at] if at < len(record.cells) else ""


def joined(record: Record) -> str:
    """All values of a row as one, for a problem that no single value has."""
    return ", ".join(c for c in record.cells if c)


def same(product: Product, value: str) -> str:
    """Equal for two ways to write one address."""
    return (value if product is Product.SHAREPOINT else bare(value)).casefold().rstrip("/")
