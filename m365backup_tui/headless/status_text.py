"""`status` for people: plain lines of 80 columns, the same facts as in the JSON document."""

from __future__ import annotations

import textwrap
from datetime import UTC, datetime

from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.service import BackupService, Consumer, Probe
from m365backup_tui.domain.session import Account
from m365backup_tui.domain.status import (
    BillingReport,
    CountedBy,
    PolicyReport,
    StatusReport,
    UnitCount,
)
from m365backup_tui.domain.units import UnitStatus

WIDTH = 80

_PROBES = {
    Probe.ANSWERS: "on, as far as can be told: it lists its policies",
    Probe.NO_CONSENT: "not known: the application may not read the policies",
    Probe.NO_ROLE: "not known: none of your roles lets you read the policies",
    Probe.NOT_CONTROLLER: "another application controls backup in this organization",
    Probe.OFF: "off",
    Probe.LOCKED: "locked: it takes no changes",
    Probe.PREPARING: "being prepared: the service still makes its data store",
    Probe.UNREACHABLE: "not known: the service could not be asked",
    Probe.UNKNOWN: "not known: the service answered something that this version does not know",
}
_CONSUMERS = {
    Consumer.FIRST_PARTY: "Microsoft 365 Backup itself",
    Consumer.THIRD_PARTY: "the application of another company",
}


def as_text(report: StatusReport, account: Account) -> list[str]:
    """The lines; a long one is folded, a name or an address never cut."""
    lines = [
        f"Organization: {account.tenant_name or account.tenant_id}",
        f"Signed in: {account.username}{' (guest)' if account.guest else ''}",
        *_service(report.service),
        *_billing(report.billing),
    ]
    for one in report.policies:
        lines += _policy(one)
    if report.told and not report.policies:
        lines.append("Policies: none")
    for product, why in (report.left_out or {}).items():
        lines.append(f"{product.label}: {why}")
    lines += [f"Note: {note}" for note in report.notes]
    return [folded for line in lines for folded in _folded(line)]


def _service(service: BackupService) -> list[str]:
    status = f" (the service says: {service.status})" if service.status else ""
    lines = [f"Backup service: {_PROBES[service.probe]}{status}"]
    if service.said:
        lines.append(f"  {service.said}")
    if service.disable_reason:
        lines.append(f"  reason: {service.disable_reason}")
    if who := _CONSUMERS.get(service.consumer):
        lines.append(f"  controlled by: {who}")
    if service.grace_until:
        lines.append(f"  grace period until: {_when(service.grace_until)}")
    if service.restore_until:
        lines.append(f"  restore allowed until: {_when(service.restore_until)}")
    return lines


def _billing(billing: BillingReport) -> list[str]:
    lines = []
    for r in billing.resources:
        name = billing.subscription(r) or "a subscription"
        state = f", {r.provisioning}" if r.provisioning else ""
        lines.append(f"Billing: in {name}, resource group {r.resource_group}, {r.location}{state}")
    if not lines and billing.seen is False:
        lines.append("Billing: no billing resource in the subscriptions that you can see")
    if billing.why_not:
        lines.append(f"Billing: not all is known. {billing.why_not}")
    return lines


def _policy(report: PolicyReport) -> list[str]:
    policy = report.policy
    lines = [f"{policy.product.label} “{policy.name}”: {policy.status.words}"]
    lines.append(f"  {policy.product.units}: {_plain(report.units)}")
    if report.units.by_status is not None and report.units.by_status:
        lines.append(f"  one by one: {_by_status(report.units)}")
    if policy.retention:
        lines.append(f"  kept: {policy.retention}")
    if changed := _changed(policy):
        lines.append(f"  changed: {changed}")
    lines.append(f"  latest restore point: {_point(report)}")
    return lines


def _plain(units: UnitCount) -> str:
    if units.counted_by is CountedBy.NOBODY:
        return "not counted: the service gives no figures, and they were not read"
    words = f"{units.protected:,} protected of {units.total:,}"
    if units.in_progress:
        words += f", {units.in_progress:,} under way"
    if units.failed:
        words += f", {units.failed:,} failed"
    who = "the service" if units.counted_by is CountedBy.SERVICE else "this program"
    return f"{words} (counted by {who})"


def _by_status(units: UnitCount) -> str:
    found = units.by_status or {}
    words = [f"{found[s]:,} {_word(s)}" for s in UnitStatus if found.get(s)]
    if units.with_error:
        words.append(f"{units.with_error:,} with an error")
    return ", ".join(words)


def _word(status: UnitStatus) -> str:
    return f"in a state {status.words}" if status is UnitStatus.UNKNOWN else status.words


def _changed(policy: Policy) -> str:
    who = f"by {policy.changed_by.words}" if policy.changed_by.known else ""
    when = _when(policy.changed) if policy.changed else ""
    return " ".join(part for part in (when, who) if part)


def _point(report: PolicyReport) -> str:
    if report.point is None:
        return report.point_note
    return f"{_when(report.point)} (of {report.policy.product.amount(report.asked)} asked)"


def _when(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _folded(line: str) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    folded = textwrap.wrap(
        line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return folded or [line]
