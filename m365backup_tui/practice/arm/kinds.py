"""The resource types that the practice Azure offers: versions, properties, regions, how long a PUT takes.

`Microsoft.Syntex` is what the product is about. The others are there so that generic clients find
each of ARM's ways to answer an asynchronous call: 201 with provisioningState in the body, 201 with
Azure-AsyncOperation, 202 with Location, and at once.
"""

from dataclasses import dataclass
from enum import StrEnum

from m365backup_tui.practice.errors import ArmError

SYNTEX = "Microsoft.Syntex"


class Way(StrEnum):
    """How a PUT or DELETE of a type goes on after the first answer."""

    BODY = "body"
    OPERATION = "operation"
    LOCATION = "location"
    AT_ONCE = "at-once"


@dataclass(frozen=True, slots=True)
class Kind:
    """One resource type. `required` and `guids` are property names; `anywhere`: location is `global`."""

    namespace: str
    type: str
    versions: tuple[str, ...]
    way: Way
    required: tuple[str, ...] = ()
    guids: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    patchable: tuple[str, ...] = ()
    read_only: tuple[str, ...] = ()
    anywhere: bool = False

    @property
    def full(self) -> str:
        """`Microsoft.Syntex/accounts`."""
        return f"{self.namespace}/{self.type}"


# Syntex: reference/azure.md §1.1. What Microsoft 365 Backup writes into an account is UNVERIFIED:
# any feature is taken as a text, and none has an effect on the backup service.
_KINDS = (
    Kind(
        SYNTEX,
        "documentProcessors",
        ("2023-01-04-preview", "2022-09-15-preview", "2022-06-15-preview", "2021-10-20-preview"),
        Way.BODY,
        required=("spoTenantId", "spoTenantUrl"),
        guids=("spoTenantId",),
        fixed=("spoTenantId", "spoTenantUrl"),
    ),
    Kind(
        SYNTEX,
        "accounts",
        ("2023-01-04-preview",),
        Way.BODY,
        required=("friendlyName", "service", "identityType", "identityId", "feature", "scope"),
        patchable=("friendlyName", "identityId", "featuresToAdd", "featuresToRemove"),
        read_only=("featureSet",),
    ),
    # reference/azure.md §1.8; that a PUT is asynchronous is general knowledge, UNVERIFIED.
    Kind(
        "Microsoft.GraphServices",
        "accounts",
        ("2023-04-13",),
        Way.OPERATION,
        required=("appId",),
        guids=("appId",),
        fixed=("appId",),
        read_only=("billingPlanId",),
        anywhere=True,
    ),
    Kind(
        "Microsoft.PowerPlatform",
        "accounts",
        ("2020-10-30-preview",),
        Way.AT_ONCE,
        patchable=("description",),
        read_only=("systemId",),
    ),
    # Storage: only the outside of it, as a type whose PUT answers 202 with Location. UNVERIFIED.
    Kind(
        "Microsoft.Storage",
        "storageAccounts",
        ("2024-01-01", "2023-05-01", "2023-01-01"),
        Way.LOCATION,
    ),
)
KINDS = {kind.full.lower(): kind for kind in _KINDS}
# Namespaces without resources of their own here; registered on every subscription.
CORE = (
    "Microsoft.Authorization",
    "Microsoft.CostManagement",
    "Microsoft.PolicyInsights",
    "Microsoft.Resources",
)
NAMESPACES = tuple(sorted({*CORE, *(kind.namespace for kind in _KINDS)}))
ALL_VERSIONS = tuple(sorted({version for kind in _KINDS for version in kind.versions}))


def namespace_named(text: str) -> str:
    """The namespace as Microsoft spells it. Raises 404 InvalidResourceNamespace (UNVERIFIED)."""
    for name in NAMESPACES:
        if name.lower() == text.lower():
            return name
    raise ArmError(404, "InvalidResourceNamespace", f"The resource namespace '{text}' is invalid.")


def kind_named(namespace: str, kind: str) -> Kind:
    """The resource type. Raises 404 InvalidResourceNamespace or InvalidResourceType (UNVERIFIED)."""
    spelled = namespace_named(namespace)
    found = KINDS.get(f"{spelled}/{kind}".lower())
    if found is None:
        raise ArmError(
            404,
            "InvalidResourceType",
            f"The resource type '{kind}' could not be found in the namespace '{spelled}'.",
        )
    return found


def kinds_of(namespace: str) -> list[Kind]:
    """The types of a namespace."""
    return [kind for kind in _KINDS if kind.namespace.lower() == namespace.lower()]
