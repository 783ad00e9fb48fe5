"""What the faults remember between requests; nothing of it is part of the tenant's document."""

from collections.abc import Collection
from dataclasses import dataclass, field

from m365backup_tui.practice.faults.early import Early
from m365backup_tui.practice.faults.newborn import Newborn


@dataclass(slots=True)
class Memory:
    """`refused`: sha256 of Authorization headers that H8 has ended. `emptied`: lists that gave their
    empty page (H13) and go on with the next call.
    """

    early: Early = field(default_factory=Early)
    newborn: Newborn = field(default_factory=Newborn)
    refused: set[str] = field(default_factory=set)
    emptied: set[str] = field(default_factory=set)

    def keep(self, fault_ids: Collection[str]) -> None:
        """Forget what only faults that are no longer in force have left behind."""
        if "H8" not in fault_ids:
            self.refused.clear()
        if "H13" not in fault_ids:
            self.emptied.clear()
