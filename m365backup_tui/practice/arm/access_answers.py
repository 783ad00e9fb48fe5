"""ARM's answers about rights in force: permissions, role assignments, deny assignments, elevation."""

import re
from dataclasses import asdict
from typing import Any

from aiohttp import web

from m365backup_tui.practice.arm import access
from m365backup_tui.practice.arm.access import Assignment
from m365backup_tui.practice.arm.call import Call
from m365backup_tui.practice.arm.kept import changing, part
from m365backup_tui.practice.arm.paging import listing
from m365backup_tui.practice.arm.roles import USER_ACCESS_ADMINISTRATOR, role_named
from m365backup_tui.practice.arm.scopes import ROOT, covers
from m365backup_tui.practice.arm.targets import require_target
from m365backup_tui.practice.errors import ArmError
from m365backup_tui.practice.guids import is_guid
from m365backup_tui.practice.personas import GLOBAL_ADMINISTRATOR

_ASSIGNED = re.compile(r"(atScope\(\)\s+and\s+)?assignedTo\('([^']+)'\)", re.IGNORECASE)
_PRINCIPAL = re.compile(r"(atScope\(\)\s+and\s+)?principalId\s+eq\s+'([^']+)'", re.IGNORECASE)
_DENY = re.compile(
    r"atScope\(\)|denyAssignmentName\s+eq\s+'[^']*'|(gdprExport)?principalId\s+eq\s+'[^']*'", re.I
)


async def permissions(call: Call) -> web.Response:
    """What the caller may do at the scope: one entry a role in force (azure.md §3.1).

    choice: it needs Microsoft.Authorization/permissions/read there, so somebody whose only role is
    on one group is refused at the subscription. Deny assignments: none exist here.
    """
    require_target(call)
    entries = access.entries(call.tenant, call.oid, call.args["sub"].lower(), call.scope)
    return listing([entry.body() for entry in entries])


async def role_assignments(call: Call) -> web.Response:
    """Assignments at, above and below the scope; `atScope()` leaves out those below.

    `principalId eq` narrows to direct ones, `assignedTo` to those of the person and their groups.
    What comes through Lighthouse is left out (azure.md §3.2).
    """
    require_target(call)
    wanted = (call.option("$filter") or "").strip()
    assigned, principal = _ASSIGNED.fullmatch(wanted), _PRINCIPAL.fullmatch(wanted)
    if wanted and not assigned and not principal and wanted.lower() != "atscope()":
        raise ArmError(400, "UnsupportedFilter", f"The filter '{wanted}' is not supported.")
    named = assigned or principal
    if assigned and call.tenant.company.group(assigned.group(2)):
        # choice: "accepts only user and service principal ids" (azure.md §3.2) is taken as a refusal
        raise ArmError(400, "UnsupportedFilter", "assignedTo() takes no group's id.")
    at_scope = wanted.lower() == "atscope()" or bool(named and named.group(1))
    found = [made for made in _around(call) if not at_scope or covers(made.scope, call.scope)]
    if principal:
        found = [made for made in found if made.principal.lower() == principal.group(2).lower()]
    if assigned:
        oid = assigned.group(2)
        found = [made for made in found if access.reaches(call.tenant, made, oid)]
    return listing([made.body() for made in access.as_struck(call.tenant, found)])


def _around(call: Call) -> list[Assignment]:
    if not access.is_own(call.tenant, call.args["sub"]):
        return []
    return [
        made
        for made in access.assignments(call.tenant)
        if covers(made.scope, call.scope) or covers(call.scope, made.scope)
    ]


async def role_assignment(call: Call) -> web.Response:
    """One assignment, by its name at its own scope."""
    found = _own(call)
    if found is None:
        raise _no_assignment(call.args["name"])
    return web.json_response(found.body())


def _own(call: Call) -> Assignment | None:
    name = call.args["name"].lower()
    for made in _around(call):
        if made.name == name and made.scope.lower() == call.scope.lower():
            return made
    return None


def _no_assignment(name: str) -> ArmError:
    message = f"The role assignment '{name}' is not found."
    return ArmError(404, "RoleAssignmentNotFound", message)


