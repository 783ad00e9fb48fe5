"""Inclusion rules: expressions of the documented grammar, words, natural keys and every documented limit."""

from __future__ import annotations

from datetime import date

import pytest

from m365backup_tui.domain.groups import GroupKind, GroupRef, GroupSize
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rule_expression import canonical, expression_words, parse
from m365backup_tui.domain.rule_limits import (
    rule_cautions,
    rule_problems,
    rules_that_stay,
    word_problem,
)
from m365backup_tui.domain.rule_matching import site_test
from m365backup_tui.domain.rules import (
    Rule,
    RuleEnd,
    RuleStatus,
    RuleWish,
    SiteWish,
    SiteWord,
    same_rule,
)
from m365backup_tui.journal.codec import from_data, to_data
from m365backup_tui.practice.backup.rule_grammar import group_ids, site_condition

IDS = [f"0b5f3c52-3f0c-4a70-9b0e-6a7f4f7d1c{n:02}" for n in range(30)]


def group(n: int, *, kind: str = GroupKind.SECURITY, members: int | None = None) -> GroupRef:
    return GroupRef(IDS[n], f"Group {n}", "", kind, members)


def people(*numbers: int, dynamic: bool = False) -> RuleWish:
    return RuleWish(Product.EXCHANGE, dynamic, tuple(group(n) for n in numbers))


def sites(*words: str, every: bool = False, since: date | None = None) -> RuleWish:
    listed = tuple(SiteWord(w.removeprefix("@"), w.startswith("@")) for w in words)
    return RuleWish(Product.SHAREPOINT, False, sites=SiteWish(listed, every, since))


def tenant_rule(wish: RuleWish, expression: str = "") -> Rule:
    return Rule(
        wish.product, "r1", expression or wish.expression, wish.dynamic, RuleStatus.COMPLETED
    )


def test_expressions_are_those_of_the_documentation() -> None:
    """graph.md §3: the two bodies that Microsoft prints."""
    assert people(0, 1).expression == f"(memberOf -any (group.id -in ['{IDS[0]}', '{IDS[1]}']))"
    assert (
        sites("Finance", "@legal").expression
        == "((displayName -contains 'Finance') -or (webUrl -contains 'legal'))"
    )


@pytest.mark.parametrize(
    "wish",
    [
        sites("Finance"),
        sites("Finance", "@legal", every=True),
        sites("Finance", "@legal", "tax", since=date(2026, 1, 31)),
        sites("Finance", every=True, since=date(2026, 1, 31)),
        sites(since=date(2026, 1, 31)),
    ],
    ids=["one", "all", "any and since", "one and since", "since"],
)
def test_the_practice_tenant_and_we_read_site_expressions_alike(wish: RuleWish) -> None:
    site_condition(wish.expression)
    parsed = parse(wish.expression)
    assert wish.sites is not None
    assert parsed == wish.sites.condition


def test_groups_are_read_back() -> None:
    assert group_ids(people(0, 1).expression) == [IDS[0], IDS[1]]
    assert tenant_rule(people(0, 1)).group_ids == (IDS[0], IDS[1])


def test_words() -> None:
    assert people(0, 1, dynamic=True).words == "members of Group 0 and Group 1, kept in step"
    assert (
        sites("finance", "@legal").words
        == "sites whose name has “finance” or whose address has “legal”, looked up once"
    )
    assert expression_words(people(0, 1, 2).expression, {IDS[0]: "Finance"}) == (
        "members of Finance and 2 more"
    )


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "(title -contains 'x')",
        "(displayName -contains 'abc'",
        "(displayName -contains 'abc'))",
        "(displayName -ge 'abc')",
        "(lastModifiedDateTime -ge 'soon')",
        "(memberOf -any (group.id -in ['x']))",
        "((displayName -contains 'abc') -xor (webUrl -contains 'abc'))",
        "(" * 100 + "displayName -contains 'abc'" + ")" * 100,
    ],
)
def test_a_foreign_expression_is_shown_as_it_is(expression: str) -> None:
    assert parse(expression) is None
    assert expression_words(expression) == (expression or "a rule without an expression")


def test_the_natural_key_goes_by_meaning() -> None:
    assert same_rule(
        tenant_rule(
            people(0, 1), f"( memberOf -any (group.id -in ['{IDS[1].upper()}','{IDS[0]}'] ))"
        ),
        people(0, 1),
    )
    assert same_rule(tenant_rule(sites("Tax", "@legal")), sites("@legal", "tax"))
    assert not same_rule(tenant_rule(sites("tax", "@legal")), sites("@legal", "tax", every=True))
    assert not same_rule(tenant_rule(people(0)), people(0, dynamic=True))
    assert canonical("who  knows") == "who knows"


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (people(), "Choose at least one group"),
        (people(0, 1, 2, 3), "takes 3 at most. Take 1 away"),
        (sites(), "Type at least one word"),
        (sites(*(f"word {n}" for n in range(11))), "takes 10 at most. Take 1 away"),
        (sites("ab"), "at least 3 characters; this one has 2"),
        (sites("x" * 256), "at most 255 characters; this one has 256"),
        (sites("O'Neill"), "without quotation marks"),
        (sites("O\u2019Neill"), "without quotation marks"),
        (sites("tab\there"), "cannot be shown"),
        (RuleWish(Product.SHAREPOINT, False, (group(0),)), "go by words, not by groups"),
        (
            RuleWish(Product.SHAREPOINT, True, sites=SiteWish((SiteWord("abc"),))),
            "no rules that keep in step for sites",
        ),
    ],
)
def test_every_documented_limit_is_a_sentence(wish: RuleWish, said: str) -> None:
    problems = rule_problems(wish)
    assert len(problems) == 1
    assert said in problems[0]


