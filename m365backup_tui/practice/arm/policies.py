"""Azure Policy as far as it can refuse a write: assignments of a few built-in definitions.

The definitions' ids and parameter names are general knowledge: UNVERIFIED. choice: an assignment
takes effect at once, where the real service needs minutes.
"""

from dataclasses import dataclass
from typing import Any

from m365backup_tui.practice.arm.faulty import struck
from m365backup_tui.practice.arm.kept import part
from m365backup_tui.practice.arm.kinds import KINDS, SYNTEX
from m365backup_tui.practice.arm.scopes import covers, subscription_scope
from m365backup_tui.practice.arm.world import plain_region, subscriptions_of
from m365backup_tui.practice.errors import ArmError
from m365backup_tui.practice.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Definition:
    """A built-in policy definition that denies; `parameter` is the one it takes."""

    id: str
    name: str
    parameter: str
    field: str
    operator: str

    @property
    def resource_id(self) -> str:
        """Its resource id."""
        return f"/providers/Microsoft.Authorization/policyDefinitions/{self.id}"

    def body(self) -> dict[str, Any]:
        """As ARM shows it."""
        kind = "String" if self.parameter == "tagName" else "Array"
        return {
            "id": self.resource_id,
            "name": self.id,
            "type": "Microsoft.Authorization/policyDefinitions",
            "properties": {
                "displayName": self.name,
                "policyType": "BuiltIn",
                "mode": "All" if self.parameter == "tagName" else "Indexed",
                "parameters": {self.parameter: {"type": kind}},
                "policyRule": {
                    "if": {"field": self.field, self.operator: f"[{self.parameter}]"},
                    "then": {"effect": "deny"},
                },
            },
        }


ALLOWED_TYPES = Definition(
    "a08ec900-254a-4555-9bf5-e42af04b5c5c",
    "Allowed resource types",
    "listOfResourceTypesAllowed",
    "type",
    "notIn",
)
REFUSED_TYPES = Definition(
    "6c112d4e-5bc7-47ae-a041-ea2d9dccd749",
    "Not allowed resource types",
    "listOfResourceTypesNotAllowed",
    "type",
    "in",
)
ALLOWED_PLACES = Definition(
    "e56962a6-4747-49cd-b67b-bf8b01975c4c",
    "Allowed locations",
    "listOfAllowedLocations",
    "location",
    "notIn",
)
TAG_ON_GROUPS = Definition(
    "96670d01-0a4d-4649-9c89-2d3abc0a5025",
    "Require a tag on resource groups",
    "tagName",
    "tags",
    "notContainsKey",
)
DEFINITIONS = {one.id: one for one in (ALLOWED_TYPES, REFUSED_TYPES, ALLOWED_PLACES, TAG_ON_GROUPS)}
_GROUPS = "microsoft.resources/resourcegroups"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a write would make: full type name, region and tags; empty when not known."""

    type: str
    location: str = ""
    tags: tuple[tuple[str, str], ...] = ()


def assignment_body(
    scope: str, name: str, definition: Definition, title: str, parameters: dict[str, Any]
) -> dict[str, Any]:
    """A policy assignment as ARM shows it and as the state keeps it."""
    return {
        "id": f"{scope}/providers/Microsoft.Authorization/policyAssignments/{name}",
        "name": name,
        "type": "Microsoft.Authorization/policyAssignments",
        "properties": {
            "displayName": title,
            "policyDefinitionId": definition.resource_id,
            "scope": scope,
            "notScopes": [],
            "parameters": parameters,
            "enforcementMode": "Default",
        },
    }


def assignments(tenant: Tenant, scope: str, below: bool = False) -> list[dict[str, Any]]:
    """Assignments that hold at the scope, by id; with `below` those further down too.

    The scenario policy-blocks-syntex and the fault Z3 add one to each subscription, whose list of
    allowed types has everything but Microsoft.Syntex.
    """
    found = dict(part(tenant, "policy_assignments"))
    fault = struck(tenant, "Z3")
    if fault or tenant.scenarios.on("policy-blocks-syntex"):
        title = str((fault or {}).get("policy") or ALLOWED_TYPES.name)
        for sub in subscriptions_of(tenant.identity):
            blocking = _blocking(subscription_scope(sub.id), title)
            found[blocking["id"].lower()] = blocking
    return [
        found[key]
        for key in sorted(found)
        if covers(found[key]["properties"]["scope"], scope)
        or (below and covers(scope, found[key]["properties"]["scope"]))
    ]


def _blocking(scope: str, title: str) -> dict[str, Any]:
    allowed = sorted(kind.full for kind in KINDS.values() if kind.namespace != SYNTEX)
    return assignment_body(
        scope,
        "allowed-resource-types",
        ALLOWED_TYPES,
        title,
        {ALLOWED_TYPES.parameter: {"value": allowed}},
    )


def definition_of(assignment: dict[str, Any]) -> Definition:
    """The definition that an assignment names; assignments of others are never kept."""
    return DEFINITIONS[assignment["properties"]["policyDefinitionId"].rpartition("/")[2].lower()]


def violated(tenant: Tenant, scope: str, asked: Asked) -> list[dict[str, Any]]:
    """Assignments that would deny the write."""
    return [
        one
        for one in assignments(tenant, scope)
        if one["properties"]["enforcementMode"] == "Default"
        and not any(covers(out, scope) for out in one["properties"]["notScopes"])
        and denies(one, asked)
    ]


def denies(assignment: dict[str, Any], asked: Asked) -> bool:
    """Whether the assignment's rule holds for what is asked."""
    definition = definition_of(assignment)
    values = parameter_values(assignment)
    kind = asked.type.lower()
    if definition is TAG_ON_GROUPS:
        has = {name.lower() for name, _ in asked.tags}
        return kind == _GROUPS and not has.issuperset(values)
    if kind == _GROUPS:
        return False  # the other definitions have the mode Indexed: groups are left alone
    if definition is ALLOWED_PLACES:
        return plain_region(asked.location) not in {plain_region(value) for value in values}
    if definition is REFUSED_TYPES:
        return kind in values
    if "/" not in kind:  # registering a namespace: refused when none of its types is allowed
        return not any(value.startswith(f"{kind}/") for value in values)
    return kind not in values


