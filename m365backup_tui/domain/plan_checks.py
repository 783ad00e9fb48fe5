"""What speaks against drafts before anything is planned: one sentence for each reason, naming policy and unit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from m365backup_tui.domain.holdings import Holding
from m365backup_tui.domain.limits import POLICIES_PER_PRODUCT, UNITS_PER_POLICY, UNITS_PER_PRODUCT
from m365backup_tui.domain.plan import Draft, Power
from m365backup_tui.domain.policies import Policy, name_problem
from m365backup_tui.domain.products import ALL_PRODUCTS, Product

Held = Mapping[Product, Mapping[str, Holding]]


def problems(drafts: Sequence[Draft], policies: Sequence[Policy], held: Held) -> tuple[str, ...]:
    """Why these drafts cannot become a plan; empty if they can. `held`: key in lower case -> where it is held, for
    every product with additions or removals."""
    found: list[str] = []
    for draft in drafts:
        found += _draft(draft, drafts, policies)
        found += _units(draft, policies, held.get(draft.product, {}))
    found += _twice(drafts)
    for product in ALL_PRODUCTS:
        found += _limits(product, drafts, policies, held.get(product))
    return tuple(dict.fromkeys(found))


def _draft(draft: Draft, drafts: Sequence[Draft], policies: Sequence[Policy]) -> Iterator[str]:
    label = f"{draft.product.label} “{draft.name.strip()}”"
    policy = next((p for p in policies if p.id == draft.policy_id), None)
    if draft.new and not draft.add and not draft.rules:
        yield f"{label}: choose at least one {draft.product.unit}, or add a rule."
    if draft.policy_id and policy is None:
        yield f"{label}: the policy does not exist any more. Drop the change."
        return
    if policy is not None and policy.name != draft.old_name:
        yield (
            f"{label}: somebody renamed the policy to “{policy.name}”. Open it and change it again."
        )
    if draft.new or draft.renamed:
        others = [
            p.name for p in policies if p.id != draft.policy_id and p.product is draft.product
        ]
        others += [d.name for d in drafts if d is not draft and d.product is draft.product]
        if problem := name_problem(draft.name, others):
            yield f"{label}: {problem}"
    if _repeats(draft):
        yield f"{label}: something is chosen twice. Choose it once."
    if draft.power is Power.DELETE and (draft.add or draft.rules):
        yield f"{label}: it is to be deleted and gets something new. Drop one of the two."
    total = (policy.counts.total if policy and policy.counts else 0) + len(draft.add)
    if (over := total - len(draft.remove) - UNITS_PER_POLICY) > 0:
        yield (
            f"{label}: it would hold {draft.product.amount(total - len(draft.remove))}, {over:,} more than the "
            f"{UNITS_PER_POLICY:,} that are allowed. Use a second policy."
        )


def _repeats(draft: Draft) -> bool:
    added = Counter(u.key.lower() for u in draft.add)
    removed = Counter(u.id for u in draft.remove)
    return any(n > 1 for n in (*added.values(), *removed.values()))


def _units(
    draft: Draft, policies: Sequence[Policy], holdings: Mapping[str, Holding]
) -> Iterator[str]:
    """Units that the service would refuse one by one (409 or item error)."""
    names = {p.id: p.name for p in policies}
    for unit in draft.add:
        holding = holdings.get(unit.key.lower())
        if holding is None:
            continue
        name = names.get(holding.policy_id, "another policy")
        if holding.policy_id == draft.policy_id:
            yield f"{unit.name} is in “{name}” already: take it out of the change."
        elif holding.policy_id not in names:
            yield f"{unit.name} is protected by a policy that you may not see: ask who manages it."
        elif holding.by_rule and unit.policy:
            yield (
                f"{unit.name} is in “{name}” through a rule that keeps in step, so it cannot be moved: change who "
                "the rule's group contains, or end the rule."
            )
        elif not unit.policy:
            yield (
                f"{unit.name} is protected by “{name}” already: remove it there first, or choose it again to move it."
            )
    for gone in draft.remove:
        holding = holdings.get(gone.key.lower())
        if gone.by_rule or (holding is not None and holding.by_rule):
            yield (
                f"{gone.name or gone.address} is in “{draft.old_name}” through a rule that keeps in step, so it cannot "
                "be removed by hand: change who the rule's group contains, or end the rule."
            )


def _twice(drafts: Sequence[Draft]) -> Iterator[str]:
    seen: dict[tuple[Product, str], str] = {}
    for draft in drafts:
        for unit in draft.add:
            place = seen.setdefault((draft.product, unit.key.lower()), draft.name)
            if place != draft.name:
                yield (
                    f"{unit.name} is in “{place}” and in “{draft.name}”: a {draft.product.unit} can be in one "
                    "policy only."
                )


def _limits(
    product: Product,
    drafts: Sequence[Draft],
    policies: Sequence[Policy],
    holdings: Mapping[str, Holding] | None,
) -> Iterator[str]:
    mine = [d for d in drafts if d.product is product]
    new = sum(d.new for d in mine)
    there = sum(p.product is product for p in policies)
    if new and there + new > POLICIES_PER_PRODUCT:
        yield f"{product.label} can have {POLICIES_PER_PRODUCT} policies: add to one that exists."
    if holdings is not None:
        coming = sum(not u.policy for d in mine for u in d.add)
        if coming and len(holdings) + coming > UNITS_PER_PRODUCT:
            yield (
                f"{product.label} would have {len(holdings) + coming:,} {product.units} under protection, and "
                f"{UNITS_PER_PRODUCT:,} are allowed: choose fewer."
            )
