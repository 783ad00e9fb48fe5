"""Coverage: every unit in exactly one share, what is named twice, what vanished; honest percents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m365backup_tui.domain.catalog import Catalog
from m365backup_tui.domain.coverage import (
    SHARES,
    Amount,
    Claim,
    Kind,
    ProductCoverage,
    percent,
)
from m365backup_tui.domain.coverage_count import Count, twice
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate, UnitStatus

MAIL = Product.EXCHANGE
NAMES = {"p1": "Everyone", "p2": "Legal"}


def candidate(product: Product, key: str, **more: Any) -> Candidate:
    return Candidate(product, key, key.title(), f"{key}@example.com", **more)


@dataclass(frozen=True)
class Hold:
    policy_id: str
    unit_id: str = "unit"
    by_rule: bool = False
    status: UnitStatus = UnitStatus.PROTECTED
    name: str = ""
    address: str = ""


def count(
    rows: list[Candidate],
    held: dict[str, Hold] | None = None,
    *claims: Claim,
    product: Product = MAIL,
    complete: bool = True,
) -> ProductCoverage:
    done = Count(product, held or {}, claims, NAMES, rows.__getitem__)
    for start in range(0, len(rows), 2):  # in pieces, as the use case does it
        done.add(rows[start : start + 2])
    found = done.finish(complete=complete)
    whole = Count(product, held or {}, claims, NAMES, rows.__getitem__)
    for chunk in Catalog.of(rows).chunks:
        whole.add_chunk(chunk)
    assert whole.finish(complete=complete).amounts == found.amounts
    return found


def keys(found: ProductCoverage, kind: Kind) -> list[str]:
    return [item.key for item in found.lists[kind]]


def draft(place: str, *wanted: str, moves: tuple[str, ...] = ()) -> Claim:
    return Claim(place, f"your change of “{place}”", frozenset(wanted), moves=frozenset(moves))


def test_every_unit_is_in_one_share_and_its_size_with_it() -> None:
    rows = [
        candidate(MAIL, "ann", size=10),
        candidate(MAIL, "ben", size=20),
        candidate(MAIL, "cat", size=40),
        candidate(MAIL, "dan", unsupported="Rooms cannot be protected.", size=80),
        candidate(MAIL, "eve"),
    ]
    held = {"ann": Hold("p1"), "ben": Hold("p2", status=UnitStatus.UNPROTECTED)}
    found = count(rows, held, draft("p1", "cat"))
    assert keys(found, Kind.PROTECTED) == ["ann"]
    assert keys(found, Kind.IDLE) == ["ben"]
    assert keys(found, Kind.CHOSEN) == ["cat"]
    assert keys(found, Kind.BARRED) == ["dan"]
    assert keys(found, Kind.UNPROTECTED) == ["eve"]
    assert found.amount(Kind.UNPROTECTED) == Amount(1, 0, 1)
    assert found.able == Amount(4, 70, 1)
    assert found.lists[Kind.IDLE][0].note == "in “Legal”: not protected"


@pytest.mark.parametrize("status", [s for s in UnitStatus if s is not UnitStatus.PROTECTED])
def test_only_protected_counts_as_protected(status: UnitStatus) -> None:
    found = count([candidate(MAIL, "ann")], {"ann": Hold("p1", status=status)})
    assert found.amount(Kind.PROTECTED).units == 0
    assert found.amount(Kind.IDLE).units == 1


def test_what_a_policy_names_and_nobody_knows_has_vanished_unless_the_list_broke_off() -> None:
    held = {"ann": Hold("p1"), "zoe": Hold("p2", "u-9", name="Zoe", address="zoe@x")}
    found = count([candidate(MAIL, "ANN")], held)
    (item,) = found.lists[Kind.VANISHED]
    assert (item.key, item.name, item.unit_id, item.note) == (
        "zoe",
        "Zoe",
        "u-9",
        "named by “Legal”",
    )
    assert len(count([], held, complete=False).lists[Kind.VANISHED]) == 0


def test_a_site_that_one_may_not_open_is_known_by_its_collection_and_has_not_vanished() -> None:
    site = "host,c0c0,eb01"
    closed = candidate(Product.SHAREPOINT, "report:c0c0", unsupported="Graph does not let you.")
    found = count([closed], {site: Hold("p1")}, product=Product.SHAREPOINT)
    assert found.amount(Kind.PROTECTED).units == 1
    assert found.amount(Kind.VANISHED).units == 0


@pytest.mark.parametrize(
    ("held", "claims", "expected"),
    [
        ({}, [draft("p1", "ann"), draft("new:x", "ann")], {"ann"}),
        ({"ann": Hold("p1")}, [draft("p2", "ann")], {"ann"}),
        ({"ann": Hold("p1")}, [draft("p1", "ann")], set()),
        ({"ann": Hold("p1")}, [draft("p2", "ann", moves=("ann",))], set()),
        ({"ann": Hold("p1")}, [Claim("p2", "the rule", frozenset({"ann"}), "r1")], {"ann"}),
        ({"ann": Hold("p2", by_rule=True)}, [Claim("p2", "r", frozenset({"ann"}), "r1")], set()),
        (
            {},
            [
                Claim("p2", "one rule", frozenset({"ann"}), "r1"),
                Claim("p2", "another rule", frozenset({"ann"}), "r2"),
            ],
            {"ann"},
        ),
    ],
    ids=["two drafts", "held and drafted", "its own", "moved", "hand and rule", "by rule", "rules"],
)
def test_named_twice(held: dict[str, Hold], claims: list[Claim], expected: set[str]) -> None:
    assert set(twice(held, claims, NAMES)) == expected


def test_both_places_are_named() -> None:
    found = count([candidate(MAIL, "ann", size=5)], {"ann": Hold("p1")}, draft("Legal", "ann"))
    (item,) = found.lists[Kind.TWICE]
    assert item.note == "“Everyone” and your change of “Legal”"
    assert (item.name, item.size) == ("Ann", 5)


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [(0, 0, ""), (0, 5, "0 %"), (1, 1000, "under 1 %"), (999, 1000, "99 %"), (3, 3, "100 %")],
)
def test_a_percent_is_never_better_than_the_truth(part: int, whole: int, words: str) -> None:
    assert percent(part, whole) == words


@given(
    st.lists(st.integers(0, 30), max_size=40, unique=True),
    st.dictionaries(st.integers(0, 30), st.sampled_from(UnitStatus)),
    st.lists(st.sets(st.integers(0, 30)), max_size=3),
)
def test_nobody_is_lost_or_counted_twice(
    rows: list[int], held: dict[int, UnitStatus], wanted: list[set[int]]
) -> None:
    people = [candidate(MAIL, str(n), size=n) for n in rows]
    holdings = {str(n): Hold("p1", status=status) for n, status in held.items()}
    claims = [draft(f"d{n}", *map(str, some)) for n, some in enumerate(wanted)]
    found = count(people, holdings, *claims)
    shares = [key for kind in SHARES for key in keys(found, kind)]
    assert sorted(shares) == sorted(map(str, rows))
    assert set(keys(found, Kind.VANISHED)) == set(holdings) - set(map(str, rows))
    assert sum(found.amount(kind).bytes for kind in SHARES) == sum(rows)
