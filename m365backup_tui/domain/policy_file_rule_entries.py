"""From rules of the tenant to rules as people write them: groups by name, words for sites; None where none fit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from m365backup_tui.domain.policy_file import RuleEntry
from m365backup_tui.domain.policy_file_rules import site_wish
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rule_expression import (
    Compare,
    Condition,
    Groups,
    Joined,
    SiteField,
    parse,
)
from m365backup_tui.domain.rule_limits import rule_problems
from m365backup_tui.domain.rules import Rule, RuleWish


def rule_entry(rule: Rule, names: Mapping[str, str]) -> RuleEntry | None:
    """The rule for a file; None where a file has no words for it. `names`: group id (lower case) -> its one name."""
    if rule.product is Product.SHAREPOINT:
        condition = parse(rule.expression)
        found = None if isinstance(condition, Groups | None) else site_entry(condition)
        if found is None or rule.dynamic:
            return None
        wish = RuleWish(rule.product, False, sites=site_wish(found))
        return found if wish.key == rule.key and not rule_problems(wish) else None
    named = [names.get(one, "") for one in rule.group_ids]
    if not named or not all(named):
        return None
    return RuleEntry(rule.dynamic, tuple(named))


def wish_entry(wish: RuleWish, names: Mapping[str, str]) -> RuleEntry | None:
    """The same for a rule that is wanted and not there yet."""
    if wish.sites is None:
        named = [names.get(group.id.lower(), "") for group in wish.groups]
        return RuleEntry(wish.dynamic, tuple(named)) if named and all(named) else None
    condition = wish.sites.condition
    return site_entry(condition) if condition is not None else None


def site_entry(condition: Condition) -> RuleEntry | None:
    """Words joined by any or by all, and at most one day; nothing that stands inside something else."""
    parts = condition.parts if isinstance(condition, Joined) else (condition,)
    every = isinstance(condition, Joined) and condition.every
    since = [p for p in parts if isinstance(p, Compare) and p.field is SiteField.CHANGED]
    rest = [part for part in parts if part not in since]
    if len(since) > 1 or (since and rest and not every):
        return None
    if len(rest) == 1 and isinstance(rest[0], Joined):  # (a or b) and changed since
        every, rest = rest[0].every, list(rest[0].parts)
    if any(not isinstance(p, Compare) or p.field is SiteField.CHANGED for p in rest):
        return None
    words = [part for part in rest if isinstance(part, Compare)]
    return RuleEntry(
        words=_texts(words, SiteField.NAME),
        address_words=_texts(words, SiteField.ADDRESS),
        every=every and len(words) > 1,
        changed_since=date.fromisoformat(since[0].text[:10]) if since else None,
    )


def _texts(words: list[Compare], field: SiteField) -> tuple[str, ...]:
    once = {
        word.text.strip().casefold(): word.text.strip() for word in words if word.field is field
    }
    return tuple(once.values())
