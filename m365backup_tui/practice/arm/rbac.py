"""Azure roles of the personas: effective permissions, assignments, PIM eligibility."""

import re
from dataclasses import dataclass
from typing import Any

from m365backup_tui.practice.company_model import stable_guid
from m365backup_tui.practice.personas import (
    CONTRIBUTOR,
    OWNER,
    READER,
    AzureRight,
    Persona,
    persona_by_oid,
)


@dataclass(frozen=True, slots=True)
class Role:
    """A built-in role definition."""

    id: str
    name: str
    actions: tuple[str, ...]
    not_actions: tuple[str, ...] = ()

    def permission(self) -> dict[str, Any]:
        """One entry of the permissions call: actions and notActions of one assignment."""
        return {
            "actions": list(self.actions),
            "notActions": list(self.not_actions),
            "dataActions": [],
            "notDataActions": [],
        }


ROLES = {
    role.id: role
    for role in (
        Role(OWNER, "Owner", ("*",)),
        Role(
            CONTRIBUTOR,
            "Contributor",
            ("*",),
            (
                "Microsoft.Authorization/*/Delete",
                "Microsoft.Authorization/*/Write",
                "Microsoft.Authorization/elevateAccess/Action",
            ),
        ),
        Role(READER, "Reader", ("*/read",)),
    )
}


def rights(persona: Persona, subscription_id: str, eligible: bool = False) -> list[AzureRight]:
    """The person's rights on the subscription: in force, or only eligible."""
    return [
        right
        for right in persona.azure
        if right.subscription_id == subscription_id.lower() and right.eligible == eligible
    ]


def sees(persona: Persona, subscription_id: str) -> bool:
    """Whether any role is in force there."""
    return bool(rights(persona, subscription_id))


def permissions(persona: Persona, subscription_id: str) -> list[dict[str, Any]]:
    """What the permissions call answers: one entry an assignment."""
    return [
        ROLES[right.role_definition_id].permission() for right in rights(persona, subscription_id)
    ]


def allowed(persona: Persona, subscription_id: str, action: str) -> bool:
    """Whether some assignment allows the action (reference/azure.md §3.1)."""
    return any(
        _matches(role.actions, action) and not _matches(role.not_actions, action)
        for role in (ROLES[right.role_definition_id] for right in rights(persona, subscription_id))
    )


def _matches(patterns: tuple[str, ...], action: str) -> bool:
    return any(
        re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), action, re.IGNORECASE)
        for pattern in patterns
    )


def role_definition_id(subscription_id: str, role_id: str) -> str:
    """The resource id of a role definition."""
    return (
        f"/subscriptions/{subscription_id}/providers/Microsoft.Authorization/"
        f"roleDefinitions/{role_id}"
    )


def assignments(persona: Persona, subscription_id: str) -> list[dict[str, Any]]:
    """Role assignments that reach the person, directly or through a group."""
    listed = []
    for right in rights(persona, subscription_id):
        principal = right.group_id or persona.oid
        name = stable_guid("assignment", subscription_id, principal, right.role_definition_id)
        listed.append(
            {
                "id": f"/subscriptions/{subscription_id}/providers/Microsoft.Authorization/"
                f"roleAssignments/{name}",
                "name": name,
                "type": "Microsoft.Authorization/roleAssignments",
                "properties": {
                    "roleDefinitionId": role_definition_id(
                        subscription_id, right.role_definition_id
                    ),
                    "principalId": principal,
                    "principalType": "Group" if right.group_id else "User",
                    "scope": f"/subscriptions/{subscription_id}",
                    "condition": None,
                    "conditionVersion": None,
                    "createdOn": "2024-03-04T08:00:00.0000000Z",
                    "updatedOn": "2024-03-04T08:00:00.0000000Z",
                },
            }
        )
    return listed


def assignments_of(oid: str, subscription_id: str) -> list[dict[str, Any]]:
    """`assignments` by object id; empty for somebody without Azure rights."""
    persona = persona_by_oid(oid)
    return assignments(persona, subscription_id) if persona else []


def eligibilities(persona: Persona, subscription_id: str) -> list[dict[str, Any]]:
    """PIM: roles the person may activate on the subscription."""
    listed = []
    for right in rights(persona, subscription_id, eligible=True):
        name = stable_guid("eligibility", subscription_id, persona.oid, right.role_definition_id)
        role_id = role_definition_id(subscription_id, right.role_definition_id)
        scope = f"/subscriptions/{subscription_id}"
        listed.append(
            {
                "id": f"{scope}/providers/Microsoft.Authorization/"
                f"roleEligibilityScheduleInstances/{name}",
                "name": name,
                "type": "Microsoft.Authorization/roleEligibilityScheduleInstances",
                "properties": {
                    "scope": scope,
                    "roleDefinitionId": role_id,
                    "principalId": persona.oid,
                    "principalType": "User",
                    "status": "Provisioned",
                    "memberType": "Direct",
                    "startDateTime": "2026-01-07T08:00:00Z",
                    "endDateTime": None,
                    "expandedProperties": {
                        "principal": {
                            "id": persona.oid,
                            "displayName": persona.name,
                            "type": "User",
                        },
                        "roleDefinition": {
                            "id": role_id,
                            "displayName": ROLES[right.role_definition_id].name,
                            "type": "BuiltInRole",
                        },
                        "scope": {"id": scope, "type": "subscription"},
                    },
                },
            }
        )
    return listed


def definition(subscription_id: str, role_id: str) -> dict[str, Any] | None:
    """A role definition as ARM shows it, or None."""
    role = ROLES.get(role_id.lower())
    if role is None:
        return None
    return {
        "id": role_definition_id(subscription_id, role.id),
        "name": role.id,
        "type": "Microsoft.Authorization/roleDefinitions",
        "properties": {
            "roleName": role.name,
            "type": "BuiltInRole",
            "description": role.name,
            "assignableScopes": ["/"],
            "permissions": [role.permission()],
        },
    }
