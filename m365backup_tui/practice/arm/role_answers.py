"""ARM's answers about role definitions, built-in and custom."""

import re
from typing import Any

from aiohttp import web

from m365backup_tui.practice.arm import access
from m365backup_tui.practice.arm.access_answers import no_role
from m365backup_tui.practice.arm.call import Call
from m365backup_tui.practice.arm.kept import changing, part
from m365backup_tui.practice.arm.paging import listing
from m365backup_tui.practice.arm.roles import BUILT_IN, all_roles, custom_role, role_named
from m365backup_tui.practice.arm.scopes import covers
from m365backup_tui.practice.errors import ArmError
from m365backup_tui.practice.guids import is_guid

_NAME = re.compile(r"roleName\s+eq\s+'([^']+)'", re.IGNORECASE)
_TYPE = re.compile(r"type\s+eq\s+'(BuiltInRole|CustomRole)'", re.IGNORECASE)
_WHOLE = ("", "atscopeandbelow()", "atscope()")
_ENTRY = ("actions", "notActions", "dataActions", "notDataActions")


async def role_definitions(call: Call) -> web.Response:
    """Roles that can be assigned at the scope; `roleName eq` and `type eq` narrow the list."""
    wanted = (call.option("$filter") or "").strip()
    named, typed = _NAME.fullmatch(wanted), _TYPE.fullmatch(wanted)
    if not named and not typed and wanted.lower() not in _WHOLE:
        raise ArmError(400, "UnsupportedFilter", f"The filter '{wanted}' is not supported.")
    name = named.group(1).lower() if named else None
    custom = typed.group(1).lower() == "customrole" if typed else None
    return listing(
        [
            role.body(call.args.get("sub"))
            for role in all_roles(call.tenant)
            if name in (None, role.name.lower())
            and custom in (None, role.custom)
            and any(covers(scope, call.scope) for scope in role.scopes)
        ]
    )


async def role_definition(call: Call) -> web.Response:
    """One role definition, at a subscription or at the root."""
    found = role_named(call.tenant, call.args["name"])
    if found is None:
        raise no_role(call.args["name"])
    return web.json_response(found.body(call.args.get("sub")))


async def put_role_definition(call: Call) -> web.Response:
    """Make or change a custom role (codes are general knowledge: UNVERIFIED)."""
    role_id = call.args["name"].lower()
    if not is_guid(role_id) or role_id in BUILT_IN:
        message = f"The role definition ID '{role_id}' is not a GUID or is a built-in role's."
        raise ArmError(400, "InvalidRoleDefinitionId", message)
    properties = (await call.body()).get("properties")
    given = properties if isinstance(properties, dict) else {}
    name = given.get("roleName")
    if not isinstance(name, str) or not name:
        raise ArmError(400, "InvalidRequestContent", "The property 'roleName' is required.")
    same = (r for r in all_roles(call.tenant) if r.name.lower() == name.lower() and r.id != role_id)
    if next(same, None):
        message = f"A custom role with the name '{name}' exists already."
        raise ArmError(409, "RoleDefinitionWithSameNameExists", message)
    kept = {
        "name": name,
        "description": str(given.get("description") or ""),
        "permissions": _permissions(given.get("permissions")),
        "scopes": _scopes(call, given.get("assignableScopes")),
    }
    changing(call.tenant, "roles", f"custom role {name}")[role_id] = kept
    return web.json_response(custom_role(role_id, kept).body(call.args["sub"]), status=201)


def _permissions(given: Any) -> list[dict[str, list[str]]]:
    entries: list[dict[str, list[str]]] = []
    for one in given if isinstance(given, list) else []:
        entry = {name: one.get(name) or [] for name in _ENTRY} if isinstance(one, dict) else {}
        texts = (
            isinstance(value, list) and all(isinstance(text, str) for text in value)
            for value in entry.values()
        )
        if not entry or not all(texts):
            raise ArmError(400, "InvalidRequestContent", "A permission has lists of actions.")
        entries.append(entry)
    if not entries:
        raise ArmError(400, "InvalidRequestContent", "The property 'permissions' is required.")
    return entries


def _scopes(call: Call, given: Any) -> list[str]:
    scopes = given if isinstance(given, list) else []
    if not scopes or not all(
        isinstance(one, str) and one.lower().startswith("/subscriptions/") for one in scopes
    ):
        message = "The property 'assignableScopes' names subscriptions or resource groups."
        raise ArmError(400, "InvalidAssignableScope", message)
    for one in scopes:
        if not covers(call.scope, one):
            call.require("Microsoft.Authorization/roleDefinitions/write", one)
    return [one.rstrip("/") for one in scopes]


async def delete_role_definition(call: Call) -> web.Response:
    """Delete a custom role; 204 when there was none, 409 while it is assigned (code UNVERIFIED)."""
    role_id = call.args["name"].lower()
    if role_id in BUILT_IN:
        raise ArmError(400, "BuiltInRoleDefinition", "A built-in role cannot be deleted.")
    if role_id not in part(call.tenant, "roles"):
        return web.Response(status=204)
    if any(made.role_id == role_id for made in access.assignments(call.tenant)):
        message = "There are existing role assignments referencing the role."
        raise ArmError(409, "RoleDefinitionHasAssignments", message)
    found = role_named(call.tenant, role_id)
    del changing(call.tenant, "roles", f"custom role {role_id} deleted")[role_id]
    return web.json_response(found.body(call.args["sub"]) if found else {})