async def put_role_assignment(call: Call) -> web.Response:
    """Give a role to a principal (codes are general knowledge: UNVERIFIED)."""
    require_target(call)
    name = call.args["name"].lower()
    if not is_guid(name):
        message = f"The role assignment ID '{name}' is not valid. It must be a GUID."
        raise ArmError(400, "InvalidRoleAssignmentId", message)
    properties = (await call.body()).get("properties")
    given = properties if isinstance(properties, dict) else {}
    role_id = str(given.get("roleDefinitionId") or "").rpartition("/")[2].lower()
    principal = str(given.get("principalId") or "").lower()
    if role_named(call.tenant, role_id) is None:
        raise no_role(role_id)
    kind = _principal_type(call, principal, given.get("principalType"))
    made = Assignment(name, call.scope, principal, kind, role_id, call.tenant.clock.now_iso())
    existing = _own(call)
    if existing is not None:
        if (existing.principal, existing.role_id) != (principal, role_id):
            message = (
                "Tenant ID, application ID, principal ID, and scope are not allowed to be updated."
            )
            raise ArmError(400, "RoleAssignmentUpdateNotPermitted", message)
        return web.json_response(existing.body())
    for other in _around(call):
        same = (other.principal, other.role_id) == (principal, role_id)
        if same and other.scope.lower() == made.scope.lower():
            raise ArmError(409, "RoleAssignmentExists", "The role assignment already exists.")
    kept = changing(call.tenant, "role_assignments", f"role assigned to {principal}")
    kept[made.id.lower()] = asdict(made)
    return web.json_response(made.body(), status=201)


def _principal_type(call: Call, principal: str, given: Any) -> str:
    company = call.tenant.company
    kind = "User" if company.user(principal) else "Group" if company.group(principal) else None
    if kind is None:
        raise ArmError(
            400,
            "PrincipalNotFound",
            f"Principal '{principal}' does not exist in the directory {company.tenant_id}.",
        )
    if given is not None and given != kind:
        message = f"The principal '{principal}' is a {kind}, not what principalType says."
        raise ArmError(400, "UnmatchedPrincipalType", message)
    return kind


def no_role(role_id: str) -> ArmError:
    """The refusal for a role definition that does not exist."""
    message = f"The specified role definition with ID '{role_id}' does not exist."
    return ArmError(404, "RoleDefinitionDoesNotExist", message)


async def delete_role_assignment(call: Call) -> web.Response:
    """Take a role away: 200 with what it was, or 204 when there was none."""
    found = _own(call)
    if found is None:
        return web.Response(status=204)
    key = found.id.lower()
    what = f"role taken from {found.principal}"
    if key in part(call.tenant, "role_assignments"):
        del changing(call.tenant, "role_assignments", what)[key]
    else:
        changing(call.tenant, "removed_assignments", what)[key] = True
    return web.json_response(found.body())


async def deny_assignments(call: Call) -> web.Response:
    """Deny assignments: only Azure itself makes them, and here it has made none."""
    wanted = (call.option("$filter") or "").strip()
    if wanted and not _DENY.fullmatch(wanted):
        raise ArmError(400, "UnsupportedFilter", f"The filter '{wanted}' is not supported.")
    return listing([])


async def elevate_access(call: Call) -> web.Response:
    """A Global Administrator becomes User Access Administrator at the root (azure.md §3.4)."""
    if GLOBAL_ADMINISTRATOR not in call.persona.active_roles:
        message = "Only a Global Administrator may elevate access."
        raise ArmError(403, "AuthorizationFailed", message)
    name = call.tenant.identity.guid("assignment", ROOT, call.oid, USER_ACCESS_ADMINISTRATOR)
    now = call.tenant.clock.now_iso()
    made = Assignment(name, ROOT, call.oid, "User", USER_ACCESS_ADMINISTRATOR, now)
    kept = changing(call.tenant, "role_assignments", f"{call.persona.key} elevated")
    kept.setdefault(made.id.lower(), asdict(made))
    return web.Response(status=200)
