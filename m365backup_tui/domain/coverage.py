"""Coverage: what no policy protects, what is named twice, what a policy names that no longer exists; with sizes.

A unit counts as protected only while its own status says so: one in a paused policy gets no new backups (graph.md §5,
§6). The counting is in coverage_count.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol

from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import UnitStatus


class Kind(StrEnum):
    """Where a unit stands. The values are what a CSV file says."""

    PROTECTED = "protected"
    UNPROTECTED = "not protected"
    CHOSEN = "chosen, not applied yet"
    IDLE = "held, no new backups now"
    BARRED = "cannot be protected"
    TWICE = "named twice"
    VANISHED = "not found any more"


SHARES = (Kind.PROTECTED, Kind.IDLE, Kind.CHOSEN, Kind.UNPROTECTED, Kind.BARRED)
"""Every unit of the catalog is of exactly one of these; TWICE and VANISHED are findings beside them."""


class Held(Protocol):
    """Where a unit is held: `domain.units.Holding`, as far as coverage looks at it."""

    @property
    def policy_id(self) -> str: ...
    @property
    def unit_id(self) -> str: ...
    @property
    def by_rule(self) -> bool: ...
    @property
    def status(self) -> UnitStatus: ...
    @property
    def name(self) -> str: ...
    @property
    def address(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody wants these units in one place: a draft's additions, or the people that a rule names.

    `place` is the policy's id, or the draft's key where the policy is still to be made; `words` names the claim inside
    a sentence ("your change of “Legal”"). `moves`: keys that the claim takes from where they are held, on purpose.
    """

    place: str
    words: str
    keys: frozenset[str]
    rule: str = ""  # the rule's id; "" for a draft
    moves: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a list. `size` in bytes; `policy_id` and `unit_id` where a policy holds it; `note` says the rest."""

    kind: Kind
    key: str
    name: str
    address: str
    size: int | None = None
    last_activity: date | None = None
    policy_id: str = ""
    unit_id: str = ""
    by_rule: bool = False
    note: str = ""
    status: UnitStatus = UnitStatus.UNKNOWN


@dataclass(frozen=True, slots=True)
class Amount:
    """`bytes` over the units with a known size; `unknown` of the `units` have none."""

    units: int = 0
    bytes: int = 0
    unknown: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(
            self.units + other.units, self.bytes + other.bytes, self.unknown + other.unknown
        )


@dataclass(frozen=True, slots=True)
class ProductCoverage:
    """One product. `complete` is False when the list of what exists broke off: then nothing counts as vanished."""

    product: Product
    amounts: Mapping[Kind, Amount]
    lists: Mapping[Kind, Sequence[Item]]
    complete: bool = True

    def amount(self, kind: Kind) -> Amount:
        return self.amounts.get(kind, Amount())

    @property
    def able(self) -> Amount:
        """Everything that exists and can be protected (or is)."""
        kinds = (k for k in SHARES if k is not Kind.BARRED)
        return sum((self.amount(k) for k in kinds), Amount())


@dataclass(frozen=True, slots=True)
class Coverage:
    """`gaps`: what could not be looked at, one sentence each; a count is then a lower bound."""

    products: tuple[ProductCoverage, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)  # policy id -> name
    gaps: tuple[str, ...] = ()

    def of(self, product: Product) -> ProductCoverage | None:
        return next((p for p in self.products if p.product is product), None)


def percent(part: int, whole: int) -> str:
    """`87 %`. Rounded down, so that 100 means all; "under 1 %" and "none" are told apart; "" of nothing."""
    if not whole:
        return ""
    if part and part * 100 < whole:
        return "under 1 %"
    return f"{part * 100 // whole} %"
