"""What a rule would take, as told before, against what the practice tenant then takes: the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from typing import Any, cast

import pytest

from m365backup_tui.cloud.backup import GraphBackup
from m365backup_tui.cloud.directory import GraphDirectory
from m365backup_tui.domain.catalog import Catalog
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rule_matching import site_test
from m365backup_tui.domain.rule_preview import RulePreview
from m365backup_tui.domain.rules import PolicyRules, RuleStatus, RuleWish, SiteWish, SiteWord
from m365backup_tui.events import Arrived, Event
from m365backup_tui.ports import Azure, Identity, Runs, Tools
from m365backup_tui.practice.company.lookups import Company
from m365backup_tui.work import rules
from tests.practice.cloud_ports import graph_calls
from tests.practice.conftest import Controls
from tests.practice.test_cloud_backup import drives, mailboxes, sites
from tests.practice.test_cloud_rules import group

Ready = dict[str, Any]
WORDS = (SiteWord("legal"), SiteWord("finance", address=True))


@pytest.fixture
def tenant(fresh_practice: Ready, controls: Controls) -> Ready:
    controls.turn_backup_on()
    return fresh_practice


async def last(work: AsyncIterator[Event]) -> Any:
    found = [event async for event in work]
    assert isinstance(found[-1], Arrived), found[-1]
    return found[-1].value


def first(product: Product) -> Any:
    by = {Product.EXCHANGE: mailboxes, Product.ONEDRIVE: drives, Product.SHAREPOINT: sites}
    return by[product](3)


def wishes(company: Company) -> dict[str, RuleWish]:
    legal, finance = group(company, "SG Legal"), group(company, "SG Finance")
    by_words = SiteWish(WORDS)
    return {
        "mailboxes once": RuleWish(Product.EXCHANGE, False, (legal, finance)),
        "mailboxes in step": RuleWish(Product.EXCHANGE, True, (legal,)),
        "accounts once": RuleWish(Product.ONEDRIVE, False, (legal, finance)),
        "accounts in step": RuleWish(Product.ONEDRIVE, True, (finance,)),
        "sites": RuleWish(Product.SHAREPOINT, False, sites=by_words),
        "sites since": RuleWish(
            Product.SHAREPOINT, False, sites=replace(by_words, changed_since=date(2026, 6, 1))
        ),
        "sites all": RuleWish(Product.SHAREPOINT, False, sites=replace(by_words, every=True)),
    }


@pytest.mark.parametrize(
    "name",
    [
        "mailboxes once",
        "mailboxes in step",
        "accounts once",
        "accounts in step",
        "sites",
        "sites since",
        "sites all",
    ],
)
async def test_what_a_rule_would_take_is_what_it_takes(
    tenant: Ready, controls: Controls, company: Company, name: str
) -> None:
    wish = wishes(company)[name]
    product = wish.product
    # The practice tenant protects no redirect sites; no page says so, and so the count has them.
    redirects = 0
    async with graph_calls(tenant, controls) as calls:
        backup = GraphBackup(calls)
        directory = GraphDirectory(calls, backup, lambda: "")
        tools = Tools(
            clock=calls.clock,
            identity=cast("Identity", None),
            directory=directory,
            azure=cast("Azure", None),
            backup=backup,
            runs=cast("Runs", None),
        )
        await backup.create_policy(product, "Other", first(product)[:2])
        mine, _ = await backup.create_policy(product, "Mine", first(product)[2:])
        if wish.sites is None:
            look = rules.preview_groups(tools, wish, "Mine")
        else:
            assert wish.sites.condition is not None
            test, catalog = site_test(wish.sites.condition), Catalog()
            async for page in directory.candidates(product):
                catalog = catalog.plus(page)
                redirects += sum(
                    c.kind == "redirect site" and bool(test(c.name, c.address, c.last_activity))
                    for c in page
                )
            look = rules.preview_sites(tools, wish, "Mine", catalog.whole())
        seen: RulePreview = await last(look)
        assert seen.complete
        await backup.add_rule(product, mine.id, wish.expression, wish.dynamic)
        controls.advance("PT1H")
        (rule,) = (await last(rules.load_rules(tools, product, mine.id))).rules
        held = await backup.units(product, mine.id)
    assert rule.status.over
    assert rule.words == wish.words
    taken_elsewhere = sum(n for _, n in seen.elsewhere)
    assert {policy for policy, _ in seen.elsewhere} <= {"Other"}
    assert len(held) == 1 + seen.fresh - redirects, seen
    assert (rule.status is RuleStatus.COMPLETED_WITH_ERRORS) == bool(taken_elsewhere), seen
    print(
        f"{name}: {seen.fresh} of {seen.looked_at} foreseen and taken, {taken_elsewhere} elsewhere"
    )
    assert seen.fresh or name == "sites all"


async def test_rules_read_from_the_tenant_have_the_names_of_their_groups(
    tenant: Ready, controls: Controls, company: Company
) -> None:
    wish = wishes(company)["mailboxes once"]
    async with graph_calls(tenant, controls) as calls:
        backup = GraphBackup(calls)
        tools = Tools(
            clock=calls.clock,
            identity=cast("Identity", None),
            directory=GraphDirectory(calls, backup, lambda: ""),
            azure=cast("Azure", None),
            backup=backup,
            runs=cast("Runs", None),
        )
        made, _ = await backup.create_policy(Product.EXCHANGE, "Mine", first(Product.EXCHANGE))
        await backup.add_rule(Product.EXCHANGE, made.id, wish.expression, wish.dynamic)
        seen: PolicyRules = await last(rules.load_rules(tools, Product.EXCHANGE, made.id))
    assert [rule.words for rule in seen.rules] == [wish.words]
