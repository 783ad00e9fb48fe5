"""How long until what a plan protects is protected: a range from documented figures, never a promise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from m365backup_tui.domain.products import Product

# graph.md §10 and fact FIRST_POINTS: a policy becomes active within 15 to 60 minutes; first restore points within
# another hour, and then up to 15 minutes (OneDrive 15 to 25) for every 1,000 units.
_ACTIVE = (15, 60)
_POINTS = 60
_PER_1000 = {Product.ONEDRIVE: (15, 25), Product.SHAREPOINT: (0, 15), Product.EXCHANGE: (0, 15)}


@dataclass(frozen=True, slots=True)
class Duration:
    """Minutes from the last request to the first restore points; 0 and 0 when nothing is newly protected."""

    low: int = 0
    high: int = 0

    @property
    def words(self) -> str:
        """`first restore points in 15 minutes to 2 hours 15 minutes`; "" when none are expected."""
        if not self.high:
            return ""
        return f"first restore points in {_span(self.low)} to {_span(self.high)}"


def expected(gains: Mapping[Product, int]) -> Duration:
    """`gains`: units that come under protection, by product. Products are worked on side by side."""
    low = high = 0
    for product, units in gains.items():
        if units:
            thousands = -(-units // 1000)
            least, most = _PER_1000[product]
            low = max(low, _ACTIVE[0] + least * (units // 1000))
            high = max(high, _ACTIVE[1] + _POINTS + most * thousands)
    return Duration(low, high)


def _span(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} hour{'' if hours == 1 else 's'}"] if hours else []
    if rest or not hours:
        parts.append(f"{rest} minutes")
    return " ".join(parts)
