"""What a plan does, in words for a person: what is new, joins, leaves, moves, is paused or stays charged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from m365backup_tui.domain.cost import Cost, estimate
from m365backup_tui.domain.holdings import Holding
from m365backup_tui.domain.notifications import NotificationChange
from m365backup_tui.domain.plan import Change, Draft, Power
from m365backup_tui.domain.policies import Policy, PolicyStatus
from m365backup_tui.domain.products import Product

_NAMED = 5
"""Units that a change names; the rest is counted."""

Held = Mapping[Product, Mapping[str, Holding]]


def changes_of(
    drafts: Sequence[Draft], policies: Sequence[Policy], held: Held
) -> tuple[Change, ...]:
    """One change for each draft, and one for each policy that others take units from."""
    by_id = {p.id: p for p in policies}
    leaving = _leaving(drafts, held)
    done = {d.policy_id for d in drafts}
    own = [_change(_only_leaving(d, drafts, held), by_id, held, leaving) for d in drafts]
    others = [
        _change(Draft(p.product, p.name, p.id, p.name), by_id, held, leaving)
        for p in policies
        if p.id in leaving and p.id not in done
    ]
    return (*own, *others)


def notified(change: NotificationChange | None) -> Iterator[Change]:
    """The change of the tenant's e-mail notifications."""
    if change is not None:
        effects, warnings = tuple(change.effects()), tuple(change.warnings())
        yield Change(None, "", "~", 0, 0, Cost(), effects, warnings, what=change.words)


def gains_of(drafts: Sequence[Draft], policies: Sequence[Policy]) -> dict[Product, int]:
    """Units that come under protection, by product: added ones, and all of a policy that is switched on."""
    by_id = {p.id: p for p in policies}
    gains: dict[Product, int] = {}
    for draft in drafts:
        policy = by_id.get(draft.policy_id)
        paused = policy is None or policy.status is PolicyStatus.INACTIVE
        if draft.power in (Power.PAUSE, Power.DELETE) or (paused and draft.power is Power.KEEP):
            continue
        count = len(draft.add)
        if policy is not None and paused and policy.counts:
            count += policy.counts.total
        if draft.rules or draft.run_rules or (paused and not count):
            count = max(count, 1)  # how many a rule brings is not known: as if it were one
        if count:
            gains[draft.product] = gains.get(draft.product, 0) + count
    return gains


def _leaving(drafts: Sequence[Draft], held: Held) -> dict[str, Counter[str]]:
    """Policy id -> name of the policy that takes units from it -> how many."""
    found: dict[str, Counter[str]] = {}
    for draft in drafts:
        holdings = held.get(draft.product, {})
        for unit in draft.add:
            holding = holdings.get(unit.key.lower()) if unit.policy else None
            if holding is not None:
                found.setdefault(holding.policy_id, Counter())[draft.name.strip()] += 1
    return found


def _only_leaving(draft: Draft, drafts: Sequence[Draft], held: Held) -> Draft:
    """The draft without the removals of units that another draft takes as moves: these leave once, and are backed
    up again."""
    holdings = held.get(draft.product, {})
    keys = (u.key.lower() for d in drafts if d.product is draft.product for u in d.add if u.policy)
    moved = {holdings[key].unit_id for key in keys if key in holdings}
    if not moved or not draft.remove:
        return draft
    return replace(draft, remove=tuple(u for u in draft.remove if u.id not in moved))


def _change(
    draft: Draft, by_id: Mapping[str, Policy], held: Held, leaving: Mapping[str, Counter[str]]
) -> Change:
    goes = leaving.get(draft.policy_id, Counter())
    comes = [u for u in draft.add if u.policy and u.key.lower() in held.get(draft.product, {})]
    effects = tuple(_effects(draft, goes))
    warnings = (*_warnings(draft, by_id.get(draft.policy_id)), *_moving(draft, by_id, held))
    sign = "+" if draft.new else "-" if draft.power is Power.DELETE else "~"
    return Change(
        product=draft.product,
        policy=draft.old_name or draft.name.strip(),
        sign=sign,
        adds=len(draft.add),
        removes=len(draft.remove) + goes.total(),
        cost=estimate((u.size for u in draft.add if not u.policy), draft.product),
        effects=effects,
        warnings=warnings,
        moves=len(comes),
        leaves=goes.total(),
        rules=len(draft.rules),
    )


def _move(count: int) -> str:
    return "moves" if count == 1 else "move"


def _effects(draft: Draft, goes: Counter[str]) -> Iterator[str]:
    if draft.renamed:
        yield f"will be called “{draft.name.strip()}”"
    for name, count in Counter(u.policy for u in draft.add if u.policy).items():
        yield f"{draft.product.amount(count)} {_move(count)} here from “{name}”"
    for name, count in goes.items():
        yield f"{draft.product.amount(count)} {_move(count)} to “{name}”"
    for wish in draft.rules:
        yield f"new rule: {wish.words}"
    for run in draft.run_rules:
        yield run.words
    for end in draft.end_rules:
        yield end.words
    if draft.power is Power.ACTIVATE:
        yield "backups start after activation"


def _warnings(draft: Draft, policy: Policy | None) -> Iterator[str]:
    match draft.power:
        case Power.PAUSE:
            yield "pausing stops new backups; the ones already made stay, and stay charged"
        case Power.DELETE:
            yield "deleting stops new backups; the ones already made stay charged until they expire"
        case Power.KEEP if draft.new:
            yield "stays paused: nothing is backed up until it is activated"
        case Power.KEEP if policy is not None and not policy.resting:
            yield "the service is still working on this policy and may refuse changes now"
    if draft.new and not draft.add:
        yield "has no units of its own: whether the service takes such a policy is not documented"
    shown = draft.remove[:_NAMED]
    yield from (f"no new backups of {u.address or u.name}" for u in shown)
    if more := len(draft.remove) - len(shown):
        yield f"and of {draft.product.amount(more)} more"
    if shown:
        yield "the backups already made stay, and stay charged until they expire"
    if any(end.unprotect for end in draft.end_rules):
        yield "what only that rule brought is no longer backed up; its backups stay charged"


def _moving(draft: Draft, by_id: Mapping[str, Policy], held: Held) -> Iterator[str]:
    """A move is a removal and an addition, and the shorter of two recovery windows wins."""
    holdings = held.get(draft.product, {})
    sources = {
        holdings[u.key.lower()].policy_id
        for u in draft.add
        if u.policy and u.key.lower() in holdings
    }
    if not sources:
        return
    yield "no new backups between leaving the one policy and joining the other"
    target = by_id.get(draft.policy_id)
    for source in sorted(sources):
        policy = by_id.get(source)
        if policy and target and policy.retention != target.retention:
            # admin-center.md §1.7 (POL26, 2026-08-21): moving to a shorter recovery window is destructive.
            yield (
                f"“{policy.name}” keeps restore points {policy.retention or 'for a time not told'}, “{target.name}” "
                f"{target.retention or 'for a time not told'}: what is older is deleted after 30 days"
            )
