"""The catalog and its search: exactly what a plain search over candidates finds, whatever the steps."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from m365backup_tui.domain import catalog as columns
from m365backup_tui.domain import catalog_search
from m365backup_tui.domain.catalog import Catalog, fold
from m365backup_tui.domain.catalog_query import Filter, Order, Query, Size, Used
from m365backup_tui.domain.catalog_search import Search
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate

TODAY = date(2026, 11, 21)
GB = 1_000_000_000
texts = some.text(alphabet="abAB éÉßſﬁZżŻ田\n.-", max_size=8)
candidates = some.builds(
    Candidate,
    product=some.just(Product.SHAREPOINT),
    key=some.uuids().map(str),
    name=texts,
    address=texts,
    size=some.none() | some.sampled_from([0, GB - 1, GB, 10 * GB, 99 * GB, 100 * GB, 1 << 50]),
    last_activity=some.none()
    | some.integers(0, 800).map(lambda days: TODAY - timedelta(days=days)),
    kind=some.sampled_from(["", "team site", "group site"]),
    policy=some.sampled_from(["", "Everyone", "Projects"]),
    unsupported=some.sampled_from(["", "No."]),
    by_rule=some.booleans(),
)
filters = some.builds(
    Filter,
    free=some.booleans(),
    policy=some.sampled_from([None, "", "Everyone"]),
    size=some.sampled_from(Size),
    used=some.sampled_from(Used),
    kind=some.sampled_from([None, "", "team site"]),
)
queries = some.builds(
    Query.of,
    some.text(alphabet="aBéßfZż田 .", max_size=4),
    filters,
    some.sampled_from(Order),
    some.just(TODAY),
)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "ROWS", 4)


def plain(units: list[Candidate], query: Query, barred: frozenset[str]) -> list[int]:
    """The same, the slow way."""

    def matches(one: Candidate) -> bool:
        text = fold(one.name.replace("\n", " ")) + "\t" + fold(one.address.replace("\n", " "))
        wanted = query.filter
        size, used = wanted.size.bounds, wanted.used.bounds(TODAY)
        day = one.last_activity.toordinal() if one.last_activity else 0
        return (
            all(word.decode() in text for word in query.words)
            and not (wanted.free and (one.policy or one.unsupported or one.key in barred))
            and wanted.policy in (None, one.policy)
            and wanted.kind in (None, one.kind)
            and (size is None or size[0] <= (-1 if one.size is None else one.size) < size[1])
            and (used is None or used[0] <= day < used[1])
        )

    rows = [row for row, one in enumerate(units) if matches(one)]
    line = [fold(one.name.replace("\n", " ")) for one in units]
    match query.order:
        case Order.NAME:
            rest = [fold(one.address.replace("\n", " ")) for one in units]
            rows.sort(key=lambda row: f"{line[row]}\t{rest[row]}\n".encode())
        case Order.SIZE:
            rows.sort(key=lambda row: -(-1 if (size := units[row].size) is None else size))
        case Order.USED:
            rows.sort(key=lambda row: -(d.toordinal() if (d := units[row].last_activity) else 0))
        case Order.LISTED:
            pass
    return rows


def finished(search: Search) -> Search:
    for _ in search.work():
        assert not search.complete
    assert search.complete
    assert search.matches == len(search.found)
    return search


@given(some.lists(some.lists(candidates, max_size=7), max_size=5))
def test_a_catalog_gives_back_what_was_put_in_page_by_page(pages: list[list[Candidate]]) -> None:
    catalog = Catalog()
    earlier: list[tuple[Catalog, int]] = []
    for page in pages:
        earlier.append((catalog, len(catalog)))
        catalog = catalog.plus(page)
    for old, length in earlier:
        assert len(old) == length
    everything = [one for page in pages for one in page]
    assert [(one.key, one.size, one.last_activity, one.policy, one.by_rule) for one in catalog] == [
        (one.key, one.size, one.last_activity, one.policy, one.by_rule) for one in everything
    ]
    assert [one.name for one in catalog] == [c.name.replace("\n", " ") for c in everything]
    assert all(catalog[row].key == one.key for row, one in enumerate(everything))
    assert all(len(chunk) <= 4 for chunk in catalog.chunks)
    with pytest.raises(IndexError):
        catalog[len(everything)]


@given(
    some.lists(candidates, min_size=1, max_size=20, unique_by=lambda c: c.key),
    some.lists(queries, min_size=1, max_size=4),
    some.booleans(),
    some.data(),
)
def test_each_search_finds_what_a_plain_one_finds_also_after_others(
    units: list[Candidate], asked: list[Query], known_order: bool, data: some.DataObject
) -> None:
    catalog = Catalog.of(units)
    keys = some.sampled_from([c.key for c in units])
    barred = frozenset(data.draw(some.lists(keys, max_size=3)))
    if known_order:
        for order in Order:
            finished(Search(catalog, Query(order=order)))
    before: Search | None = None
    for query in asked:
        search = Search(catalog, query, barred=barred, before=before)
        work = search.work()
        for _ in range(data.draw(some.integers(0, 3))):  # the next letter may come at any time
            next(work, None)
        again = finished(Search(catalog, query, barred=barred, before=before))
        assert list(again.found) == plain(units, query, barred)
        before = search


@given(some.lists(candidates, min_size=8, max_size=20), queries)
def test_a_catalog_that_grew_is_searched_on_from_where_the_search_was(
    units: list[Candidate], query: Query
) -> None:
    first = Catalog.of(units[:6])
    before = finished(Search(first, query))
    grown = first.plus(units[6:])
    after = finished(Search(grown, query, before=before))
    assert list(after.found) == plain(units, query, frozenset())


def test_what_is_found_can_be_looked_at_while_the_search_works() -> None:
    units = [
        Candidate(Product.ONEDRIVE, f"k{n}", f"Person {n:03}", "a@b.example", n) for n in range(40)
    ]
    search = Search(Catalog.of(units), Query.of("person", Filter(), Order.LISTED, TODAY))
    work = search.work()
    next(work)
    assert (len(search.found), search.matches, search.complete) == (4, 4, False)
    next(work)
    assert list(search.found) == list(range(8))
    assert search.found[-1] == 7
    assert search.found[2:4] == [2, 3]


def test_frequent_and_rare_words_are_found_alike_in_large_chunks() -> None:
    """Both ways of looking for a word: the pattern over the whole text, and line by line."""
    columns.ROWS = 4096  # the fixture puts it back
    units = [
        Candidate(Product.ONEDRIVE, f"k{n}", f"eee{'x' if n % 500 == 7 else ''} [{n}]", "e.e@e.e")
        for n in range(4000)
    ]
    catalog = Catalog.of(units)
    for word in ("e", "eee", "x", "[7]", ".e", "e.e@e.e", "none"):
        query = Query.of(word, Filter(), Order.LISTED, TODAY)
        assert list(finished(Search(catalog, query)).found) == plain(units, query, frozenset())


def test_nothing_is_found_where_nothing_is_in_every_order() -> None:
    catalog = Catalog(complete=True)
    for order in (*Order, *Order):
        for words in ("", "x"):
            query = Query.of(words, Filter(), order, TODAY)
            assert list(finished(Search(catalog, query)).found) == []


@pytest.mark.parametrize("order", list(Order))
def test_in_a_known_order_many_few_and_clustered_matches_are_found_alike(order: Order) -> None:
    """Each of the ways: met near the top of the order, merged, filtered out."""
    units = [
        Candidate(Product.ONEDRIVE, f"k{n}", f"{'az'[n % 2]}{n:04}", "", n * 7 % 1000)
        for n in range(2000)
    ]
    catalog = Catalog.of(units)
    finished(Search(catalog, Query(order=order)))
    for word in ("a", "z", "z0", "7", "1234", "a000"):
        query = Query.of(word, Filter(), order, TODAY)
        assert list(finished(Search(catalog, query)).found) == plain(units, query, frozenset())


@given(
    some.lists(candidates, min_size=8, max_size=30, unique_by=lambda c: c.key),
    some.lists(queries, min_size=1, max_size=4),
    some.data(),
)
def test_what_is_shown_before_the_end_is_the_top_of_the_answer(
    units: list[Candidate], asked: list[Query], data: some.DataObject
) -> None:
    """Pages of two rows, so that a few rows are many; each search narrows the finished one before it."""
    catalog = Catalog.of(units)
    barred = frozenset(data.draw(some.lists(some.sampled_from([c.key for c in units]), max_size=3)))
    for order in Order:
        finished(Search(catalog, Query(order=order)))
    before: Search | None = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalog_search, "_PREVIEW", 2)
        patch.setattr(catalog_search, "_TOP_LEAST", data.draw(some.sampled_from([0, 5, 50])))
        for query in asked:
            wanted = plain(units, query, barred)
            search = Search(catalog, query, barred=barred, before=before)
            for _ in search.work():
                assert list(search.found) == wanted[: len(search.found)]
            assert list(search.found) == wanted
            before = search


def test_a_page_near_the_top_is_there_before_all_rows_are_searched() -> None:
    """Matches that the order brings together, below rows that do not match and not in the first chunk listed."""
    columns.ROWS = 100  # the fixture puts it back
    names = [f"{'zab'[n // 2000]}{n:05}" for n in range(6000)]
    catalog = Catalog.of(Candidate(Product.ONEDRIVE, name, name, "") for name in names)
    finished(Search(catalog, Query(order=Order.NAME)))
    search = Search(catalog, Query.of("b", Filter(), Order.NAME, TODAY))
    steps = search.work()
    for _ in range(3):  # 2,048 rows of the order a step; searching all takes 60
        next(steps)
    assert list(search.found) == list(range(4000, 4060))
    assert not search.matched
    for _ in steps:
        pass
    assert list(search.found) == list(range(4000, 6000))
