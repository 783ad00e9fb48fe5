"""Drift: what of the tenant is otherwise than in the policy file, with names for who changed it. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from m365backup_tui.domain.drift import Drift
from m365backup_tui.domain.drift_compare import compare
from m365backup_tui.domain.holdings import Holding
from m365backup_tui.domain.notifications import NotificationChange
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rule_matching import site_test
from m365backup_tui.domain.rules import RuleWish
from m365backup_tui.domain.wish_drafts import Compared
from m365backup_tui.domain.wished import TenantNow, Wished
from m365backup_tui.ports import Tools
from m365backup_tui.work.planning import apart


async def in_full(
    tools: Tools,
    found: Compared,
    wished: Sequence[Wished],
    now: TenantNow,
    notifications: NotificationChange | None = None,
) -> Drift:
    """Every difference, from what `policy_file.compared` read (`thorough`). Reads only who is in the groups of the
    file's one-time rules, and the names of people whom the service gives by id. Raises CloudError."""
    brought = {w.policy.id: await _brought(tools, w, now) for w in wished if w.policy}
    refused = bool(found.problems)
    drift = await apart(
        lambda: compare(
            wished,
            now,
            found.drafts,
            notifications=notifications,
            brought=brought,
            refused=refused,
        )
    )
    return drift.with_names(await tools.directory.people(ids)) if (ids := drift.unnamed) else drift


async def at_a_glance(
    found: Compared,
    wished: Sequence[Wished],
    now: TenantNow,
    notifications: NotificationChange | None = None,
) -> Drift:
    """The same of what was read already, and nothing more: a lower bound."""
    return await apart(
        lambda: compare(
            wished,
            now,
            found.drafts,
            notifications=notifications,
            brought=_all_by_rule(wished, now),
            refused=bool(found.problems),
        )
    )


async def _brought(tools: Tools, wish: Wished, now: TenantNow) -> frozenset[str]:
    """Keys of units that the file's own one-time rules explain: once looked up, the service shows them as added by
    hand. Who has left a group since is not explained any more."""
    keys: set[str] = set()
    for meant in wish.rules:
        if meant.wish.dynamic:
            continue
        if meant.wish.sites is not None:
            keys |= _sites(meant.wish, now)
        for group in meant.wish.groups:
            async for page in tools.directory.members(wish.product, group.id):
                keys |= {one.key.lower() for one in page.candidates}
    return frozenset(keys)


def _sites(wish: RuleWish, now: TenantNow) -> set[str]:
    """Sites whose name or address has the words; one whose day of change is not known counts as meant."""
    condition = wish.sites.condition if wish.sites else None
    if condition is None:
        return set()
    test = site_test(condition)
    held = now.held.get(Product.SHAREPOINT, {})
    return {key for key, one in held.items() if test(one.name, one.address, None) is not False}


def _all_by_rule(wished: Sequence[Wished], now: TenantNow) -> dict[str, frozenset[str]]:
    """Without a look into groups: a policy with one-time rules in the file has nothing that nobody explains."""
    ruled = {w.policy.id for w in wished if w.policy and any(not r.wish.dynamic for r in w.rules)}
    held: dict[str, set[str]] = {policy_id: set() for policy_id in ruled}
    for one in _holdings(now):
        if one.policy_id in ruled:
            held[one.policy_id].add(one.key)
    return {policy_id: frozenset(keys) for policy_id, keys in held.items()}


def _holdings(now: TenantNow) -> list[Holding]:
    return [one for of_product in now.held.values() for one in of_product.values()]
