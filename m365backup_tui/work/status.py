"""How backup stands now: service, billing, policies and their units, newest restore points. Reads only.

Nothing is asked for that this sign-in does not have: Azure and restore points are told where they can be read silently.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from m365backup_tui.domain.azure import BillingResource, Subscription
from m365backup_tui.domain.errors import (
    CloudError,
    ConsentNeeded,
    Forbidden,
    NotController,
    NotFound,
    NotSignedIn,
    ServiceOff,
    SignInRefused,
    StepUpNeeded,
)
from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.service import BackupService, Probe
from m365backup_tui.domain.status import (
    MOST_UNITS,
    READABLE,
    UNITS_ASKED,
    BillingReport,
    PolicyReport,
    StatusReport,
    count,
    few_enough,
    left_out,
)
from m365backup_tui.domain.units import ProtectionUnit, UnitStatus
from m365backup_tui.ports import Tools
from m365backup_tui.side_by_side import side_by_side
from m365backup_tui.work.reading import caught

MOST_SUBSCRIPTIONS = 25
"""Subscriptions that are looked through for the billing resource; each takes several requests."""
_MUST_ACT = (ConsentNeeded, Forbidden, NotController, ServiceOff)
_SIGN_IN = (NotSignedIn, SignInRefused, StepUpNeeded, ConsentNeeded)
_TRIED = (*READABLE, Probe.NO_ROLE)  # a person with one service is refused the list of all
_NO_POINTS = "not readable with this sign-in"

Units = Mapping[str, tuple[ProtectionUnit, ...]]
Point = tuple[datetime | None, int, str]


async def look(tools: Tools, *, every_unit: bool = False) -> StatusReport:
    """Everything at once. Raises CloudError for trouble with the sign-in, and where nobody can say how backup stands;
    what only keeps the policies from being read is `refused` in the report.

    `every_unit`: read the units of all policies, however many they have.
    """
    service, held, billing = await asyncio.gather(
        tools.backup.probe(), caught(tools.directory.active_roles()), billing_report(tools)
    )
    notes = [note] if (note := tools.clock_warning()) else []
    roles = None if isinstance(held, CloudError) else held
    if isinstance(held, CloudError):
        notes.append(f"Your roles could not be read: {held.what}")
    if service.probe not in _TRIED:
        return StatusReport(service, billing, notes=tuple(notes))
    policies: Sequence[Policy] = ()
    try:
        policies = await tools.backup.policies()
    except _MUST_ACT as error:
        return StatusReport(service, billing, notes=tuple(notes), refused=error)
    if service.probe is Probe.NO_ROLE:  # a part of them could be read after all
        service = BackupService(Probe.ANSWERS)
    policies = await _named(tools, policies)
    units, said = await _units(tools, policies, every_unit)
    points = await _points(tools, policies, units)
    reports = [
        PolicyReport(policy, count(policy, units.get(policy.id)), *points[policy.id])
        for policy in policies
    ]
    return StatusReport(
        service,
        billing,
        tuple(sorted(reports, key=lambda r: (r.policy.product, r.policy.name.casefold()))),
        left_out({policy.product for policy in policies}, roles),
        (*notes, *said),
    )


async def _named(tools: Tools, policies: Sequence[Policy]) -> Sequence[Policy]:
    """With the names of those whom the service gives by id alone, where the directory may be read."""
    ids = sorted({p.changed_by.id for p in policies if p.changed_by.id and not p.changed_by.known})
    names = await caught(tools.directory.people(ids)) if ids else {}
    if isinstance(names, CloudError) or not names:
        return policies
    return [
        p if p.changed_by.known else replace(p, changed_by=names.get(p.changed_by.id, p.changed_by))
        for p in policies
    ]


async def _units(
    tools: Tools, policies: Sequence[Policy], every_unit: bool
) -> tuple[Units, list[str]]:
    """By policy; what was not read is missing there, and told."""
    chosen = few_enough(policies, None if every_unit else MOST_UNITS)
    notes: list[str] = []

    async def read(policy: Policy) -> tuple[ProtectionUnit, ...] | CloudError:
        return await caught(tools.backup.units(policy.product, policy.id))

    asked = [policy for policy in policies if policy.id in chosen]
    found: dict[str, tuple[ProtectionUnit, ...]] = {}
    for policy, units in zip(asked, await side_by_side(asked, read), strict=True):
        if isinstance(units, NotFound):
            notes.append(f"“{policy.name}” was deleted while it was read.")
        elif isinstance(units, CloudError):
            notes.append(f"The {policy.product.units} of “{policy.name}”: {units.what}")
        else:
            found[policy.id] = units
    return found, notes


async def _points(tools: Tools, policies: Sequence[Policy], units: Units) -> dict[str, Point]:
    """By policy. One is asked first: a refusal is about the sign-in, and the same for all of them."""
    points: dict[str, Point] = {}
    asked: list[tuple[str, list[str]]] = []
    for policy in policies:
        held = units.get(policy.id)
        ids = [u.id for u in held or () if u.status is UnitStatus.PROTECTED][:UNITS_ASKED]
        if ids:
            asked.append((policy.id, ids))
        elif held is None:
            points[policy.id] = None, 0, "not asked, because its units were not read"
        else:
            points[policy.id] = None, 0, "none: nothing in it is protected now"
    for policy_id, ids in asked[:1]:
        points[policy_id] = await _point(tools, ids)
    rest = asked[1:]
    if rest and points[asked[0][0]][2] == _NO_POINTS:
        return points | {policy_id: (None, 0, _NO_POINTS) for policy_id, _ in rest}
    found = await side_by_side(rest, lambda one: _point(tools, one[1]))
    return points | {one[0]: point for one, point in zip(rest, found, strict=True)}


async def _point(tools: Tools, ids: list[str]) -> Point:
    if tools.restore_points is None:
        return None, 0, _NO_POINTS
    try:
        point = await tools.restore_points.latest(ids)
    except (*_SIGN_IN, Forbidden, NotController):
        return None, 0, _NO_POINTS
    except CloudError as error:
        return None, 0, f"could not be read: {error.what}"
    return point, len(ids), "" if point else "none yet"


async def billing_report(tools: Tools) -> BillingReport:
    """What Azure shows of the billing, with the sign-in as it is: nobody is asked to sign in for it."""
    subscriptions = await caught(tools.azure.subscriptions())
    if isinstance(subscriptions, CloudError):
        return BillingReport(why_not=f"Azure could not be read: {subscriptions.what}")
    if not subscriptions:
        return BillingReport(why_not="No Azure subscription is visible to you.")
    looked = subscriptions[:MOST_SUBSCRIPTIONS]

    async def read(one: Subscription) -> tuple[BillingResource, ...] | CloudError:
        return await caught(tools.azure.billing_resources(one.id))

    found = await side_by_side(looked, read)
    resources = tuple(r for part in found if not isinstance(part, CloudError) for r in part)
    names = {s.id.lower(): s.name for s in subscriptions}
    return BillingReport(resources, names, _gaps(found, len(subscriptions) - len(looked)))


def _gaps(found: Sequence[tuple[BillingResource, ...] | CloudError], left: int) -> str:
    refused = Counter(part.what for part in found if isinstance(part, CloudError))
    said = [f"{n} of your subscriptions could not be read: {what}" for what, n in refused.items()]
    if left:
        said.append(f"{left} more of your subscriptions were not looked through.")
    return " ".join(said)
