"""What is chosen in the picker: a tick among 100,000 costs no more than among ten; several steps can be undone."""

from __future__ import annotations

from collections.abc import Iterable

from m365backup_tui.domain.cost import Cost
from m365backup_tui.domain.units import Candidate

_STEPS = 100
_KEPT = 3_000_000  # units in all steps together: 24 MB


class Choice:
    """Follows a draft's `add`. The sum of sizes is kept up to date, never counted again."""

    def __init__(self) -> None:
        self.units: dict[str, Candidate] = {}
        self._add: tuple[Candidate, ...] = ()
        self._bytes = self._unknown = 0
        self._undo: list[tuple[Candidate, ...]] = []

    @property
    def cost(self) -> Cost:
        """How many units of known size with how many bytes, and how many others."""
        return Cost(self._bytes, len(self.units) - self._unknown, self._unknown)

    @property
    def can_undo(self) -> bool:
        """Whether there is an earlier choice to go back to."""
        return bool(self._undo)

    def follow(self, add: tuple[Candidate, ...]) -> None:
        """Be in step with the draft; nothing to do when it is what was chosen here."""
        if add is self._add:
            return
        self._add = add
        self.units = {unit.key: unit for unit in add}
        self._bytes = sum(unit.size or 0 for unit in add)
        self._unknown = sum(unit.size is None for unit in add)

    def with_units(self, units: Iterable[Candidate]) -> tuple[Candidate, ...]:
        """What the draft is to hold with these added; the same tuple when they are all in it."""
        fresh = {u.key: u for u in units if u.key not in self.units}
        if not fresh:
            return self._add
        for unit in fresh.values():
            self._count(unit, 1)
        self.units |= fresh
        return self._step((*self._add, *fresh.values()))

    def without(self, keys: Iterable[str]) -> tuple[Candidate, ...]:
        """What the draft is to hold without these."""
        gone = [unit for key in keys if (unit := self.units.pop(key, None)) is not None]
        if not gone:
            return self._add
        for unit in gone:
            self._count(unit, -1)
        return self._step(tuple(self.units.values()))

    def undone(self) -> tuple[Candidate, ...]:
        """What the draft held before the last change."""
        add = self._undo.pop() if self._undo else self._add
        self.follow(add)
        return add

    def _count(self, unit: Candidate, by: int) -> None:
        self._bytes += by * (unit.size or 0)
        self._unknown += by * (unit.size is None)

    def _step(self, add: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        self._undo.append(self._add)
        while len(self._undo) > _STEPS or (
            len(self._undo) > 1 and sum(map(len, self._undo)) > _KEPT
        ):
            del self._undo[0]
        self._add = add
        return add
