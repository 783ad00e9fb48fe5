"""Policy files of any kind, for tests that must hold for all of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import strategies as some

from m365backup_tui.domain.billing import Node
from m365backup_tui.domain.notifications import MOST_RECIPIENTS, RecipientRole
from m365backup_tui.domain.policy_file import (
    BillingWish,
    Entry,
    NotificationWish,
    PolicyFile,
    PolicyWish,
    RuleEntry,
    Source,
    Wanted,
)
from m365backup_tui.domain.products import ALL_PRODUCTS, Product
from m365backup_tui.domain.rule_limits import LIMITS, word_problem

# Words that YAML would read as something else, next to words of any kind.
_ONE_WORD = (
    "true null ~ no 2026 1.5 2026-01-31 #1 ' \" é|>&* {a} [b] !tag %x @x `x 0x1F x: = << *a &a"
)
TRICKY = some.sampled_from([*_ONE_WORD.split(), "a: b", "- x", "a #b", "? x"])
names = TRICKY | some.text(
    some.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20
)
azure_groups = some.sampled_from(
    ["true", "null", "no", "2026", "1.5", "2026-01-31", "0x1F"]
) | some.text(
    some.characters(codec="utf-8", categories=["L", "Nd"], include_characters="_-()"),
    min_size=1,
    max_size=20,
)
mails = some.from_regex(r"[a-z0-9.'_+&-]{1,8}@[a-z]{1,6}\.example", fullmatch=True)
sites = some.from_regex(
    r"https://contoso\.sharepoint\.example/sites/[A-Za-z0-9_%-]{1,10}", fullmatch=True
)
words = some.text(
    some.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=3, max_size=12
).filter(lambda word: word_problem(word) is None) | some.sampled_from(["true", "2026", "a: b"])
paths = some.sampled_from(["people.csv", "a: b.csv", "#1.csv", "sub/x.csv", "2026.csv", "no"])


def _unique(
    values: some.SearchStrategy[str], most: int, least: int = 0
) -> some.SearchStrategy[tuple[str, ...]]:
    return some.lists(values, min_size=least, max_size=most, unique_by=str.casefold).map(tuple)


group_rules = some.builds(
    RuleEntry, dynamic=some.booleans(), groups=_unique(names, LIMITS.static_groups, 1)
)
site_rules = some.builds(
    RuleEntry,
    words=_unique(words, 4),
    address_words=_unique(words, 4),
    every=some.booleans(),
    changed_since=some.none() | some.dates(date(2000, 1, 1), date(2999, 12, 31)),
).filter(lambda rule: bool(rule.words or rule.address_words or rule.changed_since))


def _meaning(rule: RuleEntry) -> str:
    parts = (rule.groups, rule.words, rule.address_words)
    folded = [sorted(word.casefold() for word in part) for part in parts]
    return repr((rule.dynamic, folded, rule.every, rule.changed_since))


@some.composite
def _policies(draw: some.DrawFn, product: Product) -> list[PolicyWish]:
    addresses = sites if product is Product.SHAREPOINT else mails
    rule = site_rules if product is Product.SHAREPOINT else group_rules
    found: list[PolicyWish] = []
    dealt = list(draw(some.lists(addresses, max_size=9, unique_by=str.casefold)))
    for name in draw(some.lists(names, max_size=3, unique_by=str.casefold)):
        rules = draw(some.lists(rule, max_size=4, unique_by=_meaning))
        cut = draw(some.integers(0, len(rules)))
        kept = [one for n, one in enumerate(rules[:cut]) if not one.dynamic or n == 0]
        ends = [
            replace(one, unprotect=one.dynamic and draw(some.booleans())) for one in rules[cut:]
        ]
        files = list(draw(_unique(paths, 3)))
        own = [dealt.pop() for _ in range(draw(some.integers(0, len(dealt))))]
        half, files_cut = len(own) // 2, draw(some.integers(0, len(files)))
        found.append(
            PolicyWish(
                product,
                name,
                draw(some.sampled_from(Wanted)),
                tuple(Entry(one) for one in own[:half]),
                tuple(Entry(one) for one in own[half:]),
                tuple(Source(one) for one in files[:files_cut]),
                tuple(Source(one) for one in files[files_cut:]),
                draw(some.booleans()),
                tuple(kept),
                tuple(ends),
            )
        )
    return found


@some.composite
def _notifications(draw: some.DrawFn) -> NotificationWish | None:
    role = draw(
        some.none()
        | some.sampled_from([r for r in RecipientRole if r is not RecipientRole.UNKNOWN])
    )
    most = MOST_RECIPIENTS if role is RecipientRole.CUSTOM else 0
    addresses = draw(_unique(mails, most, min(1, most)))
    wish = NotificationWish(
        draw(some.none() | some.booleans()),
        draw(some.none() | some.booleans()),
        role,
        tuple(Entry(one) for one in addresses),
    )
    return None if wish == NotificationWish() else wish


@some.composite
def policy_files(draw: some.DrawFn) -> PolicyFile:
    """Any file that can be read."""
    policies = [wish for product in ALL_PRODUCTS for wish in draw(_policies(product))]
    billing = some.none() | some.builds(
        BillingWish, names, azure_groups, names, some.sampled_from(Node)
    )
    return PolicyFile(
        tuple(policies), draw(some.just("") | names), draw(billing), draw(_notifications())
    )
