"""Inclusion rules before they are wanted: those of a policy, groups to choose from, and what a rule would take now."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from m365backup_tui.domain.catalog import Catalog, Chunk
from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.groups import GroupRef
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rule_matching import (
    Test,
    row_text,
    rows_in_question,
    site_test,
    words_of,
)
from m365backup_tui.domain.rule_preview import GroupSizes, Tally
from m365backup_tui.domain.rules import FoundGroups, PolicyRules, Rule, RuleWish
from m365backup_tui.events import (
    GROUP_SIZES,
    RULE_GROUPS,
    RULE_PREVIEW,
    RULES,
    Arrived,
    Began,
    Broke,
    Event,
)
from m365backup_tui.ports import Tools
from m365backup_tui.work.reading import read

_SLICE = 0.008
"""Seconds of counting before the screen gets its turn."""
_NEWS = timedelta(milliseconds=250)
"""A count is shown four times a second at most: each is bytes on a slow line."""


async def load_rules(tools: Tools, product: Product, policy_id: str) -> AsyncIterator[Event]:
    """The policy's rules, with the names of their groups where those can be read."""
    async for event in read(
        RULES, rules_of(tools, product, policy_id), tools.clock, "Reading rules"
    ):
        yield event


async def find_groups(tools: Tools, words: str) -> AsyncIterator[Event]:
    """Groups by name or address; "" for the first ones."""
    note = f"Searching for groups with “{words}”" if words else "Reading groups"
    async for event in read(RULE_GROUPS, _found(tools, words), tools.clock, note):
        yield event


async def measure_groups(
    tools: Tools, groups: Sequence[GroupRef], known: GroupSizes
) -> AsyncIterator[Event]:
    """How many people and groups are in each group that is not known yet."""
    yield Began(GROUP_SIZES, tools.clock.now(), "Counting who is in the group")
    missing = [group for group in groups if group.id not in known.as_dict()]
    try:
        for group in missing:
            known = known.plus(group.id, await tools.directory.group_size(group.id))
            yield Arrived(GROUP_SIZES, known, tools.clock.now(), more=True)
    except CloudError as error:
        yield Broke(GROUP_SIZES, error)
        return
    yield Arrived(GROUP_SIZES, known, tools.clock.now())


async def preview_groups(tools: Tools, wish: RuleWish, own: str) -> AsyncIterator[Event]:
    """Who is in the groups now, each once. `own`: name of the policy that the rule is for, "" for a new one."""
    yield Began(RULE_PREVIEW, tools.clock.now(), "Looking who is in the groups")
    tally, seen, told = Tally(wish.key, own), set[str](), tools.clock.now()
    try:
        for group in wish.groups:
            size = await tools.directory.group_size(group.id)
            tally.groups = tally.groups.plus(group.id, size)
            async for page in tools.directory.members(wish.product, group.id):
                for unit in page.candidates:
                    if unit.key not in seen:
                        seen.add(unit.key)
                        tally.looked_at += 1
                        tally.match(unit.policy, unit.kind, unit.unsupported, unit.size)
                for one in page.left_out:
                    mark = f"{one.name}\n{one.address}\n{one.why}"
                    if mark not in seen:
                        seen.add(mark)
                        tally.left_out += 1
                if _due(told, tools.clock.now()):
                    told = tools.clock.now()
                    yield Arrived(RULE_PREVIEW, tally.preview(), told, more=True)
    except CloudError as error:
        yield Broke(RULE_PREVIEW, error)
        return
    yield Arrived(RULE_PREVIEW, tally.preview(complete=True), tools.clock.now())


async def preview_sites(
    tools: Tools, wish: RuleWish, own: str, sites: Catalog
) -> AsyncIterator[Event]:
    """Which of the `sites` match the words, judged here. The count is whole when the catalog is."""
    yield Began(RULE_PREVIEW, tools.clock.now(), "Comparing the sites with the words")
    tally, told = Tally(wish.key, own), tools.clock.now()
    condition = wish.sites.condition if wish.sites is not None else None
    until = time.monotonic() + _SLICE
    if condition is None:  # nothing was asked for, so nothing is selected
        yield Arrived(RULE_PREVIEW, tally.preview(complete=True), tools.clock.now())
        return
    test, words = site_test(condition), words_of(condition)
    for chunk in sites.chunks:
        for row in rows_in_question(chunk, words):
            _judge(tally, chunk, row, test)
            if time.monotonic() > until:
                await asyncio.sleep(0)
                until = time.monotonic() + _SLICE
        tally.looked_at += len(chunk)
        if _due(told, tools.clock.now()):
            told = tools.clock.now()
            yield Arrived(RULE_PREVIEW, tally.preview(), told, more=True)
    yield Arrived(RULE_PREVIEW, tally.preview(complete=sites.complete), tools.clock.now())


def _judge(tally: Tally, chunk: Chunk, row: int, test: Test) -> None:
    found = test(*row_text(chunk, row))
    if found:
        traits, size = chunk.traits[chunk.trait[row]], chunk.sizes[row]
        tally.match(traits.policy, traits.kind, traits.unsupported, size if size >= 0 else None)
    elif found is None:
        tally.unsure += 1


async def rules_of(tools: Tools, product: Product, policy_id: str) -> PolicyRules:
    """With the names of their groups where those can be read. Raises the error of the first read."""
    rules = await tools.backup.rules(product, policy_id)
    wanted = tuple(dict.fromkeys(one for rule in rules for one in rule.group_ids))
    named: tuple[GroupRef, ...] = ()
    if wanted:
        try:
            named = await tools.directory.named_groups(wanted)
        except CloudError:
            named = ()  # the rules are what matters; their words then say how many groups
    return PolicyRules(policy_id, tuple(_with_names(rule, named) for rule in rules))


def _with_names(rule: Rule, named: Sequence[GroupRef]) -> Rule:
    mine = set(rule.group_ids)
    return replace(rule, groups=tuple(group for group in named if group.id.lower() in mine))


async def _found(tools: Tools, words: str) -> FoundGroups:
    return FoundGroups(words, await tools.directory.groups(words))


def _due(told: datetime, now: datetime) -> bool:
    return now - told >= _NEWS
