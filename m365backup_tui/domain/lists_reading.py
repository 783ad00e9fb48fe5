"""From an admin's list to addresses of one product: which column, which rows, and what is wrong with the others.

Every row ends as an address or as a problem that names row, column, value and rule. Nothing is mended in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from m365backup_tui.domain.limits import UNITS_PER_POLICY
from m365backup_tui.domain.lists import RowProblem
from m365backup_tui.domain.lists_addresses import (
    address_problem,
    bare,
    composite_site_id,
    concealed,
    looks_right,
    looks_wrong,
    meant,
)
from m365backup_tui.domain.lists_text import Record, Unreadable, decode, records
from m365backup_tui.domain.products import Product

__all__ = ["Reading", "Row", "Unreadable", "read"]


@dataclass(frozen=True, slots=True)
class Row:
    """One address as it stands in the list. `column` is the header, "" without one."""

    row: int
    column: str
    address: str


@dataclass(frozen=True, slots=True)
class Reading:
    """`rows` in the list's order, without repeats; `total` counts records without the header."""

    rows: tuple[Row, ...]
    problems: tuple[RowProblem, ...]
    total: int


# Headers of the usage reports, the admin centers' exports and Get-EXOMailbox, folded; the first that is there wins.
_PEOPLE = (
    "userprincipalname",
    "ownerprincipalname",
    "upn",
    "primarysmtpaddress",
    "emailaddress",
    "email",
    "mail",
    "windowsemailaddress",
    "windowsliveid",
    "mailbox",
    "account",
    "username",
    "address",
    "value",  # of the rows with a problem that this product writes: corrected, they can be read again
)
_SITES = ("siteurl", "url", "weburl", "siteaddress", "site", "address", "value")
_SITE_ID = "siteid"
_DELETED = "isdeleted"

# What no header has, but an address with a slip of the pen: @, ://, a path, a dot inside a word.
_NO_HEADER = re.compile(r"@|://|^/|\w\.\w")

CONCEALED = (
    "This report conceals names, so nothing can be chosen from it. In the Microsoft 365 admin center, "
    "turn off “Display concealed user, group, and site names” under Settings > Org settings > Services > Reports, "
    "then download it again."
)

_ALSO = "A second address in this row: only the first is taken. Give it a row of its own."


def read(product: Product, data: bytes | str) -> Reading:
    """Raises Unreadable, with a sentence, when nothing of the list can be used."""
    found = records(decode(data) if isinstance(data, bytes) else data)
    header = _header(product, found)
    body = found[1:] if header else found
    if len(body) > UNITS_PER_POLICY:
        raise Unreadable(
            f"The list has {len(body):,} rows: {UNITS_PER_POLICY:,} at most, which is what a policy holds. Split it."
        )
    if not body:
        raise Unreadable("The list has a header and nothing below it.")
    whole = [r for r in body if not r.torn]
    picked = _from_columns(product, header, whole) if header else _from_cells(product, whole)
    values = [p.address for p in picked if p.address]
    if values and all(concealed(v) for v in values):
        raise Unreadable(CONCEALED)
    rows, problems = _checked(product, picked)
    problems += [_torn(r) for r in body if r.torn]
    problems.sort(key=lambda p: p.row)
    return Reading(tuple(rows), tuple(problems), len(body))


@dataclass(frozen=True, slots=True)
class _Picked:
    row: int
    column: str
    address: str
    rule: str = ""  # why it is not taken although it may be an address


def _fold(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower())


def _header(product: Product, found: Sequence[Record]) -> tuple[str, ...]:
    """The header's cells, () when the first record is data already. Raises Unreadable when no column fits."""
    first = found[0].cells
    if found[0].torn or any(looks_right(product, c) or looks_wrong(product, c) for c in first):
        return ()
    names = [_fold(c) for c in first]
    none_fits = Unreadable(
        f"The columns are {', '.join(first[:6])}: none of them has the {product.unit} addresses."
    )
    if any(n in (*_PEOPLE, *_SITES, _SITE_ID) for n in names):
        wanted = (*_SITES, _SITE_ID) if product is Product.SHAREPOINT else _PEOPLE
        if not any(n in wanted for n in names):
            raise none_fits
        return first
    below = found[1:50]
    if not below or len(first) == 1 or any(_NO_HEADER.search(c) for c in first):
        return ()  # its first line is an address or a problem like any other
    if any(looks_right(product, c) for r in below for c in r.cells):
        return first
    raise none_fits


