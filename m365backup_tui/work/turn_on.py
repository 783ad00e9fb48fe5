"""Billing link and "Turn on": there is no public call for either, so this only looks until both are true.

Never calls serviceApps or enable: those would take the tenant away from its admin center (graph.md 1).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

from m365backup_tui.domain.azure import BillingResource, Registration
from m365backup_tui.domain.billing import BillingSeen
from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.facts import TERMS_M365, TERMS_PAYG
from m365backup_tui.domain.service import Probe
from m365backup_tui.events import BILLING, Answered, Arrived, Began, Broke, Event, Noted
from m365backup_tui.ports import StandIn, Tools
from m365backup_tui.state import State
from m365backup_tui.work.reading import caught

# azure.md 1.9: every 15 s, backing off to 60 s. The first looks come sooner, for whoever has just pressed Save.
_LOOKS = (2.0, 3.0, 5.0, 10.0)
_PACE = 15.0
_SLOW_PACE = 60.0
_PATIENT = 40  # looks, about ten minutes, before going to the slow pace


async def accept_terms(tools: Tools, state: State) -> AsyncIterator[Event]:
    """Records that the terms were shown and accepted here; the binding acceptance is in the admin center."""
    now = tools.clock.now()
    account = state.signed_in.account if state.signed_in else None
    facts = {
        "by": account.username if account else "",
        "terms": TERMS_M365.text,
        "pay-as-you-go": TERMS_PAYG.text,
        "subscription": state.answers.subscription_id,
        "group": state.answers.group,
        "region": state.answers.region,
    }
    tools.runs.note("terms accepted", account.tenant_id if account else "", facts, now)
    yield Answered(replace(state.answers, terms_at=now))


async def watch(tools: Tools, state: State, told: str = "") -> AsyncIterator[Event]:
    """Looks at Azure and Graph, again and again, until Graph says that backup is on. `told`: what stays noted at
    every look."""
    yield Began(BILLING, tools.clock.now(), "Looking at Azure and at Microsoft Graph")
    looks = iter(_LOOKS)
    count = 0
    while True:
        try:
            seen = await look(tools, state)
        except CloudError as error:
            yield Broke(BILLING, error)
            return
        if told and not seen.done:
            seen = replace(seen, notes=(told, *seen.notes))
        if seen.done or seen.by_third_party:
            yield Arrived(BILLING, seen, tools.clock.now())
            return
        yield Arrived(BILLING, seen, tools.clock.now(), more=True)
        count += 1
        pause = next(looks, _PACE if count < _PATIENT else _SLOW_PACE)
        yield Noted(BILLING, f"Not on yet; looking again every {pause:.0f} seconds")
        await tools.clock.sleep(pause)


async def look(tools: Tools, state: State) -> BillingSeen:
    """One look. Fails only when Graph cannot be asked; what Azure does not tell is noted."""
    subscription = state.answers.subscription_id
    notes: list[str] = []
    registration = Registration.UNKNOWN
    resources: tuple[BillingResource, ...] = ()
    service, azure = await asyncio.gather(tools.backup.probe(), _azure(tools, subscription))
    if isinstance(azure, CloudError):
        notes.append(f"Azure could not be read: {azure.what}")
    else:
        registration, resources = azure
    if service.probe is Probe.UNREACHABLE:
        notes.append(f"Graph could not be asked: {service.said}")
    return BillingSeen(tools.clock.now(), registration, resources, service, tuple(notes))


async def _azure(
    tools: Tools, subscription: str
) -> tuple[Registration, tuple[BillingResource, ...]] | CloudError:
    if not subscription:  # the tenant was on already: nothing was chosen here
        return Registration.UNKNOWN, ()
    provider, resources = await asyncio.gather(
        caught(tools.azure.provider(subscription)),
        caught(tools.azure.billing_resources(subscription)),
    )
    if isinstance(provider, CloudError):
        return provider
    if isinstance(resources, CloudError):
        return resources
    return provider.state, resources


async def play_admin_center(
    tools: Tools, state: State, *, go_on: bool = True
) -> AsyncIterator[Event]:
    """On the practice tenant: does in its admin center what a person would do there, with the same values. What it
    refuses is noted, and the watch goes on: somebody else may still do it. Without `go_on` it ends there."""
    if tools.stand_in is None:
        return
    answers = state.answers
    told = ""
    try:
        await tools.stand_in.play_admin_center(
            answers.node.value,
            answers.subscription_id,
            answers.group,
            answers.region,
            _persona(tools.stand_in, state),
        )
    except CloudError as error:
        if not go_on:
            yield Broke(BILLING, error)
            return
        told = f"The admin center refused: {error.what}"
    async for event in watch(tools, state, told):
        yield event


def _persona(stand_in: StandIn, state: State) -> str:
    """Whoever is signed in goes to the admin center: with that person's roles it works, or is refused there."""
    username = state.signed_in.account.username if state.signed_in else ""
    return next((p.key for p in stand_in.personas() if p.username == username), "")
