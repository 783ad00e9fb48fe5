"""Inclusion rules of the tenant in memory: a part of `FakeBackup`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from m365backup_tui.domain.author import Author
from m365backup_tui.domain.errors import CloudError, NotFound, Rejected
from m365backup_tui.domain.groups import GroupRef, MemberPage
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rules import Rule, RuleStatus

T = TypeVar("T")


@dataclass
class FakeRules:
    """`ruled`: policy id -> its rules. A rule is at work for one look and done at the second."""

    ruled: dict[str, list[Rule]] = field(default_factory=dict, kw_only=True)

    async def rules(self, product: Product, policy_id: str) -> tuple[Rule, ...]:
        self._read("rules")
        seen = tuple(self.ruled.get(policy_id, ()))
        self.ruled[policy_id] = [
            replace(rule, status=RuleStatus.COMPLETED)
            for rule in seen
            if rule.status is not RuleStatus.DELETE_REQUESTED
        ]
        return seen

    async def add_rule(
        self, product: Product, policy_id: str, expression: str, dynamic: bool
    ) -> tuple[Rule, str]:
        def change() -> tuple[Rule, str]:
            there = self.ruled.setdefault(policy_id, [])
            rule = Rule(product, f"rule-{len(there) + 1}", expression, dynamic, RuleStatus.ACTIVE)
            there.append(rule)
            return rule, "req-rule"

        return self._write(f"add rule {policy_id} {expression}", "add_rule", change)

    async def run_rule(self, product: Product, policy_id: str, rule_id: str) -> str:
        def change() -> str:
            self._put(policy_id, rule_id, RuleStatus.ACTIVE)
            return "req-run-rule"

        return self._write(f"run rule {policy_id} {rule_id}", "run_rule", change)

    async def end_rule(
        self, product: Product, policy_id: str, rule_id: str, unprotect: bool
    ) -> str:
        def change() -> str:
            rule = self._rule(policy_id, rule_id)
            if unprotect and not rule.dynamic:
                raise Rejected("Only a dynamic rule can do this.", "ProtectionRuleActionNotAllowed")
            if unprotect:
                self._put(policy_id, rule_id, RuleStatus.DELETE_REQUESTED)
            else:
                self.ruled[policy_id].remove(rule)
            return "req-end-rule"

        after = " and unprotect" if unprotect else ""
        return self._write(f"end rule {policy_id} {rule_id}{after}", "end_rule", change)

    def _rule(self, policy_id: str, rule_id: str) -> Rule:
        for rule in self.ruled.get(policy_id, ()):
            if rule.id == rule_id:
                return rule
        raise NotFound("The rule does not exist.", "ProtectionRuleNotFound")

    def _put(self, policy_id: str, rule_id: str, status: RuleStatus, expression: str = "") -> None:
        old = self._rule(policy_id, rule_id)
        new = replace(old, status=status, expression=expression or old.expression)
        self.ruled[policy_id] = [new if r.id == rule_id else r for r in self.ruled[policy_id]]

    # --- given by FakeBackup ---

    def _read(self, call: str) -> None:
        raise NotImplementedError

    def _write(self, words: str, call: str, change: Callable[[], T]) -> T:
        raise NotImplementedError


class FakeNamedGroups:
    """Names of groups and of people by id: a part of `FakeDirectory`."""

    named_people: dict[str, Author]
    asked_people: list[tuple[str, ...]]

    in_groups: dict[GroupRef, tuple[MemberPage, ...]]
    error: CloudError | None

    async def named_groups(self, ids: Sequence[str]) -> tuple[GroupRef, ...]:
        if self.error:
            raise self.error
        return tuple(group for group in self.in_groups if group.id in set(ids))

    async def people(self, ids: Sequence[str]) -> Mapping[str, Author]:
        if self.error:
            raise self.error
        self.asked_people.append(tuple(ids))
        return {one: self.named_people[one] for one in ids if one in self.named_people}
