"""The product's writing use cases as the fault matrix runs them: a plan carried out, and Azure prepared for billing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from m365backup_tui.domain.billing import AzurePlan
from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.notifications import RecipientRole
from m365backup_tui.domain.plan import Draft, Plan, Power
from m365backup_tui.domain.policy_file import Entry, NotificationWish
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rules import RuleEnd, RuleRun, RuleWish, SiteWish, SiteWord
from m365backup_tui.domain.run import Run
from m365backup_tui.domain.units import Candidate
from m365backup_tui.events import Answered, DraftPut
from m365backup_tui.state import Answers
from m365backup_tui.work import applying, browse, planning, set_up_billing
from tests.practice.matrix_scene import ON, REGION, Witness
from tests.practice.matrix_stage import Enough, Stage

INTERVAL = (
    600.0  # seconds between two looks at what the service does: fewer of them than 15 s would be
)
NEW_GROUP = "rg-from-the-product"


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of one sitting. `run`: None when there was no plan; then `error` says why."""

    plan: Plan | None = None
    run: Run | None = None
    error: CloudError | None = None


class Jobs:
    """Drafts for every kind of write, made of what the tenant has."""

    def __init__(self, stage: Stage, witness: Witness) -> None:
        stage.back_to(ON)
        stage.new_store()
        state = stage.run(stage.do(browse.load_policies(stage.tools)))
        policies = {policy.name: policy for policy in state.policies.value or ()}
        finance = policies["Finance"]
        units = stage.run(stage.tools.backup.units(Product.EXCHANGE, finance.id))
        once, kept = (
            stage.run(stage.tools.backup.rules(policies[name].product, policies[name].id))[0]
            for name in ("Ruled", "Kept")
        )
        people = [_person(one) for one in witness.people]
        held = {key for _, keys in witness.protection().values() for key in keys}
        drives = [replace(p, product=Product.ONEDRIVE) for p in people if p.key not in held]
        base = {name: _of(policy) for name, policy in policies.items()}
        self.drafts: Mapping[str, Draft | NotificationWish] = {
            "create": Draft(Product.EXCHANGE, "New", add=tuple(people[10:12])),
            "change": replace(base["Finance"], name="Money", add=(people[12],), remove=(units[0],)),
            "bulk": replace(base["Drives"], add=tuple(drives[:55])),
            "activate": replace(base["Waiting"], power=Power.ACTIVATE),
            "pause": replace(base["Sites"], power=Power.PAUSE),
            "delete": replace(base["Waiting"], power=Power.DELETE),
            "add rule": replace(base["Sites"], rules=(_wish(),)),
            "run rule": replace(base["Ruled"], run_rules=(RuleRun(once),)),
            "end rule": replace(base["Kept"], end_rules=(RuleEnd(kept),)),
            "end rule and what it brought": replace(
                base["Kept"], end_rules=(RuleEnd(kept, unprotect=True),)
            ),
            "notify": NotificationWish(
                all_events=True, role=RecipientRole.CUSTOM, addresses=(Entry("ops@example.com"),)
            ),
        }


async def carry_out(stage: Stage, draft: Draft | NotificationWish) -> Ended:
    """Draft, plan, run: to the run's end, whatever end that is."""
    wish = draft if isinstance(draft, NotificationWish) else None
    if isinstance(draft, Draft):
        stage.store.send(DraftPut(draft))
    state = await stage.do(planning.make(stage.tools, stage.store.state, wish))
    plan = state.plan.value
    if plan is None:
        return Ended(error=state.plan.error)
    work = applying.apply(stage.tools, plan, stage.account, interval=INTERVAL)
    return Ended(plan, (await stage.do(work)).run)


async def go_on(stage: Stage, ended: Ended) -> Ended:
    """Resume as an admin does later."""
    assert ended.run is not None
    work = applying.resume(stage.tools, ended.run.id, stage.account, interval=INTERVAL)
    return replace(ended, run=(await stage.do(work)).run)


async def prepare(stage: Stage) -> CloudError | None:
    """A new resource group and the registration, by somebody who leaves after 11 minutes; why it broke, if it did."""
    subscription = stage.ready["subscriptions"][0]["id"]
    answers = stage.store.state.answers
    if not answers.subscription_id:
        stage.store.send(Answered(Answers(subscription, NEW_GROUP, REGION, True, REGION)))
    await stage.do(set_up_billing.load_provider(stage.tools, subscription))
    plan: AzurePlan = set_up_billing.azure_plan(stage.store.state)
    stage.clock.most, stage.clock.waited = 660.0, 0.0
    try:
        state = await stage.do(set_up_billing.prepare(stage.tools, stage.store.state, plan))
    except Enough:
        state = stage.store.state
    finally:
        stage.clock.most = None
    return state.prepared.error


Sitting = Callable[[Stage], Awaitable[Any]]


def _person(one: Mapping[str, Any]) -> Candidate:
    return Candidate(
        Product.EXCHANGE, one["id"].lower(), one["displayName"], one["userPrincipalName"]
    )


def _of(policy: Any) -> Draft:
    return Draft(policy.product, policy.name, policy.id, policy.name)


def _wish() -> RuleWish:
    return RuleWish(Product.SHAREPOINT, False, sites=SiteWish((SiteWord("Sales"),)))
