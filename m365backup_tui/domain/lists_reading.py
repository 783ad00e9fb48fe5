"""From an admin's list to addresses of one product: which column, which rows, and what is wrong with the others.

Every row ends as an address or as a problem that names row, column, value and rule. Nothing is mended in silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from m365backup_tui.domain.limits import UNITS_PER_POLICY
from m365backup_tui.domain.lists import ReadAs, RowProblem
from m365backup_tui.domain.lists_addresses import address_problem, bare, concealed
from m365backup_tui.domain.lists_header import header
from m365backup_tui.domain.lists_picking import Picked, from_cells, from_columns, joined, same
from m365backup_tui.domain.lists_text import Record, Unreadable, decode_told, records
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
    read_as: ReadAs = field(default_factory=ReadAs)


CONCEALED = (
    "This report conceals names, so nothing can be chosen from it. In the Microsoft 365 admin center, "
    "turn off “Display concealed user, group, and site names” under Settings > Org settings > Services > Reports, "
    "then download it again."
)


def read(product: Product, data: bytes | str, has_header: bool | None = None) -> Reading:
    """`has_header`: what a person says of the first row; None to judge it here.

    Raises Unreadable, with a sentence, when nothing of the list can be used.
    """
    text, encoding = decode_told(data) if isinstance(data, bytes) else (data, "")
    parts = records(text)
    top = header(product, parts.found, has_header)
    body = parts.found[1:] if top.cells else parts.found
    if len(body) > UNITS_PER_POLICY:
        raise Unreadable(
            f"The list has {len(body):,} rows: {UNITS_PER_POLICY:,} at most, which is what a policy holds. Split it."
        )
    if not body:
        raise Unreadable("The list has a header and nothing below it.")
    whole = [r for r in body if not r.torn]
    column = ""
    if top.cells:
        picked, column = from_columns(product, top, whole)
    else:
        picked = from_cells(product, whole, parts.separator)
    values = [p.address for p in picked if p.address]
    if values and all(concealed(v) for v in values):
        raise Unreadable(CONCEALED)
    rows, problems = _checked(product, picked)
    problems += [_torn(r) for r in body if r.torn]
    problems.sort(key=lambda p: p.row)
    read_as = ReadAs(encoding, parts.separator, top.cells, top.guessed, column, parts.found[0].row)
    return Reading(tuple(rows), tuple(problems), len(body), read_as)


def _torn(record: Record) -> RowProblem:
    if record.last == record.row:
        rule = "A quotation mark in this row is not closed: close it, or take it out."
        return RowProblem(record.row, "", joined(record), rule)
    rule = (
        f"A quotation mark joins the lines {record.row} to {record.last} into one row: "
        "close it, or take the line breaks out of the value."
    )
    return RowProblem(record.row, "", joined(record), rule)


def _checked(product: Product, picked: Sequence[Picked]) -> tuple[list[Row], list[RowProblem]]:
    rows: list[Row] = []
    problems: list[RowProblem] = []
    first_at: dict[str, int] = {}
    for item in picked:
        value = item.address if product is Product.SHAREPOINT else bare(item.address)
        key = same(product, value)
        rule = item.rule or address_problem(product, value)
        repeat = not rule and key in first_at
        if repeat:
            rule = f"Same as in row {first_at[key]}: it is taken once."
        if rule:
            problems.append(RowProblem(item.row, item.column, item.address, rule, repeat=repeat))
            continue
        first_at[key] = item.row
        rows.append(Row(item.row, item.column, value))
    return rows, problems
