"""What can be made to go wrong on the practice tenant, as that tenant lists it: plain values.

The list itself is the tenant's. Nothing here knows one fault by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Extra:
    """One thing that can be set for a fault beyond when and where: `Retry-After`, a status, a count."""

    name: str
    says: str
    takes: str = ""  # what is accepted, in words
    usual: str = ""


@dataclass(frozen=True, slots=True)
class Mishap:
    """Something that can go wrong. A `named` one is a situation that is on or off and nothing else; any other is
    a fault, which strikes requests, or with `lasting` holds until it is switched off."""

    key: str
    title: str
    says: str
    service: str = ""
    operation: str = ""  # what it strikes unless told otherwise
    requests: tuple[str, ...] = ()  # what else it can be kept to
    lasting: bool = False
    extras: tuple[Extra, ...] = ()
    named: bool = False
    on: bool = False  # of a named one

    @property
    def row(self) -> str:
        """What the menu calls it: a situation and a fault may share a key."""
        return f"{'situation' if self.named else 'fault'} {self.key}"


@dataclass(frozen=True, slots=True)
class InForce:
    """A fault that is switched on, and how often it was `seen` (a request it could have struck) and has struck."""

    number: int
    key: str
    title: str
    operation: str
    lasting: bool = False
    nth: int = 1
    every: bool = False
    rate: float = 1.0
    times: int | None = None
    lasts: str = ""  # ISO 8601 duration on the tenant's clock
    over: bool = False  # its time has passed, or it has struck as often as it was to
    begun: bool = True  # False: its time has not come yet
    seen: int = 0
    struck: int = 0


@dataclass(frozen=True, slots=True)
class EarlyReturn:
    """A request that somebody repeated sooner than a Retry-After allowed: how often, and by up to how much."""

    what: str
    calls: int
    seconds: float


class When(StrEnum):
    """How often a fault strikes."""

    NEXT = "next"
    EVERY = "every"
    ONE_IN_TEN = "one in ten"
    TWO_MINUTES = "two minutes"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class SwitchOn:
    """A fault from now on. `nth` belongs to When.EVERY; `extras` are (name, what was typed)."""

    key: str
    title: str
    when: When
    operation: str = ""  # "" for a lasting one, which strikes no request in particular
    nth: int = 1
    extras: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SwitchOff:
    """One fault in force is over."""

    number: int
    title: str


@dataclass(frozen=True, slots=True)
class Turn:
    """A named situation begins or is over."""

    key: str
    title: str
    on: bool


@dataclass(frozen=True, slots=True)
class AllOff:
    """Every fault and situation is over."""


@dataclass(frozen=True, slots=True)
class MoveClock:
    """The tenant's time goes ahead."""

    hours: int


Change = SwitchOn | SwitchOff | Turn | AllOff | MoveClock


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """All of it as read last.

    `requests`: names of the kinds of request that a fault can be kept to. `done`: the change just made; `clock`: the
    tenant's time after that, where that is what changed.
    """

    mishaps: tuple[Mishap, ...] = ()
    requests: tuple[str, ...] = ()
    in_force: tuple[InForce, ...] = ()
    early: tuple[EarlyReturn, ...] = ()
    done: Change | None = None
    clock: datetime | None = None

    @property
    def quiet(self) -> bool:
        """Nothing is switched on."""
        return not self.in_force and not any(m.named and m.on for m in self.mishaps)
