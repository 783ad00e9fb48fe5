"""Billing and "Turn on" without a screen: prepare Azure, say what only the admin center can do, verify."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from m365backup_tui.domain.azure import Subscription, normalise_region
from m365backup_tui.domain.billing import Node
from m365backup_tui.domain.errors import Forbidden
from m365backup_tui.domain.nearest import nearest_word
from m365backup_tui.domain.policy_file import BillingWish, FileProblem, PolicyFile
from m365backup_tui.domain.readiness import Readiness, missing
from m365backup_tui.events import Answered
from m365backup_tui.headless.sitting import Sitting, SomebodyMustAct, Usage
from m365backup_tui.state import Answers, State
from m365backup_tui.work import policy_file, set_up_billing, turn_on
from m365backup_tui.work.messages import advice

PATIENCE = 120.0  # seconds that a command waits for the admin center's part to show


async def make_sure_it_is_on(sitting: Sitting, file: PolicyFile) -> None:
    """Raises SomebodyMustAct with the exact link and values where a person has to act in the admin center."""
    if sitting.state.backup_on:
        return
    wish = file.billing
    if wish is None:
        rule = (
            "Microsoft 365 Backup is not turned on; name subscription, resource_group and region under `billing:` "
            "to set it up."
        )
        raise Usage.of([FileProblem(file.name, 1, "billing", rule)])
    await _choose(sitting, file, wish)
    await _prepare(sitting)
    await turned_on(sitting)


async def _choose(sitting: Sitting, file: PolicyFile, wish: BillingWish) -> None:
    report = sitting.state.readiness.value
    assert report is not None  # noqa: S101 - checked before
    if not report.usable_subscriptions:
        links = sitting.state.place.links
        raise SomebodyMustAct("\n".join(needed(report, links.pim, links.create_subscription)))
    found = policy_file.find_subscription(file, report.usable_subscriptions)
    if isinstance(found, FileProblem):
        raise Usage.of([found])
    assert isinstance(found, Subscription)  # noqa: S101 - there is a billing part
    state = await sitting.do(set_up_billing.load_groups(sitting.tools, found.id))
    state = await sitting.do(set_up_billing.load_provider(sitting.tools, found.id))
    for remote in (state.groups, state.provider):
        if remote.error is not None:
            raise remote.error
    group = next(
        (g for g in state.groups.value or () if g.name.lower() == wish.resource_group.lower()), None
    )
    region = normalise_region(wish.region)
    regions = state.provider.value.regions if state.provider.value else ()
    if region not in {r.name for r in regions}:
        names = ", ".join(r.name for r in regions)
        rule = f"“{wish.region}” is not offered for billing. Offered are: {names}."
        if meant := nearest_word(region, [r.name for r in regions]):
            rule += f" Did you mean “{meant}”?"
        raise Usage.of([FileProblem(file.name, wish.line_of("region"), "billing.region", rule)])
    sitting.store.send(
        Answered(
            Answers(
                subscription_id=found.id,
                group=group.name if group else wish.resource_group,
                group_location=group.location if group else region,
                new_group=group is None,
                region=region,
                node=wish.node,
            )
        )
    )


async def _prepare(sitting: Sitting) -> None:
    plan = set_up_billing.azure_plan(sitting.state)
    if plan.empty:
        return
    sitting.say("This will be written to Azure:")
    if plan.create_group:
        sitting.say(f"  + create resource group {plan.create_group} in {plan.location}")
    if plan.register:
        sitting.say("  + register resource provider Microsoft.Syntex")
    if not sitting.confirm("Write this to Azure?"):
        raise SomebodyMustAct("Nothing was written. Backup cannot be set up without it.")
    state = await sitting.do(set_up_billing.prepare(sitting.tools, sitting.state, plan))
    error = state.prepared.error
    if isinstance(error, Forbidden):  # a policy, a lock or a role: running it again changes nothing
        raise SomebodyMustAct(f"{error.what} {advice(error, keys=False)}")
    if error is not None:
        raise error
    sitting.say("Azure is ready for billing.")


async def turned_on(sitting: Sitting) -> None:
    """On the practice tenant with --yes the admin center's part is played; otherwise it is printed, exit 3."""
    state = sitting.state
    if sitting.tools.stand_in is not None and sitting.options.yes:
        sitting.say(
            "PRACTICE: the practice tenant plays the admin center's part (billing and Turn on)."
        )
        await sitting.do(turn_on.accept_terms(sitting.tools, state))
        work = turn_on.play_admin_center(sitting.tools, sitting.state, go_on=False)
    else:
        raise SomebodyMustAct("\n".join(_hand_over(state)))
    with suppress(TimeoutError):
        await asyncio.wait_for(sitting.do(work), PATIENCE)
    if sitting.state.billing.error is not None:
        raise sitting.state.billing.error
    if not sitting.state.backup_on:
        raise SomebodyMustAct(
            "The admin center's part is done, but Microsoft Graph does not say that backup is on. "
            "This can take up to 24 hours (2025 documentation): run this again later."
        )
    sitting.say("Microsoft 365 Backup is turned on.")


def needed(report: Readiness, pim: str, subscriptions: str) -> list[str]:
    """What stands between this person and billing, and who can grant it."""
    lacking = [m for m in missing(report, pim, subscriptions) if m.blocks == "Billing"]
    lines = [f"Missing: {m.what}. Who can grant it: {m.who}. {m.link}".rstrip() for m in lacking]
    return [*lines, *(f"Note: {note}" for note in report.notes)]


def _hand_over(state: State) -> list[str]:
    answers, links = state.answers, state.place.links
    subscription = state.chosen_subscription
    newer = answers.node is Node.BILLING
    return [
        "Somebody has to act in the Microsoft 365 admin center now: no public interface does this part.",
        f"  Open            {links.billing_node if newer else links.setup_node}",
        "  Menu            "
        + (
            "Billing > Pay-as-you-go > Add a billing policy, then Services > Microsoft 365 Backup > connect"
            if newer
            else "Setup > Activate pay-as-you-go services > Billing, then Settings > Backup > Turn on"
        ),
        f"  Subscription    {subscription.name if subscription else answers.subscription_id}",
        f"  Resource group  {answers.group}",
        f"  Region          {answers.region}",
        "Then run the same command again.",
    ]
