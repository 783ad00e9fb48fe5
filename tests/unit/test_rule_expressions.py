"""Expressions of rules, at random: what we write is what we and the practice tenant read; junk is never a crash."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rule_expression import (
    Compare,
    Condition,
    Joined,
    SiteField,
    canonical,
    expression_words,
    parse,
    site_expression,
)
from m365backup_tui.domain.rule_limits import rule_problems, word_problem
from m365backup_tui.domain.rule_matching import site_test
from m365backup_tui.domain.rules import RuleWish, SiteWish, SiteWord
from m365backup_tui.practice.backup.rule_grammar import ExpressionError, site_condition

WORDS = st.text(min_size=1, max_size=12)
WISHES = st.builds(
    SiteWish,
    st.lists(st.builds(SiteWord, WORDS, st.booleans()), max_size=12).map(tuple),
    st.booleans(),
    st.none() | st.dates(date(2000, 1, 1), date(2100, 1, 1)),
)
GOOD_WORDS = st.text("abcdefghij klmnöß().,-$[]0123456789", min_size=3, max_size=20).filter(
    lambda word: word_problem(word) is None
)
COMPARES = st.one_of(
    st.builds(Compare, st.sampled_from([SiteField.NAME, SiteField.ADDRESS]), GOOD_WORDS),
    st.dates(date(2000, 1, 1), date(2100, 1, 1)).map(
        lambda day: Compare(SiteField.CHANGED, f"{day.isoformat()}T00:00:00Z")
    ),
)
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    COMPARES,
    lambda inner: st.builds(
        Joined, st.booleans(), st.lists(inner, min_size=2, max_size=4).map(tuple)
    ),
    max_leaves=8,
)
PIECES = [
    *"()[]' ",
    *("displayName", "webUrl", "lastModifiedDateTime", "memberOf", "(displayName "),
    *("-contains", "-ge", "-or", "-and", "-xor", "-contains 'legal')"),
    *("'abc'", "'2026-01-31T00:00:00Z'"),
]
JUNK = st.one_of(
    st.text(max_size=40),
    st.lists(
        st.sampled_from(PIECES),
        max_size=14,
    ).map(" ".join),
)
SITES = st.tuples(
    st.text("abcdefghij klmnöß", max_size=30),
    st.text("abcdefghij/:.", max_size=30),
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
)


@settings(max_examples=1_000, deadline=None)
@given(WISHES)
def test_whatever_passes_our_limits_is_read_by_the_practice_tenant(wish: SiteWish) -> None:
    rule = RuleWish(Product.SHAREPOINT, False, sites=wish)
    if rule_problems(rule):
        return
    site_condition(rule.expression)
    assert parse(rule.expression) == wish.condition


@settings(max_examples=500, deadline=None)
@given(CONDITIONS, SITES)
def test_what_is_written_is_read_back_with_the_same_meaning(
    condition: Condition, site: tuple[str, str, date]
) -> None:
    text = site_expression(condition)
    found = parse(text)
    assert isinstance(found, Compare | Joined)
    assert site_test(found)(*site) == site_test(condition)(*site)
    assert canonical(canonical(text)) == canonical(text)
    least = parse(canonical(text))
    assert isinstance(least, Compare | Joined)
    assert site_test(least)(*site) == site_test(condition)(*site)


@settings(max_examples=1_000, deadline=None)
@given(JUNK)
def test_junk_is_shown_as_it_is_or_read_as_the_practice_tenant_reads_it(text: str) -> None:
    found = parse(text)
    assert isinstance(expression_words(text), str)
    canonical(text)
    if isinstance(found, Compare | Joined):
        # We read what the service may have, so its limits on words are not ours.
        assert "keyword" in refusal(text) or not refusal(text), text


def refusal(text: str) -> str:
    """What the practice tenant has against an expression; "" for nothing."""
    try:
        site_condition(text)
    except ExpressionError as refused:
        return str(refused)
    return ""


@pytest.mark.parametrize("depth", [20, 21, 5_000])
def test_deep_brackets_are_no_crash(depth: int) -> None:
    text = "(" * depth + "displayName -contains 'abc'" + ")" * depth
    assert (parse(text) is not None) is (depth <= 21)
