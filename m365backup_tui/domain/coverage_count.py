"""Counting coverage: rows of one product a slice at a time, so that 100,000 of them never hold up a screen."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence

from m365backup_tui.domain.catalog import Chunk
from m365backup_tui.domain.coverage import SHARES, Amount, Claim, Held, Item, Kind, ProductCoverage
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate, UnitStatus

_ELSEWHERE = "another policy"
_CLOSED = "report:"  # before the collection id, in keys of sites that only the usage report knows


class Count:
    """Counts one product: `add` or `add_chunk` rows in their order, then `finish` once.

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
        self._seen: set[str] = set()
        self._collections = _by_collection(held) if product is Product.SHAREPOINT else {}
        self._chosen: set[str] = set()
        for claim in claims:
            self._chosen |= claim.keys
        self._twice = twice(held, claims, names)
        self._found: dict[str, int] = {}
        self._rows: dict[Kind, array[int]] = {kind: array("L") for kind in SHARES}
        self._sums: dict[Kind, list[int]] = {kind: [0, 0] for kind in SHARES}
        self._next = 0

    def add(self, rows: Sequence[Candidate]) -> None:
        """The next rows of the catalog."""
        sizes = [-1 if row.size is None else row.size for row in rows]
        self._take([row.key for row in rows], sizes, [bool(row.unsupported) for row in rows])

    def add_chunk(self, chunk: Chunk) -> None:
        """The same for rows as the catalog keeps them: ten times as fast as making each."""
        keys = chunk.shown.decode().split("\n")[2::3]  # name, address and key of each, a line each
        barred = [bool(trait.unsupported) for trait in chunk.traits]
        self._take(keys, chunk.sizes, [barred[number] for number in chunk.trait])

    def _take(self, keys: Iterable[str], sizes: Iterable[int], barred: Iterable[bool]) -> None:
        """`sizes`: -1 where not known."""
        held, chosen, wanted_twice = self._held, self._chosen, self._twice
        for key, size, cannot in zip(map(str.lower, keys), sizes, barred, strict=True):
            if key.startswith(
                _CLOSED
            ):  # a site that this person may not open: only its collection is known
                key = self._collections.get(key.removeprefix(_CLOSED), key)
            holding = held.get(key)
            if holding is not None:
                self._seen.add(key)
                lives = holding.status is UnitStatus.PROTECTED
                kind = Kind.PROTECTED if lives else Kind.IDLE
            elif key in chosen:
                kind = Kind.CHOSEN
            elif cannot:
                kind = Kind.BARRED
            else:
                kind = Kind.UNPROTECTED
            self._rows[kind].append(self._next)
            sums = self._sums[kind]
            if size < 0:
                sums[1] += 1
            else:
                sums[0] += size
            if key in wanted_twice:
                self._found[key] = self._next
            self._next += 1

    @property
    def unseen(self) -> tuple[str, ...]:
        """Keys that a policy names and that no row had so far."""
        return tuple(key for key in self._held if key not in self._seen)

    def finish(self, *, complete: bool = True) -> ProductCoverage:
        """The result. Without the whole list of what exists (`complete`) nothing can be said to have vanished."""
        lists: dict[Kind, Sequence[Item]] = {
            kind: _Lines(kind, rows, self._row_at, self._item) for kind, rows in self._rows.items()
        }
        amounts = {kind: Amount(len(rows), *self._sums[kind]) for kind, rows in self._rows.items()}
        lists[Kind.TWICE] = [self._named_twice(key, why) for key, why in self._twice.items()]
        gone = self.unseen if complete else ()
        lists[Kind.VANISHED] = [self._vanished(key, self._held[key]) for key in gone]
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
        row = self._row_at(self._found[key]) if key in self._found else None
        return _item_of(Kind.TWICE, key, row, self._held.get(key), why)

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
