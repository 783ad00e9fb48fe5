"""Inclusion rules: as the tenant has them, as an admin wants them, and what of it is within the documented limits.

Source: graph.md §7 (protectionRuleBase) and admin-center.md (POL26, 2026-08-21). A static rule is resolved once by the
service; a dynamic one is evaluated again at intervals and adds and removes by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from m365backup_tui.domain.author import NOBODY, Author
from m365backup_tui.domain.groups import GroupRef
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rule_expression import (
    Compare,
    Condition,
    Groups,
    Joined,
    SiteField,
    canonical,
    condition_words,
    expression_words,
    group_expression,
    list_words,
    parse,
    site_expression,
)


class RuleStatus(StrEnum):
    """`protectionRuleStatus` of Graph v1.0 (CSDL 2026-07-31)."""

    DRAFT = "draft"
    ACTIVE = "active"
    COMPLETED = "completed"
    COMPLETED_WITH_ERRORS = "completedWithErrors"
    UPDATE_REQUESTED = "updateRequested"
    DELETE_REQUESTED = "deleteRequested"
    UNKNOWN = "unknown to this version"  # never to be read as done (rule R7)

    @property
    def words(self) -> str:
        return {
            "draft": "not started",
            "active": "running now",
            "completed": "done",
            "completedWithErrors": "done, with errors",
            "updateRequested": "being changed",
            "deleteRequested": "being ended",
        }.get(self.value, self.value)

    @property
    def over(self) -> bool:
        """Its last evaluation has ended: only then it can be run again or ended."""
        return self in (RuleStatus.COMPLETED, RuleStatus.COMPLETED_WITH_ERRORS)


@dataclass(frozen=True, slots=True)
class Rule:
    """An inclusion rule of a policy as the tenant has it. `groups` are those of its groups whose names were read."""

    product: Product
    id: str
    expression: str
    dynamic: bool
    status: RuleStatus
    error_code: str = ""
    error: str = ""
    modified: datetime | None = None
    groups: tuple[GroupRef, ...] = ()
    by: Author = field(default=NOBODY, compare=False)  # who changed it last, at `modified`

    @property
    def group_ids(self) -> tuple[str, ...]:
        parsed = parse(self.expression)
        return parsed.ids if isinstance(parsed, Groups) else ()

    @property
    def words(self) -> str:
        """What it selects: `members of Finance and Legal, kept in step`."""
        names = {group.id.lower(): group.name for group in self.groups}
        return _with_kind(expression_words(self.expression, names), self.dynamic)

    @property
    def key(self) -> str:
        """The same text for two rules that mean the same."""
        return _key(self.product, self.dynamic, self.expression)


@dataclass(frozen=True, slots=True)
class SiteWord:
    """A word in the name (or, with `address`, in the web address) of a site."""

    text: str
    address: bool = False


@dataclass(frozen=True, slots=True)
class SiteWish:
    """Words joined by "any of" (or "all of" with `every`), and a day on or after which the site must have changed."""

    words: tuple[SiteWord, ...] = ()
    every: bool = False
    changed_since: date | None = None

    @property
    def condition(self) -> Condition | None:
        """None when nothing was asked for."""
        words: list[Condition] = [
            Compare(SiteField.ADDRESS if word.address else SiteField.NAME, word.text.strip())
            for word in self.words
        ]
        since: list[Condition] = []
        if self.changed_since is not None:
            since.append(Compare(SiteField.CHANGED, f"{self.changed_since.isoformat()}T00:00:00Z"))
        if since and len(words) > 1 and not self.every:
            return Joined(True, (Joined(False, tuple(words)), *since))
        parts = (*words, *since)
        if len(parts) > 1:
            return Joined(self.every or bool(since), parts)
        return parts[0] if parts else None


@dataclass(frozen=True, slots=True)
class RuleWish:
    """A rule that an admin wants. Group ids are Graph's, never typed by a person."""

    product: Product
    dynamic: bool
    groups: tuple[GroupRef, ...] = ()
    sites: SiteWish | None = None

    @property
    def expression(self) -> str:
        """The documented grammar; "" while nothing is chosen."""
        if self.sites is not None:
            condition = self.sites.condition
            return site_expression(condition) if condition else ""
        return group_expression([group.id for group in self.groups]) if self.groups else ""

    @property
    def words(self) -> str:
        """What it selects, with the names of its groups."""
        if self.sites is not None:
            condition = self.sites.condition
            text = f"sites {condition_words(condition)}" if condition else "no sites yet"
        elif self.groups:
            text = f"members of {list_words([group.name for group in self.groups])}"
        else:
            text = "no groups yet"
        return _with_kind(text, self.dynamic)

    @property
    def key(self) -> str:
        return _key(self.product, self.dynamic, self.expression)


@dataclass(frozen=True, slots=True)
class RuleEnd:
    """A rule to be ended. With `unprotect` what only it holds is no longer backed up (dynamic rules only)."""

    rule: Rule
    unprotect: bool = False

    @property
    def words(self) -> str:
        after = "stop protecting what it holds" if self.unprotect else "keep what it protects"
        return f"end the rule for {self.rule.words}, and {after}"


@dataclass(frozen=True, slots=True)
class RuleRun:
    """A one-time rule to be run again, for what has come since."""

    rule: Rule

    @property
    def words(self) -> str:
        return f"run the rule for {self.rule.words} again"


@dataclass(frozen=True, slots=True)
class PolicyRules:
    """The rules of one policy, as they were read."""

    policy_id: str
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundGroups:
    """What a search for groups gave."""

    words: str
    groups: tuple[GroupRef, ...] = ()


def same_rule(rule: Rule, wish: RuleWish) -> bool:
    """Whether the tenant's rule is what is wanted: by meaning, however it is spelt."""
    return rule.key == wish.key


def _key(product: Product, dynamic: bool, expression: str) -> str:
    return f"{product}|{'dynamic' if dynamic else 'static'}|{canonical(expression)}"


def _with_kind(text: str, dynamic: bool) -> str:
    return f"{text}, {'kept in step' if dynamic else 'looked up once'}"
