"""Rules of a policy file beside those that the policy has: which are to be added, which to be ended, what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from m365backup_tui.domain.groups import GroupSize
from m365backup_tui.domain.policy_file import FileProblem
from m365backup_tui.domain.rule_limits import rule_problems
from m365backup_tui.domain.rules import Rule, RuleEnd, RuleStatus, RuleWish, same_rule
from m365backup_tui.domain.wished import MeantRule, Wished


@dataclass(frozen=True, slots=True)
class RuleChanges:
    """What of the rules a draft gets, and what speaks against it."""

    add: tuple[RuleWish, ...] = ()
    end: tuple[RuleEnd, ...] = ()
    problems: tuple[FileProblem, ...] = ()


def rule_changes(
    wish: Wished, there: Sequence[Rule], sizes: Mapping[str, GroupSize] | None = None
) -> RuleChanges:
    """`there`: the rules that the policy has; `sizes`: group id -> size, where known."""
    ending = {end.wish.key for end in wish.end_rules}
    twice = [r.spot.problem(_BOTH) for r in wish.rules if r.wish.key in ending]
    ends = [(e, rule) for e in wish.end_rules for rule in there if same_rule(rule, e.wish)]
    end = [RuleEnd(rule, e.unprotect) for e, rule in ends if not _ended(rule)]
    problems = [*twice, *(e.spot.problem(_STATIC) for e, _ in ends if _cannot(e))]
    add: list[RuleWish] = []
    for meant in wish.rules:
        same = next((rule for rule in there if same_rule(rule, meant.wish)), None)
        if same is not None:
            if _ended(same):
                problems.append(meant.spot.problem(_GOING))
            continue
        found = rule_problems(meant.wish, drafted=add, sizes=sizes)
        if clash := _clash(meant, there, end):
            found = (*found, clash)
        problems += [meant.spot.problem(f"{meant.wish.words}: {one}") for one in found]
        add.append(meant.wish)
    return RuleChanges(tuple(add), tuple(end), tuple(problems))


_BOTH = "The same rule stands under `rules` and under `end_rules`: leave one away."
_STATIC = "`unprotect` is for dynamic rules: what a rule that is looked up once brought stays. Write it under `remove`."
_GOING = "This rule is being ended now: wait until it is gone, then run this again."


def _ended(rule: Rule) -> bool:
    return rule.status is RuleStatus.DELETE_REQUESTED


def _cannot(end: MeantRule) -> bool:
    return end.unprotect and not end.wish.dynamic


def _clash(meant: MeantRule, there: Sequence[Rule], ends: Sequence[RuleEnd]) -> str:
    """A policy takes one rule that keeps in step (graph.md §7)."""
    if not meant.wish.dynamic:
        return ""
    # One that lets go of its units still counts: the service takes it away only later.
    gone = {e.rule.id for e in ends if not e.unprotect}
    other = next((rule for rule in there if rule.dynamic and rule.id not in gone), None)
    if other is None:
        return ""
    head = f"A policy takes one dynamic rule, and this one has it: {other.words}."
    if _ended(other) or any(e.rule.id == other.id for e in ends):
        return f"{head} Apply the file without the new one first, wait until the old one is gone, then add this."
    return f"{head} To replace it, write the old one under `end_rules`."
