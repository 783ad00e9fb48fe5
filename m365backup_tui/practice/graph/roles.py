"""HTTP for directory roles: memberships of the caller, role assignments, PIM, activated roles."""

from __future__ import annotations

from urllib.parse import unquote

from aiohttp import web

from m365backup_tui.practice.auth import Caller, caller, require_scopes
from m365backup_tui.practice.company_model import stable_guid
from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.graph import directory_shapes as shapes
from m365backup_tui.practice.graph.directory import (
    DIRECTORY,
    READ_ME,
    USUAL_PAGE,
    Handler,
    is_me,
    not_found,
)
from m365backup_tui.practice.graph.filters import Record, unsupported
from m365backup_tui.practice.graph.odata import LIST_OPTIONS, page, read_query, reply, shape
from m365backup_tui.practice.personas import (
    DIRECTORY_ROLE_NAMES,
    PERSONA_GROUPS,
    PERSONAS,
    Persona,
    persona_by_oid,
)
from m365backup_tui.practice.tenant import tenant_of

READ_ROLES = (
    "RoleManagement.Read.Directory",
    "RoleManagement.ReadWrite.Directory",
    "RoleManagement.Read.All",
    *DIRECTORY,
)
READ_ELIGIBLE = (
    "RoleEligibilitySchedule.Read.Directory",
    "RoleEligibilitySchedule.ReadWrite.Directory",
    *READ_ROLES[:3],
)
READ_ACTIVE = (
    "RoleAssignmentSchedule.Read.Directory",
    "RoleAssignmentSchedule.ReadWrite.Directory",
    *READ_ROLES[:3],
)
ASSIGNMENT_FIELDS = frozenset({"id", "principalId", "roleDefinitionId", "directoryScopeId"})


def add_role_routes(app: web.Application) -> None:
    """Register memberOf, transitiveMemberOf, roleManagement and directoryRoles."""
    route = app.router.add_route
    for owner in ("/v1.0/me", "/v1.0/users/{id}"):
        for nav in ("memberOf", "transitiveMemberOf"):
            route("GET", f"{owner}/{nav}", _member_of(nav, None))
            for prefix in ("graph.", "microsoft.graph."):
                for kind in ("directoryRole", "group"):
                    route("GET", f"{owner}/{nav}/{prefix}{kind}", _member_of(nav, kind))
    base = "/v1.0/roleManagement/directory"
    route("GET", f"{base}/roleAssignments", _assignments)
    for nav, eligible in (
        ("roleEligibilityScheduleInstances", True),
        ("roleAssignmentScheduleInstances", False),
    ):
        route("GET", f"{base}/{nav}/{{call:filterByCurrentUser.*}}", _pim(nav, eligible))
    route("GET", "/v1.0/directoryRoles", _directory_roles)


def _person(request: web.Request, who: Caller) -> tuple[str, Persona | None]:
    if is_me(request):
        return who.oid, who.persona
    require_scopes(who, "User.Read.All", *DIRECTORY)
    user = tenant_of(request).company.find_user(request.match_info["id"])
    if user is None:
        raise not_found(request.match_info["id"])
    return user.id, persona_by_oid(user.id)


def _member_of(nav: str, kind: str | None) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        who = caller(request)
        require_scopes(who, *READ_ME)
        query = read_query(request, LIST_OPTIONS)
        if query.counted and not query.advanced:
            raise unsupported("$count needs the header ConsistencyLevel: eventual.")
        if kind is not None and nav == "memberOf" and not (query.advanced and query.counted):
            # Old user-list-memberof page; transitiveMemberOf is documented without the condition.
            raise unsupported("A cast needs ConsistencyLevel: eventual and $count=true.")
        object_id, persona = _person(request, who)
        limited = not who.scopes.intersection(READ_ROLES)
        items: list[Record] = []
        if kind in (None, "directoryRole") and persona is not None:
            through = persona.active_roles if nav == "transitiveMemberOf" else persona.direct_roles
            items += [shapes.show_role(template, limited) for template in sorted(through)]
        if kind in (None, "group"):
            items += _groups_of(request, object_id, deep=nav == "transitiveMemberOf")
        if kind == "directoryRole":  # these are never paged (graph.md §11.2)
            answer = page(request, "directoryRoles", items, query, max(len(items), 1), 999)
            return reply(answer)
        items = shape(items, query, frozenset({"id", "displayName"}))
        return reply(page(request, "directoryObjects", items, query, USUAL_PAGE, 999))

    return handler


