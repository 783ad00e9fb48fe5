"""ARM's answers about rights: permissions, role assignments, PIM eligibility, locks."""

import re

from aiohttp import web

from m365backup_tui.practice.arm import groups, rbac
from m365backup_tui.practice.arm.answers import listing, require_action, subscription_of
from m365backup_tui.practice.arm.call import Call
from m365backup_tui.practice.errors import ArmError
from m365backup_tui.practice.personas import PERSONAS

_WHOLE_LIST = ("atscopeandbelow()", "atscope()", "type eq 'builtinrole'")
_ROLE_NAME = re.compile(r"roleName\s+eq\s+'([^']+)'", re.IGNORECASE)
_ASSIGNED = re.compile(r"(?:atScope\(\)\s+and\s+)?assignedTo\('([^']+)'\)", re.IGNORECASE)


async def permissions(call: Call) -> web.Response:
    """What the caller may do at the scope: subscription or resource group."""
    sub = subscription_of(call)
    if "group" in call.args:
        groups.find_group(call.tenant, sub.id, call.args["group"])
    return listing(rbac.permissions(call.persona, sub.id))


async def role_assignments(call: Call) -> web.Response:
    """Role assignments: `assignedTo('{oid}')`, with or without `atScope()`, or `atScope()`."""
    sub = subscription_of(call)
    require_action(call, sub, "Microsoft.Authorization/roleAssignments/read")
    wanted = (call.option("$filter") or "").strip()
    named = _ASSIGNED.fullmatch(wanted)
    if named:
        return listing(rbac.assignments_of(named.group(1), sub.id))
    if wanted.lower() not in ("", "atscope()"):
        raise ArmError(400, "UnsupportedFilter", f"The filter '{wanted}' is not supported.")
    everyone = {
        item["id"]: item for persona in PERSONAS for item in rbac.assignments(persona, sub.id)
    }
    return listing(list(everyone.values()))


async def role_definitions(call: Call) -> web.Response:
    """The built-in roles; `roleName eq '...'` narrows, as does `type eq 'BuiltInRole'`."""
    sub = subscription_of(call)
    wanted = (call.option("$filter") or "").strip()
    named = _ROLE_NAME.fullmatch(wanted)
    if wanted and not named and wanted.lower() not in _WHOLE_LIST:
        raise ArmError(400, "UnsupportedFilter", f"The filter '{wanted}' is not supported.")
    name = named.group(1).lower() if named else None
    found = [
        item
        for role in rbac.ROLES.values()
        if name in (None, role.name.lower()) and (item := rbac.definition(sub.id, role.id))
    ]
    return listing(found)


async def role_definition(call: Call) -> web.Response:
    """One built-in role."""
    sub = subscription_of(call)
    found = rbac.definition(sub.id, call.args["role"])
    if found is None:
        raise ArmError(
            404,
            "RoleDefinitionDoesNotExist",
            f"The specified role definition with ID '{call.args['role']}' does not exist.",
        )
    return web.json_response(found)


async def eligibilities(call: Call) -> web.Response:
    """PIM: what the caller may activate. Only `asTarget()` is offered."""
    sub = subscription_of(call)
    wanted = (call.option("$filter") or "").replace(" ", "").lower()
    if wanted != "astarget()":
        raise ArmError(400, "UnsupportedFilter", "Only $filter=asTarget() is supported here.")
    return listing(rbac.eligibilities(call.persona, sub.id))


async def locks(call: Call) -> web.Response:
    """Locks of the subscription or of a resource group."""
    sub = subscription_of(call)
    require_action(call, sub, "Microsoft.Authorization/locks/read")
    if "group" in call.args:
        groups.find_group(call.tenant, sub.id, call.args["group"])
    return listing(groups.locks(sub.id, call.args.get("group")))
