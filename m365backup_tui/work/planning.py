"""From drafts to the plan on screen: everything read anew, every reason against it named, nothing written."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence

from m365backup_tui.domain import plan as plans
from m365backup_tui.domain.errors import CloudError, Rejected
from m365backup_tui.domain.limits import POLICIES_PER_PRODUCT, UNITS_PER_POLICY
from m365backup_tui.domain.plan import Draft, Plan
from m365backup_tui.domain.policies import Policy, name_problem
from m365backup_tui.domain.products import ALL_PRODUCTS, Product
from m365backup_tui.events import PLAN, Arrived, Began, Broke, Event
from m365backup_tui.ports import Tools
from m365backup_tui.state import State

SHOWN = 8  # problems named in one sentence; the rest is counted


async def make(tools: Tools, state: State) -> AsyncIterator[Event]:
    """Events on PLAN: the plan, or Rejected with every reason against it. Sends no write."""
    yield Began(PLAN, tools.clock.now(), "Reading the policies anew")
    account = state.signed_in.account if state.signed_in else None
    if account is None:
        yield Broke(PLAN, Rejected("You are not signed in: sign in, then make the plan."))
        return
    try:
        plan = await plan_for(tools, state.drafts, account.tenant_id, account.tenant_name)
    except CloudError as error:
        yield Broke(PLAN, error)
        return
    yield Arrived(PLAN, plan, tools.clock.now())


async def plan_for(tools: Tools, drafts: Sequence[Draft], tenant_id: str, tenant_name: str) -> Plan:
    """The plan that these drafts come to, for wizard and commands alike.

    Raises Rejected with every reason against it, or the error of a read.
    """
    policies = await tools.backup.policies()
    found = list(plans.problems(drafts, policies))
    found += draft_problems(drafts, policies)
    found += await _already_protected(tools, drafts, policies)
    if found:
        raise Rejected(_sentence(list(dict.fromkeys(found))), "plan")
    return plans.make_plan(
        drafts, policies, tenant_id=tenant_id, tenant_name=tenant_name, made_at=tools.clock.now()
    )


def draft_problems(drafts: Sequence[Draft], policies: Sequence[Policy]) -> list[str]:
    """What speaks against the drafts as far as names, limits and the policies they name go."""
    found: list[str] = []
    by_id = {p.id: p for p in policies}
    for draft in drafts:
        label = f"{draft.product.label} “{draft.name.strip()}”"
        policy = by_id.get(draft.policy_id)
        if draft.policy_id and policy is None:
            found.append(f"{label}: the policy does not exist any more. Drop the change.")
            continue
        if policy is not None and policy.name != draft.old_name:
            found.append(
                f"{label}: somebody renamed the policy to “{policy.name}”. Open it and change it again."
            )
        if draft.new or draft.name.strip() != draft.old_name:
            others = [p.name for p in policies if p.id != draft.policy_id and _same(p, draft)]
            others += [d.name for d in drafts if d is not draft and d.product is draft.product]
            if problem := name_problem(draft.name, others):
                found.append(f"{label}: {problem}")
        if _repeats(draft):
            found.append(f"{label}: something is chosen twice. Choose it once.")
        total = (policy.counts.total if policy and policy.counts else 0) + len(draft.add)
        if total - len(draft.remove) > UNITS_PER_POLICY:
            found.append(
                f"{label}: it would hold {draft.product.amount(total)}, and "
                f"{UNITS_PER_POLICY:,} are allowed. Use a second policy."
            )
    for product in ALL_PRODUCTS:
        found += _too_many(product, drafts, policies)
    return found


def _same(policy: Policy, draft: Draft) -> bool:
    return policy.product is draft.product


def _repeats(draft: Draft) -> bool:
    added = Counter(u.key.lower() for u in draft.add)
    removed = Counter(u.id for u in draft.remove)
    return any(n > 1 for n in (*added.values(), *removed.values()))


def _too_many(product: Product, drafts: Sequence[Draft], policies: Sequence[Policy]) -> list[str]:
    new = sum(d.new and d.product is product for d in drafts)
    there = sum(p.product is product for p in policies)
    if new and there + new > POLICIES_PER_PRODUCT:
        return [
            f"{product.label} can have {POLICIES_PER_PRODUCT} policies: add to one that exists."
        ]
    return []


async def _already_protected(
    tools: Tools, drafts: Sequence[Draft], policies: Sequence[Policy]
) -> list[str]:
    """Units that a policy holds by now: the service would refuse them one by one (409 or item error)."""
    names = {p.id: p.name for p in policies}
    found: list[str] = []
    for product in ALL_PRODUCTS:
        mine = [d for d in drafts if d.product is product and d.add]
        if not mine:
            continue
        held = await tools.backup.protected(product)
        by_key = {key.lower(): policy_id for key, policy_id in held.items()}
        for draft in mine:
            for unit in draft.add:
                holder = by_key.get(unit.key.lower(), "")
                if not holder:
                    continue
                name = names.get(holder, "another policy")
                if holder == draft.policy_id:
                    found.append(f"{unit.name} is in “{name}” already: take it out of the change.")
                else:
                    found.append(
                        f"{unit.name} is protected by “{name}” already: remove it there first."
                    )
    return found


def _sentence(problems: Sequence[str]) -> str:
    shown = " ".join(problems[:SHOWN])
    more = len(problems) - SHOWN
    return f"{shown} And {more} more." if more > 0 else shown
