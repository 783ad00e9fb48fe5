"""The three products that Microsoft 365 Backup protects, and what each calls its protection units."""

from __future__ import annotations

from enum import StrEnum


class Product(StrEnum):
    """Values are the service names that policy files and `--json` use (command-line promise)."""

    ONEDRIVE = "onedrive"
    SHAREPOINT = "sharepoint"
    EXCHANGE = "exchange"

    @property
    def label(self) -> str:
        return {"onedrive": "OneDrive", "sharepoint": "SharePoint", "exchange": "Exchange"}[self]

    @property
    def unit(self) -> str:
        """One protection unit, as a person calls it."""
        return {"onedrive": "account", "sharepoint": "site", "exchange": "mailbox"}[self]

    @property
    def units(self) -> str:
        return {"onedrive": "accounts", "sharepoint": "sites", "exchange": "mailboxes"}[self]

    def amount(self, n: int) -> str:
        """`1 mailbox`, `12 mailboxes`."""
        return f"{n:,} {self.unit if n == 1 else self.units}"


ALL_PRODUCTS = (Product.ONEDRIVE, Product.SHAREPOINT, Product.EXCHANGE)
