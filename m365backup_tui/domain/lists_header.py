"""Which row of a list is its header, and which columns hold the addresses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from m365backup_tui.domain.lists_addresses import looks_right, looks_wrong
from m365backup_tui.domain.lists_text import Record, Unreadable
from m365backup_tui.domain.products import Product

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

# What no header has, but an address with a slip of the pen: @, ://, a path, a dot inside a word.
_NO_HEADER = re.compile(r"@|://|^/|\w\.\w")


@dataclass(frozen=True, slots=True)
class Header:
    """The header's cells, () where the first row is data. `guessed`: none of its names is known."""

    cells: tuple[str, ...] = ()
    guessed: bool = False


def fold(text: str) -> str:
    """A header's name as it is compared: letters only, in lower case."""
    return re.sub(r"[^a-z]", "", text.lower())


def header(product: Product, found: Sequence[Record], wanted: bool | None = None) -> Header:
    """The header. `wanted`: what a person says about the first row; None to judge it here.

    Raises Unreadable when no column fits.
    """
    first = found[0].cells
    if wanted is False:
        return Header()
    if wanted is None and (
        found[0].torn or any(looks_right(product, c) or looks_wrong(product, c) for c in first)
    ):
        return Header()
    names = [fold(c) for c in first]
    if any(n in (*_PEOPLE, *_SITES, _SITE_ID) for n in names):
        if not any(n in _wanted(product) for n in names):
            raise _none_fits(product, first)
        return Header(first)
    below = found[1:50]
    alone = not below or len(first) == 1 or any(_NO_HEADER.search(c) for c in first)
    if wanted is None and alone:
        return Header()  # its first line is an address or a problem like any other
    if wanted or any(looks_right(product, c) for r in below for c in r.cells):
        return Header(first, guessed=True)
    raise _none_fits(product, first)


def address_columns(product: Product, cells: Sequence[str], body: Sequence[Record]) -> list[int]:
    """Where to look for the address in a row, best first."""
    names = [fold(c) for c in cells]
    ordered = [names.index(w) for w in _wanted(product) if w in names]
    return ordered or [_best_column(product, body, len(cells))]


def _wanted(product: Product) -> tuple[str, ...]:
    # The URL is empty in many tenants' reports since 2023: then the id is there.
    return (*_SITES, _SITE_ID) if product is Product.SHAREPOINT else _PEOPLE


def _best_column(product: Product, body: Sequence[Record], width: int) -> int:
    hits = [
        sum(i < len(r.cells) and looks_right(product, r.cells[i]) for r in body[:200])
        for i in range(width)
    ]
    return hits.index(max(hits))


def _none_fits(product: Product, first: Sequence[str]) -> Unreadable:
    names = [fold(c) for c in first]
    said = f"The columns are {', '.join(first[:6])}: none of them has the {product.unit} addresses."
    if product is Product.SHAREPOINT and any(n in _PEOPLE for n in names):
        return Unreadable(
            f"{said} This is a list of people: it belongs in an Exchange or OneDrive policy."
        )
    if product is not Product.SHAREPOINT and any(n in (*_SITES, _SITE_ID) for n in names):
        return Unreadable(f"{said} This is a list of sites: it belongs in a SharePoint policy.")
    return Unreadable(said)
