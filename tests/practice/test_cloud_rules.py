"""Inclusion rules through the real SDK against the practice tenant: made, read, run, changed, ended, refused, lost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date
from functools import partial
from typing import Any

import pytest

from m365backup_tui.cloud.backup import GraphBackup
from m365backup_tui.cloud.directory import GraphDirectory
from m365backup_tui.domain.errors import CloudError, Limit, NotFound, OutcomeUnknown, Rejected
from m365backup_tui.domain.groups import GroupKind, GroupRef
from m365backup_tui.domain.plan import UnitRef
from m365backup_tui.domain.products import ALL_PRODUCTS, Product
from m365backup_tui.domain.rules import (
    Rule,
    RuleStatus,
    RuleWish,
    SiteWish,
    SiteWord,
    same_rule,
)
from m365backup_tui.practice.company.lookups import Company
from tests.practice.cloud_ports import graph_calls
from tests.practice.conftest import Controls
from tests.practice.test_cloud_backup import drives, mailboxes, sites

Ready = dict[str, Any]
NOBODY = "00000000-0000-4000-8000-00000000dead"


@pytest.fixture
def tenant(fresh_practice: Ready, controls: Controls) -> Ready:
    controls.turn_backup_on()
    return fresh_practice


def group(company: Company, name: str) -> GroupRef:
    found = next(g for g in company.groups() if g.display_name == name)
    return GroupRef(found.id, name, "", GroupKind.SECURITY)


def some(product: Product) -> list[UnitRef]:
    return {
        Product.EXCHANGE: mailboxes(1),
        Product.ONEDRIVE: drives(1),
        Product.SHAREPOINT: sites(1),
    }[product]


@asynccontextmanager
async def a_policy(
    tenant: Ready, controls: Controls, product: Product
) -> AsyncIterator[tuple[GraphBackup, str]]:
    async with graph_calls(tenant, controls) as calls:
        backup = GraphBackup(calls)
        made, _ = await backup.create_policy(product, "By rule", some(product))
        yield backup, made.id


def wish_for(product: Product, company: Company, *, dynamic: bool = False) -> RuleWish:
    if product is Product.SHAREPOINT:
        words = (SiteWord("Legal"), SiteWord("legal", address=True))
        return RuleWish(product, False, sites=SiteWish(words))
    return RuleWish(product, dynamic, (group(company, "SG Legal"),))


async def only(backup: GraphBackup, product: Product, policy_id: str) -> Rule:
    (rule,) = await backup.rules(product, policy_id)
    return rule


@pytest.mark.parametrize("product", ALL_PRODUCTS)
async def test_a_rule_that_runs_once_brings_what_matches_and_stays_to_be_run_again(
    tenant: Ready, controls: Controls, company: Company, product: Product
) -> None:
    wish = wish_for(product, company)
    async with a_policy(tenant, controls, product) as (backup, policy):
        made, request_id = await backup.add_rule(product, policy, wish.expression, wish.dynamic)
        assert request_id in {entry["client_request_id"] for entry in controls.log()}
        assert (made.status, made.dynamic) == (RuleStatus.ACTIVE, False)
        assert same_rule(made, wish)
        before = len(await backup.units(product, policy))
        controls.advance("PT1H")
        done = await only(backup, product, policy)
        assert done.status.over
        assert done.modified is not None
        assert len(await backup.units(product, policy)) > before
        await backup.run_rule(product, policy, done.id)
        assert (await only(backup, product, policy)).status is RuleStatus.ACTIVE
        controls.advance("PT1H")
        held = len(await backup.units(product, policy))
        await backup.end_rule(product, policy, done.id, unprotect=False)
        assert await backup.rules(product, policy) == ()
        assert len(await backup.units(product, policy)) == held


@pytest.mark.parametrize("product", [Product.EXCHANGE, Product.ONEDRIVE])
async def test_a_rule_that_keeps_in_step_is_ended_with_what_it_holds(
    tenant: Ready, controls: Controls, company: Company, product: Product
) -> None:
    wish = wish_for(product, company, dynamic=True)
    async with a_policy(tenant, controls, product) as (backup, policy):
        made, _ = await backup.add_rule(product, policy, wish.expression, dynamic=True)
        assert made.dynamic
        controls.advance("PT1H")
        assert any(u.by_rule for u in await backup.units(product, policy))
        await backup.end_rule(product, policy, made.id, unprotect=True)
        assert (await only(backup, product, policy)).status is RuleStatus.DELETE_REQUESTED
        controls.advance("PT3H")
        assert await backup.rules(product, policy) == ()
        left = await backup.units(product, policy)
    assert [u.by_rule for u in left] == [False]  # the one that was added by hand


async def test_a_site_rule_with_a_day_is_understood(tenant: Ready, controls: Controls) -> None:
    words = (SiteWord("legal"), SiteWord("finance", address=True))
    wish = RuleWish(
        Product.SHAREPOINT, False, sites=SiteWish(words, changed_since=date(2026, 1, 31))
    )
    async with a_policy(tenant, controls, Product.SHAREPOINT) as (backup, policy):
        made, _ = await backup.add_rule(Product.SHAREPOINT, policy, wish.expression, dynamic=False)
    assert made.words == wish.words
    assert "2026-01-31" in made.words


async def test_a_group_that_is_gone_is_told_by_the_rule_itself(
    tenant: Ready, controls: Controls
) -> None:
    wish = RuleWish(Product.EXCHANGE, False, (GroupRef(NOBODY, "Gone", "", "security group"),))
    async with a_policy(tenant, controls, Product.EXCHANGE) as (backup, policy):
        await backup.add_rule(Product.EXCHANGE, policy, wish.expression, dynamic=False)
        controls.advance("PT1H")
        rule = await only(backup, Product.EXCHANGE, policy)
    assert rule.status is RuleStatus.COMPLETED_WITH_ERRORS
    assert rule.error_code == "invalidGroupId"
    assert NOBODY in rule.error


@pytest.mark.parametrize(
    ("what", "kind", "code"),
    [
        ("second dynamic rule", Rejected, "InvalidInclusionRuleCreateRequest"),
        ("run a dynamic rule", Rejected, "RunNotAllowedForDynamicRule"),
        ("end a running rule", CloudError, "InvalidProtectionRuleStatusForDynamicRuleDeletion"),
        ("101 groups", Limit, "InvalidRuleExpressionGroupLimitExceeded"),
        ("a rule that is gone", NotFound, "ProtectionRuleNotFound"),
    ],
)
async def test_refusals_carry_the_code_of_the_service(
    tenant: Ready,
    controls: Controls,
    company: Company,
    what: str,
    kind: type[CloudError],
    code: str,
) -> None:
    product = Product.EXCHANGE
    wish = wish_for(product, company, dynamic=True)
    many = [f"00000000-0000-4000-8000-{n:012}" for n in range(101)]
    listed = ", ".join(f"'{one}'" for one in many)
    async with a_policy(tenant, controls, product) as (backup, policy):
        made, _ = await backup.add_rule(product, policy, wish.expression, dynamic=True)
        calls: dict[str, Callable[[], Awaitable[object]]] = {
            "second dynamic rule": lambda: backup.add_rule(product, policy, wish.expression, True),
            "run a dynamic rule": lambda: backup.run_rule(product, policy, made.id),
            "end a running rule": lambda: backup.end_rule(product, policy, made.id, False),
            "101 groups": lambda: backup.add_rule(
                product, policy, f"(memberOf -any (group.id -in [{listed}]))", False
            ),
            "a rule that is gone": lambda: backup.end_rule(product, policy, NOBODY, False),
        }
        with pytest.raises(kind) as refused:
            await calls[what]()
    assert refused.value.code == code


@pytest.mark.parametrize("operation", ["create rule", "run rule"])
async def test_a_lost_answer_is_an_unknown_outcome_and_is_sent_once(
    tenant: Ready, controls: Controls, company: Company, operation: str
) -> None:
    product = Product.EXCHANGE
    wish = wish_for(product, company)
    async with a_policy(tenant, controls, product) as (backup, policy):
        write: Callable[[], Awaitable[object]]
        write = partial(backup.add_rule, product, policy, wish.expression, dynamic=False)
        if operation == "run rule":
            rule, _ = await backup.add_rule(product, policy, wish.expression, dynamic=False)
            controls.advance("PT1H")
            write = partial(backup.run_rule, product, policy, rule.id)
        fault = {"id": "H6", "operation": operation, "nth": 1, "times": 1}
        controls.call("POST", "faults", fault).raise_for_status()
        since = controls.log()[-1]["seq"]
        with pytest.raises(OutcomeUnknown):
            await write()
        sent = [e for e in controls.log(since) if e["method"] == "POST"]
        rule = await only(backup, product, policy)
    assert len([e for e in sent if "InclusionRules" in e["path"]]) == 1
    assert same_rule(rule, wish)
    assert rule.status is RuleStatus.ACTIVE


async def test_groups_get_their_names_by_id(
    tenant: Ready, controls: Controls, company: Company
) -> None:
    groups = [group(company, "SG Legal"), group(company, "SG Finance")]
    async with graph_calls(tenant, controls) as calls:
        directory = GraphDirectory(calls, GraphBackup(calls), lambda: "")
        found = await directory.named_groups([*(g.id for g in groups), NOBODY])
    assert [(g.id, g.name) for g in found] == [(g.id, g.name) for g in groups]
