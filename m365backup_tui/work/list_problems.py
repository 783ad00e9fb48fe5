"""The rows of a list that cannot be used, as a file that can be corrected and read again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from m365backup_tui.domain.lists import ListCheck, RowProblem
from m365backup_tui.events import PROBLEMS_FILE, Event
from m365backup_tui.ports import Tools
from m365backup_tui.work.saving import saving, write_csv


def keep_problems(tools: Tools, check: ListCheck, folder: Path) -> AsyncIterator[Event]:
    """Events on PROBLEMS_FILE: the path of a new CSV file in `folder`, or Rejected naming it."""
    path = folder / f"m365backup-{check.product}-problems.csv"
    return saving(
        tools,
        PROBLEMS_FILE,
        "Writing the rows with a problem",
        lambda: write_problems(path, check.source, check.problems),
    )


def write_problems(path: Path, source: str, problems: Iterable[RowProblem]) -> Path:
    """File, row, column, value, problem: corrected under "value", it can be read again. Gives `path`, or one beside it
    where that is taken; raises Rejected."""
    header = ("file", "row", "column", "value", "problem")
    return write_csv(path, header, ((source, p.row, p.column, p.value, p.rule) for p in problems))
