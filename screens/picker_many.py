"""Choosing many rows at once: first which of them can be chosen, then the candidates, both in small steps."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Sequence

from m365backup_tui.domain.catalog import Catalog, Traits
from m365backup_tui.domain.plan import Draft
from m365backup_tui.screens.picker_choice import Batch

_STEP = 256


class Picks:
    """`look` counts without making candidates, so that a choice that is too large is refused before it costs memory."""

    def __init__(
        self,
        catalog: Catalog,
        chosen: Collection[str],
        barred: Collection[str],
        draft: Draft,
        moves: bool,
    ) -> None:
        """`moves`: take what other policies hold, and nothing else."""
        self.rows = array("I")
        self.batch = Batch()
        self.seen = self.total = self.left_out = 0
        self._catalog, self._chosen, self._barred = catalog, chosen, barred
        self._own = "" if draft.new else draft.old_name
        self._moves = moves

    @property
    def words(self) -> str:
        """How many more are chosen and how to take that back (A is quickly pressed); what was not chosen, and why."""
        if not self.left_out:
            return chosen_words(len(self.rows))
        why = (
            "held by a rule or not supported" if self._moves else "held elsewhere or not supported"
        )
        return f"{len(self.rows):,} more chosen; {self.left_out:,} not: {why}."

    def look(self, found: Sequence[int], places: range | None) -> Iterator[None]:
        """Go through what was found, or through those places of it."""
        self.total = len(found) if places is None else len(places)
        rows = iter(found) if places is None else (found[i] for i in places)
        for row in rows:
            chunk, inside = self._catalog.place(row)
            key = chunk.key(inside)
            if key not in self._chosen:
                traits = chunk.traits[chunk.trait[inside]]
                if self._takes(traits) and key not in self._barred:
                    self.rows.append(row)
                else:
                    self.left_out += 1
            self.seen += 1
            if self.seen % _STEP == 0:
                yield

    def _takes(self, traits: Traits) -> bool:
        if traits.unsupported:
            return False
        if not self._moves:
            return not traits.policy
        return bool(traits.policy) and not traits.by_rule and traits.policy != self._own

    def make(self) -> Iterator[None]:
        """Make the candidates."""
        for row in self.rows:
            self.batch.put(self._catalog[row])
            if len(self.batch.units) % _STEP == 0:
                yield


def chosen_words(more: int) -> str:
    """What one key chose."""
    if more <= 0:
        return "All of them are chosen already."
    return f"{more:,} more chosen: U takes that back."


def dropped_words(count: int) -> str:
    """What X took out."""
    return f"{count:,} dropped: U takes that back." if count else "None of these was chosen."
