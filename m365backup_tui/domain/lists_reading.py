"""From an admin's list to addresses of one product: which column, which rows, and what is wrong with the others.

Every row ends as an address or as a problem that names row, column, value and rule. Nothing is mended in silence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from m365backup_tui.domain.limits import CSV_ROWS
from m365backup_tui.domain.lists import RowProblem
from m365backup_tui.domain.lists_text import Record, Unreadable, decode, records
from m365backup_tui.domain.products import Product

__all__ = ["Reading", "Row", "Unreadable", "address_problem", "read"]


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
)
_SITES = ("siteurl", "url", "weburl", "siteaddress", "site", "address")
_SITE_ID = "siteid"
_DELETED = "isdeleted"

_MAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;.]+")
_GUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_SITE_IDS = re.compile(rf"{_GUID}|[\w.\-]+,{_GUID},{_GUID}")
_SITE_URL = re.compile(r"https://[\w.\-]+\.[\w\-]+(/\S.*)?", re.IGNORECASE)
_CONCEALED = re.compile(r"[0-9A-F]{32}")
_PERSONAL = re.compile(r"-my\.[\w.\-]+/personal/", re.IGNORECASE)

CONCEALED = (
    "This report conceals names, so nothing can be chosen from it. In the Microsoft 365 admin center, "
    "turn off “Display concealed user, group, and site names” under Settings > Org settings > Services > Reports, "
    "then download it again."
)


def read(product: Product, data: bytes | str) -> Reading:
    """Raises Unreadable, with a sentence, when nothing of the list can be used."""
    found = records(decode(data) if isinstance(data, bytes) else data)
    header = _header(product, found)
    body = found[1:] if header else found
    if len(body) > CSV_ROWS:
        raise Unreadable(f"The list has {len(body):,} rows: {CSV_ROWS:,} at most. Split it.")
    if not body:
        raise Unreadable("The list has a header and nothing below it.")
    picked = _from_columns(product, header, body) if header else _from_cells(product, body)
    values = [p.address for p in picked if p.address]
    if values and all(_CONCEALED.fullmatch(v) for v in values):
        raise Unreadable(CONCEALED)
    return _checked(product, picked, len(body))


@dataclass(frozen=True, slots=True)
class _Picked:
    row: int
    column: str
    address: str
    deleted: bool = False


def _fold(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower())


def _header(product: Product, found: Sequence[Record]) -> tuple[str, ...]:
    """The header's cells, () when the first record is data already. Raises Unreadable when no column fits."""
    first = found[0].cells
    if any(_looks_right(product, c) or _looks_wrong(product, c) for c in first):
        return ()
    names = [_fold(c) for c in first]
    if any(n in (*_PEOPLE, *_SITES, _SITE_ID) for n in names):
        wanted = (*_SITES, _SITE_ID) if product is Product.SHAREPOINT else _PEOPLE
        if not any(n in wanted for n in names):
            raise Unreadable(
                f"The columns are {', '.join(first[:6])}: none of them has the {product.unit} addresses."
            )
        return first
    below = found[1:50]
    if any(_looks_right(product, c) for r in below for c in r.cells) and len(first) > 1:
        return first
    if not below or len(first) == 1:
        return ()  # one column: its first line is an address or a problem like any other
    raise Unreadable(
        f"The columns are {', '.join(first[:6])}: none of them has the {product.unit} addresses."
    )


def _looks_right(product: Product, value: str) -> bool:
    if product is Product.SHAREPOINT:
        return bool(_SITE_URL.fullmatch(value) or _SITE_IDS.fullmatch(value))
    return bool(_MAIL.fullmatch(_bare(value)))


def _looks_wrong(product: Product, value: str) -> bool:
    """An address, but of another product."""
    if product is Product.SHAREPOINT:
        return bool(_MAIL.fullmatch(_bare(value)))
    return value.lower().startswith(("https://", "http://"))


