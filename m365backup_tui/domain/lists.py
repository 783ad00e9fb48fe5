"""Lists as admins have them: pasted lines, exports, usage reports, groups. What was read, what is good, what is not."""

from __future__ import annotations

from dataclasses import dataclass, replace

from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate

_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", "": "one value a line"}


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One row that cannot be used: `row` as the file counts (1 = first line), `column` its header or "".

    `move`: the unit, where it could be taken out of the policy that holds it (its `.policy` says which). `repeat`: it
    stands in the list once already, which harms nothing.
    """

    row: int
    column: str
    value: str
    rule: str  # a sentence: what is wrong and the way out
    move: Candidate | None = None
    repeat: bool = False


@dataclass(frozen=True, slots=True)
class ReadAs:
    """How a list was understood, so that a wrong guess can be seen and put right.

    `encoding` is "" for text that was pasted, `separator` is "" where each line is one value. `header`: the cells of
    the first row where it was taken for a header, `guessed` where none of its names is known. `column`: whose values
    are the addresses, "" without a header. `first_row`: where the list begins (1 = first line of the file).
    """

    encoding: str = ""
    separator: str = ""
    header: tuple[str, ...] = ()
    guessed: bool = False
    column: str = ""
    first_row: int = 1

    @property
    def words(self) -> str:
        """`UTF-16, semicolons, header in row 2, addresses under “Mail”`."""
        parts = [self.encoding, _SEPARATORS.get(self.separator, self.separator)]
        if not self.header:
            parts.append("no header")
        else:
            guess = " (a guess)" if self.guessed else ""
            parts += [f"header in row {self.first_row}{guess}", f"addresses under “{self.column}”"]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class ListCheck:
    """A list after it was read and every address looked up. `good` keeps the list's order, without repeats.

    `of_group`: its rows are the members of a group, `read_as` is None then.
    """

    product: Product
    source: str  # file name, "pasted text", or the name of a group
    rows: int
    good: tuple[Candidate, ...]
    problems: tuple[RowProblem, ...]
    read_as: ReadAs | None = None
    of_group: bool = False

    @property
    def moves(self) -> int:
        """Rows that another policy holds and that could be moved from there."""
        return sum(p.move is not None for p in self.problems)

    def with_moves(self) -> ListCheck:
        """The same with those rows among the good ones, each with the policy it comes from."""
        moved = tuple(p.move for p in self.problems if p.move is not None)
        rest = tuple(p for p in self.problems if p.move is None)
        return replace(self, good=(*self.good, *moved), problems=rest)
