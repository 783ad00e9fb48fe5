"""What an address of a product looks like, and why a value cannot be one."""

from __future__ import annotations

import re

from m365backup_tui.domain.products import Product

_MAIL = re.compile(r"[^@\s<>,;|\"]+@[^@\s<>,;|\"]+\.[^@\s<>,;|\".]+")
_GUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_COMPOSITE = re.compile(rf"[\w.\-]+,{_GUID},{_GUID}")
_SITE_IDS = re.compile(rf"{_GUID}|{_COMPOSITE.pattern}")
_SITE_URL = re.compile(r"https://[\w.\-]+\.[\w\-]+(/|/[^\s<>|\"][^<>|\"]*)?", re.IGNORECASE)
_CONCEALED = re.compile(r"[0-9A-F]{32}")
_PERSONAL = re.compile(r"https?://[\w\-]+-my\.[\w.\-]+", re.IGNORECASE)
_ADMIN = re.compile(r"https?://[\w\-]+-admin\.sharepoint\.[\w.\-]+", re.IGNORECASE)
_ANY_SITE = re.compile(r"https?://[\w\-]+\.sharepoint\.[\w.\-]+", re.IGNORECASE)
_MEANT_AS_SITE = re.compile(
    r"https?:|/(sites|teams|personal)/|[\w\-]+\.sharepoint\.", re.IGNORECASE
)
_IN_ANGLES = re.compile(r"[^<>;@]*<([^<>]+)>")
_PREFIX = re.compile(r"^(mailto|smtp):", re.IGNORECASE)
_NO_SITE = "00000000-0000-0000-0000-000000000000"
_UNREAD = "\ufffd"  # what decoding puts where a byte has no character


def concealed(value: str) -> bool:
    """A name as reports show it where the tenant conceals names (usage-reports.md)."""
    return bool(_CONCEALED.fullmatch(value))


def composite_site_id(value: str) -> bool:
    """`host,collection id,web id`: one value, although it is written with commas."""
    return bool(_COMPOSITE.fullmatch(value))


def bare(value: str) -> str:
    """`Ann Lee <ann@x.com>` and `smtp:ann@x.com` are ways to write ann@x.com."""
    inside = _IN_ANGLES.fullmatch(value)
    return _PREFIX.sub("", inside.group(1) if inside else value)


def looks_right(product: Product, value: str) -> bool:
    """An address of this product, by its form."""
    if product is Product.SHAREPOINT:
        return bool(_SITE_URL.fullmatch(value) or _SITE_IDS.fullmatch(value))
    return bool(_MAIL.fullmatch(bare(value)))


def looks_wrong(product: Product, value: str) -> bool:
    """An address, but of another product."""
    if product is Product.SHAREPOINT:
        return bool(_MAIL.fullmatch(bare(value)))
    return value.lower().startswith(("https://", "http://"))


def meant(product: Product, value: str) -> bool:
    """Whoever wrote this meant an address of this product, right or not."""
    if product is Product.SHAREPOINT:
        return looks_right(product, value) or bool(_MEANT_AS_SITE.match(value))
    return "@" in value


def address_problem(product: Product, value: str) -> str:
    """Why this cannot be the address of a unit of this product, as a sentence; "" if it can."""
    if not value:
        return "There is no address here: fill it in or delete the row."
    if concealed(value):
        return "This name is concealed: turn concealed names off for reports, then download again."
    if unseen := _unseen_problem(value):
        return unseen
    return _site_problem(value) if product is Product.SHAREPOINT else _mail_problem(product, value)


def _unseen_problem(value: str) -> str:
    """What a person cannot see in a value that looks right to them."""
    if "\n" in value or "\r" in value:
        return "There is a line break in this value: write one address a row."
    if _UNREAD in value:
        return (
            "A letter of this value cannot be read: save the list as CSV UTF-8, or type it again."
        )
    hidden = next((c for c in value if not c.isprintable()), "")
    if hidden:
        return f"There is a hidden character in this value (U+{ord(hidden):04X}): type it again."
    return ""


def _mail_problem(product: Product, value: str) -> str:
    if looks_wrong(product, value):
        return _web_problem(product, value)
    if re.fullmatch(_GUID, value):
        return "This is an id, and none is needed: write the address, as name@example.com."
    if value.count("@") > 1 and all(_MAIL.fullmatch(one) for one in re.split(r"[,;\s]+", value)):
        return "Several addresses stand in this value: write one a line."
    if not _MAIL.fullmatch(value):
        return "This is no address: write it as name@example.com."
    return ""


def _web_problem(product: Product, value: str) -> str:
    """A web address in a list of people, by what it leads to."""
    if _PERSONAL.match(value):
        return "This is the web address of a OneDrive: write its owner's sign-in name instead."
    if _ANY_SITE.match(value):
        return "This is the address of a site: it belongs in a SharePoint policy."
    return f"This is a web address: {product.label} needs the address of a person or mailbox."


def _site_problem(value: str) -> str:
    if looks_wrong(Product.SHAREPOINT, value):
        return (
            "This is a mail address: SharePoint needs the address of a site. "
            "People belong in an Exchange or OneDrive policy."
        )
    if value.lower().startswith("http://"):
        return "Write it with https:// in front."
    if not looks_right(Product.SHAREPOINT, value):
        return "This is no site address: write all of it, beginning with https://."
    if _PERSONAL.match(value):
        return "This is somebody's OneDrive: it belongs in a OneDrive policy."
    if _ADMIN.match(value):
        return (
            "This is the SharePoint admin center and no site: write the address of the site itself."
        )
    if value == _NO_SITE:
        return "This site id is all zeros and names no site: use the site's address."
    return ""
