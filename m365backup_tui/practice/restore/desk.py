"""Desk: what the restore side works on in one admitted request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from m365backup_tui.practice.backup import errors
from m365backup_tui.practice.backup.products import Product
from m365backup_tui.practice.backup.world import World
from m365backup_tui.practice.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Desk:
    """`world` is the backup engine's, settled; `products` are those the caller's roles cover."""

    tenant: Tenant
    world: World
    products: tuple[Product, ...]
    evolved: bool

    @property
    def now(self) -> datetime:
        """The tenant's time, the same for the whole request."""
        return self.world.now

    @property
    def moment(self) -> str:
        """`now` as the state writes it."""
        return self.world.moment

    @property
    def actor(self) -> str:
        """ "<user id> <client id>"."""
        return self.world.actor

    def after(self, documented: timedelta) -> str:
        """When a documented wait that begins now is over, at the tenant's pace."""
        return self.world.after(documented)

    def require(self, product: Product) -> None:
        """403 unless the caller's role covers the product (graph.md §11.1)."""
        if product not in self.products:
            raise errors.role_missing(f"restoring {product.key} items")
