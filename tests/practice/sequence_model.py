"""What the tenant must hold after a sequence of intentions: a small model, written from graph.md §3 to §6 alone.

A unit is in one policy only; a new policy is paused until it is activated; a removed unit has left; a rename changes
the name and nothing else. Time has passed whenever the model is compared, so nothing is on its way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from m365backup_tui.domain.products import Product

Picture = dict[tuple[str, str], tuple[bool, frozenset[str]]]
"""(product, policy name) -> (is on, keys of its units)."""


class Act(StrEnum):
    """What an admin can want."""

    NEW = "new"
    ADD = "add"
    REMOVE = "remove"
    RENAME = "rename"
    POWER = "power"
    MOVE = "move here"
    DELETE = "delete"
    MANY = "add many"  # more than one request may carry: a bulk addition job
    RULE = "add a rule"
    END_RULE = "end a rule"


@dataclass(frozen=True)
class Want:
    """One intention. `which` and `units` choose among what there is when its turn comes, whatever that is."""

    act: Act
    which: int = 0
    units: int = 1
    on: bool = True


class Meddling(StrEnum):
    """What another admin does between the plan and its run."""

    RENAME = "rename"
    ADD = "add a unit"
    REMOVE = "remove a unit"
    CREATE = "create"
    SWITCH = "pause or activate"
    DELETE = "delete"


@dataclass(frozen=True)
class Fault:
    """A fault that is switched on while the plan is carried out, at the nth request that it means."""

    id: str
    operation: str = "graph"
    nth: int = 1


@dataclass(frozen=True)
class Round:
    """One plan and its run. `halt` > 0: after so many changes of the run it is stopped (or, with `dropped`, cut off),
    and resumed later."""

    wants: tuple[Want, ...]
    meddling: Meddling | None = None
    meddled: int = 0  # which policy
    fault: Fault | None = None
    halt: int = 0
    dropped: bool = False


@dataclass(frozen=True)
class Group:
    """A group of the directory and whom a rule that names it finds, by product."""

    id: str
    name: str
    members: dict[Product, frozenset[str]]


@dataclass(eq=False)
class Held:
    """A policy of the model. `keys`: held by hand; `groups`: named by rules, by group id."""

    product: Product
    name: str
    on: bool = False
    keys: set[str] = field(default_factory=set)
    dynamic: dict[str, Group] = field(default_factory=dict)
    static: dict[str, Group] = field(default_factory=dict)

    @property
    def ruled(self) -> set[str]:
        """Held by a rule that keeps in step: not to be removed by hand."""
        return {key for group in self.dynamic.values() for key in group.members[self.product]}

    def groups(self, dynamic: bool) -> dict[str, Group]:
        return self.dynamic if dynamic else self.static

    @property
    def all(self) -> set[str]:
        return self.keys | self.ruled


class Model:
    """The tenant as it must be."""

    def __init__(self, pool: dict[Product, list[str]], groups: list[Group]) -> None:
        self.pool = pool
        self.groups = groups
        self.policies: list[Held] = []
        self._made = 0

    def picture(self) -> Picture:
        return {(str(p.product), p.name): (p.on, frozenset(p.all)) for p in self.policies}

    def free(self, product: Product) -> list[str]:
        taken = {k for p in self.policies if p.product is product for k in p.all}
        return [key for key in self.pool[product] if key not in taken]

    def name(self) -> str:
        self._made += 1
        return f"Policy {self._made}"

    def holder(self, product: Product, key: str) -> Held | None:
        mine = (p for p in self.policies if p.product is product and key in p.all)
        return next(mine, None)

    def called(self, product: Product, name: str) -> Held | None:
        return next((p for p in self.policies if p.product is product and p.name == name), None)

    def add(self, policy: Held, key: str) -> None:
        """Taken, unless another policy holds it."""
        if self.holder(policy.product, key) is None:
            policy.keys.add(key)
