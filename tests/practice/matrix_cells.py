"""A cell of the fault matrix: one kind of request that the product makes, and one fault that can strike it."""

from __future__ import annotations

import os
from dataclasses import dataclass

from m365backup_tui.practice.faults.operations import strikes

# One variant of a fault for each kind is enough in the ordinary suite; with this, all of them.
ALL_VARIANTS = bool(os.environ.get("M365BACKUP_TUI_EXAMPLES"))


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of request. `flow` makes it; `first`: faults that have to be on for it to be made at all.

    `lists`: it answers page by page. `optional`: without it less is said, and nothing wrong: why.
    """

    name: str
    operation: str
    flow: str
    lists: bool = False
    first: tuple[str, ...] = ()
    optional: str = ""
    objects: bool = True  # answers JSON objects, which may have properties more
    answers: bool = True  # has a body in its answer at all
    part: bool = False  # of a batch: it has no connection of its own

    @property
    def service(self) -> str:
        """graph, arm or entra."""
        path = self.operation.partition(" ")[2] if "/" in self.operation else ""
        if "oauth2" in path or "openid" in path:
            return "entra"
        return "arm" if "/subscriptions" in path else "graph"

    @property
    def backup(self) -> bool:
        """Whether the backup service answers it."""
        return "/backupRestore" in self.operation

    def is_of(self, method: str, path: str) -> bool:
        """Whether this request of the log is of this kind."""
        return strikes(self.operation, method, path.partition("?")[0])


@dataclass(frozen=True, slots=True)
class Cell:
    """`passing`: it has to end as if nothing had been."""

    kind: Kind
    words: str
    passing: bool = False

    @property
    def fault(self) -> str:
        """The id alone."""
        return self.words.split()[0]

    @property
    def switch(self) -> str:
        """The words that switch it on for this kind of request."""
        return f"{self.words} operation='{self.kind.operation}'" if self.aimed else self.words

    @property
    def aimed(self) -> bool:
        """Whether it is about requests of this kind only; a situation of the tenant is about all."""
        return "nth=" in self.words or self.fault[0] in "TH" or self.fault in ("A", "A1", "A3")

    def __str__(self) -> str:
        return f"{self.kind.name} x {self.words}"
