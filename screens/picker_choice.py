"""What is chosen in the picker: a tick among 100,000 costs no more than among ten; several steps can be undone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from m365backup_tui.domain.cost import Cost
from m365backup_tui.domain.units import Candidate

_STEPS = 100
_KEPT = 3_000_000  # units in all steps together: 24 MB


@dataclass(frozen=True, slots=True)
class _Step:
    """What the draft held before, and what this step added and took away."""

    before: tuple[Candidate, ...]
    added: tuple[Candidate, ...] = ()
    gone: tuple[Candidate, ...] = ()


@dataclass(slots=True)
class Batch:
    """Units that are collected one by one, each once, with the sum of their sizes."""

    units: dict[str, Candidate] = field(default_factory=dict)
    bytes: int = 0
    unknown: int = 0

    def put(self, unit: Candidate) -> None:
        """One more."""
        if unit.key not in self.units:
            self.units[unit.key] = unit
            self.bytes += unit.size or 0
            self.unknown += unit.size is None


class Choice:
    """Follows a draft's `add`. The sum of sizes is kept up to date, never counted again."""

    def __init__(self) -> None:
        self.units: dict[str, Candidate] = {}
        self._add: tuple[Candidate, ...] = ()
        self._bytes = self._unknown = 0
        self._steps: list[_Step] = []

    @property
    def cost(self) -> Cost:
        """How many units of known size with how many bytes, and how many others."""
        return Cost(self._bytes, len(self.units) - self._unknown, self._unknown)

    @property
    def can_undo(self) -> bool:
        """Whether there is an earlier choice to go back to."""
        return bool(self._steps)

    def follow(self, add: tuple[Candidate, ...]) -> None:
        """Be in step with the draft; nothing to do when it is what was chosen here."""
        if add is self._add:
            return
        self._add = add
        self.units = {unit.key: unit for unit in add}
        self._bytes = sum(unit.size or 0 for unit in add)
        self._unknown = sum(unit.size is None for unit in add)
        self._steps.clear()

    def with_units(self, units: Iterable[Candidate]) -> tuple[Candidate, ...]:
        """What the draft is to hold with these added; the same tuple when they are all in it."""
        fresh = Batch()
        for unit in units:
            if unit.key not in self.units:
                fresh.put(unit)
        return self.with_batch(fresh)

    def with_batch(self, fresh: Batch) -> tuple[Candidate, ...]:
        """The same for many that are not chosen yet: their sum was made while they were collected."""
        if not fresh.units:
            return self._add
        added = tuple(fresh.units.values())
        self._keep(_Step(self._add, added=added))
        self.units |= fresh.units
        self._bytes += fresh.bytes
        self._unknown += fresh.unknown
        self._add = (*self._add, *added)
        return self._add

    def without(self, keys: Iterable[str]) -> tuple[Candidate, ...]:
        """What the draft is to hold without these."""
        gone = tuple(self.units[key] for key in dict.fromkeys(keys) if key in self.units)
        if not gone:
            return self._add
        self._keep(_Step(self._add, gone=gone))
        self._take(gone)
        self._add = tuple(self.units.values())
        return self._add

    def undone(self) -> tuple[Candidate, ...]:
        """What the draft held before the last change."""
        if self._steps:
            step = self._steps.pop()
            self._take(step.added)
            self._put(step.gone)
            self._add = step.before
        return self._add

    def _put(self, units: tuple[Candidate, ...]) -> None:
        self.units.update((unit.key, unit) for unit in units)
        self._bytes += sum(unit.size or 0 for unit in units)
        self._unknown += sum(unit.size is None for unit in units)

    def _take(self, units: tuple[Candidate, ...]) -> None:
        for unit in units:
            del self.units[unit.key]
        self._bytes -= sum(unit.size or 0 for unit in units)
        self._unknown -= sum(unit.size is None for unit in units)

    def _keep(self, step: _Step) -> None:
        self._steps.append(step)
        while len(self._steps) > _STEPS or sum(len(s.before) for s in self._steps[1:]) > _KEPT:
            del self._steps[0]
