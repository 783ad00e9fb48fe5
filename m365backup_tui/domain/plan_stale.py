"""Whether the tenant has moved on since a plan was made: every difference as a sentence; none means it may be applied.

Compared are the policies of the products that the plan writes to, and the units that it names. What somebody else
changes beside them does not matter to the plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from m365backup_tui.domain.holdings import Holding
from m365backup_tui.domain.notifications import Notifications
from m365backup_tui.domain.plan import Act, Plan, SeenPolicy, UnitRef, Write
from m365backup_tui.domain.policies import Policy, PolicyStatus
from m365backup_tui.domain.products import Product

SHOWN = 12  # differences told one by one; the rest is counted


def differences(
    plan: Plan,
    policies: Sequence[Policy],
    held: Mapping[Product, Mapping[str, Holding]],
    notifications: Notifications | None = None,
) -> tuple[str, ...]:
    """`held`: key in lower case -> where it is held now, for each product that the plan writes to. `notifications`: as
    they are now, where the plan changes them."""
    names = {p.id: p.name for p in policies}
    found = (*_policies(plan, policies), *_units(plan, held, names))
    return (*found, *_notified(plan, notifications))


def shortened(found: Sequence[str]) -> tuple[str, ...]:
    """The first `SHOWN`, and how many more."""
    more = len(found) - SHOWN
    return (*found[:SHOWN], f"And {more:,} more.") if more > 0 else tuple(found)


def _policies(plan: Plan, policies: Sequence[Policy]) -> Iterator[str]:
    now = {p.id: p for p in policies if p.product in plan.products}
    touched = {w.policy_id for w in plan.writes}
    for old in plan.observed:
        policy = now.pop(old.id, None)
        label = f"{old.product.label} policy “{old.name}”"
        if policy is None:
            yield f"{label} does not exist any more."
        else:
            yield from _policy(label, old, policy, old.id in touched)
    wanted = {w.policy.strip().casefold() for w in plan.writes if w.act is Act.CREATE}
    wanted |= {w.new_name.strip().casefold() for w in plan.writes if w.new_name}
    for policy in now.values():
        taken = (
            " Its name is the one that the plan gives."
            if policy.name.strip().casefold() in wanted
            else ""
        )
        yield f"{policy.product.label} policy “{policy.name}” is new.{taken}"


def _notified(plan: Plan, now: Notifications | None) -> Iterator[str]:
    change = plan.notifications
    if change is None or now is None or now.same_as(change.now):
        return
    yield moved(change.now, now)


def moved(old: Notifications, now: Notifications) -> str:
    """That somebody else changed the e-mail notifications."""
    return f"The e-mail notifications have changed. Before: {old.in_full}. Now: {now.in_full}."


def _policy(label: str, old: SeenPolicy, policy: Policy, touched: bool) -> Iterator[str]:
    if policy.name != old.name:
        yield f"{label} is called “{policy.name}” now."
    # While the service works on a policy its status says nothing of what was wanted.
    if policy.status in (PolicyStatus.ACTIVE, PolicyStatus.ACTIVE_WITH_ERRORS) and old.paused:
        yield f"{label} was paused and is active now."
    if policy.status is PolicyStatus.INACTIVE and not old.paused:
        yield f"{label} was not paused and is paused now."
    units = policy.counts.total if policy.counts else -1
    if touched and -1 not in (units, old.units) and units != old.units:
        yield f"{label} held {old.product.amount(old.units)} and holds {units:,} now."


def _units(
    plan: Plan, held: Mapping[Product, Mapping[str, Holding]], names: Mapping[str, str]
) -> Iterator[str]:
    for write in plan.writes:
        holdings = held.get(write.product, {}) if write.product else {}
        for unit in write.units:
            yield from _added(write, unit, holdings.get(unit.key.lower()), names)
        for unit in write.removes:
            holding = holdings.get(unit.key.lower())
            if holding is None or holding.policy_id != write.policy_id:
                yield f"{unit.name or unit.address} is not in “{write.policy}” any more."
            elif holding.by_rule:
                yield f"{unit.name or unit.address} is held by a rule of “{write.policy}” now."


def _added(
    write: Write, unit: UnitRef, holding: Holding | None, names: Mapping[str, str]
) -> Iterator[str]:
    where = holding.policy_id if holding else ""
    name = unit.name or unit.address
    if where == unit.source:
        return
    if where and where == write.policy_id:
        yield f"{name} is in “{write.policy}” already."
    elif where:
        yield f"{name} is protected by “{names.get(where, 'another policy')}” now."
    else:
        yield f"{name} has left “{names.get(unit.source, 'its policy')}” already."
