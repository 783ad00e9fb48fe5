"""Use cases about rules: what a rule would take is counted right, each once; rules read with the names of groups."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from typing import Any, cast

from m365backup_tui.domain.catalog import Catalog
from m365backup_tui.domain.errors import CloudError, Forbidden, Unreachable
from m365backup_tui.domain.groups import GroupKind, GroupRef, GroupSize, LeftOut, MemberPage
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rule_preview import GroupSizes, RulePreview
from m365backup_tui.domain.rules import (
    FoundGroups,
    PolicyRules,
    Rule,
    RuleStatus,
    RuleWish,
    SiteWish,
    SiteWord,
)
from m365backup_tui.domain.units import Candidate
from m365backup_tui.events import Arrived, Broke, Event
from m365backup_tui.ports import Runs
from m365backup_tui.work import rules
from tests.unit.fakes import FakeBackup, FakeDirectory, candidate, make_tools

IDS = [f"0b5f3c52-3f0c-4a70-9b0e-6a7f4f7d1c{n:02}" for n in range(3)]
FINANCE = GroupRef(IDS[0], "Finance", "", GroupKind.SECURITY)
LEGAL = GroupRef(IDS[1], "Legal", "", GroupKind.SECURITY)
NO_RUNS = cast("Runs", None)


def mail(key: str, **more: Any) -> Candidate:
    return candidate(Product.EXCHANGE, key, **more)


def directory(**more: Any) -> FakeDirectory:
    ann, bob, cid = mail("ann", size=5), mail("bob"), mail("cid", policy="Board")
    dora, room = mail("dora", policy="Mine"), mail("room", unsupported="A room.")
    shared = mail("info", kind="shared mailbox", size=7)
    guest = LeftOut("Guest", "guest@x", "This is a guest.")
    return FakeDirectory(
        in_groups={
            FINANCE: (MemberPage((ann, bob), (guest,)), MemberPage((cid, shared), ())),
            LEGAL: (MemberPage((ann, dora, room), (guest,)),),
        },
        **more,
    )


async def events(work: AsyncIterator[Event]) -> list[Event]:
    return [event async for event in work]


def value(found: list[Event]) -> Any:
    last = found[-1]
    assert isinstance(last, Arrived)
    assert not last.more
    return last.value


async def test_members_of_several_groups_are_counted_once_each_and_in_one_count_each() -> None:
    wish = RuleWish(Product.EXCHANGE, False, (FINANCE, LEGAL))
    tools = make_tools(NO_RUNS, directory=directory())
    seen: RulePreview = value(await events(rules.preview_groups(tools, wish, "Mine")))
    assert seen.complete
    assert seen.key == wish.key
    assert (seen.fresh, seen.here, seen.elsewhere) == (2, 1, (("Board", 1),))
    assert (seen.skipped, seen.unsupported, seen.left_out) == (1, 1, 1)
    assert seen.matches == seen.people == 6
    assert (seen.size, seen.unknown_sizes) == (5, 1)
    assert dict(seen.groups.known)[FINANCE.id] == GroupSize(5, 0)


async def test_for_a_new_policy_nothing_is_here_already() -> None:
    wish = RuleWish(Product.EXCHANGE, False, (LEGAL,))
    tools = make_tools(NO_RUNS, directory=directory())
    seen = value(await events(rules.preview_groups(tools, wish, "")))
    assert (seen.here, seen.elsewhere) == (0, (("Mine", 1),))


async def test_a_group_that_cannot_be_read_is_an_error_and_no_count() -> None:
    wish = RuleWish(Product.EXCHANGE, False, (FINANCE,))
    lost = Unreachable("No connection to Microsoft Graph.")
    tools = make_tools(NO_RUNS, directory=directory(error=lost))
    found = await events(rules.preview_groups(tools, wish, ""))
    assert isinstance(found[-1], Broke)
    assert found[-1].error is lost


def site(number: int, name: str, day: date | None = None, **more: Any) -> Candidate:
    address = f"https://contoso.sharepoint.com/sites/s{number}"
    return Candidate(Product.SHAREPOINT, f"s{number}", name, address, 1, day, **more)


async def test_sites_are_compared_with_the_words() -> None:
    wish = RuleWish(
        Product.SHAREPOINT,
        False,
        sites=SiteWish(
            (SiteWord("finance"), SiteWord("s7", address=True)), False, date(2026, 1, 1)
        ),
    )
    new, old = date(2026, 5, 1), date(2025, 5, 1)
    listed = (
        site(1, "Finance", new),
        site(2, "FINANCE North", old),
        site(3, "Finance South"),
        site(4, "Other", new),
        site(7, "Other", new, policy="Board"),
    )
    tools = make_tools(NO_RUNS)
    seen = value(await events(rules.preview_sites(tools, wish, "", Catalog.of(listed))))
    assert (seen.fresh, seen.elsewhere, seen.unsure) == (1, (("Board", 1),), 1)
    assert (seen.looked_at, seen.complete) == (5, True)
    part = value(
        await events(rules.preview_sites(tools, wish, "", Catalog.of(listed, complete=False)))
    )
    assert not part.complete, "the list of sites was not whole"


async def test_comparing_many_sites_leaves_the_loop_free() -> None:
    """Others get their turn while 200,000 sites are compared: after 50 ms of the processor's time in the mean.
    (The longest turn may be the garbage of thousands of other tests.)"""
    wish = RuleWish(Product.SHAREPOINT, False, sites=SiteWish((SiteWord("site"),)))
    listed = Catalog.of(site(n, f"Site {n}") for n in range(200_000))
    turns, began, over = 0, time.thread_time(), False

    async def watch() -> None:
        nonlocal turns
        while not over:
            await asyncio.sleep(0)
            turns += 1

    watching = asyncio.create_task(watch())
    seen = value(await events(rules.preview_sites(make_tools(NO_RUNS), wish, "", listed)))
    took, over = time.thread_time() - began, True
    await watching
    assert seen.matches == 200_000
    assert turns > took / 0.05


async def test_rules_come_with_the_names_of_their_groups() -> None:
    backup, folk = FakeBackup(), directory()
    policy = backup.have(Product.EXCHANGE, "Mine", ["ann"])
    wish = RuleWish(Product.EXCHANGE, True, (FINANCE, LEGAL))
    backup.ruled[policy.id] = [
        Rule(Product.EXCHANGE, "r1", wish.expression, True, RuleStatus.ACTIVE)
    ]
    tools = make_tools(NO_RUNS, backup, folk)
    seen: PolicyRules = value(await events(rules.load_rules(tools, Product.EXCHANGE, policy.id)))
    assert [rule.words for rule in seen.rules] == [wish.words]
    assert seen.policy_id == policy.id


async def test_rules_are_read_also_where_names_of_groups_may_not_be() -> None:
    backup = FakeBackup()
    policy = backup.have(Product.EXCHANGE, "Mine", ["ann"])
    wish = RuleWish(Product.EXCHANGE, False, (FINANCE, LEGAL))
    backup.ruled[policy.id] = [
        Rule(Product.EXCHANGE, "r1", wish.expression, False, RuleStatus.ACTIVE)
    ]
    refused: CloudError = Forbidden("You may not read groups.")
    tools = make_tools(NO_RUNS, backup, directory(error=refused))
    seen = value(await events(rules.load_rules(tools, Product.EXCHANGE, policy.id)))
    assert [rule.words for rule in seen.rules] == ["members of 2 groups, looked up once"]


async def test_groups_are_found_and_measured_once() -> None:
    tools = make_tools(NO_RUNS, directory=directory())
    found: FoundGroups = value(await events(rules.find_groups(tools, "leg")))
    assert found == FoundGroups("leg", (LEGAL,))
    known = GroupSizes(((LEGAL.id, GroupSize(9, 9)),))
    sizes = value(await events(rules.measure_groups(tools, (FINANCE, LEGAL), known)))
    assert sizes.as_dict() == {LEGAL.id: GroupSize(9, 9), FINANCE.id: GroupSize(5, 0)}


async def test_a_group_that_is_gone_breaks_the_measuring_and_keeps_what_is_known() -> None:
    gone = replace(FINANCE, id=IDS[2])
    tools = make_tools(NO_RUNS, directory=directory())
    found = await events(rules.measure_groups(tools, (LEGAL, gone), GroupSizes()))
    assert isinstance(found[-1], Broke)
    kept = [event.value for event in found if isinstance(event, Arrived)]
    assert kept[-1].as_dict() == {LEGAL.id: GroupSize(4, 0)}