def _from_columns(product: Product, header: Sequence[str], body: Sequence[Record]) -> list[_Picked]:
    names = [_fold(c) for c in header]
    wanted = _SITES if product is Product.SHAREPOINT else _PEOPLE
    ordered = [names.index(w) for w in wanted if w in names]
    if product is Product.SHAREPOINT and _SITE_ID in names:
        ordered.append(
            names.index(_SITE_ID)
        )  # the URL is empty in many tenants' reports since 2023
    guessed = not ordered
    if guessed:
        ordered = [_best_column(product, body, len(header))]
    deleted = names.index(_DELETED) if _DELETED in names else -1
    picked: list[_Picked] = []
    for record in body:
        at = next((i for i in ordered if _cell(record, i)), ordered[0])
        value, rule = _cell(record, at), ""
        if any(record.cells[len(header) :]) or (not value and len(record.cells) < len(header)):
            value = _joined(record)  # which of them is the address is not known
            rule = (
                f"This row has {len(record.cells)} values and the header {len(header)}: "
                "put a value that holds a separator or a line break in quotation marks."
            )
        elif (
            guessed
            and not looks_right(product, value)
            and any(looks_right(product, c) for c in record.cells)
        ):
            value = _joined(record)
            rule = (
                f"The addresses stand under “{header[at]}”, but here under another header: move it."
            )
        elif deleted >= 0 and _cell(record, deleted).lower() in ("true", "yes", "1"):
            rule = "The report says that it is deleted: delete the row."
        picked.append(_Picked(record.row, header[at], value, rule))
    return picked


def _cell(record: Record, at: int) -> str:
    return record.cells[at] if at < len(record.cells) else ""


def _best_column(product: Product, body: Sequence[Record], width: int) -> int:
    hits = [sum(looks_right(product, _cell(r, i)) for r in body[:200]) for i in range(width)]
    return hits.index(max(hits))


def _from_cells(product: Product, body: Sequence[Record]) -> list[_Picked]:
    """Without a header: every cell of a line of addresses, else the first address in it, else its first value."""
    return [one for record in body for one in _from_line(product, record)]


def _from_line(product: Product, record: Record) -> Iterator[_Picked]:
    filled = [c for c in record.cells if c]
    if product is Product.SHAREPOINT:
        filled = _with_composites(filled)
    addresses: dict[str, str] = {}  # an alias list or UPN beside mail may name one address twice
    for cell in filled:
        if meant(product, cell):
            addresses.setdefault(_same(product, cell), cell)
    only = all(meant(product, c) for c in filled)
    taken = next((c for c in addresses.values() if looks_right(product, c)), "")
    for value in addresses.values() or filled[:1]:
        also = not only and value != taken and looks_right(product, value)
        yield _Picked(record.row, "", value, _ALSO if also else "")


def _with_composites(cells: Sequence[str]) -> list[str]:
    """A composite site id is written with commas: its three pieces are one value again."""
    joined: list[str] = []
    at = 0
    while at < len(cells):
        size = 3 if composite_site_id(",".join(cells[at : at + 3])) else 1
        joined.append(",".join(cells[at : at + size]))
        at += size
    return joined


def _joined(record: Record) -> str:
    return ", ".join(c for c in record.cells if c)


def _torn(record: Record) -> RowProblem:
    rule = (
        f"A quotation mark joins the lines {record.row} to {record.last} into one row: "
        "close it, or take the line breaks out of the value."
    )
    return RowProblem(record.row, "", _joined(record), rule)


def _same(product: Product, value: str) -> str:
    """Equal for two ways to write one address."""
    return (value if product is Product.SHAREPOINT else bare(value)).casefold().rstrip("/")


def _checked(product: Product, picked: Sequence[_Picked]) -> tuple[list[Row], list[RowProblem]]:
    rows: list[Row] = []
    problems: list[RowProblem] = []
    first_at: dict[str, int] = {}
    for item in picked:
        value = item.address if product is Product.SHAREPOINT else bare(item.address)
        same = _same(product, value)
        rule = item.rule or address_problem(product, value)
        if not rule and same in first_at:
            rule = f"Same as in row {first_at[same]}: it is taken once."
        if rule:
            problems.append(RowProblem(item.row, item.column, item.address, rule))
            continue
        first_at[same] = item.row
        rows.append(Row(item.row, item.column, value))
    return rows, problems
