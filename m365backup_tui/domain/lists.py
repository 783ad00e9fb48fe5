"""Lists as admins have them: pasted lines, exports, usage reports. From text to addresses, nothing lost silently."""

from __future__ import annotations

from dataclasses import dataclass

from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One row that cannot be used: `row` as the file counts (1 = first line), `column` its header or ""."""

    row: int
    column: str
    value: str
    rule: str  # a sentence: what is wrong and the way out


@dataclass(frozen=True, slots=True)
class ListCheck:
    """A list after it was read and every address looked up. `good` keeps the list's order, without repeats."""

    product: Product
    source: str  # file name, or "pasted text"
    rows: int
    good: tuple[Candidate, ...]
    problems: tuple[RowProblem, ...]
