"""The JSON document of `status`. What the command-line page names stays as it is; more keys may come."""

from __future__ import annotations

from datetime import datetime

from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.session import Account
from m365backup_tui.domain.status import (
    BillingReport,
    CountedBy,
    PolicyReport,
    StatusReport,
    UnitCount,
)
from m365backup_tui.domain.units import UnitStatus
from m365backup_tui.headless.moments import iso

UNKNOWN = "unknown"  # of a word that this version does not know


def as_data(report: StatusReport, account: Account) -> dict[str, object]:
    """Times are ISO 8601 in UTC."""
    service = report.service
    return {
        "tenant": {"id": account.tenant_id, "name": account.tenant_name},
        "account": {
            "username": account.username,
            "name": account.name,
            "guest": account.guest,
        },
        "service": {
            "status": service.status,
            "consumer": str(service.consumer),
            "billing": _billing(report.billing),
            "probe": str(service.probe),
            "disable_reason": service.disable_reason,
            "grace_until": iso(service.grace_until),
            "restore_until": iso(service.restore_until),
            "said": service.said,
            "request_id": service.request_id,
        },
        "policies": [_policy(one) for one in report.policies],
        "left_out": [
            {"service": str(product), "reason": reason}
            for product, reason in (report.left_out or {}).items()
        ],
        "refused": report.refused.what if report.refused else None,
        "notes": list(report.notes),
    }


def _billing(billing: BillingReport) -> dict[str, object]:
    return {
        "connected": billing.seen,
        "resources": [
            {
                "kind": str(r.kind),
                "name": r.name,
                "subscription": billing.subscription(r),
                "subscription_id": r.subscription_id,
                "resource_group": r.resource_group,
                "region": r.location,
                "state": r.provisioning,
                "for_backup": r.for_backup,
            }
            for r in billing.resources
        ],
        "note": billing.why_not,
    }


def _policy(report: PolicyReport) -> dict[str, object]:
    policy = report.policy
    return {
        "service": str(policy.product),
        "name": policy.name,
        "id": policy.id,
        "status": _word(policy),
        "units": _units(report.units),
        "retention": policy.retention,
        "created": iso(datetime.fromisoformat(policy.created)) if policy.created else None,
        "changed": iso(policy.changed),
        "changed_by": policy.changed_by.words if policy.changed_by.known else None,
        "latest_restore_point": {
            "at": iso(report.point),
            "units_asked": report.asked,
            "note": report.point_note,
        },
    }


def _word(policy: Policy) -> str:
    """Graph's own word."""
    return UNKNOWN if " " in policy.status else str(policy.status)


def _units(units: UnitCount) -> dict[str, object]:
    known = units.counted_by is not CountedBy.NOBODY
    return {
        "total": units.total if known else None,
        "protected": units.protected if known else None,
        "in_progress": units.in_progress if known else None,
        "failed": units.failed if known else None,
        "counted_by": str(units.counted_by),
        "by_status": None
        if units.by_status is None
        else {_status_word(s): units.by_status.get(s, 0) for s in UnitStatus},
        "with_error": units.with_error,
    }


def _status_word(status: UnitStatus) -> str:
    return UNKNOWN if status is UnitStatus.UNKNOWN else str(status)
