"""Billing and turning on: what the admin center's Save, Connect and Turn on do to the tenant.

Both generations of the admin center (reference/admin-center.md §1.2, §1.3) end in the same state,
which Graph reads through `service_status`.
"""

from datetime import timedelta
from typing import Any

from m365backup_tui.practice.tenant import Tenant

# "Changes to billing can take up to 24 hours": the 2025 set-up page. What is usually seen is
# shorter; five minutes is the practice tenant's own choice for the ordinary case.
ORDINARY_WAIT = timedelta(minutes=5)
SLOW_WAIT = timedelta(hours=24)


def service_status(tenant: Tenant) -> dict[str, Any]:
    """The backup service now: `status`, `consumer`, `enabled_at`, `effective_at` (ISO or None).

    `status` is disabled, enabled, protectionChangeLocked or restoreLocked; `consumer` is unknown,
    firstparty or thirdparty (reference/graph.md §1). A turn-on counts once its wait is over.
    """
    stored = tenant.data["billing"].get("service")
    if stored is None:
        return {
            "status": "disabled",
            "consumer": "unknown",
            "enabled_at": None,
            "effective_at": None,
        }
    answer = dict(stored)
    effective = stored.get("effective_at")
    if stored["status"] == "enabled" and effective and not tenant.clock.reached(effective):
        answer["status"] = "disabled"
        answer["consumer"] = "unknown"
    return answer
