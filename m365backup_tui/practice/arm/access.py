"""Who may do what where: judged from role assignments and nothing else.

Assignments are those of the personas at the start and those the state has added, less those it has
removed. An assignment holds at its scope and below, for its principal or the members of its group.
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from m365backup_tui.practice.arm.faulty import struck
from m365backup_tui.practice.arm.kept import part
from m365backup_tui.practice.arm.roles import BUILT_IN, Permission, definition_id, role_named
from m365backup_tui.practice.arm.scopes import ROOT, covers, group_scope, subscription_scope
from m365backup_tui.practice.arm.world import group_rights, subscriptions_of
from m365backup_tui.practice.company.identity import Identity
from m365backup_tui.practice.personas import READER, personas_of
from m365backup_tui.practice.tenant import Tenant

FIRST_DAY = "2024-03-04T08:00:00.0000000Z"


@dataclass(frozen=True, slots=True)
class Assignment:
    """One role assignment; `until` ends one that PIM activated (ISO text)."""

    name: str
    scope: str
    principal: str
    principal_type: str
    role_id: str
    created: str = FIRST_DAY
    until: str | None = None

    @property
    def id(self) -> str:
        """Its resource id."""
        scope = "" if self.scope == ROOT else self.scope
        return f"{scope}/providers/Microsoft.Authorization/roleAssignments/{self.name}"

    def body(self) -> dict[str, Any]:
        """As ARM shows it."""
        subscription = self.scope.split("/")[2] if self.scope.count("/") > 1 else None
        return {
            "id": self.id,
            "name": self.name,
            "type": "Microsoft.Authorization/roleAssignments",
            "properties": {
                "roleDefinitionId": definition_id(subscription, self.role_id),
                "principalId": self.principal,
                "principalType": self.principal_type,
                "scope": self.scope,
                "condition": None,
                "conditionVersion": None,
                "createdOn": self.created,
                "updatedOn": self.created,
            },
        }


@cache
def _at_the_start(identity: Identity) -> dict[str, Assignment]:
    found: dict[str, Assignment] = {}
    for persona in personas_of(identity):
        held = [
            (subscription_scope(right.subscription_id), right.role_definition_id, right.group_id)
            for right in persona.azure
            if not right.eligible
        ]
        held += [
            (group_scope(right.subscription_id, right.group), right.role_id, None)
            for right in group_rights(identity)
            if right.persona_key == persona.key
        ]
        for scope, role_id, through in held:
            principal = through or persona.oid
            # A group's assignment is one, however many of its members are personas.
            name = identity.guid("assignment", scope, principal, role_id)
            kind = "Group" if through else "User"
            made = Assignment(name, scope, principal, kind, role_id)
            found[made.id.lower()] = made
    return found


def assignments(tenant: Tenant) -> list[Assignment]:
    """Every assignment in force, in a fixed order."""
    removed = part(tenant, "removed_assignments")
    found = [made for key, made in _at_the_start(tenant.identity).items() if key not in removed]
    kept = part(tenant, "role_assignments")
    found += [Assignment(**kept[key]) for key in sorted(kept)]
    return [made for made in found if made.until is None or not tenant.clock.reached(made.until)]


def reaches(tenant: Tenant, made: Assignment, oid: str) -> bool:
    """Whether it is given to this principal, directly or through groups inside groups."""
    if made.principal.lower() == oid.lower():
        return True
    if made.principal_type != "Group":
        return False
    return oid.lower() in tenant.company.transitive_members(made.principal.lower())


def held(tenant: Tenant, oid: str, subscription_id: str) -> list[Assignment]:
    """What reaches the principal at, above or below the subscription.

    Root assignments hold in this directory's own subscriptions only.
    """
    scope = subscription_scope(subscription_id)
    return [
        made
        for made in assignments(tenant)
        if (covers(made.scope, scope) or covers(scope, made.scope))
        and (made.scope != ROOT or is_own(tenant, subscription_id))
        and reaches(tenant, made, oid)
    ]


def is_own(tenant: Tenant, subscription_id: str) -> bool:
    """Whether the subscription belongs to this directory and not, through Lighthouse, to another."""
    return any(
        sub.id == subscription_id.lower() and sub.tenant_id == tenant.identity.tenant_id
        for sub in subscriptions_of(tenant.identity)
    )


def sees(tenant: Tenant, oid: str, subscription_id: str) -> bool:
    """Whether any role is in force there, be it on one resource group only."""
    return bool(held(tenant, oid, subscription_id))


def entries(tenant: Tenant, oid: str, subscription_id: str, scope: str) -> list[Permission]:
    """What the permissions call answers: the entries of each role in force at the scope."""
    found: list[Permission] = []
    for made in held(tenant, oid, subscription_id):
        if covers(made.scope, scope):
            found += _of_role(tenant, made.role_id)
    if found and struck(tenant, "Z2"):
        return list(BUILT_IN[READER].permissions)
    return found


def as_struck(tenant: Tenant, found: list[Assignment]) -> list[Assignment]:
    """The assignments as a list shows them: with fault Z2 everybody is Reader where they are more."""
    if not found or not struck(tenant, "Z2"):
        return found
    return [replace(made, role_id=READER) for made in found]


def allowed(tenant: Tenant, oid: str, subscription_id: str, scope: str, action: str) -> bool:
    """Whether some role in force at the scope allows the action."""
    return any(entry.allows(action) for entry in entries(tenant, oid, subscription_id, scope))


def allowed_somewhere(tenant: Tenant, oid: str, subscription_id: str, action: str) -> bool:
    """Whether the action is allowed at the subscription, above it, or anywhere below."""
    return any(
        entry.allows(action)
        for made in held(tenant, oid, subscription_id)
        for entry in _of_role(tenant, made.role_id)
    )


def _of_role(tenant: Tenant, role_id: str) -> tuple[Permission, ...]:
    role = role_named(tenant, role_id)
    return role.permissions if role else ()
