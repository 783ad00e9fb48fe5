"""What pages about rules ask of the wizard reaches the state, through the real use cases and fakes of the ports."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import cast

from m365backup_tui.domain.catalog import Catalog
from m365backup_tui.domain.groups import GroupSize
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rules import Rule, RuleStatus, RuleWish, SiteWish, SiteWord
from m365backup_tui.ports import Runs
from m365backup_tui.state import Remote, State
from m365backup_tui.store import Store
from m365backup_tui.wizard import Wizard
from tests.unit.fakes import FakeBackup, make_tools
from tests.unit.test_rule_work import FINANCE, LEGAL, directory, site

ONCE = RuleWish(Product.EXCHANGE, False, (FINANCE,))


def wizard(state: State | None = None, backup: FakeBackup | None = None) -> Wizard:
    tools = make_tools(cast("Runs", None), backup, directory())
    return Wizard(Store(state), tools)


async def until(true: Callable[[], bool]) -> None:
    for _ in range(200):
        if true():
            return
        await asyncio.sleep(0)
    raise AssertionError("it did not happen")


async def test_rules_groups_and_sizes_arrive_in_their_places() -> None:
    backup = FakeBackup()
    policy = backup.have(Product.EXCHANGE, "Mine")
    backup.ruled[policy.id] = [
        Rule(Product.EXCHANGE, "r", ONCE.expression, False, RuleStatus.COMPLETED)
    ]
    one = wizard(backup=backup)
    one.load_rules(Product.EXCHANGE, policy.id)
    one.search_groups("leg")
    one.measure_groups((FINANCE,))
    await until(lambda: not one.store.busy)
    state = one.state
    assert state.rules.value is not None
    assert [r.words for r in state.rules.value.rules] == [ONCE.words]
    assert state.rule_groups.value is not None
    assert state.rule_groups.value.groups == (LEGAL,)
    assert state.group_sizes.value is not None
    one.measure_groups((FINANCE, LEGAL))
    await until(lambda: not one.store.busy)
    assert one.state.group_sizes.value is not None
    assert one.state.group_sizes.value.as_dict()[LEGAL.id] == GroupSize(4, 0)


async def test_a_newer_search_takes_the_place_of_an_older_one() -> None:
    one = wizard()
    one.search_groups("fin")
    one.search_groups("leg")
    await until(lambda: not one.store.busy)
    assert one.state.rule_groups.value is not None
    assert one.state.rule_groups.value.words == "leg"


async def test_a_rule_for_people_is_looked_up_and_one_for_sites_compared() -> None:
    one = wizard()
    one.preview_rule(ONCE, "Mine")
    await until(lambda: not one.store.busy)
    assert one.state.rule_preview.value is not None
    assert one.state.rule_preview.value.key == ONCE.key
    words = RuleWish(Product.SHAREPOINT, False, sites=SiteWish((SiteWord("fin"),)))
    listed = Remote(Catalog.of([site(1, "Finance"), site(2, "Other")]))
    two = wizard(replace(State(), sharepoint=listed))
    two.preview_rule(words, "")
    await until(lambda: not two.store.busy)
    assert two.state.rule_preview.value is not None
    assert (two.state.rule_preview.value.matches, two.state.rule_preview.value.complete) == (
        1,
        True,
    )


async def test_a_look_that_nobody_waits_for_ends() -> None:
    one = wizard()
    one.preview_rule(ONCE, "Mine")
    one.stop_preview()
    await until(lambda: not one.store.busy)
    assert not one.state.rule_preview.busy
    assert one.state.rule_preview.value is None
