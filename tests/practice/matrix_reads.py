"""The product's reading use cases as the fault matrix runs them: what came of it, and what the person was told."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from m365backup_tui.cloud import connect
from m365backup_tui.cloud.profiles import practice_profile
from m365backup_tui.domain import azure as domain_azure
from m365backup_tui.domain import readiness
from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.products import ALL_PRODUCTS, Product
from m365backup_tui.domain.units import Candidate
from m365backup_tui.events import SignedOut
from m365backup_tui.state import Answers, Remote
from m365backup_tui.work import browse, check_access, messages, set_up_billing, sign_in, turn_on
from tests.practice.matrix_scene import GROUP, REGION
from tests.practice.matrix_stage import Enough, Stage, new_sign_in


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a use case. `value`: what it found, in a form that can be compared; None for nothing.

    `said`: every sentence that the person sees about trouble. `error`: what ended it.
    """

    value: Any = None
    said: tuple[str, ...] = ()
    error: CloudError | None = None


Flow = Callable[[Stage], Awaitable[Told]]


def _told(remote: Remote[Any], value: Any, *said: str) -> Told:
    if remote.error is not None:
        return Told(None, _sentences(remote.error), remote.error)
    return Told(value, tuple(text for text in said if text))


def _sentences(error: CloudError) -> tuple[str, ...]:
    return (error.what, messages.advice(error))


async def check(stage: Stage) -> Told:
    """The permission check."""
    state = await stage.do(check_access.check(stage.tools, stage.account))
    report = state.readiness.value
    if report is None:
        return _told(state.readiness, None)
    service = replace(report.service, said="", request_id="")
    # How a right is held is wording, not a right: azure.md §3.1.
    rights = [replace(s, access="", eligible="") for s in report.subscriptions]
    lacking = [item.what for item in readiness.missing(report)]
    refused = [r for s in rights if (r := domain_azure.refusal(s, report.tenant_id))]
    value = (
        frozenset(report.roles),
        report.eligibility_known,
        tuple(rights),
        service,
        report.azure_error,
    )
    return _told(state.readiness, value, *report.notes, *lacking, *refused, report.service.said)


async def policies(stage: Stage) -> Told:
    """The list of policies."""
    state = await stage.do(browse.load_policies(stage.tools))
    return _told(state.policies, frozenset(state.policies.value or ()))


async def open_policy(stage: Stage) -> Told:
    """One policy's units."""
    listed = (await stage.do(browse.load_policies(stage.tools))).policies.value or ()
    one = next((p for p in listed if p.name == "Finance"), None)
    assert one is not None
    state = await stage.do(browse.open_policy(stage.tools, one))
    opened = state.opened.value
    assert opened is not None
    return _told(state.opened, opened.units and frozenset(opened.units))


def catalog(product: Product) -> Flow:
    """Everything of one product that can be protected."""

    async def flow(stage: Stage) -> Told:
        return await _caught(_all(stage.tools.directory.candidates(product)))

    return flow


async def resolve(stage: Stage) -> Told:
    """Addresses to candidates, as lists and policy files do."""
    people = [p.username for p in stage.stand_in.personas()]
    return await _caught(
        stage.tools.directory.resolve(Product.EXCHANGE, [*people, "nobody@example.com"])
    )


async def resolve_sites(stage: Stage) -> Told:
    """Addresses of sites to candidates."""
    root = f"https://{stage.ready['domain'].partition('.')[0]}.sharepoint.com"
    urls = [root, f"{root}/sites/HumanResourcesArchive", f"{root}/sites/NotThere"]
    return await _caught(stage.tools.directory.resolve(Product.SHAREPOINT, urls))


async def groups(stage: Stage) -> Told:
    """Groups found, the size of one, and who is in it."""

    async def look() -> Any:
        directory = stage.tools.directory
        found = await directory.groups("")
        size = await directory.group_size(found[0].id)
        pages = [page async for page in directory.members(Product.EXCHANGE, found[0].id)]
        parts = [vars_of(page) for page in pages]
        return found, size, {name: [x for one in parts for x in one[name]] for name in parts[0]}

    return await _caught(look())


