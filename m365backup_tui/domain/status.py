"""What `status` tells: the service, its billing, and each policy with its units by how far they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from m365backup_tui.domain.azure import BillingResource
from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.products import ALL_PRODUCTS, Product
from m365backup_tui.domain.roles import HeldRole, Verdict, verdict
from m365backup_tui.domain.service import BackupService, Probe
from m365backup_tui.domain.units import ProtectionUnit, UnitStatus

MOST_UNITS = 5_000
"""Units that are read for the figures by status unless somebody asks for all: a few pages, a few seconds."""
UNITS_ASKED = 5
"""Units of a policy that are asked for their newest restore point: as many as one answer has."""


class CountedBy(StrEnum):
    """Who counted the four plain figures."""

    SERVICE = "service"  # the policy's own count
    UNITS = "units"  # this program, from the list of units
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class UnitCount:
    """Units of one policy. `by_status`, `with_error`: counted from the units themselves, None where these were not
    read."""

    counted_by: CountedBy
    total: int = 0
    protected: int = 0
    in_progress: int = 0
    failed: int = 0
    by_status: Mapping[UnitStatus, int] | None = None
    with_error: int | None = None


@dataclass(frozen=True, slots=True)
class PolicyReport:
    """One policy. `point`: its newest restore point (aware UTC) among `asked` units; `point_note`: why there is none
    to tell, as a part of a sentence."""

    policy: Policy
    units: UnitCount
    point: datetime | None = None
    asked: int = 0
    point_note: str = ""


@dataclass(frozen=True, slots=True)
class BillingReport:
    """What Azure shows, as far as it may be read without a sign-in of its own. `why_not`: why it could not be."""

    resources: tuple[BillingResource, ...] = ()
    subscriptions: Mapping[str, str] | None = None  # id -> name
    why_not: str = ""

    @property
    def seen(self) -> bool | None:
        """Whether a billing resource stands; None where nobody could look. One may stand in a subscription that this
        person cannot see."""
        if self.why_not and not self.resources:
            return None
        return any(r.provisioning in ("", "Succeeded") for r in self.resources)

    def subscription(self, resource: BillingResource) -> str:
        """The subscription's name, "" where it is not known."""
        return (self.subscriptions or {}).get(resource.subscription_id.lower(), "")


@dataclass(frozen=True, slots=True)
class StatusReport:
    """Everything that `status` could find out. `refused`: why the policies could not be read; `left_out`: services of
    which none is shown, and why."""

    service: BackupService
    billing: BillingReport
    policies: tuple[PolicyReport, ...] = ()
    left_out: Mapping[Product, str] | None = None
    notes: tuple[str, ...] = ()
    refused: CloudError | None = None

    @property
    def told(self) -> bool:
        """Whether the policies could be read."""
        return self.refused is None and self.service.probe in READABLE


READABLE = (Probe.ANSWERS, Probe.LOCKED)


def count(policy: Policy, units: Sequence[ProtectionUnit] | None) -> UnitCount:
    """The figures of one policy; `units` None where they were not read. The service's own figures come first: its list
    may lag behind them."""
    counts = policy.counts
    if units is None:
        if counts is None:
            return UnitCount(CountedBy.NOBODY)
        return UnitCount(
            CountedBy.SERVICE, counts.total, counts.protected, counts.in_progress, counts.failed
        )
    by_status = Counter(unit.status for unit in units)
    wrong = sum(bool(unit.error_code) for unit in units)
    if counts is not None:
        plain = (counts.total, counts.protected, counts.in_progress, counts.failed)
        return UnitCount(CountedBy.SERVICE, *plain, by_status, wrong)
    failed = sum(bool(u.error_code) and u.status is UnitStatus.UNPROTECTED for u in units)
    under_way = sum(by_status[status] for status in _UNDER_WAY)
    plain = (len(units), by_status[UnitStatus.PROTECTED], under_way, failed)
    return UnitCount(CountedBy.UNITS, *plain, by_status, wrong)


_UNDER_WAY = (
    UnitStatus.PROTECT_REQUESTED,
    UnitStatus.UNPROTECT_REQUESTED,
    UnitStatus.REMOVE_REQUESTED,
    UnitStatus.OFFBOARD_REQUESTED,
    UnitStatus.CANCEL_OFFBOARD_REQUESTED,
)


def few_enough(policies: Sequence[Policy], most: int | None = MOST_UNITS) -> frozenset[str]:
    """The ids of the policies whose units are read: the smallest first, `most` units in all (None: every one). One that
    does not say how many it has counts as small."""
    chosen: set[str] = set()
    left = most
    for policy in sorted(policies, key=lambda p: (p.counts.total if p.counts else 0, p.id)):
        size = policy.counts.total if policy.counts else 0
        if left is not None:
            if size > left:
                break
            left -= size
        chosen.add(policy.id)
    return frozenset(chosen)


def left_out(shown: Set[Product], roles: Sequence[HeldRole] | None) -> dict[Product, str]:
    """Services that are not among those `shown` and that this person's roles do not manage; nothing where the roles are
    unknown. `shown`: services that show a policy."""
    if roles is None:
        return {}
    found: dict[Product, str] = {}
    for product in ALL_PRODUCTS:
        held = verdict(product, roles)
        if product in shown or held is Verdict.YES:
            continue
        why = (
            "your role for it is eligible, but not active"
            if held is Verdict.AFTER_ACTIVATION
            else "none of your roles manages it"
        )
        found[product] = f"no policy of it can be seen: {why}"
    return found
