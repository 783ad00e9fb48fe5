"""What one fault is: its words, where it strikes, the options it takes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from m365backup_tui.practice.faults.operations import of_service

# A fault in force: its id, number, operation and options, all JSON.
Fault = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a fault beyond the common ones.

    `kind` is int, float, bool or str. `words` are the texts accepted: for a number, in its place.
    `only`: the numbers accepted, when they are not a range.
    """

    name: str
    says: str
    kind: type
    usual: int | float | bool | str | None = None
    least: float = 0
    most: float = math.inf
    words: tuple[str, ...] = ()
    only: tuple[int, ...] = ()

    def read(self, fault_id: str, value: Any) -> int | float | bool | str:
        """The value as this option takes it. Raises ValueError naming the option and the rule."""
        if isinstance(value, str) and value in self.words:
            return value
        if self.kind is bool and isinstance(value, bool):
            return value
        if self.kind is str and isinstance(value, str) and value and not self.words:
            return value
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number and self.kind is int and value == value // 1 and self._within(value):
            return int(value)
        if number and self.kind is float and self._within(value):
            return float(value)
        raise ValueError(f"{fault_id}: {self.name} is {self.rule()}.")

    def _within(self, value: float) -> bool:
        if self.only:
            return value in self.only
        return self.least <= value <= self.most and not math.isinf(value)

    def rule(self) -> str:
        """What the option takes, in words."""
        if self.kind is bool:
            return "true or false"
        said = ", ".join(self.words[:-1]) + (" or " if self.words[:-1] else "")
        if self.kind is str:
            return f"{said}{self.words[-1]}" if self.words else "a text"
        if self.only:
            return " or ".join(str(number) for number in self.only)
        kind = "a whole number" if self.kind is int else "a number"
        if math.isinf(self.most):
            kind += f" from {self.least:.10g}"
        else:
            kind += f" from {self.least:.10g} to {self.most:.10g}"
        return f"{kind}, or {said}{self.words[-1]}" if self.words else kind


@dataclass(frozen=True, slots=True)
class Known:
    """One fault that can be switched on.

    `service` is where it shows: "any", "graph", "arm", "entra". `operation` is what it strikes
    unless told otherwise. `lasting` faults are situations: they hold from a moment on, which may be
    the nth request, and take no every, rate or times (choice: chance makes no situation). `changing`
    faults strike what changes something; reads only where the operation names them.
    """

    id: str
    title: str
    says: str
    service: str
    operation: str
    options: tuple[Option, ...] = ()
    lasting: bool = False
    times: int | None = None
    changing: bool = False

    @property
    def everywhere(self) -> bool:
        """Whether it is a situation of the tenant or its connections, whatever is asked for."""
        return self.lasting and self.id not in ("H2", "T12")

    def describe(self) -> dict[str, Any]:
        """The entry as `GET /control/faults` shows it."""
        return {
            "id": self.id,
            "title": self.title,
            "says": self.says,
            "service": self.service,
            "operation": self.operation,
            "requests": of_service(self.service),
            "lasting": self.lasting,
            "options": {
                option.name: {"says": option.says, "takes": option.rule(), "usual": option.usual}
                for option in self.options
            },
        }
