"""Checks a pasted or loaded list: reads it, looks every address up, names every problem by row, column and rule."""

from __future__ import annotations

import asyncio
import csv
import io
import os
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from pathlib import Path

from m365backup_tui.domain.errors import CloudError, Rejected
from m365backup_tui.domain.lists import ListCheck, RowProblem
from m365backup_tui.domain.lists_reading import Row, Unreadable, read
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate
from m365backup_tui.events import CHECKED, PROBLEMS_FILE, Arrived, Began, Broke, Event, Noted
from m365backup_tui.ports import Tools

PASTED = "pasted text"
_PIECE = 400  # addresses looked up between two words of progress
_MANY = 2_000  # rows from which reading all there is takes less time than looking each one up
_UNKNOWN = (
    1_000  # rows looked up one by one although they are in no list of what there is (aliases)
)
_LARGEST = 64 * 1024 * 1024  # bytes; a report of 50,000 rows has about 15 MB


async def check_text(
    tools: Tools, product: Product, text: str, known: Sequence[Candidate] = ()
) -> AsyncIterator[Event]:
    """Events on CHECKED, ending in a ListCheck or in Rejected with a sentence.

    `known`: everything that can be protected, where it was read already; () where it was not.
    """
    yield Began(CHECKED, tools.clock.now(), "Reading the list")
    async for event in _check(tools, product, PASTED, text, known):
        yield event


async def check_file(
    tools: Tools, product: Product, path: Path, known: Sequence[Candidate] = ()
) -> AsyncIterator[Event]:
    """As `check_text`; every sentence about the file names it."""
    yield Began(CHECKED, tools.clock.now(), f"Reading {path.name}")
    try:
        data = await asyncio.to_thread(read_bytes, path)
    except Rejected as error:
        yield Broke(CHECKED, error)
        return
    async for event in _check(tools, product, path.name, data, known):
        yield event


def read_bytes(path: Path) -> bytes:
    """The file's bytes; raises Rejected naming the file and what is wrong with it."""
    try:
        path = path.expanduser()
        if path.is_dir():
            raise Rejected(f"{path} is a folder: name the file in it.")
        if path.stat().st_size > _LARGEST:
            raise Rejected(f"{path} is larger than 64 MB: split it.")
        return path.read_bytes()
    except FileNotFoundError:
        raise Rejected(f"{path} does not exist: check how it is written.") from None
    except PermissionError:
        raise Rejected(f"{path} may not be read by you.") from None
    except (OSError, RuntimeError, ValueError) as error:  # ValueError: a NUL; RuntimeError: ~nobody
        raise Rejected(f"{path} cannot be read: {error}.") from error


async def _check(
    tools: Tools, product: Product, source: str, data: bytes | str, known: Sequence[Candidate]
) -> AsyncIterator[Event]:
    try:
        reading = await asyncio.to_thread(read, product, data)
    except Unreadable as error:
        yield Broke(CHECKED, Rejected(f"{source}: {error}", "list"))
        return
    problems = list(reading.problems)
    try:
        names = await policy_names(tools, product)
        if not known and len(reading.rows) > _MANY:
            yield Noted(CHECKED, f"Reading all {product.units} to compare the list with")
        found, bad, rest = await compare(tools, product, reading.rows, known)
        problems += bad
        for start in range(0, len(rest), _PIECE):
            yield Noted(CHECKED, f"Looking up {start:,} of {product.amount(len(rest))}")
            good, bad = await look_up(tools, product, rest[start : start + _PIECE])
            found += good
            problems += bad
    except CloudError as error:
        yield Broke(CHECKED, error)
        return
    found.sort(key=lambda pair: pair[0].row)
    good_ones, more = usable(product, found, names)
    problems = sorted([*problems, *more], key=lambda p: p.row)
    check = ListCheck(product, source, reading.total, tuple(good_ones), tuple(problems))
    yield Arrived(CHECKED, check, tools.clock.now())


async def policy_names(tools: Tools, product: Product) -> Callable[[str], str]:
    """A look-up from an object or site key to the name of the policy that holds it, "" if none does."""
    held = await tools.backup.protected(product)
    names: dict[str, str] = {}
    if held:
        names = {p.id: p.name for p in await tools.backup.policies()}
    by_key = {k.lower(): names.get(h.policy_id, "another policy") for k, h in held.items()}
    return lambda key: by_key.get(key.lower(), "")


