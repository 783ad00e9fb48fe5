"""Finding among 100,000 candidates while typing: texts prepared once, narrowing, order and filter.

Measured need (terminal.md §7): folding 100,000 names costs tens of milliseconds, a search over folded texts a few.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.units import Candidate
from m365backup_tui.state import State


class Show(StrEnum):
    """Which candidates are listed."""

    ALL = "all"
    FREE = "not protected"
    CHOSEN = "chosen"

    @property
    def following(self) -> Show:
        """The next one, round and round."""
        order = list(Show)
        return order[(order.index(self) + 1) % len(order)]


class Order(StrEnum):
    """In which order. LISTED is as the service gave them: nothing moves while the list fills."""

    LISTED = "as listed"
    NAME = "name"
    SIZE = "size"

    @property
    def following(self) -> Order:
        """The next one, round and round."""
        order = list(Order)
        return order[(order.index(self) + 1) % len(order)]


class Finder:
    """Remembers what it prepared: folded texts while candidates grow, the last answer while a search narrows.

    `find(...)` gives indices into the candidates. Example::

        finder = Finder()
        finder.find(catalog.candidates, "fin nor", Show.ALL, Order.NAME, chosen=keys, barred={})
    """

    def __init__(self) -> None:
        self._source: tuple[Candidate, ...] = ()
        self._texts: list[str] = []
        self._asked: tuple[tuple[str, ...], Show, Order] = ((), Show.ALL, Order.LISTED)
        self._found: Sequence[int] = range(0)

    def find(
        self,
        candidates: tuple[Candidate, ...],
        words: str,
        show: Show,
        order: Order,
        chosen: Mapping[str, Candidate],
        barred: Mapping[str, str],
    ) -> Sequence[int]:
        """Indices of what matches every word, in name or address, in any order and case.

        `chosen`: what is chosen, by key; `barred`: why something cannot be, by key. Asked the same again,
        the answer stays the same: what was unticked under "chosen" does not run away.
        """
        asked = (tuple(words.casefold().split()), show, order)
        grown = self._prepare(candidates)
        if not grown and asked == self._asked:
            return self._found
        narrower = not grown and asked[1:] == self._asked[1:] and _narrows(asked[0], self._asked[0])
        within: Sequence[int] = self._found if narrower else range(len(candidates))
        self._asked = asked
        self._found = self._search(
            within, asked[0], show, order if not narrower else Order.LISTED, chosen, barred
        )
        return self._found

    def _search(
        self,
        within: Sequence[int],
        words: tuple[str, ...],
        show: Show,
        order: Order,
        chosen: Mapping[str, Candidate],
        barred: Mapping[str, str],
    ) -> Sequence[int]:
        source, texts = self._source, self._texts
        for word in words:
            within = [i for i in within if word in texts[i]]
        if show is Show.FREE:
            within = [i for i in within if not why_barred(source[i], barred)]
        elif show is Show.CHOSEN:
            within = [i for i in within if source[i].key in chosen]
        if order is Order.NAME:
            within = sorted(within, key=texts.__getitem__)
        elif order is Order.SIZE:
            within = sorted(within, key=lambda i: -(source[i].size or 0))
        return within

    def _prepare(self, candidates: tuple[Candidate, ...]) -> bool:
        """Fold what is new; True when the candidates are not those of last time."""
        old = self._source
        if candidates is old:
            return False
        same = len(old) <= len(candidates) and (not old or candidates[len(old) - 1] is old[-1])
        if not same:
            self._texts = []
        fresh = candidates[len(self._texts) :]
        self._texts.extend(f"{c.name}\n{c.address}".casefold() for c in fresh)
        self._source = candidates
        return True


def _narrows(new: tuple[str, ...], old: tuple[str, ...]) -> bool:
    """Every match of `new` is one of `old`: each old word is part of a new one."""
    return all(any(word in longer for longer in new) for word in old)


def other_drafts(state: State, draft: Draft) -> tuple[Draft, ...]:
    """The drafts that compete for the same units as this one."""
    return tuple(d for d in state.drafts if d.product is draft.product and d.key != draft.key)


def barred_by(others: tuple[Draft, ...]) -> dict[str, str]:
    """Why units cannot be chosen because another draft has them, by key."""
    return {
        unit.key: f"It is in “{other.name}” already, which waits to be applied."
        for other in others
        for unit in other.add
    }


def why_barred(candidate: Candidate, barred: Mapping[str, str]) -> str:
    """Why this one cannot be chosen; "" when it can."""
    if candidate.unsupported:
        return candidate.unsupported
    if candidate.policy:
        return f"“{candidate.policy}” protects it already: remove it there first."
    return barred.get(candidate.key, "")


def note_of(candidate: Candidate, barred: Mapping[str, str]) -> str:
    """The last column: where it is protected, or what it is, or when it was used last."""
    if candidate.policy:
        return f"in “{candidate.policy}”"
    if candidate.unsupported:
        return "not supported"
    if candidate.key in barred:
        return "in another draft"
    plain = candidate.kind.casefold() in {
        "",
        candidate.product.label.casefold(),
        candidate.product.unit,
    }
    if not plain:
        return candidate.kind
    return f"used {candidate.last_activity.isoformat()}" if candidate.last_activity else ""


def short_address(address: str) -> str:
    """The address as far as a column has use for it: of a site the path, which tells it from its neighbours."""
    if not address.startswith("https://"):
        return address
    host, slash, path = address.removeprefix("https://").partition("/")
    return f"{slash}{path}" if path else host
