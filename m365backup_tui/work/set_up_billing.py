"""The Azure half of billing: resource groups, regions, and the two writes that prepare a subscription."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

from m365backup_tui.domain.azure import SYNTEX, Provider, Registration, normalise_region
from m365backup_tui.domain.billing import AzurePlan
from m365backup_tui.domain.errors import CloudError
from m365backup_tui.events import (
    GROUPS,
    PREPARED,
    PROVIDER,
    Answered,
    Arrived,
    Began,
    Broke,
    Event,
    Noted,
)
from m365backup_tui.ports import Tools
from m365backup_tui.state import State
from m365backup_tui.work.azure_writing import sent
from m365backup_tui.work.reading import read

# Microsoft's own tools poll every 5 to 20 s and give up after 5 minutes; its documentation says 5 to 10 minutes
# (azure.md 1.6). We look sooner at first, then every 5 s, and say after 10 minutes that it takes unusually long.
_LOOKS = (1.0, 2.0, 3.0)
_PACE = 5.0
_LONG = 600.0


async def load_groups(tools: Tools, subscription_id: str) -> AsyncIterator[Event]:
    groups = tools.azure.resource_groups(subscription_id)
    async for event in read(GROUPS, groups, tools.clock, "Reading resource groups"):
        yield event


async def load_provider(tools: Tools, subscription_id: str) -> AsyncIterator[Event]:
    provider = tools.azure.provider(subscription_id)
    async for event in read(PROVIDER, provider, tools.clock, f"Asking {SYNTEX} for its regions"):
        yield event


def azure_plan(state: State) -> AzurePlan:
    """What still has to be written for these answers; empty when nothing has."""
    answers = state.answers
    provider = state.provider.value
    return AzurePlan(
        create_group=answers.group if answers.new_group else "",
        location=answers.group_location if answers.new_group else "",
        register=provider is None or provider.state is not Registration.REGISTERED,
    )


async def prepare(tools: Tools, state: State, plan: AzurePlan) -> AsyncIterator[Event]:
    """Creates the group and registers the resource provider as planned, and waits until both are true.

    A lost answer is read back before anything is sent again (rule R2).
    """
    subscription = state.answers.subscription_id
    yield Began(PREPARED, tools.clock.now(), "Looking at the subscription")
    try:
        if plan.create_group:
            yield Noted(PREPARED, f"Creating resource group {plan.create_group}")
            async for event in _create_group(tools, plan, state):
                yield event
            yield Answered(replace(state.answers, new_group=False))
        seen = state.provider.value
        asked = seen is not None and seen.state is Registration.REGISTERING  # by an earlier sitting
        if plan.register and not asked:
            yield Noted(PREPARED, f"Asking Azure to register {SYNTEX}")
            async for event in _ask_to_register(tools, state):
                yield event
        async for event in _wait_registered(tools, subscription):
            yield event
    except CloudError as error:
        yield Broke(PREPARED, error)


async def _create_group(tools: Tools, plan: AzurePlan, state: State) -> AsyncIterator[Event]:
    subscription, azure = state.answers.subscription_id, tools.azure
    facts = {"subscription": subscription, "group": plan.create_group, "region": plan.location}
    wanted = (plan.create_group.lower(), normalise_region(plan.location))

    async def seen() -> bool:
        groups = await azure.resource_groups(subscription)
        return wanted in {(g.name.lower(), normalise_region(g.location)) for g in groups}

    tools.runs.note("resource group: creating", _tenant(state), facts, tools.clock.now())
    async for event in sent(
        PREPARED,
        tools.clock,
        lambda: azure.create_group(subscription, plan.create_group, plan.location),
        seen,
    ):
        yield event
    tools.runs.note("resource group: created", _tenant(state), facts, tools.clock.now())


async def _ask_to_register(tools: Tools, state: State) -> AsyncIterator[Event]:
    subscription, azure = state.answers.subscription_id, tools.azure
    facts = {"subscription": subscription, "provider": SYNTEX}

    async def seen() -> bool:
        there = (await azure.provider(subscription)).state
        return there in (Registration.REGISTERING, Registration.REGISTERED)

    now = tools.clock.now()
    tools.runs.note("resource provider: asking to register", _tenant(state), facts, now)
    async for event in sent(
        PREPARED, tools.clock, lambda: azure.register_provider(subscription), seen
    ):
        yield event


async def _wait_registered(tools: Tools, subscription: str) -> AsyncIterator[Event]:
    waited = 0.0
    looks = iter(_LOOKS)
    while True:
        provider: Provider = await tools.azure.provider(subscription)
        yield Arrived(PROVIDER, provider, tools.clock.now())
        if provider.state is Registration.REGISTERED:
            yield Arrived(PREPARED, provider.state, tools.clock.now())
            return
        long = ", longer than the usual 5 to 10 minutes" if waited > _LONG else ""
        yield Noted(PREPARED, f"{SYNTEX} is {provider.state.value}{long}; looking again")
        pause = next(looks, _PACE)
        await tools.clock.sleep(pause)
        waited += pause


def _tenant(state: State) -> str:
    return state.signed_in.account.tenant_id if state.signed_in else ""
