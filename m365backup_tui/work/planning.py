"""From drafts to the plan on screen: everything read anew, every reason against it named, nothing written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TypeVar

from m365backup_tui.domain.errors import CloudError, Rejected
from m365backup_tui.domain.notifications import NotificationChange
from m365backup_tui.domain.plan import Draft, Plan
from m365backup_tui.domain.plan_checks import problems
from m365backup_tui.domain.plan_making import make_plan
from m365backup_tui.domain.policy_file import NotificationWish
from m365backup_tui.domain.rule_limits import rule_problems, rules_that_stay
from m365backup_tui.events import HOLDER, PLAN, Arrived, Began, Broke, Event, Noted
from m365backup_tui.garbage import uncollected
from m365backup_tui.ports import Tools
from m365backup_tui.state import State
from m365backup_tui.work.held import held_for_drafts
from m365backup_tui.work.notifications import change_for

T = TypeVar("T")

SHOWN = 8  # problems named in one sentence; the rest is counted


async def make(
    tools: Tools, state: State, notifications: NotificationWish | None = None
) -> AsyncIterator[Event]:
    """Events on PLAN: the plan, or Rejected with every reason against it. Sends no write. `notifications`: what a
    policy file wants of them."""
    yield Began(PLAN, tools.clock.now(), "Reading the policies anew")
    account = state.signed_in.account if state.signed_in else None
    if account is None:
        yield Broke(PLAN, Rejected("You are not signed in: sign in, then make the plan."))
        return
    try:
        if any(d.add or d.remove for d in state.drafts):
            yield Noted(PLAN, "Reading the policies and what they protect")
        change = await change_for(tools, notifications)
        plan = await plan_for(
            tools, state.drafts, account.tenant_id, account.tenant_name, notifications=change
        )
    except CloudError as error:
        yield Broke(PLAN, error)
        return
    yield Arrived(HOLDER, tools.runs.holder(account.tenant_id), tools.clock.now())
    yield Arrived(PLAN, plan, tools.clock.now())


async def plan_for(
    tools: Tools,
    drafts: Sequence[Draft],
    tenant_id: str,
    tenant_name: str,
    *,
    notifications: NotificationChange | None = None,
) -> Plan:
    """The plan that these drafts, and a change of the e-mail notifications, come to, for wizard and commands alike.

    Raises Rejected with every reason against it, or the error of a read.
    """
    policies = await tools.backup.policies()
    held = await held_for_drafts(tools, drafts, policies)
    found = [
        *await _rules(tools, drafts),
        *await apart(lambda: problems(drafts, policies, held)),
    ]
    if found:
        raise Rejected(sentence(found), "plan")
    now = tools.clock.now()
    return await apart(
        lambda: make_plan(
            drafts,
            policies,
            tenant_id=tenant_id,
            tenant_name=tenant_name,
            made_at=now,
            held=held,
            notifications=notifications,
        )
    )


async def apart(work: Callable[[], T]) -> T:
    """On a thread, and without a garbage collection in it, which would stop the loop too: 100,000 units are half a
    second's work, and the screen must go on."""

    def quietly() -> T:
        with uncollected():
            return work()

    return await asyncio.to_thread(quietly)


async def _rules(tools: Tools, drafts: Sequence[Draft]) -> list[str]:
    """What the documented limits say against new rules, besides the rules that the policy has."""
    found: list[str] = []
    for draft in drafts:
        if not (draft.rules or draft.end_rules or draft.run_rules):
            continue
        there = await tools.backup.rules(draft.product, draft.policy_id) if draft.policy_id else ()
        label = f"{draft.product.label} “{draft.name.strip()}”"
        ids = {rule.id: rule for rule in there}
        for rule in (*(e.rule for e in draft.end_rules), *(r.rule for r in draft.run_rules)):
            if rule.id not in ids:
                found.append(f"{label}: the rule for {rule.words} does not exist any more.")
            elif not ids[rule.id].status.over:  # the service refuses both while a rule is at work
                state = ids[rule.id].status.words
                found.append(
                    f"{label}: the rule for {rule.words} is {state}: wait until it is done."
                )
        staying = rules_that_stay(there, draft.end_rules)
        for wish in draft.rules:
            others = tuple(w for w in draft.rules if w is not wish)
            groups = wish.groups if wish.dynamic else ()
            sizes = {g.id: await tools.directory.group_size(g.id) for g in groups}
            bad = rule_problems(wish, staying, drafted=others, sizes=sizes)
            found += [f"{label}: {problem}" for problem in bad]
    return found


def sentence(problems: Sequence[str]) -> str:
    """The first of them, and how many more."""
    shown = " ".join(problems[:SHOWN])
    more = len(problems) - SHOWN
    return f"{shown} And {more:,} more." if more > 0 else shown
