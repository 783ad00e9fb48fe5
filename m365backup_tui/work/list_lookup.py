"""From the addresses of a list to what they name: compared with all there is, or looked up one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Iterator, Sequence

from m365backup_tui.domain.catalog import Catalog, Chunk
from m365backup_tui.domain.lists import RowProblem
from m365backup_tui.domain.lists_reading import Row
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate
from m365backup_tui.ports import Tools

Found = tuple[Row, Candidate]

MANY = 2_000
"""Rows from which reading all there is takes less time than looking each one up."""
UNKNOWN = 1_000
"""Rows looked up one by one although they are in no list of what there is (aliases)."""


async def find(
    tools: Tools, product: Product, rows: Sequence[Row]
) -> tuple[list[Found], list[RowProblem]]:
    """(row and what it names, rows that name nothing), in the quickest way for that many rows."""
    found, problems, rest = await compare(tools, product, rows)
    more, bad = await look_up(tools, product, rest)
    return sorted([*found, *more], key=lambda pair: pair[0].row), [*problems, *bad]


async def compare(
    tools: Tools, product: Product, rows: Sequence[Row], known: Sequence[Candidate] = ()
) -> tuple[list[Found], list[RowProblem], Sequence[Row]]:
    """(row and what it names, rows given up, rows still to be looked up).

    A long list is compared with everything there is: 50,000 look-ups take half an hour, that reading a minute.
    """
    if not known and len(rows) <= MANY:
        return [], [], rows
    names = await asyncio.to_thread(lambda: {folded(row.address) for row in rows})
    hits: dict[str, Candidate] = {}
    total = len(known)
    if known:
        hits = await asyncio.to_thread(named, names, known)
    else:
        async for page in tools.directory.candidates(product):
            hits |= named(names, page)
            total += len(page)
    found, rest = await asyncio.to_thread(_sorted_out, rows, hits)
    if len(rest) <= UNKNOWN:
        return found, [], rest
    rule = (
        f"Not among the {product.amount(total)} there are. Other spellings and aliases are looked up "
        f"when a list has at most {UNKNOWN:,} such rows."
    )
    return found, await asyncio.to_thread(_given_up, rest, rule), ()


def _given_up(rows: Sequence[Row], rule: str) -> list[RowProblem]:
    return [RowProblem(r.row, r.column, r.address, rule) for r in rows]


def _sorted_out(rows: Sequence[Row], hits: dict[str, Candidate]) -> tuple[list[Found], list[Row]]:
    """(row and what it names, the others). In a thread: the loop must not wait for 100,000 rows."""
    named_by = [(row, hits.get(folded(row.address))) for row in rows]
    found = [(row, one) for row, one in named_by if one is not None]
    return found, [row for row, one in named_by if one is None]


def named(names: Collection[str], known: Iterable[Candidate]) -> dict[str, Candidate]:
    """Name -> what has it, for those of the folded `names` that something has."""
    if isinstance(known, Catalog):
        return {name: one for chunk in known.chunks for name, one in _in_chunk(names, chunk)}
    return {name: one for one in known for name in _names_of(one) if name in names}


def _in_chunk(names: Collection[str], chunk: Chunk) -> Iterator[tuple[str, Candidate]]:
    """As `named`, without making a candidate of every row: a million of them would take seconds."""
    lines = chunk.shown.decode().casefold().split("\n")  # name, address and key of each row
    sites = chunk.product is Product.SHAREPOINT
    for row, (address, key) in enumerate(zip(lines[1::3], lines[2::3], strict=True)):
        for name in _names(address, key, sites):
            if name in names:
                yield name, chunk.candidate(row)


def _names_of(one: Candidate) -> tuple[str, ...]:
    return _names(one.address.casefold(), one.key.casefold(), one.product is Product.SHAREPOINT)


def _names(address: str, key: str, site: bool) -> tuple[str, ...]:
    """Address and key; of a site also the id of its collection, which the usage report gives."""
    if site and key.count(",") == 2:
        return address.rstrip("/"), key, key.split(",")[1]
    return address.rstrip("/"), key


def folded(address: str) -> str:
    """An address as it is compared."""
    return address.casefold().rstrip("/")


async def look_up(
    tools: Tools, product: Product, rows: Sequence[Row]
) -> tuple[list[Found], list[RowProblem]]:
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
    pairs: list[Found] = []
    for half in (rest[: len(rest) // 2], rest[len(rest) // 2 :]):
        found, more = await look_up(tools, product, half)
        pairs += found
        problems += more
    return pairs, problems


def _not_found(product: Product) -> str:
    if product is Product.SHAREPOINT:
        return "No site that you may read has this address: leave out what follows the site's name, and check the rest."
    return (
        f"No {product.unit} has this address: check how it is written, and whether it still exists."
    )
