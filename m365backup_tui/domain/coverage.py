"""Coverage: what no policy protects, what is named twice, what a policy names that no longer exists; with sizes.

A `Count` takes the rows of one product a slice at a time, so that 100,000 of them never hold up a screen. A unit counts
as protected only while its own status says so: one in a paused policy gets no new backups (graph.md §5, §6).
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol

from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate, UnitStatus

_ELSEWHERE = "another policy"


class Kind(StrEnum):
    """Where a unit stands. The values are what a CSV file says."""

    PROTECTED = "protected"
    UNPROTECTED = "not protected"
    CHOSEN = "chosen, not applied yet"
    IDLE = "in a policy, no new backups now"
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


class Count:
    """Counts one product: `add` slices of rows in their order, then `finish` once.

    `held` by lower-case key. `row_at(n)` gives the nth row again when a list is looked at: only numbers are kept.
    """

    def __init__(
        self,
        product: Product,
        held: Mapping[str, Held],
        claims: Sequence[Claim],
        names: Mapping[str, str],
        row_at: Callable[[int], Candidate],
    ) -> None:
        self._product = product
        self._held = held
        self._names = names
        self._row_at = row_at
        self._unseen = dict(held)
        self._collections = _by_collection(held) if product is Product.SHAREPOINT else {}
        self._chosen: set[str] = set()
        for claim in claims:
            self._chosen |= claim.keys
        self._twice = twice(held, claims, names)
        self._found: dict[str, Candidate] = {}
        self._rows: dict[Kind, array[int]] = {kind: array("L") for kind in SHARES}
        self._sums: dict[Kind, list[int]] = {kind: [0, 0] for kind in SHARES}
        self._next = 0

    def add(self, rows: Iterable[Candidate]) -> None:
        """The next rows of the catalog."""
        for row in rows:
            key = row.key.lower()
            if key.startswith(
                "report:"
            ):  # a site that this person may not open, known by its collection only
                key = self._collections.get(key.removeprefix("report:"), key)
            holding = self._held.get(key)
            if holding is not None:
                self._unseen.pop(key, None)
                lives = holding.status is UnitStatus.PROTECTED
                kind = Kind.PROTECTED if lives else Kind.IDLE
            elif key in self._chosen:
                kind = Kind.CHOSEN
            elif row.unsupported:
                kind = Kind.BARRED
            else:
                kind = Kind.UNPROTECTED
            self._rows[kind].append(self._next)
            sums = self._sums[kind]
            if row.size is None:
                sums[1] += 1
            else:
                sums[0] += row.size
            if key in self._twice:
                self._found[key] = row
            self._next += 1

    def finish(self, *, complete: bool = True) -> ProductCoverage:
        """The result. Without the whole list of what exists (`complete`) nothing can be said to have vanished."""
        lists: dict[Kind, Sequence[Item]] = {
            kind: _Lines(kind, rows, self._row_at, self._item) for kind, rows in self._rows.items()
        }
        amounts = {kind: Amount(len(rows), *self._sums[kind]) for kind, rows in self._rows.items()}
        lists[Kind.TWICE] = [self._named_twice(key, why) for key, why in self._twice.items()]
        gone = self._unseen if complete else {}
        lists[Kind.VANISHED] = [self._vanished(key, held) for key, held in gone.items()]
        amounts[Kind.TWICE] = _amount(lists[Kind.TWICE])
        amounts[Kind.VANISHED] = _amount(lists[Kind.VANISHED])
        return ProductCoverage(self._product, amounts, lists, complete)

    def _item(self, kind: Kind, row: Candidate) -> Item:
        holding = self._held.get(row.key.lower())
        note = row.unsupported if kind is Kind.BARRED else ""
        if holding is None:
            return Item(
                kind, row.key, row.name, row.address, row.size, row.last_activity, note=note
            )
        name = self._names.get(holding.policy_id, _ELSEWHERE)
        note = f"in “{name}”"
        if kind is Kind.IDLE:
            note += f": {holding.status.words}"
        return _item_of(kind, row.key, row, holding, note)

    def _named_twice(self, key: str, why: str) -> Item:
        return _item_of(Kind.TWICE, key, self._found.get(key), self._held.get(key), why)

    def _vanished(self, key: str, held: Held) -> Item:
        name = self._names.get(held.policy_id, _ELSEWHERE)
        return _item_of(Kind.VANISHED, key, None, held, f"named by “{name}”")


def twice(
    held: Mapping[str, Held], claims: Sequence[Claim], names: Mapping[str, str]
) -> dict[str, str]:
    """Key -> why, for every unit that two places want: a unit can be in one policy only.

    A unit that a rule holds is that rule's own business; one that a change moves is wanted in its new place only.
    Two rules of one policy that name the same person are listed too: it explains why ending one takes nothing away.
    """
    wanted: dict[str, list[Claim]] = {}
    for claim in claims:
        for key in claim.keys:
            wanted.setdefault(key, []).append(claim)
    found: dict[str, str] = {}
    for key, mine in wanted.items():
        words = [claim.words for claim in mine]
        places = {claim.place for claim in mine}
        holding = held.get(key)
        moved = any(key in claim.moves for claim in mine)
        if holding is not None and not moved and holding.policy_id not in places:
            places.add(holding.policy_id)
            words.insert(0, f"“{names.get(holding.policy_id, _ELSEWHERE)}”")
        rules = {(claim.place, claim.rule) for claim in mine if claim.rule}
        if len(places) > 1 or len(rules) > 1:
            found[key] = " and ".join(dict.fromkeys(words))
    return found


class _Lines(Sequence[Item]):
    """Items made when they are looked at, from row numbers."""

    def __init__(
        self,
        kind: Kind,
        rows: array[int],
        row_at: Callable[[int], Candidate],
        item: Callable[[Kind, Candidate], Item],
    ) -> None:
        self._kind, self._rows, self._row_at, self._item = kind, rows, row_at, item

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN204 - two kinds of index
        if isinstance(index, slice):
            return [self[n] for n in range(*index.indices(len(self)))]
        return self._item(self._kind, self._row_at(self._rows[index]))


def _item_of(kind: Kind, key: str, row: Candidate | None, held: Held | None, note: str) -> Item:
    return Item(
        kind,
        key,
        (row.name if row else "") or (held.name if held else "") or key,
        (row.address if row else "") or (held.address if held else ""),
        row.size if row else None,
        row.last_activity if row else None,
        held.policy_id if held else "",
        held.unit_id if held else "",
        held.by_rule if held else False,
        note,
        held.status if held else UnitStatus.UNKNOWN,
    )


def _amount(items: Iterable[Item]) -> Amount:
    units = size = unknown = 0
    for item in items:
        units += 1
        size += item.size or 0
        unknown += item.size is None
    return Amount(units, size, unknown)


def _by_collection(held: Mapping[str, Held]) -> dict[str, str]:
    """Site collection id -> key (`host,collection,web`)."""
    parts = ((key, key.split(",")) for key in held)
    return {found[1]: key for key, found in parts if len(found) == 3}
