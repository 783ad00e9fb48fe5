"""Resource providers: their registration, on the tenant's clock, and what they offer where."""

from datetime import timedelta
from typing import Any

from m365backup_tui.practice.arm.faulty import struck
from m365backup_tui.practice.arm.kept import changing, part
from m365backup_tui.practice.arm.kinds import CORE, NAMESPACES, SYNTEX, Kind, kinds_of
from m365backup_tui.practice.arm.policies import refuse_by_policy
from m365backup_tui.practice.arm.scopes import subscription_scope
from m365backup_tui.practice.arm.world import REGIONS, Region, Subscription, plain_region
from m365backup_tui.practice.errors import ArmError
from m365backup_tui.practice.tenant import Tenant

# "A few minutes"; SharePoint Embedded's pages say 5-10 (reference/azure.md §1.6).
REGISTERING = timedelta(minutes=5)
UNREGISTERING = timedelta(minutes=5)  # choice: not documented


def registration_state(tenant: Tenant, subscription_id: str, namespace: str = SYNTEX) -> str:
    """NotRegistered, Registering, Registered, Unregistering or Unregistered, by the clock."""
    if namespace in CORE:
        return "Registered"
    kept = part(tenant, "providers").get(subscription_id, {}).get(namespace)
    if kept is None:
        return "NotRegistered"
    reached = tenant.clock.reached(kept["due"])
    if kept["wanted"] == "Unregistered":
        return "Unregistered" if reached else "Unregistering"
    stuck = namespace == SYNTEX and (tenant.scenarios.on("provider-stuck") or struck(tenant, "Z4"))
    return "Registering" if stuck or not reached else "Registered"


def register(tenant: Tenant, subscription: Subscription, namespace: str = SYNTEX) -> None:
    """Start registering, unless that has been done. Raises 403 RequestDisallowedByPolicy.

    That a policy shows already here and not only at Save is an inference (reference/azure.md §1.6).
    """
    refuse_by_policy(tenant, subscription_scope(subscription.id), namespace)
    state = registration_state(tenant, subscription.id, namespace)
    if state in ("NotRegistered", "Unregistered"):
        _want(tenant, subscription, namespace, "Registered", REGISTERING)
    elif state == "Unregistering":
        raise ArmError(
            409,
            "Conflict",
            f"The subscription is being unregistered from '{namespace}'. Try again later.",
        )


def unregister(tenant: Tenant, subscription: Subscription, namespace: str, in_use: bool) -> None:
    """Start unregistering. Raises 409 while resources of the namespace exist (azure.md §1.6).

    The status and code of that refusal are UNVERIFIED.
    """
    if namespace in CORE or in_use:
        raise ArmError(
            409,
            "CannotUnregisterProvider",
            f"The resource provider '{namespace}' cannot be unregistered: "
            + ("it is always registered." if namespace in CORE else "resources of it exist."),
        )
    if registration_state(tenant, subscription.id, namespace) in ("Registered", "Registering"):
        _want(tenant, subscription, namespace, "Unregistered", UNREGISTERING)


def _want(
    tenant: Tenant, subscription: Subscription, namespace: str, wanted: str, wait: timedelta
) -> None:
    verb = "registering" if wanted == "Registered" else "unregistering"
    kept = changing(tenant, "providers", f"{namespace} {verb} on {subscription.name}")
    due = tenant.clock.due(wait)
    kept.setdefault(subscription.id, {})[namespace] = {"wanted": wanted, "due": due}


def refuse_unregistered(tenant: Tenant, subscription_id: str, namespace: str) -> None:
    """409 MissingSubscriptionRegistration unless the namespace is registered (azure.md §2.2)."""
    if registration_state(tenant, subscription_id, namespace) == "Registered":
        return
    message = f"The subscription is not registered to use namespace '{namespace}'."
    raise ArmError(
        409,
        "MissingSubscriptionRegistration",
        message,
        details=[
            {
                "code": "MissingSubscriptionRegistration",
                "target": namespace,
                "message": message,
            }
        ],
    )


def places_of(tenant: Tenant, kind: Kind) -> list[Region]:
    """The regions where a type is offered; the fault Z5 with a `region` takes that one away.

    Regions of documentProcessors: UNVERIFIED, taken as those of accounts (reference/azure.md §1.5).
    """
    if kind.anywhere:
        return []
    if kind.namespace != SYNTEX:
        return list(REGIONS)
    fault = struck(tenant, "Z5") or {}
    lost = plain_region(str(fault.get("region") or ""))
    return [region for region in REGIONS if region.syntex and region.name != lost]


def provider_body(
    tenant: Tenant, subscription_id: str | None, namespace: str, with_types: bool = True
) -> dict[str, Any]:
    """A provider as ARM shows it; without a subscription there is no registration state."""
    root = subscription_scope(subscription_id) if subscription_id else ""
    body: dict[str, Any] = {"id": f"{root}/providers/{namespace}", "namespace": namespace}
    if subscription_id:
        body["registrationState"] = registration_state(tenant, subscription_id, namespace)
    always = namespace in CORE
    body["registrationPolicy"] = "RegistrationFree" if always else "RegistrationRequired"
    if with_types:
        body["resourceTypes"] = [type_body(tenant, kind) for kind in kinds_of(namespace)]
    return body


def type_body(tenant: Tenant, kind: Kind) -> dict[str, Any]:
    """One entry of `resourceTypes`; regions by their display names (azure.md §1.5)."""
    places = [region.display_name for region in places_of(tenant, kind)]
    return {
        "resourceType": kind.type,
        "locations": ["global"] if kind.anywhere else places,
        "apiVersions": list(kind.versions),
        "capabilities": "SupportsTags, SupportsLocation",
    }


def all_providers(tenant: Tenant, subscription_id: str | None) -> list[dict[str, Any]]:
    """Every provider of the practice Azure."""
    return [provider_body(tenant, subscription_id, name) for name in NAMESPACES]
