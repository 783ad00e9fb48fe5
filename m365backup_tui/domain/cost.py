"""What protection may cost a month: a range from real sizes, never a promise.

Charged is the size of the protected content. The usage reports know the live size only: online archives, second
stage recycle bins and held versions come on top. The upper end takes the proportions of Microsoft's own example
(PRICE25, 2025-03-04): half as much again for a site's second-stage bin, as much again for a mailbox's archive.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from m365backup_tui.domain.facts import PRICE
from m365backup_tui.domain.products import Product

_GB = 1_000_000_000
_BESIDE = {Product.ONEDRIVE: 0.5, Product.SHAREPOINT: 0.5, Product.EXCHANGE: 1.0}


@dataclass(frozen=True, slots=True)
class Cost:
    """`known_bytes` over `known` units; `unknown` units have no size. `beside_bytes`: what may come on top of the
    live size. Money in US dollars a month, list price."""

    known_bytes: int = 0
    known: int = 0
    unknown: int = 0
    beside_bytes: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.known_bytes + other.known_bytes,
            self.known + other.known,
            self.unknown + other.unknown,
            self.beside_bytes + other.beside_bytes,
        )

    @property
    def gigabytes(self) -> float:
        return self.known_bytes / _GB

    @property
    def low(self) -> float:
        """List price of the sizes that are known, nothing for what is not."""
        return self.gigabytes * PRICE.amount

    @property
    def high(self) -> float:
        """The same with archives and bins in the proportions of Microsoft's example."""
        return (self.known_bytes + self.beside_bytes) / _GB * PRICE.amount

    @property
    def words(self) -> str:
        if not self.known:
            return "size unknown, so the cost is unknown" if self.unknown else "no change in cost"
        money = f"about {self.low:,.2f} to {self.high:,.2f} USD a month"
        if f"{self.low:,.2f}" == f"{self.high:,.2f}":
            money = f"about {self.low:,.2f} USD a month"
        if self.unknown:
            more = "unit" if self.unknown == 1 else "units"
            money += f", plus {self.unknown:,} {more} of unknown size"
        return money


def estimate(sizes: Iterable[int | None], product: Product | None = None) -> Cost:
    """`product` decides what may come on top; without it the range has no width."""
    known_bytes = known = unknown = 0
    for size in sizes:
        if size is None:
            unknown += 1
        else:
            known += 1
            known_bytes += size
    beside = int(known_bytes * _BESIDE[product]) if product else 0
    return Cost(known_bytes, known, unknown, beside)


def size_words(size: int | None) -> str:
    """`41.2 GB`, `3.1 MB`, `size unknown`: decimal units, as Microsoft bills."""
    if size is None:
        return "size unknown"
    value = float(size)
    for unit in ("B", "KB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:,.1f} TB"