def _groups_of(request: web.Request, object_id: str, deep: bool) -> list[Record]:
    company = tenant_of(request).company
    return [
        {"@odata.type": "#microsoft.graph.group", **shapes.show_group(group)}
        for group in company.groups()
        if object_id
        in (company.transitive_members(group.id) if deep else company.members(group.id))
    ]


def _all_assignments() -> list[Record]:
    pairs = [(persona.oid, role) for persona in PERSONAS for role in persona.direct_roles]
    for group in PERSONA_GROUPS:
        held = {
            role for one in PERSONAS if one.role_group_id == group.id for role in one.group_roles
        }
        pairs += [(group.id, role) for role in sorted(held)]
    return [
        {
            "id": stable_guid("roleAssignment", principal, role),
            "principalId": principal,
            "roleDefinitionId": role,
            "directoryScopeId": "/",
        }
        for principal, role in pairs
    ]


async def _assignments(request: web.Request) -> web.StreamResponse:
    require_scopes(caller(request), *READ_ROLES)
    query = read_query(request, LIST_OPTIONS | {"$expand"})
    items = shape(_all_assignments(), query, ASSIGNMENT_FIELDS)
    expand = query.get("$expand")
    if expand == "roleDefinition":
        for item in items:
            role = item["roleDefinitionId"]
            item["roleDefinition"] = {
                "id": role,
                "displayName": DIRECTORY_ROLE_NAMES[role],
                "templateId": role,
                "isBuiltIn": True,
                "isEnabled": True,
            }
    elif expand is not None:
        raise GraphError(400, "BadRequest", f"Cannot expand '{expand}'.")
    what = "roleManagement/directory/roleAssignments"
    return reply(page(request, what, items, query, USUAL_PAGE, 999))


def _pim(nav: str, eligible: bool) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        who = caller(request)
        require_scopes(who, *(READ_ELIGIBLE if eligible else READ_ACTIVE))
        query = read_query(request, LIST_OPTIONS | {"$expand"})
        call = unquote(request.match_info["call"])
        if call != "filterByCurrentUser(on='principal')":
            raise GraphError(400, "BadRequest", "Only on='principal' is known here.")
        persona = who.persona
        direct = persona.eligible_roles if eligible else persona.direct_roles
        roles = [(role, "Direct") for role in direct]
        if not eligible:
            roles += [(role, "Group") for role in persona.group_roles]
        items = [_instance(persona.oid, role, kind, eligible) for role, kind in roles]
        if query.get("$expand") == "roleDefinition":
            for item in items:
                role = item["roleDefinitionId"]
                item["roleDefinition"] = {"id": role, "displayName": DIRECTORY_ROLE_NAMES[role]}
        items = shape(items, query, ASSIGNMENT_FIELDS)
        return reply(
            page(request, f"roleManagement/directory/{nav}", items, query, USUAL_PAGE, 999)
        )

    return handler


def _instance(principal: str, role: str, member_type: str, eligible: bool) -> Record:
    item: Record = {
        "id": stable_guid("pim", principal, role, str(eligible)),
        "principalId": principal,
        "roleDefinitionId": role,
        "directoryScopeId": "/",
        "appScopeId": None,
        "memberType": member_type,
        "startDateTime": "2026-01-05T08:00:00Z",
        "endDateTime": None,
    }
    if not eligible:
        item["assignmentType"] = "Assigned"
    return item


async def _directory_roles(request: web.Request) -> web.StreamResponse:
    require_scopes(caller(request), *READ_ROLES)
    query = read_query(request)
    active = sorted({role for persona in PERSONAS for role in persona.active_roles})
    items = [shapes.show_role(role, limited=False) for role in active]
    return reply(page(request, "directoryRoles", items, query, len(items) or 1, 999))
