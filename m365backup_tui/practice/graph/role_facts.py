"""Who holds which directory role: the personas and their groups, as Graph's objects."""

from __future__ import annotations

from m365backup_tui.practice.company.identity import everywhere
from m365backup_tui.practice.graph.filters import Record
from m365backup_tui.practice.personas import DIRECTORY_ROLE_NAMES, Personas


def group_roles(personas: Personas, group_id: str) -> list[str]:
    """Template ids of the roles assigned to a group."""
    held = {role for one in personas if one.role_group_id == group_id for role in one.group_roles}
    return sorted(held)


def roles_of(personas: Personas, object_id: str, deep: bool) -> list[str]:
    """Template ids of the roles in force for a user or group; `deep` = also through groups."""
    persona = personas.by_oid(object_id)
    if persona is None:
        return group_roles(personas, object_id)
    return sorted(persona.active_roles if deep else persona.direct_roles)


def assignments(personas: Personas) -> list[Record]:
    """Every role assignment in force."""
    pairs = [(persona.oid, role) for persona in personas for role in persona.direct_roles]
    pairs += [
        (group.id, role) for group in personas.groups for role in group_roles(personas, group.id)
    ]
    return [
        {
            "id": everywhere("roleAssignment", principal, role),
            "principalId": principal,
            # Equal to the template id for built-in roles: UNVERIFIED (graph.md §11.2).
            "roleDefinitionId": role,
            "directoryScopeId": "/",
        }
        for principal, role in pairs
    ]


def instances(personas: Personas, eligible: bool) -> list[Record]:
    """Every schedule instance of PIM: eligible roles, or roles in force."""
    found = []
    for persona in personas:
        direct = persona.eligible_roles if eligible else persona.direct_roles
        held = [(role, "Direct") for role in direct]
        if not eligible:
            held += [(role, "Group") for role in persona.group_roles]
        found += [_instance(persona.oid, role, how, eligible) for role, how in held]
    return found


def _instance(principal: str, role: str, member_type: str, eligible: bool) -> Record:
    item: Record = {
        "id": everywhere("pim", principal, role, str(eligible)),
        "principalId": principal,
        "roleDefinitionId": role,
        "directoryScopeId": "/",
        "appScopeId": None,
        "memberType": member_type,
        "startDateTime": "2026-01-05T08:00:00Z",
        "endDateTime": None,
    }
    if eligible:
        item["roleEligibilityScheduleId"] = everywhere("pim-schedule", principal, role)
    else:
        item["roleAssignmentScheduleId"] = everywhere("pim-schedule", principal, role)
        item["assignmentType"] = "Assigned"
    return item


def definition(role: str) -> Record:
    """The unifiedRoleDefinition of a built-in role."""
    return {
        "id": role,
        "displayName": DIRECTORY_ROLE_NAMES[role],
        "description": f"Holders of the role {DIRECTORY_ROLE_NAMES[role]}.",
        "templateId": role,
        "isBuiltIn": True,
        "isEnabled": True,
        "resourceScopes": ["/"],
    }


def definitions() -> list[Record]:
    """The roles that the practice tenant knows; a real tenant has many more."""
    return [definition(role) for role in sorted(DIRECTORY_ROLE_NAMES)]
