"""The rows of a list that cannot be used, as a file that can be corrected and read again."""

from __future__ import annotations

import asyncio
import csv
import io
import os
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from m365backup_tui.domain.errors import Rejected
from m365backup_tui.domain.lists import ListCheck, RowProblem
from m365backup_tui.events import PROBLEMS_FILE, Arrived, Began, Broke, Event
from m365backup_tui.ports import Tools


async def keep_problems(tools: Tools, check: ListCheck, folder: Path) -> AsyncIterator[Event]:
    """Events on PROBLEMS_FILE: the path of a new CSV file in `folder`, or Rejected naming it."""
    yield Began(PROBLEMS_FILE, tools.clock.now(), "Writing the rows with a problem")
    path = folder / f"m365backup-{check.product}-problems.csv"
    try:
        written = await asyncio.to_thread(write_problems, path, check.source, check.problems)
    except Rejected as error:
        yield Broke(PROBLEMS_FILE, error)
        return
    yield Arrived(PROBLEMS_FILE, str(written), tools.clock.now())


def write_problems(path: Path, source: str, problems: Iterable[RowProblem]) -> Path:
    """Writes where nothing stands yet (`-2`, `-3`, ... if need be) and says where; raises Rejected."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_stem(f"{path.stem}-{number}")
    try:
        handle = os.open(free, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(problems_csv(source, problems))
    except OSError as error:
        raise Rejected(f"{free} cannot be written: {error.strerror}.") from error
    return free


def problems_csv(source: str, problems: Iterable[RowProblem]) -> str:
    """The problems as CSV: file, row, column, value, problem. Corrected under "value", it can be read again."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("file", "row", "column", "value", "problem"))
    writer.writerows(
        (_inert(source), p.row, _inert(p.column), _inert(p.value), p.rule) for p in problems
    )
    return text.getvalue()


def _inert(value: str) -> str:
    """A spreadsheet would run a cell that begins like a formula; an apostrophe stops that."""
    return f"'{value}" if value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value
