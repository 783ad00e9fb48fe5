"""The addresses of a policy in the file and in the lists beside it, and what each of them names.

One reading of the directory serves all policies of a service; what a policy holds already is not looked up at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from m365backup_tui.domain.errors import Rejected
from m365backup_tui.domain.holdings import Holding
from m365backup_tui.domain.lists_reading import Row, Unreadable, read
from m365backup_tui.domain.policy_file import (
    UNITS_KEY,
    Entry,
    FileProblem,
    PolicyFile,
    PolicyWish,
    Source,
)
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate
from m365backup_tui.domain.wish_drafts import known_as
from m365backup_tui.domain.wished import Meant, Spot
from m365backup_tui.ports import Tools
from m365backup_tui.work import lists
from m365backup_tui.work.list_lookup import folded
from m365backup_tui.work.planning import apart
from m365backup_tui.work.wish_guess import guesses


@dataclass(frozen=True, slots=True)
class Lines:
    """The addresses of one policy as they are written: those to be there, and those to be taken out."""

    adds: tuple[tuple[Spot, str], ...] = ()
    removes: tuple[tuple[Spot, str], ...] = ()
    problems: tuple[FileProblem, ...] = ()

    @property
    def any(self) -> bool:
        return bool(self.adds or self.removes)


async def lines_of(file: PolicyFile, wish: PolicyWish) -> Lines:
    """Reads the lists beside the file; nothing is looked up. What is wrong with a list is a problem of its own."""
    return await apart(lambda: _lines_of(file, wish))


def _lines_of(file: PolicyFile, wish: PolicyWish) -> Lines:
    problems: list[FileProblem] = []
    adds = _written(file, wish, UNITS_KEY[wish.product], wish.units)
    adds += _listed(file, wish, "from", wish.sources, problems)
    removes = _written(file, wish, "remove", wish.remove)
    removes += _listed(file, wish, "remove_from", wish.remove_sources, problems)
    return Lines(tuple(adds), tuple(removes), tuple(problems))


def _written(
    file: PolicyFile, wish: PolicyWish, key: str, entries: Iterable[Entry]
) -> list[tuple[Spot, str]]:
    place = f"{wish.place}: {key}"
    return [(Spot(file.name, e.line, place), e.address) for e in entries]


def _listed(
    file: PolicyFile,
    wish: PolicyWish,
    key: str,
    sources: Iterable[Source],
    problems: list[FileProblem],
) -> list[tuple[Spot, str]]:
    found: list[tuple[Spot, str]] = []
    for source in sources:
        path = Path(file.name).parent / Path(source.path).expanduser()
        spot = Spot(file.name, source.line, f"{wish.place}: {key}")
        more, bad = read_list(wish.product, path, spot)
        found += more
        problems += bad
    return found


def read_list(
    product: Product, path: Path, spot: Spot
) -> tuple[list[tuple[Spot, str]], list[FileProblem]]:
    """The addresses of a list with the places they stand in, and its problems. `spot`: what names the list."""
    try:
        reading = read(product, lists.read_bytes(path))
    except Rejected as error:  # names the file
        return [], [spot.problem(error.what)]
    except Unreadable as error:
        return [], [spot.problem(f"{path}: {error}")]
    name = str(path)
    bad = [
        FileProblem(name, p.row, f"{spot.field}: {p.column or 'row'}", _about(p.value, p.rule))
        for p in reading.problems
        if not p.repeat  # taken once, as its sentence says: nothing to mend
    ]
    places: dict[str, str] = {}  # the same text for every row of a column
    field = places.setdefault
    return [
        (
            Spot(name, r.row, field(r.column, f"{spot.field}: {r.column or 'row'}")),
            r.address,
        )
        for r in reading.rows
    ], bad


def _about(value: str, rule: str) -> str:
    return f"{value}: {rule}" if value.strip() else rule


# --- what they name -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """One policy's lines. `policy_id` is "" for a policy that is new."""

    policy_id: str
    lines: Lines


async def meanings(
    tools: Tools, product: Product, asked: Sequence[Asked], held: Mapping[str, Holding]
) -> list[tuple[tuple[Meant, ...], tuple[Meant, ...]]]:
    """(what is to be there, what is to be taken out) for each of `asked`. Raises CloudError."""
    own = await apart(lambda: [known_as(held, a.policy_id) if a.policy_id else {} for a in asked])
    adds = [a.lines.adds for a in asked]
    removes = [a.lines.removes if a.policy_id else () for a in asked]
    wanted = await _look_up(tools, product, adds, own)
    gone = await _look_up(tools, product, removes, own)
    if wanted.missing:
        known = [*(h.address for h in held.values()), *wanted.addresses]
        for name, guess in (await guesses(tools, product, [*wanted.missing], known)).items():
            wanted.missing[name] += f" {guess}"
    return await apart(
        lambda: [
            (wanted.meant(adds[n], mine), gone.meant(removes[n], mine))
            for n, mine in enumerate(own)
        ]
    )


@dataclass(frozen=True, slots=True)
class _Answers:
    """By folded address: what it names, or why it names nothing."""

    found: dict[str, Candidate]
    missing: dict[str, str]

    @property
    def addresses(self) -> list[str]:
        return [c.address for c in self.found.values()]

    def meant(self, lines: Iterable[tuple[Spot, str]], own: Mapping[str, str]) -> tuple[Meant, ...]:
        return tuple(self._one(spot, address, own) for spot, address in lines)

    def _one(self, spot: Spot, address: str, own: Mapping[str, str]) -> Meant:
        name = folded(address)
        if key := own.get(name, ""):
            return Meant(spot, address, key)
        if candidate := self.found.get(name):
            return Meant(spot, address, candidate.key.lower(), candidate)
        return Meant(spot, address, rule=self.missing.get(name, "It was not found."))


async def _look_up(
    tools: Tools,
    product: Product,
    written: Sequence[Sequence[tuple[Spot, str]]],
    own: Sequence[Mapping[str, str]],
) -> _Answers:
    """Each address once, however many policies name it."""
    rows = await apart(lambda: _unknown(written, own))
    found, problems = await lists.find(tools, product, rows) if rows else ([], [])
    return await apart(
        lambda: _Answers(
            {folded(row.address): candidate for row, candidate in found},
            {folded(p.value): p.rule for p in problems},
        )
    )


def _unknown(
    written: Sequence[Sequence[tuple[Spot, str]]], own: Sequence[Mapping[str, str]]
) -> list[Row]:
    once: dict[str, str] = {}
    for lines, mine in zip(written, own, strict=True):
        for _, address in lines:
            name = folded(address)
            if name not in mine:
                once.setdefault(name, address)
    return [Row(n, "", address) for n, address in enumerate(once.values())]