def test_at_the_limits_nothing_is_wrong() -> None:
    assert rule_problems(people(0, 1, 2)) == ()
    assert rule_problems(people(*range(30), dynamic=True)) == ()
    assert rule_problems(sites(*(f"word {n}" for n in range(10)))) == ()
    assert rule_problems(sites("abc", "x" * 255)) == ()
    assert rule_problems(people(0, dynamic=True), sizes={IDS[0]: GroupSize(6_000, 0)}) == ()


def test_groups_of_a_dynamic_rule() -> None:
    many = tuple(
        GroupRef(f"0b5f3c52-3f0c-4a70-9b0e-{n:012}", f"G{n}", "", GroupKind.SECURITY)
        for n in range(101)
    )
    assert "takes 100 at most" in rule_problems(RuleWish(Product.EXCHANGE, True, many))[0]


def test_people_and_nested_groups_of_a_dynamic_rule() -> None:
    wish = people(0, 1, dynamic=True)
    sizes = {IDS[0]: GroupSize(6_001, 0), IDS[1]: GroupSize(5, 2)}
    assert [p.split(":")[0] for p in rule_problems(wish, sizes=sizes)] == [
        "6,001 people",
        "Group 1 has groups inside",
    ]
    assert rule_problems(people(0, 1), sizes=sizes) == (), "a rule that runs once may have both"
    # Two groups of 4,000 may be the same people: only the count of different ones tells.
    halves = {IDS[0]: GroupSize(4_000, 0), IDS[1]: GroupSize(4_000, 0)}
    assert rule_problems(wish, sizes=halves) == ()
    assert "8,000 people" in rule_problems(wish, sizes=halves, people=8_000)[0]
    large = {IDS[0]: GroupSize(6_500, 0)}
    assert "6,500 people" in rule_problems(wish, sizes=large, people=5_900)[0]


def test_one_rule_that_keeps_in_step_for_a_policy() -> None:
    there = tenant_rule(people(0, dynamic=True))
    assert "End that one first" in rule_problems(people(1, dynamic=True), (there,))[0]
    assert "has this rule already" in rule_problems(people(0, dynamic=True), (there,))[0]
    assert rule_problems(people(1), (there,)) == ()
    drafted = (people(0, dynamic=True),)
    assert "Take that one out" in rule_problems(people(1, dynamic=True), drafted=drafted)[0]


def test_a_rule_ended_with_its_units_keeps_its_place_until_it_is_gone() -> None:
    there = (tenant_rule(people(0, dynamic=True)),)
    assert rules_that_stay(there, (RuleEnd(there[0]),)) == ()
    assert rules_that_stay(there, (RuleEnd(there[0], unprotect=True),)) == there


def test_the_same_static_rule_is_run_again_instead() -> None:
    (said,) = rule_problems(people(0), (tenant_rule(people(0)),))
    assert "Run that one again" in said
    assert "in your changes already" in rule_problems(people(0), drafted=(people(0),))[0]


def test_what_is_not_settled_is_told_and_does_not_stop() -> None:
    unified = RuleWish(Product.ONEDRIVE, False, (group(0, kind=GroupKind.MICROSOFT_365),))
    assert rule_problems(unified) == ()
    assert "UNVERIFIED" in rule_cautions(unified)[0]
    assert any("preview" in caution for caution in rule_cautions(people(0, dynamic=True)))
    assert any("shared mailboxes" in caution for caution in rule_cautions(people(0)))


def test_words_are_checked_while_typed() -> None:
    assert word_problem("tax") is None
    assert word_problem(" ta ") is not None


def test_which_sites_would_match() -> None:
    wish = sites("finance", "@legal", since=date(2026, 1, 31)).sites
    assert wish is not None
    assert wish.condition is not None
    test = site_test(wish.condition)
    assert test("Finance EMEA", "https://x/sites/f", date(2026, 1, 31)) is True
    assert test("Finance EMEA", "https://x/sites/f", date(2026, 1, 30)) is False
    assert test("Finance EMEA", "https://x/sites/f", None) is None
    assert test("Other", "https://x/sites/other", None) is False
    assert test("Other", "https://x/sites/LEGAL", date(2026, 6, 1)) is True


def test_a_wish_survives_the_disk() -> None:
    for wish in (people(0, 1, dynamic=True), sites("tax", "@legal", since=date(2026, 1, 31))):
        assert from_data(RuleWish, to_data(wish)) == wish
