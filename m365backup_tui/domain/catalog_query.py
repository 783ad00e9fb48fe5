"""What is looked for in a catalog: words, filters, an order. Plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from m365backup_tui.domain.catalog import Traits, fold

_GB = 1_000_000_000


class Order(StrEnum):
    """In which order. LISTED is as the service gave them: nothing moves while the list fills."""

    LISTED = "as listed"
    NAME = "by name"
    SIZE = "by size"
    USED = "by last use"

    @property
    def following(self) -> Order:
        """The next one, round and round."""
        order = list(Order)
        return order[(order.index(self) + 1) % len(order)]


class Size(StrEnum):
    """How large, as the usage report says."""

    ANY = "any size"
    SMALL = "under 1 GB"
    MEDIUM = "1 to 10 GB"
    LARGE = "10 to 100 GB"
    HUGE = "over 100 GB"
    UNKNOWN = "size unknown"

    @property
    def bounds(self) -> tuple[int, int] | None:
        """Bytes, from (included) to (not included); unknown sizes are -1."""
        return {
            "under 1 GB": (0, _GB),
            "1 to 10 GB": (_GB, 10 * _GB),
            "10 to 100 GB": (10 * _GB, 100 * _GB),
            "over 100 GB": (100 * _GB, 1 << 63),
            "size unknown": (-1, 0),
        }.get(self.value)


class Used(StrEnum):
    """When somebody used it last, as the usage report says."""

    ANY = "used at any time"
    MONTH = "used in the last 30 days"
    QUIET = "not used for 90 days"
    ASLEEP = "not used for a year"
    UNKNOWN = "last use unknown"

    def bounds(self, today: date) -> tuple[int, int] | None:
        """Days as ordinals, from (included) to (not included); unknown days are 0."""
        day = today.toordinal()
        return {
            "used in the last 30 days": (day - 30, 1 << 31),
            "not used for 90 days": (1, day - 90),
            "not used for a year": (1, day - 365),
            "last use unknown": (0, 1),
        }.get(self.value)


@dataclass(frozen=True, slots=True)
class Filter:
    """What is listed at all. `policy` and `kind`: None for any; "" for none. `free`: only what can be chosen now."""

    free: bool = False
    policy: str | None = None
    size: Size = Size.ANY
    used: Used = Used.ANY
    kind: str | None = None

    def takes(self, traits: Traits) -> bool:
        """Whether rows with these traits are listed."""
        if self.free and (traits.policy or traits.unsupported):
            return False
        if self.policy is not None and traits.policy != self.policy:
            return False
        return self.kind is None or traits.kind == self.kind


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for. `today`: what last use is counted from."""

    words: tuple[bytes, ...] = ()
    filter: Filter = Filter()
    order: Order = Order.LISTED
    today: date = date(2000, 1, 1)

    @classmethod
    def of(cls, text: str, wanted: Filter, order: Order, today: date) -> Query:
        """From what was typed."""
        words = dict.fromkeys(fold(text).split())
        return cls(tuple(word.encode() for word in words), wanted, order, today)

    @property
    def everything(self) -> bool:
        """Nothing is left out."""
        return not self.words and self.filter == Filter()

    def narrows(self, wider: Query) -> bool:
        """Whether every row that this finds is one that `wider` finds."""
        return (self.filter == wider.filter or wider.filter == Filter()) and all(
            any(word in longer for longer in self.words) for word in wider.words
        )
