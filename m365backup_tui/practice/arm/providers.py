"""The resource provider Microsoft.Syntex: its registration and what it offers where."""

from datetime import timedelta
from typing import Any

from m365backup_tui.practice.arm.world import REGIONS, Subscription
from m365backup_tui.practice.errors import ArmError
from m365backup_tui.practice.tenant import Tenant

SYNTEX = "Microsoft.Syntex"
# "A few minutes"; SharePoint Embedded's pages say 5-10 (reference/azure.md §1.6).
REGISTERING = timedelta(minutes=5)

DOCUMENT_PROCESSOR_VERSIONS = (
    "2023-01-04-preview",
    "2022-09-15-preview",
    "2022-06-15-preview",
    "2021-10-20-preview",
)
ACCOUNT_VERSIONS = ("2023-01-04-preview",)
TYPES = {
    "documentProcessors": DOCUMENT_PROCESSOR_VERSIONS,
    "accounts": ACCOUNT_VERSIONS,
}
# Namespaces that are registered everywhere; enough for a client that lists them.
_ORDINARY = ("Microsoft.Authorization", "Microsoft.Resources", "Microsoft.Storage")


def registration_state(tenant: Tenant, subscription_id: str) -> str:
    """NotRegistered, Registering or Registered, by the tenant's clock."""
    stored = tenant.data["arm"]["providers"].get(subscription_id)
    if stored is None:
        return "NotRegistered"
    if tenant.scenarios.on("provider-stuck") or not tenant.clock.reached(stored["due"]):
        return "Registering"
    return "Registered"


def register(tenant: Tenant, subscription: Subscription) -> None:
    """Start registering, unless that has been done. Raises 403 RequestDisallowedByPolicy.

    That a policy shows already here and not only at Save is an inference (reference/azure.md §1.6).
    """
    refuse_by_policy(tenant, subscription.id, f"/subscriptions/{subscription.id}", SYNTEX)
    if subscription.id not in tenant.data["arm"]["providers"]:
        tenant.data["arm"]["providers"][subscription.id] = {"due": tenant.clock.due(REGISTERING)}
        tenant.state.touch(f"{SYNTEX} registering on {subscription.name}")


def find_provider(tenant: Tenant, subscription_id: str, namespace: str) -> dict[str, Any]:
    """A provider as ARM shows it. Raises 404 InvalidResourceNamespace (pairing UNVERIFIED)."""
    for name in _ORDINARY:
        if name.lower() == namespace.lower():
            return _body(subscription_id, name, "Registered", [])
    if namespace.lower() != SYNTEX.lower():
        raise ArmError(
            404, "InvalidResourceNamespace", f"The resource namespace '{namespace}' is invalid."
        )
    places = [region.display_name for region in REGIONS if region.syntex]
    types = [
        {
            "resourceType": name,
            "locations": places,
            "apiVersions": list(versions),
            "capabilities": "SupportsTags, SupportsLocation",
        }
        for name, versions in TYPES.items()
    ]
    return _body(subscription_id, SYNTEX, registration_state(tenant, subscription_id), types)


def all_providers(tenant: Tenant, subscription_id: str) -> list[dict[str, Any]]:
    """Every provider of the practice tenant."""
    return [find_provider(tenant, subscription_id, name) for name in (*_ORDINARY, SYNTEX)]


def refuse_by_policy(tenant: Tenant, subscription_id: str, target: str, kind: str) -> None:
    """403 RequestDisallowedByPolicy while the scenario is on (reference/azure.md §2.2)."""
    if not tenant.scenarios.on("policy-blocks-syntex"):
        return
    raise ArmError(
        403,
        "RequestDisallowedByPolicy",
        f"Resource '{target.rpartition('/')[2]}' was disallowed by policy.",
        additional=[
            {
                "type": "PolicyViolation",
                "info": {
                    "policyAssignmentDisplayName": "Allowed resource types",
                    "policyAssignmentName": "allowed-resource-types",
                    "policyAssignmentId": f"/subscriptions/{subscription_id}/providers/"
                    "Microsoft.Authorization/policyAssignments/allowed-resource-types",
                    "policyAssignmentScope": f"/subscriptions/{subscription_id}",
                    "policyDefinitionDisplayName": "Allowed resource types",
                    "policyDefinitionEffect": "deny",
                    "evaluationDetails": {
                        "evaluatedExpressions": [
                            {
                                "result": "True",
                                "expressionKind": "Field",
                                "expression": "type",
                                "path": "type",
                                "expressionValue": kind,
                                "operator": "NotIn",
                            }
                        ]
                    },
                },
            }
        ],
    )


def _body(
    subscription_id: str, namespace: str, state: str, types: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "id": f"/subscriptions/{subscription_id}/providers/{namespace}",
        "namespace": namespace,
        "registrationState": state,
        "registrationPolicy": "RegistrationRequired",
        "resourceTypes": types,
    }
