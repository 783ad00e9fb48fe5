"""Rules of a policy file: groups by name or address, what is there already, what is to be ended, and every refusal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from m365backup_tui.domain.groups import GROUPS_A_PAGE, GroupKind, GroupRef, MemberPage
from m365backup_tui.domain.policy_file import PolicyFile
from m365backup_tui.domain.policy_file_reading import parse
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rules import Rule, RuleStatus, RuleWish, SiteWish, SiteWord
from m365backup_tui.domain.wish_drafts import Compared
from m365backup_tui.work import policy_file
from m365backup_tui.work.wish_groups import find_group
from tests.from_file import drafts_from_file
from tests.unit.fakes import FakeBackup, FakeDirectory, candidate, file_runs, make_tools

MAIL, SITE = Product.EXCHANGE, Product.SHAREPOINT
NOBODY = (MemberPage((), ()),)


def group(number: int, name: str, mail: str = "") -> GroupRef:
    return GroupRef(f"{number:08}-0000-4000-8000-000000000000", name, mail, GroupKind.SECURITY)


FINANCE = group(1, "Finance")
SALES = group(2, "Sales", "sales@example.com")
LEGAL = group(3, "Legal", "legal@example.com")
TWIN = group(4, "Legal", "lawyers@example.com")
THIRD = group(5, "LEGAL")
ALL = (FINANCE, SALES, LEGAL, TWIN, THIRD)


class Directory(FakeDirectory):
    """Finds groups by name and by mail address, as the real one."""

    async def groups(self, words: str) -> tuple[GroupRef, ...]:
        wanted = words.casefold()
        by_mail = [g for g in self.in_groups if g.mail and g.mail.casefold().startswith(wanted)]
        return tuple(dict.fromkeys([*await super().groups(words), *by_mail]))


def directory() -> Directory:
    return Directory(known=(candidate(MAIL, "ann"),), in_groups=dict.fromkeys(ALL, NOBODY))


def wish(*groups: GroupRef, dynamic: bool = False) -> RuleWish:
    return RuleWish(MAIL, dynamic, groups)


def rule_for(one: RuleWish, number: int = 1, status: RuleStatus = RuleStatus.COMPLETED) -> Rule:
    return Rule(one.product, f"rule-{number}", one.expression, one.dynamic, status)


async def compared(
    backup: FakeBackup, folder: Path, keys: str, service: str = "exchange"
) -> Compared:
    text = f"version: 1\npolicies:\n  {service}:\n    - name: Mail\n{keys}"
    file = parse(text, str(folder / "job.yaml"))
    assert isinstance(file, PolicyFile), file
    tools = make_tools(file_runs(folder), backup, directory())
    found, _, _ = await policy_file.compared(tools, file, tuple(backup.held.values()))
    return found


def rules(*lines: str, key: str = "rules") -> str:
    return f"      {key}:\n" + "".join(f"        - {{{line}}}\n" for line in lines)


def tenant(*there: Rule) -> FakeBackup:
    backup = FakeBackup()
    policy = backup.have(MAIL, "Mail", ["ann"])
    backup.ruled[policy.id] = list(there)
    return backup


async def problem_of(backup: FakeBackup, folder: Path, keys: str) -> str:
    (problem,) = (await compared(backup, folder, keys)).problems
    return str(problem)


async def test_rules_that_are_missing_are_added_and_those_there_stay(tmp_path: Path) -> None:
    backup = tenant(rule_for(wish(SALES, FINANCE)), rule_for(wish(LEGAL), 2))
    keys = rules("groups: [finance, Sales]", "groups: [sales@example.com], dynamic: true")
    (draft,) = (await compared(backup, tmp_path, keys)).drafts
    assert draft.rules == (wish(SALES, dynamic=True),)
    assert (draft.end_rules, draft.add, draft.remove) == ((), (), ())


async def test_a_new_policy_may_have_rules_alone(tmp_path: Path) -> None:
    found = await compared(FakeBackup(), tmp_path, rules("groups: [Finance]"))
    assert found.problems == ()
    assert found.drafts[0].rules == (wish(FINANCE),)


async def test_rules_of_sites_are_words_and_a_day(tmp_path: Path) -> None:
    keys = rules(
        "name_has: [finance, legal], address_has: [projects], match: all, changed_since: 2026-01-02"
    )
    found = await compared(FakeBackup(), tmp_path, keys, "sharepoint")
    words = (SiteWord("finance"), SiteWord("legal"), SiteWord("projects", address=True))
    wanted = RuleWish(SITE, False, sites=SiteWish(words, True, date(2026, 1, 2)))
    assert (found.problems, found.drafts[0].rules) == ((), (wanted,))


@pytest.mark.parametrize("unprotect", [False, True])
async def test_a_rule_is_ended_where_it_exists_and_only_there(
    tmp_path: Path, unprotect: bool
) -> None:
    there = rule_for(wish(SALES, dynamic=True))
    word = str(unprotect).lower()
    keys = rules(f"groups: [Sales], dynamic: true, unprotect: {word}", key="end_rules")
    (draft,) = (await compared(tenant(there), tmp_path, keys)).drafts
    ((end, _),) = [(e, e.rule.id) for e in draft.end_rules]
    assert (end.rule.id, end.unprotect) == ("rule-1", unprotect)
    assert "members of Sales" in end.words
    assert await compared(tenant(), tmp_path, keys) == Compared()
    going = replace(there, status=RuleStatus.DELETE_REQUESTED)
    assert await compared(tenant(going), tmp_path, keys) == Compared()


async def test_a_group_that_is_not_there_is_told_with_those_near_it(tmp_path: Path) -> None:
    told = await problem_of(tenant(), tmp_path, rules("groups: [Finanze]"))
    assert "job.yaml, line 6: policies.exchange “Mail”: rules: “Finanze”: no group has" in told
    assert "Near it: “Finance”." in told


async def test_a_name_that_several_groups_have_asks_for_the_address(tmp_path: Path) -> None:
    told = await problem_of(tenant(), tmp_path, rules("groups: [legal]"))
    assert "3 groups are called “legal”" in told
    assert "lawyers@example.com or legal@example.com. 1 more of them has no mail address." in told
    (draft,) = (await compared(tenant(), tmp_path, rules("groups: [Lawyers@example.com]"))).drafts
    assert draft.rules == (wish(TWIN),)


async def test_more_groups_than_a_search_gives_are_told_as_such(tmp_path: Path) -> None:
    many = [group(100 + n, f"Team {n}") for n in range(GROUPS_A_PAGE)]
    tools = make_tools(
        file_runs(tmp_path), FakeBackup(), Directory(in_groups=dict.fromkeys(many, NOBODY))
    )
    assert "more than 100 groups" in str(await find_group(tools, "Team"))
    assert await find_group(tools, "team 7") == many[7]
    same = [group(1, "Twins"), group(2, "twins")]
    tools = make_tools(
        file_runs(tmp_path), FakeBackup(), Directory(in_groups=dict.fromkeys(same, NOBODY))
    )
    assert "none of them has a mail address" in str(await find_group(tools, "Twins"))


async def test_a_second_dynamic_rule_says_how_to_replace_the_first(tmp_path: Path) -> None:
    backup = tenant(rule_for(wish(SALES, dynamic=True)))
    new = rules("groups: [Finance], dynamic: true")
    told = await problem_of(backup, tmp_path, new)
    assert "this one has it: members of Sales, kept in step." in told
    assert "To replace it, write the old one under `end_rules`." in told
    end = rules("groups: [Sales], dynamic: true", key="end_rules")
    (draft,) = (await compared(backup, tmp_path, new + end)).drafts
    assert (len(draft.rules), len(draft.end_rules)) == (1, 1)
    slow = rules("groups: [Sales], dynamic: true, unprotect: true", key="end_rules")
    assert "wait until the old one is gone" in await problem_of(backup, tmp_path, new + slow)


async def test_a_rule_that_is_being_ended_is_not_taken_for_one_that_is_there(
    tmp_path: Path,
) -> None:
    going = rule_for(wish(SALES, dynamic=True), status=RuleStatus.DELETE_REQUESTED)
    told = await problem_of(tenant(going), tmp_path, rules("groups: [Sales], dynamic: true"))
    assert "being ended now: wait until it is gone" in told


async def test_the_documented_limits_are_told_with_the_line(tmp_path: Path) -> None:
    nested = directory()
    nested.nested = 2
    text = "version: 1\npolicies:\n  exchange:\n    - name: Mail\n" + rules(
        "groups: [Finance], dynamic: true"
    )
    file = parse(text, "job.yaml")
    assert isinstance(file, PolicyFile)
    tools = make_tools(file_runs(tmp_path), FakeBackup(), nested)
    (_, (problem,)) = await drafts_from_file(tools, file, ())
    assert "Finance has groups inside" in problem.rule
    assert problem.line == 6


async def test_exact_and_a_rule_that_is_looked_up_once_do_not_go_together(tmp_path: Path) -> None:
    backup = tenant(rule_for(wish(SALES)))
    told = await problem_of(backup, tmp_path, "      exact: true\n" + rules("groups: [Sales]"))
    assert "`exact` and a rule that is looked up once" in told
