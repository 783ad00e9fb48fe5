"""`Microsoft.Syntex` as the admin center works with it: the types by their short names.

The admin center sees to the resource provider itself, and what it makes is seen after a wait.
"""

from datetime import timedelta
from typing import Any

from m365backup_tui.practice.arm import resources
from m365backup_tui.practice.arm.access import allowed
from m365backup_tui.practice.arm.call import forbidden
from m365backup_tui.practice.arm.kinds import SYNTEX, Kind, kind_named
from m365backup_tui.practice.arm.scopes import subscription_scope
from m365backup_tui.practice.arm.world import Subscription
from m365backup_tui.practice.personas import Persona
from m365backup_tui.practice.tenant import Tenant


def _kind(name: str) -> Kind:
    return kind_named(SYNTEX, name)


def listed(
    tenant: Tenant, subscription_id: str, kind: str, group: str | None = None
) -> list[dict[str, Any]]:
    """Resources of the type that can be seen by now."""
    return resources.listed(tenant, subscription_id, _kind(kind), group)


def check_region(tenant: Tenant, kind: str, wanted: str) -> str:
    """The region's name. Raises 400 LocationNotAvailableForResourceType."""
    return resources.check_region(tenant, _kind(kind), wanted)


def put(
    tenant: Tenant,
    subscription: Subscription,
    group: str,
    kind: str,
    name: str,
    body: dict[str, Any],
    hidden_for: timedelta,
) -> None:
    """Create or replace. Raises the errors of reference/azure.md §2.2."""
    resources.put_resource(
        tenant, subscription, group, _kind(kind), name, body, hidden_for, registered=True
    )


def delete(tenant: Tenant, subscription_id: str, group: str, kind: str, name: str) -> None:
    """Delete at once, if it is there. Raises 409 ScopeLocked."""
    resources.delete_resource(tenant, subscription_id, group, _kind(kind), name, timedelta(0))


def may(tenant: Tenant, persona: Persona, subscription_id: str, action: str) -> bool:
    """Whether the person may do this on the subscription itself."""
    scope = subscription_scope(subscription_id)
    return allowed(tenant, persona.oid, subscription_id, scope, action)


def require(tenant: Tenant, persona: Persona, subscription_id: str, action: str) -> None:
    """403 AuthorizationFailed unless the person may do this on the subscription."""
    if not may(tenant, persona, subscription_id, action):
        raise forbidden(persona, action, subscription_scope(subscription_id))
