"""What is wrong with a policy file, as lines of text: file by file, line by line, and a long list's faults counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from m365backup_tui.domain.policy_file import FileProblem

TOLD = 100
"""Problems of one file that are told as text: more than that is read by nobody. Documents have all of them."""


def in_order(problems: Sequence[FileProblem]) -> tuple[FileProblem, ...]:
    """Files in the order in which they came up, each in the order of its lines."""
    first: dict[str, int] = {}
    for one in problems:
        first.setdefault(one.file, len(first))
    return tuple(sorted(problems, key=lambda one: (first[one.file], one.line)))


def as_lines(problems: Sequence[FileProblem]) -> Iterator[str]:
    """One problem a line; of each file the first, and how many there are more."""
    for file, some in groupby(in_order(problems), key=lambda one: one.file):
        mine = list(some)
        yield from map(str, mine[:TOLD])
        if (more := len(mine) - TOLD) > 0:
            yield f"{file}: {more:,} more problems; --json lists all."