def _bare(value: str) -> str:
    """`Ann Lee <ann@x.com>` and `smtp:ann@x.com` are ways to write ann@x.com."""
    inside = re.fullmatch(r"[^<>;@]*<([^<>]+)>", value)
    return re.sub(r"^(mailto|smtp):", "", inside.group(1) if inside else value, flags=re.IGNORECASE)


def _from_columns(product: Product, header: Sequence[str], body: Sequence[Record]) -> list[_Picked]:
    names = [_fold(c) for c in header]
    wanted = _SITES if product is Product.SHAREPOINT else _PEOPLE
    ordered = [names.index(w) for w in wanted if w in names]
    if product is Product.SHAREPOINT and _SITE_ID in names:
        ordered.append(
            names.index(_SITE_ID)
        )  # the URL is empty in many tenants' reports since 2023
    if not ordered:
        ordered = [_best_column(product, body, len(header))]
    deleted = names.index(_DELETED) if _DELETED in names else -1
    picked: list[_Picked] = []
    for record in body:
        at = next((i for i in ordered if _cell(record, i)), ordered[0])
        gone = deleted >= 0 and _cell(record, deleted).lower() in ("true", "yes", "1")
        picked.append(_Picked(record.row, header[at], _cell(record, at), gone))
    return picked


def _cell(record: Record, at: int) -> str:
    return record.cells[at] if at < len(record.cells) else ""


def _best_column(product: Product, body: Sequence[Record], width: int) -> int:
    hits = [sum(_looks_right(product, _cell(r, i)) for r in body[:200]) for i in range(width)]
    return hits.index(max(hits))


def _from_cells(product: Product, body: Sequence[Record]) -> list[_Picked]:
    """Without a header: every cell of a line of addresses, else the first address in it, else its first value."""
    picked: list[_Picked] = []
    for record in body:
        filled = [c for c in record.cells if c]
        fitting = [c for c in filled if _looks_right(product, c)]
        if _SITE_IDS.fullmatch(joined := ",".join(filled)) and product is Product.SHAREPOINT:
            chosen = [joined]  # a composite site id is written with commas
        elif len(fitting) == len(filled):
            chosen = fitting
        else:
            chosen = fitting[:1] or filled[:1]
        picked.extend(_Picked(record.row, "", value) for value in chosen)
    return picked


def _checked(product: Product, picked: Sequence[_Picked], total: int) -> Reading:
    rows: list[Row] = []
    problems: list[RowProblem] = []
    first_at: dict[str, int] = {}
    for item in picked:
        value = item.address if product is Product.SHAREPOINT else _bare(item.address)
        rule = address_problem(product, value)
        if item.deleted and not rule:
            rule = "The report says that it is deleted: delete the row."
        same = value.casefold().rstrip("/")
        if not rule and same in first_at:
            rule = f"Same as in row {first_at[same]}: it is taken once."
        if rule:
            problems.append(RowProblem(item.row, item.column, item.address, rule))
            continue
        first_at[same] = item.row
        rows.append(Row(item.row, item.column, value))
    return Reading(tuple(rows), tuple(problems), total)


def address_problem(product: Product, value: str) -> str:
    """Why this cannot be the address of a unit of this product, as a sentence; "" if it can."""
    if not value:
        return "There is no address here: fill it in or delete the row."
    if _CONCEALED.fullmatch(value):
        return "This name is concealed: turn concealed names off for reports, then download again."
    if product is not Product.SHAREPOINT:
        if _looks_wrong(product, value):
            return (
                f"This is a web address: {product.label} needs the address of a person or mailbox."
            )
        if not _MAIL.fullmatch(value):
            return "This is no address: write it as name@example.com."
        return ""
    if _looks_wrong(product, value):
        return "This is a mail address: SharePoint needs the address of a site."
    if value.lower().startswith("http://"):
        return "Write it with https:// in front."
    if not _looks_right(product, value):
        return "This is no site address: write all of it, beginning with https://."
    if _PERSONAL.search(value):
        return "This is somebody's OneDrive: it belongs in a OneDrive policy."
    return ""