def vars_of(page: Any) -> dict[str, Any]:
    """A page's fields by their names."""
    return {one.name: getattr(page, one.name) for one in dataclasses.fields(page)}


async def azure(stage: Stage) -> Told:
    """Resource groups and the provider's regions."""
    subscription = stage.ready["subscriptions"][0]["id"]
    await stage.do(set_up_billing.load_groups(stage.tools, subscription))
    state = await stage.do(set_up_billing.load_provider(stage.tools, subscription))
    for remote in (state.groups, state.provider):
        if remote.error is not None:
            return _told(remote, None)
    return Told((state.groups.value, state.provider.value))


async def turned_on(stage: Stage) -> Told:
    """Watching until backup is on, by somebody who leaves after a minute."""
    subscription = stage.ready["subscriptions"][0]["id"]
    state = replace(stage.store.state, answers=Answers(subscription, GROUP, REGION))
    stage.clock.most, stage.clock.waited = 60.0, 0.0
    stage.pauses.clear()
    with contextlib.suppress(Enough):
        await stage.do(turn_on.watch(stage.tools, state))
    remote = stage.store.state.billing
    seen = remote.value
    if seen is None or remote.error is not None:
        return _told(remote, None, *stage.pauses)
    value = (seen.done, seen.registration, frozenset(seen.resources), seen.linked)
    return _told(remote, value, *seen.notes, seen.service.said, "" if seen.done else remote.note)


async def signing_in(stage: Stage) -> Told:
    """A sign-in by device code with nothing kept."""
    signed = new_sign_in(stage.ready, stage.clock, stage.folder)
    tools, close = await connect.tools_of(
        signed, practice_profile(stage.ready), stage.tools.runs, stage.stand_in, lambda *_: None
    )
    stage.store.send(SignedOut())
    done = False
    try:
        async for event in sign_in.sign_in(tools):
            stage.store.send(event)
            code = stage.store.state.device_code.value
            if code is not None and not done:
                done = True
                await stage.stand_in.approve(code.user_code, "global-admin")
    finally:
        await close()
    state = stage.store.state
    who = state.signed_in.account.username if state.signed_in else None
    told = _told(state.device_code, who)
    return told if who is None else Told(who, (f"Signed in as {who}.",))


async def renewed(stage: Stage) -> Told:
    """The check after an hour: every access token has to be renewed, for Graph and for Azure."""
    for client in stage.sign_in._clients.opened.values():
        cache = client._fresh_cache()
        kind = cache.CredentialType.ACCESS_TOKEN
        for entry in list(cache.search(kind)):
            cache.modify(kind, entry)
    await stage.sign_in.forget_refusals()
    await stage.tools.azure._calls.close()  # type: ignore[attr-defined]  # azure-core keeps its token there
    return await check(stage)


async def _caught(work: Awaitable[Any]) -> Told:
    try:
        return Told(_plain(await work))
    except CloudError as error:
        return Told(None, _sentences(error), error)


async def _all(pages: AsyncIterator[Any]) -> list[Any]:
    return [one async for page in pages for one in page]


def _plain(value: Any) -> Any:
    """To be compared: sizes and days change with the tenant's own days, so only whether they are known counts."""
    if isinstance(value, Candidate):
        size = None if value.size is None else 1
        return replace(value, size=size, last_activity=value.last_activity and date.min)
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return tuple(_plain(one) for one in value) if isinstance(value, list | tuple) else value


FLOWS: dict[str, Flow] = {
    "sign in": signing_in,
    "renewed": renewed,
    "check": check,
    "policies": policies,
    "open policy": open_policy,
    **{f"catalog {p}": catalog(p) for p in ALL_PRODUCTS},
    "resolve": resolve,
    "resolve sites": resolve_sites,
    "groups": groups,
    "azure": azure,
    "turn on": turned_on,
}
