"""A file that somebody asked for: written beside the loop, told by events, never over another one."""

from __future__ import annotations

import asyncio
import csv
import os
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from pathlib import Path

from m365backup_tui.domain.errors import CloudError, Rejected
from m365backup_tui.events import Arrived, Began, Broke, Event, Slot
from m365backup_tui.ports import Tools


async def saving(
    tools: Tools, slot: Slot[str], doing: str, write: Callable[[], object]
) -> AsyncIterator[Event]:
    """Events on `slot`: where `write` says that the file is, or the CloudError that it raised. It runs in a thread."""
    yield Began(slot, tools.clock.now(), doing)
    try:
        written = await asyncio.to_thread(write)
    except CloudError as error:
        yield Broke(slot, error)
        return
    yield Arrived(slot, str(written), tools.clock.now())


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    """Writes (0600) where nothing stands yet (`-2`, `-3`, ... if need be) and says where. Raises Rejected naming the
    file."""
    number, free = 1, path
    while True:
        try:
            handle = os.open(free, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            break
        except FileExistsError:
            number += 1
            free = path.with_stem(f"{path.stem}-{number}")
        except OSError as error:
            raise _not_written(free, error) from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            writer.writerows([_inert(cell) for cell in row] for row in rows)
    except OSError as error:
        raise _not_written(free, error) from error
    return free


def _not_written(path: Path, error: OSError) -> Rejected:
    return Rejected(f"{path} cannot be written: {error.strerror}.")


def _inert(cell: object) -> object:
    """A spreadsheet would run a text that begins like a formula; an apostrophe stops that."""
    runs = isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@", "\t", "\r"}
    return f"'{cell}" if runs else cell