def parameter_values(assignment: dict[str, Any]) -> list[str]:
    """The values of the assignment's parameter, in lower case."""
    name = definition_of(assignment).parameter
    value = assignment["properties"]["parameters"].get(name, {}).get("value")
    return [str(one).lower() for one in (value if isinstance(value, list) else [value])]


def refuse_by_policy(
    tenant: Tenant, scope: str, kind: str, location: str = "", tags: dict[str, str] | None = None
) -> None:
    """403 RequestDisallowedByPolicy, with one PolicyViolation an assignment (azure.md §2.2)."""
    asked = Asked(kind, location, tuple((tags or {}).items()))
    found = violated(tenant, scope, asked)
    if found:
        name = scope.rpartition("/")[2]
        titles = ", ".join(f"'{one['properties']['displayName']}'" for one in found)
        raise ArmError(
            403,
            "RequestDisallowedByPolicy",
            f"Resource '{name}' was disallowed by policy. Policy assignments: {titles}.",
            additional=[
                {"type": "PolicyViolation", "info": violation(one, asked)} for one in found
            ],
            target=name,
        )


def violation(assignment: dict[str, Any], asked: Asked) -> dict[str, Any]:
    """The `info` of one violation."""
    definition = definition_of(assignment)
    return {
        "policyAssignmentDisplayName": assignment["properties"]["displayName"],
        "policyAssignmentName": assignment["name"],
        "policyAssignmentId": assignment["id"],
        "policyAssignmentScope": assignment["properties"]["scope"],
        "policyDefinitionDisplayName": definition.name,
        "policyDefinitionName": definition.id,
        "policyDefinitionId": definition.resource_id,
        "policyDefinitionEffect": "deny",
        "evaluationDetails": {"evaluatedExpressions": [expression(assignment, asked)]},
    }


def expression(assignment: dict[str, Any], asked: Asked) -> dict[str, Any]:
    """The comparison that an assignment's rule made."""
    definition = definition_of(assignment)
    seen: Any = {"type": asked.type, "location": asked.location}.get(definition.field)
    target: Any = assignment["properties"]["parameters"][definition.parameter]["value"]
    return {
        "result": "True",
        "expressionKind": "Field",
        "expression": definition.field,
        "path": definition.field,
        "expressionValue": dict(asked.tags) if definition is TAG_ON_GROUPS else seen,
        "targetValue": target,
        "operator": definition.operator[0].upper() + definition.operator[1:],
    }