async def find(
    tools: Tools, product: Product, rows: Sequence[Row]
) -> tuple[list[tuple[Row, Candidate]], list[RowProblem]]:
    """(row and what it names, rows that name nothing), in the quickest way for that many rows."""
    found, problems, rest = await compare(tools, product, rows)
    more, bad = await look_up(tools, product, rest)
    return sorted([*found, *more], key=lambda pair: pair[0].row), [*problems, *bad]


async def compare(
    tools: Tools, product: Product, rows: Sequence[Row], known: Sequence[Candidate] = ()
) -> tuple[list[tuple[Row, Candidate]], list[RowProblem], Sequence[Row]]:
    """(row and what it names, rows given up, rows still to be looked up).

    A long list is compared with everything there is: 50,000 look-ups take half an hour, that reading a minute.
    """
    if not known and len(rows) <= _MANY:
        return [], [], rows
    if not known:
        known = [c async for page in tools.directory.candidates(product) for c in page]
    by_name = {name: one for one in known for name in _names(one)}
    found = [(row, one) for row in rows if (one := by_name.get(_folded(row.address)))]
    rest = [row for row in rows if _folded(row.address) not in by_name]
    if len(rest) <= _UNKNOWN:
        return found, [], rest
    rule = (
        f"Not among the {product.amount(len(known))} there are. Other spellings and aliases are looked up "
        f"when a list has at most {_UNKNOWN:,} such rows."
    )
    return found, [RowProblem(r.row, r.column, r.address, rule) for r in rest], ()


def _names(one: Candidate) -> Iterator[str]:
    """Address and key; of a site also the id of its collection, which the usage report gives."""
    yield _folded(one.address)
    yield one.key.lower()
    if one.product is Product.SHAREPOINT and one.key.count(",") == 2:
        yield one.key.lower().split(",")[1]


def _folded(address: str) -> str:
    return address.casefold().rstrip("/")


async def look_up(
    tools: Tools, product: Product, rows: Sequence[Row]
) -> tuple[list[tuple[Row, Candidate]], list[RowProblem]]:
    """(row and what it names, rows that name nothing)."""
    if not rows:
        return [], []
    addresses = [r.address for r in rows]
    candidates, missing = await tools.directory.resolve(product, addresses)
    gone = {a.casefold() for a in missing}
    bad = [r for r in rows if r.address.casefold() in gone]
    rest = [r for r in rows if r.address.casefold() not in gone]
    problems = [RowProblem(r.row, r.column, r.address, _not_found(product)) for r in bad]
    if len(rest) == len(candidates):
        return list(zip(rest, candidates, strict=True)), problems
    # Two of the rows name the same thing, which the directory gives once: halve until each row has its own answer.
    if len(rest) == 1:
        return [(rest[0], c) for c in candidates[:1]], problems
    pairs: list[tuple[Row, Candidate]] = []
    for half in (rest[: len(rest) // 2], rest[len(rest) // 2 :]):
        found, more = await look_up(tools, product, half)
        pairs += found
        problems += more
    return pairs, problems


def usable(
    product: Product, found: Sequence[tuple[Row, Candidate]], policy_of: Callable[[str], str]
) -> tuple[list[Candidate], list[RowProblem]]:
    """Leaves out what cannot be added: unsupported, protected already, or named twice under two addresses."""
    good: dict[str, tuple[Row, Candidate]] = {}
    problems: list[RowProblem] = []
    for row, candidate in found:
        rule = ""
        policy = candidate.policy or policy_of(candidate.key)
        if candidate.unsupported:
            rule = candidate.unsupported
        elif policy:
            rule = f"Policy “{policy}” protects it already, and it can be in one only."
        elif candidate.key in good:
            rule = f"Same {product.unit} as in row {good[candidate.key][0].row}: it is taken once."
        if rule:
            problems.append(RowProblem(row.row, row.column, row.address, rule))
        else:
            good[candidate.key] = (row, candidate)
    return [c for _, c in good.values()], problems


def _not_found(product: Product) -> str:
    if product is Product.SHAREPOINT:
        return "No site that you may read has this address: leave out what follows the site's name, and check the rest."
    return (
        f"No {product.unit} has this address: check how it is written, and whether it still exists."
    )


# --- the rows with a problem, to be corrected and imported again ---------------------------------------------------


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
