"""Asynchronous operations: started by a call, over when the tenant's clock says so."""

import math
import uuid
from datetime import timedelta
from typing import Any

from m365backup_tui.practice.arm.kept import changing, part
from m365backup_tui.practice.clock import from_iso
from m365backup_tui.practice.errors import ArmError
from m365backup_tui.practice.tenant import Tenant

# choice: how long an operation's outcome can be asked for after its end is not documented.
KEPT_FOR = timedelta(days=1)
LONGEST_RETRY_AFTER = 15


def start(
    tenant: Tenant, subscription_id: str, target: str, verb: str, due: str, end: str = "Succeeded"
) -> str:
    """Begin an operation on the resource `target`; `end` is Succeeded, Failed or Canceled.

    Returns its id.
    """
    kept = changing(tenant, "operations", f"operation: {verb} {target.rpartition('/')[2]}")
    for key in [key for key, one in kept.items() if _forgotten(tenant, one)]:
        del kept[key]
    name = str(uuid.uuid4())
    kept[name] = {
        "subscription": subscription_id,
        "target": target,
        "verb": verb,
        "start": tenant.clock.now_iso(),
        "due": due,
        "end": end,
    }
    return name


def find(tenant: Tenant, subscription_id: str, name: str) -> dict[str, Any]:
    """What is kept of an operation. Raises 404 (the code's name is UNVERIFIED)."""
    one = part(tenant, "operations").get(name.lower())
    if one is None or one["subscription"] != subscription_id.lower():
        raise ArmError(404, "OperationNotFound", f"The operation '{name}' could not be found.")
    found: dict[str, Any] = one
    return found


def is_over(tenant: Tenant, one: dict[str, Any]) -> bool:
    """Whether the operation has ended, well or not."""
    return tenant.clock.reached(one["due"])


def status(tenant: Tenant, path: str, name: str, one: dict[str, Any]) -> dict[str, Any]:
    """The body behind Azure-AsyncOperation: InProgress, then the end (azure.md §2.3)."""
    over = is_over(tenant, one)
    answer: dict[str, Any] = {
        "id": path,
        "name": name,
        "status": one["end"] if over else "InProgress",
        "startTime": one["start"],
    }
    if over:
        answer["endTime"] = one["due"]
        if one["end"] != "Succeeded":
            answer["error"] = failure(one)
    return answer


def failure(one: dict[str, Any]) -> dict[str, str]:
    """Code and message of an operation that ended badly."""
    return {
        "code": f"Operation{one['end']}",
        "message": f"The operation {one['verb']} on '{one['target']}' ended as {one['end']}.",
    }


def retry_after(tenant: Tenant, due: str) -> dict[str, str]:
    """The Retry-After header for something that ends at `due`: whole seconds, 1 to 15."""
    left = (from_iso(due) - tenant.clock.now()).total_seconds()
    return {"Retry-After": str(max(1, min(LONGEST_RETRY_AFTER, math.ceil(left))))}


def _forgotten(tenant: Tenant, one: dict[str, Any]) -> bool:
    return tenant.clock.now() > from_iso(one["due"]) + KEPT_FOR
