"""Azure role definitions: the built-in ones and those the state has added."""

import re
from dataclasses import dataclass
from typing import Any

from m365backup_tui.practice.arm.kept import part
from m365backup_tui.practice.personas import CONTRIBUTOR, OWNER, READER
from m365backup_tui.practice.tenant import Tenant

# Both ids are general knowledge: UNVERIFIED (azure.md §3 marks the first so itself).
USER_ACCESS_ADMINISTRATOR = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"
COST_MANAGEMENT_READER = "72fafb9e-0641-4937-9268-a91bfd8191a3"


@dataclass(frozen=True, slots=True)
class Permission:
    """One permission entry of a role."""

    actions: tuple[str, ...]
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()

    def allows(self, action: str) -> bool:
        """Some `actions` pattern matches and no `notActions` of the same entry (azure.md §3.1)."""
        return _matches(self.actions, action) and not _matches(self.not_actions, action)

    def body(self) -> dict[str, Any]:
        """As the permissions call and a role definition show it."""
        return {
            "actions": list(self.actions),
            "notActions": list(self.not_actions),
            "dataActions": list(self.data_actions),
            "notDataActions": list(self.not_data_actions),
        }


@dataclass(frozen=True, slots=True)
class Role:
    """A role definition; `scopes` are its assignable scopes."""

    id: str
    name: str
    description: str
    permissions: tuple[Permission, ...]
    scopes: tuple[str, ...] = ("/",)
    custom: bool = False

    def body(self, subscription_id: str | None) -> dict[str, Any]:
        """As ARM shows it, at a subscription or at the root."""
        return {
            "id": definition_id(subscription_id, self.id),
            "name": self.id,
            "type": "Microsoft.Authorization/roleDefinitions",
            "properties": {
                "roleName": self.name,
                "type": "CustomRole" if self.custom else "BuiltInRole",
                "description": self.description,
                "assignableScopes": list(self.scopes),
                "permissions": [entry.body() for entry in self.permissions],
            },
        }


# Contributor: reference/azure.md §3.1. The others' lists are general knowledge: UNVERIFIED.
BUILT_IN = {
    role.id: role
    for role in (
        Role(OWNER, "Owner", "Full access, and may give access to others.", (Permission(("*",)),)),
        Role(
            CONTRIBUTOR,
            "Contributor",
            "Full access, but may not give access to others.",
            (
                Permission(
                    ("*",),
                    (
                        "Microsoft.Authorization/*/Delete",
                        "Microsoft.Authorization/*/Write",
                        "Microsoft.Authorization/elevateAccess/Action",
                    ),
                ),
            ),
        ),
        Role(READER, "Reader", "Reads everything, changes nothing.", (Permission(("*/read",)),)),
        Role(
            USER_ACCESS_ADMINISTRATOR,
            "User Access Administrator",
            "Reads everything and manages who has access.",
            (Permission(("*/read", "Microsoft.Authorization/*", "Microsoft.Support/*")),),
        ),
        Role(
            COST_MANAGEMENT_READER,
            "Cost Management Reader",
            "Reads costs.",
            (
                Permission(
                    (
                        "Microsoft.Consumption/*/read",
                        "Microsoft.CostManagement/*/read",
                        "Microsoft.Resources/subscriptions/read",
                        "Microsoft.Resources/subscriptions/resourceGroups/read",
                    )
                ),
            ),
        ),
    )
}


def role_named(tenant: Tenant, role_id: str) -> Role | None:
    """The role definition with this GUID, built-in or custom."""
    low = role_id.lower()
    if low in BUILT_IN:
        return BUILT_IN[low]
    kept = part(tenant, "roles").get(low)
    return custom_role(low, kept) if kept else None


def all_roles(tenant: Tenant) -> list[Role]:
    """Built-in roles, then custom ones by id."""
    kept = part(tenant, "roles")
    return [*BUILT_IN.values(), *(custom_role(key, kept[key]) for key in sorted(kept))]


def custom_role(role_id: str, kept: dict[str, Any]) -> Role:
    """A custom role from what the state keeps of it."""
    entries = tuple(
        Permission(
            tuple(entry["actions"]),
            tuple(entry["notActions"]),
            tuple(entry["dataActions"]),
            tuple(entry["notDataActions"]),
        )
        for entry in kept["permissions"]
    )
    return Role(role_id, kept["name"], kept["description"], entries, tuple(kept["scopes"]), True)


def definition_id(subscription_id: str | None, role_id: str) -> str:
    """The resource id of a role definition."""
    scope = f"/subscriptions/{subscription_id}" if subscription_id else ""
    return f"{scope}/providers/Microsoft.Authorization/roleDefinitions/{role_id}"


def _matches(patterns: tuple[str, ...], action: str) -> bool:
    return any(
        re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), action, re.IGNORECASE | re.DOTALL)
        for pattern in patterns
    )
