"""The permission check: Entra roles, Azure rights and the backup service, read at once into one report."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.readiness import Readiness
from m365backup_tui.domain.roles import HeldRole
from m365backup_tui.domain.service import BackupService, Probe
from m365backup_tui.domain.session import Account
from m365backup_tui.events import POLICIES, READINESS, Arrived, Began, Broke, Dropped, Event
from m365backup_tui.ports import Tools
from m365backup_tui.work.reading import caught


async def check(tools: Tools, account: Account) -> AsyncIterator[Event]:
    """Reads only. What cannot be read becomes a note in the report; without the person's roles there is none."""
    yield Began(
        READINESS, tools.clock.now(), "Reading your roles, Azure rights and the backup service"
    )
    # MSAL remembers a refusal for a minute: somebody may have granted something since (auth.md 1.1).
    await tools.identity.forget_refusals()
    try:
        report = await _report(tools, account)
    except CloudError as error:
        yield Broke(READINESS, error)
        return
    yield Arrived(READINESS, report, tools.clock.now())
    yield Dropped(POLICIES)


async def _report(tools: Tools, account: Account) -> Readiness:
    active, eligible, subscriptions, service = await asyncio.gather(
        caught(tools.directory.active_roles()),
        caught(tools.directory.eligible_roles()),
        caught(tools.azure.subscriptions()),
        caught(tools.backup.probe()),
    )
    if isinstance(active, CloudError):
        raise active
    notes: list[str] = []
    azure_error: CloudError | None = None
    roles: tuple[HeldRole, ...] = active
    if isinstance(eligible, CloudError):
        notes.append(f"Eligible roles could not be read: {eligible.what}")
    else:
        held = {role.template_id for role in active}
        roles += tuple(role for role in eligible if role.template_id not in held)
    if isinstance(subscriptions, CloudError):
        azure_error = subscriptions
        subscriptions = ()
    if isinstance(service, CloudError):
        notes.append(f"The backup service could not be asked: {service.what}")
        service = BackupService(Probe.UNREACHABLE, said=service.what, request_id=service.request_id)
    if account.guest:
        where = account.tenant_name or "this organization"
        notes.append(
            f"You are a guest in {where}: what counts are the roles that you were given there, and it is at home "
            "that your sign-ins are ended everywhere."
        )
    if clock := tools.clock_warning():
        notes.append(clock)
    return Readiness(
        tenant_id=account.tenant_id,
        roles=roles,
        subscriptions=subscriptions,
        service=service,
        at=tools.clock.now(),
        eligibility_known=not isinstance(eligible, CloudError),
        notes=tuple(notes),
        azure_error=azure_error,
    )
