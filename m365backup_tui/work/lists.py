"""Checks a pasted or loaded list: reads it, looks every address up, names every problem by row, column and rule."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from m365backup_tui.domain.errors import CloudError, Rejected
from m365backup_tui.domain.lists import ListCheck, RowProblem
from m365backup_tui.domain.lists_reading import Reading, Unreadable, read
from m365backup_tui.events import CHECKED, Arrived, Began, Broke, Event, Noted
from m365backup_tui.ports import Tools
from m365backup_tui.work.list_judging import Asked, Holders, holders, judge, usable
from m365backup_tui.work.list_lookup import MANY, Found, compare, find, look_up
from m365backup_tui.work.list_problems import keep_problems, write_problems

__all__ = [
    "Asked",
    "check_file",
    "check_text",
    "find",
    "keep_problems",
    "look_up",
    "read_bytes",
    "usable",
    "write_problems",
]

PASTED = "pasted text"
_PIECE = 400  # addresses looked up between two words of progress
_LARGEST = 64 * 1024 * 1024  # bytes; a report of 50,000 rows has about 15 MB


async def check_text(tools: Tools, asked: Asked, text: str) -> AsyncIterator[Event]:
    """Events on CHECKED, ending in a ListCheck or in Rejected with a sentence."""
    yield Began(CHECKED, tools.clock.now(), "Reading the list")
    async for event in _check(tools, asked, PASTED, text):
        yield event


async def check_file(tools: Tools, asked: Asked, path: Path) -> AsyncIterator[Event]:
    """As `check_text`; every sentence about the file names it."""
    yield Began(CHECKED, tools.clock.now(), f"Reading {path.name}")
    try:
        data = await asyncio.to_thread(read_bytes, path)
    except Rejected as error:
        yield Broke(CHECKED, error)
        return
    async for event in _check(tools, asked, path.name, data):
        yield event


def read_bytes(path: Path) -> bytes:
    """The file's bytes; raises Rejected naming the file and what is wrong with it."""
    try:
        path = path.expanduser()
        if path.is_dir():
            raise Rejected(f"{path} is a folder: name the file in it.")
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)  # a device has no size, and perhaps no end
        if len(data) > _LARGEST:
            raise Rejected(f"{path} is larger than 64 MB: split it.")
        return data
    except FileNotFoundError:
        raise Rejected(f"{path} does not exist: check how it is written.") from None
    except PermissionError:
        raise Rejected(f"{path} may not be read by you.") from None
    except (OSError, RuntimeError, ValueError) as error:  # ValueError: a NUL; RuntimeError: ~nobody
        raise Rejected(f"{path} cannot be read: {error}.") from error


async def _check(
    tools: Tools, asked: Asked, source: str, data: bytes | str
) -> AsyncIterator[Event]:
    product = asked.product
    try:
        reading = await asyncio.to_thread(read, product, data, asked.has_header)
    except Unreadable as error:
        yield Broke(CHECKED, Rejected(f"{source}: {error}", "list"))
        return
    problems = list(reading.problems)
    try:
        now = await holders(tools, product)
        if asked.known or len(reading.rows) > MANY:
            yield Noted(CHECKED, f"Comparing the list with all {product.units}")
        found, bad, rest = await compare(tools, product, reading.rows, asked.known)
        problems += bad
        for start in range(0, len(rest), _PIECE):
            yield Noted(CHECKED, f"Looking up {start:,} of {product.amount(len(rest))}")
            good, bad = await look_up(tools, product, rest[start : start + _PIECE])
            found += good
            problems += bad
    except CloudError as error:
        yield Broke(CHECKED, error)
        return
    check = await asyncio.to_thread(_judged, asked, source, reading, found, problems, now)
    yield Arrived(CHECKED, check, tools.clock.now())


def _judged(
    asked: Asked,
    source: str,
    reading: Reading,
    found: Sequence[Found],
    problems: Sequence[RowProblem],
    now: Holders,
) -> ListCheck:
    """In a thread: 100,000 rows take a tenth of a second."""
    in_order = sorted(found, key=lambda pair: pair[0].row)
    good, more = judge(asked, in_order, now)
    every = sorted([*problems, *more], key=lambda p: p.row)
    return ListCheck(
        asked.product, source, reading.total, tuple(good), tuple(every), reading.read_as
    )
