"""What a protection unit protects: finds mailboxes, OneDrives and sites of the company by id or
address, and knows which of them the service cannot protect."""

from __future__ import annotations

from typing import Any

from m365backup_tui.practice.company import Company, MailboxKind, User
from m365backup_tui.practice.graph.products import EXCHANGE, SHAREPOINT, Product


def by_id(company: Company, product: Product, value: str) -> str | None:
    """The artifact's key for a directoryObjectId or composite siteId; None when unknown."""
    if product is SHAREPOINT:
        site = company.site(value.lower()) if value.count(",") == 2 else None
        return site.id if site else None
    user = company.user(value.lower())
    return user.id if user else None


def by_address(company: Company, product: Product, value: str) -> str | None:
    """The artifact's key for a mail address or a site's web URL; None when there is none."""
    if product is SHAREPOINT:
        site = company.site_by_url(value.strip().lower().rstrip("/"))
        return site.id if site else None
    user = company.user_by_address(value.strip().lower())
    if user is None or not has_artifact(product, user):
        return None
    return user.id


def has_artifact(product: Product, user: User) -> bool:
    """Whether the user has a mailbox (Exchange) or a OneDrive."""
    if product is EXCHANGE:
        return user.mailbox is not MailboxKind.NONE
    return user.drive_url is not None


def problem(company: Company, product: Product, key: str) -> dict[str, str] | None:
    """Why this artifact can never be protected, as a publicError, or None.

    Rooms, on-premises mailboxes and objects without mailbox or OneDrive come back as an error on
    the unit (codes: graph.md §6; which code belongs to which trap is UNVERIFIED).
    """
    if product is SHAREPOINT:
        site = company.site(key)
        if site is None:
            return _error("InvalidArtifactId", "There is no such site.")
        if site.protectable:
            return None
        return _error("InvalidArtifactId", f"Sites of template {site.template} are not supported.")
    user = company.user(key)
    if user is None:
        return _error("InvalidArtifactId", "There is no such user.")
    if not has_artifact(product, user):
        what = "mailbox" if product is EXCHANGE else "OneDrive"
        return _error("ProtectionUnitNotFound", f"{user.upn} has no {what}.")
    if product is EXCHANGE and user.mailbox is MailboxKind.ROOM:
        return _error("InvalidArtifactId", "Room mailboxes are not supported.")
    if product is EXCHANGE and user.hybrid:
        return _error("InvalidArtifactId", "The primary mailbox is not in Exchange Online.")
    return None


def computed(company: Company, product: Product, key: str) -> dict[str, Any]:
    """The read-only properties that the service adds to a unit (graph.md §2.6)."""
    if product is SHAREPOINT:
        site = company.site(key)
        if site is None:
            return {"siteId": key}
        return {"siteId": site.id, "siteName": site.name, "siteWebUrl": site.web_url}
    user = company.user(key)
    if user is None:
        return {"directoryObjectId": key}
    return {
        "directoryObjectId": user.id,
        "displayName": user.display_name,
        "email": user.mail or user.upn,
    }


def _error(code: str, message: str) -> dict[str, str]:
    return {"code": code, "message": message}
