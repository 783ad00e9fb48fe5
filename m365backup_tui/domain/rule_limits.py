"""What an inclusion rule may be: every documented limit, checked before anything is sent.

Sources: graph.md §7 (RES:protectionrulebase) and admin-center.md (POL26, 2026-08-21). What no page says is a caution,
not a problem: the admin is told and may go on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from m365backup_tui.domain.facts import SHARED_MAILBOX
from m365backup_tui.domain.groups import GroupKind, GroupRef, GroupSize
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rule_expression import list_words
from m365backup_tui.domain.rules import Rule, RuleEnd, RuleWish, SiteWish, same_rule

QUOTES = frozenset("'\"`\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f")
"""Quotation marks of every shape: how the service reads one inside a word is UNVERIFIED (graph.md §7)."""


@dataclass(frozen=True, slots=True)
class RuleLimits:
    """The documented limits; another set only in tests."""

    keywords: int = 10
    shortest: int = 3  # characters of a keyword
    longest: int = 255
    static_groups: int = 3
    dynamic_groups: int = 100  # 413 InvalidRuleExpressionGroupLimitExceeded
    dynamic_people: int = 6_000


LIMITS = RuleLimits()


def rule_problems(
    wish: RuleWish,
    rules: Sequence[Rule] = (),
    limits: RuleLimits = LIMITS,
    *,
    drafted: Sequence[RuleWish] = (),
    sizes: Mapping[str, GroupSize] | None = None,
    people: int | None = None,
) -> tuple[str, ...]:
    """Why the rule cannot be sent, as sentences; () when nothing documented speaks against it.

    `rules`: what the policy has; `drafted`: other rules wanted for it; `sizes`: group id -> size, where known;
    `people`: different people in all groups together, where known.
    """
    found: list[str] = []
    if wish.dynamic and wish.product is Product.SHAREPOINT:
        found.append("There are no rules that keep in step for sites: make a rule that runs once.")
    if wish.sites is not None:
        found += _site_problems(wish.sites, limits)
    else:
        found += _group_problems(wish, limits, sizes or {}, people)
    found += _clashes(wish, rules, drafted)
    return tuple(found)


def rules_that_stay(rules: Sequence[Rule], ends: Sequence[RuleEnd]) -> tuple[Rule, ...]:
    """The rules that still count when new ones are added. One that is ended and lets go of its units counts: the
    service takes it away only later."""
    gone = {end.rule.id for end in ends if not end.unprotect}
    return tuple(rule for rule in rules if rule.id not in gone)


def word_problem(text: str, limits: RuleLimits = LIMITS) -> str | None:
    """What is wrong with a word for sites, while it is being typed. None if fine."""
    word = text.strip()
    if QUOTES & set(word):
        return "Type it without quotation marks: how the service reads them is not documented."
    if any(not c.isprintable() for c in word):
        return "The word has a character that cannot be shown: type it again without it."
    if len(word) < limits.shortest:
        return f"A word has at least {limits.shortest} characters; this one has {len(word)}."
    if len(word) > limits.longest:
        return f"A word has at most {limits.longest} characters; this one has {len(word)}."
    return None


def kind_caution(wish: RuleWish) -> str:
    """That a group is of a kind no page names; "" when all are of the two that Microsoft names."""
    names = [group.name for group in wish.groups if _unproven(group)]
    if not names:
        return ""
    return (
        f"{list_words(names)}: Microsoft's pages name security groups and distribution lists. Whether a "
        "rule takes other kinds is UNVERIFIED: the service may refuse it."
    )


def rule_cautions(wish: RuleWish) -> tuple[str, ...]:
    """What the admin should know and no page settles, or what the service leaves out without a word."""
    unproven = kind_caution(wish)
    found = [unproven] if unproven else []
    if wish.product is Product.EXCHANGE and wish.groups:
        found.append(f"{SHARED_MAILBOX.dated}.")
    if wish.dynamic:
        found.append(
            "Rules that keep in step are a preview at Microsoft, evaluated about once a day, and do "
            "not reach accounts in another geography of a multi-geo tenant."
        )
    return tuple(found)


def _site_problems(sites: SiteWish, limits: RuleLimits) -> list[str]:
    found: list[str] = []
    if sites.condition is None:
        found.append("Type at least one word, or a day since which the site must have changed.")
    if len(sites.words) > limits.keywords:
        found.append(
            f"{len(sites.words)} words: a rule takes {limits.keywords} at most. "
            f"Take {len(sites.words) - limits.keywords} away, or make a second rule."
        )
    for word in sites.words:
        problem = word_problem(word.text, limits)
        if problem:
            found.append(f"“{word.text.strip()}”: {problem}")
    return found


def _group_problems(
    wish: RuleWish, limits: RuleLimits, sizes: Mapping[str, GroupSize], people: int | None
) -> list[str]:
    if wish.product is Product.SHAREPOINT:
        return ["Type at least one word: rules for sites go by words, not by groups."]
    if not wish.groups:
        return ["Choose at least one group."]
    found: list[str] = []
    most = limits.dynamic_groups if wish.dynamic else limits.static_groups
    if len(wish.groups) > most:
        kind = "keeps in step" if wish.dynamic else "runs once"
        found.append(
            f"{len(wish.groups)} groups: a rule that {kind} takes {most} at most. "
            f"Take {len(wish.groups) - most} away"
            + (", or make a second rule." if not wish.dynamic else ".")
        )
    if wish.dynamic:
        found += _too_many(wish.groups, limits.dynamic_people, sizes, people)
        found += _nested(wish.groups, sizes)
    return found


def _too_many(
    groups: Sequence[GroupRef], most: int, sizes: Mapping[str, GroupSize], people: int | None
) -> list[str]:
    # People may be in several groups, so only the largest group's own number is certain; and `people` may leave out
    # those without a unit, whom the service may count.
    largest = max((_people(group, sizes) for group in groups), default=0)
    people = max(people or 0, largest)
    if people <= most:
        return []
    return [
        f"{people:,} people: a rule that keeps in step takes {most:,} at most. Choose smaller "
        "groups, or make a rule that runs once."
    ]


def _nested(groups: Sequence[GroupRef], sizes: Mapping[str, GroupSize]) -> list[str]:
    holders = [group.name for group in groups if group.id in sizes and sizes[group.id].groups]
    if not holders:
        return []
    have = "has" if len(holders) == 1 else "have"
    return [
        f"{list_words(holders)} {have} groups inside: a rule that keeps in step does not look into "
        "those. Choose the groups inside by themselves, or make a rule that runs once."
    ]


def _clashes(wish: RuleWish, rules: Sequence[Rule], drafted: Sequence[RuleWish]) -> list[str]:
    same = next((rule for rule in rules if same_rule(rule, wish)), None)
    if same is not None:
        way = "" if same.dynamic else " Run that one again instead."
        return [f"The policy has this rule already: {same.words}.{way}"]
    if any(other.key == wish.key for other in drafted):
        return ["This rule is in your changes already."]
    if not wish.dynamic:
        return []
    there = next((rule.words for rule in rules if rule.dynamic), "")
    if there:
        return [
            f"A policy takes one rule that keeps in step, and this one has it: {there}. "
            "End that one first: at once if its units stay, else after it was applied."
        ]
    planned = next((other.words for other in drafted if other.dynamic), "")
    if planned:
        return [
            f"A policy takes one rule that keeps in step, and your changes have it: {planned}. "
            "Take that one out first."
        ]
    return []


def _people(group: GroupRef, sizes: Mapping[str, GroupSize]) -> int:
    size = sizes.get(group.id)
    return size.people if size is not None else group.members or 0


def _unproven(group: GroupRef) -> bool:
    """Whether Microsoft does not name this kind for inclusion rules (graph.md §7; Microsoft 365 groups: UNVERIFIED).
    As a source of single units every kind is good: only its members go to the service."""
    return group.kind in (GroupKind.MICROSOFT_365, GroupKind.OTHER)
