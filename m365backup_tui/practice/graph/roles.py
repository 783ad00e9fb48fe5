"""HTTP for directory roles: role assignments, definitions, PIM's instances, activated roles."""

from __future__ import annotations

from urllib.parse import unquote

from aiohttp import web

from m365backup_tui.practice.auth import caller, require_scopes
from m365backup_tui.practice.company.identity import everywhere
from m365backup_tui.practice.company.lookups import Company
from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.graph import directory_shapes as shapes
from m365backup_tui.practice.graph import role_facts as facts
from m365backup_tui.practice.graph.directory_paths import Handler, not_found
from m365backup_tui.practice.graph.directory_scopes import READ_ACTIVE, READ_ELIGIBLE, READ_ROLES
from m365backup_tui.practice.graph.filters import Record, unsupported
from m365backup_tui.practice.graph.member_of import add_member_of_routes
from m365backup_tui.practice.graph.odata import (
    LIST_OPTIONS,
    Query,
    context,
    page,
    read_query,
    reply,
    select,
    shape,
)
from m365backup_tui.practice.personas import Personas
from m365backup_tui.practice.tenant import tenant_of

BASE = "roleManagement/directory"
ASSIGNMENT_FIELDS = frozenset({"id", "principalId", "roleDefinitionId", "directoryScopeId"})
DEFINITION_FIELDS = frozenset({"id", "displayName", "isBuiltIn", "templateId"})
EXPANDABLE = frozenset({"roleDefinition", "principal"})


def add_role_routes(app: web.Application) -> None:
    """Register memberOf, roleManagement and directoryRoles."""
    add_member_of_routes(app)
    route, base = app.router.add_route, f"/v1.0/{BASE}"
    route("GET", f"{base}/roleAssignments", _assignments)
    route("GET", f"{base}/roleAssignments/{{id}}", _assignment)
    route("GET", f"{base}/transitiveRoleAssignments", _transitive)
    route("GET", f"{base}/roleDefinitions", _definitions)
    route("GET", f"{base}/roleDefinitions/{{id}}", _definition)
    for nav, eligible in (
        ("roleEligibilityScheduleInstances", True),
        ("roleAssignmentScheduleInstances", False),
    ):
        route("GET", f"{base}/{nav}", _instances(nav, eligible, own=False))
        route("GET", f"{base}/{nav}/{{call:filterByCurrentUser.*}}", _instances(nav, eligible))
    route("GET", "/v1.0/directoryRoles", _directory_roles)
    route("GET", "/v1.0/directoryRoles/{id}", _directory_role)
    route("GET", "/v1.0/directoryRoles/{id}/members", _role_members)


def _expand(company: Company, items: list[Record], query: Query) -> list[Record]:
    asked = [name.strip() for name in (query.get("$expand") or "").split(",") if name.strip()]
    for name in asked:
        if name not in EXPANDABLE:
            raise GraphError(400, "BadRequest", f"Cannot expand '{name}'.")
    for item in items:
        if "roleDefinition" in asked:
            item["roleDefinition"] = facts.definition(item["roleDefinitionId"])
        if "principal" in asked:
            item["principal"] = shapes.show_object(company, item["principalId"])
    return items


async def _assignments(request: web.Request) -> web.StreamResponse:
    require_scopes(caller(request), *READ_ROLES)
    query = read_query(request, LIST_OPTIONS | {"$expand"})
    items = shape(facts.assignments(tenant_of(request).personas), query, ASSIGNMENT_FIELDS)
    items = _expand(tenant_of(request).company, items, query)
    return reply(page(request, f"{BASE}/roleAssignments", items, query))


async def _assignment(request: web.Request) -> web.StreamResponse:
    require_scopes(caller(request), *READ_ROLES)
    query = read_query(request, {"$select", "$expand"})
    key, known = request.match_info["id"].lower(), facts.assignments(tenant_of(request).personas)
    found = [one for one in known if one["id"] == key]
    if not found:
        raise not_found(request.match_info["id"])
    shown = select(_expand(tenant_of(request).company, found, query)[0], query)
    return reply({"@odata.context": context(request, f"{BASE}/roleAssignments/$entity"), **shown})


async def _transitive(request: web.Request) -> web.StreamResponse:
    """Assignments of a principal and of the groups it is in; for one principal at a time."""
    require_scopes(caller(request), *READ_ROLES)
    query = read_query(request, LIST_OPTIONS | {"$expand"})
    if not (query.advanced and query.counted):
        raise unsupported("transitiveRoleAssignments needs ConsistencyLevel and $count=true.")
    company = tenant_of(request).company
    found = facts.assignments(company.personas)
    clause = (query.get("$filter") or "").split()
    if len(clause) != 3 or [word.lower() for word in clause[:2]] != ["principalid", "eq"]:
        raise unsupported("transitiveRoleAssignments needs $filter=principalId eq '{id}'.")
    principal = clause[2].strip("'").lower()
    holders = {principal, *company.groups_above(principal)}
    items = [one for one in found if one["principalId"] in holders]
    items = _expand(company, items, query)
    what = f"{BASE}/transitiveRoleAssignments"
    return reply(page(request, what, items, query))


async def _definitions(request: web.Request) -> web.StreamResponse:
    require_scopes(caller(request), *READ_ROLES)
    query = read_query(request, LIST_OPTIONS)
    items = shape(facts.definitions(), query, DEFINITION_FIELDS)
    return reply(page(request, f"{BASE}/roleDefinitions", items, query))


async def _definition(request: web.Request) -> web.StreamResponse:
    require_scopes(caller(request), *READ_ROLES)
    query, key = read_query(request, {"$select"}), request.match_info["id"].lower()
    found = [one for one in facts.definitions() if one["id"] == key]
    if not found:
        raise not_found(request.match_info["id"])
    shown = select(found[0], query)
    return reply({"@odata.context": context(request, f"{BASE}/roleDefinitions/$entity"), **shown})


def _instances(nav: str, eligible: bool, own: bool = True) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        who = caller(request)
        require_scopes(who, *(READ_ELIGIBLE if eligible else READ_ACTIVE))
        query = read_query(request, LIST_OPTIONS | {"$expand"})
        items = facts.instances(tenant_of(request).personas, eligible)
        if own:
            # on='approver' and the like belong to requests, not to instances.
            if unquote(request.match_info["call"]) != "filterByCurrentUser(on='principal')":
                raise GraphError(400, "BadRequest", "Only on='principal' is known here.")
            items = [one for one in items if one["principalId"] == who.oid]
        items = shape(items, query, ASSIGNMENT_FIELDS)
        items = _expand(tenant_of(request).company, items, query)
        return reply(page(request, f"{BASE}/{nav}", items, query))

    return handler


def _activated(personas: Personas) -> list[str]:
    return sorted({role for persona in personas for role in persona.active_roles})


def _role_in_path(request: web.Request) -> str:
    for role in _activated(tenant_of(request).personas):
        if everywhere("directoryRole", role) == request.match_info["id"].lower():
            return role
    raise not_found(request.match_info["id"])


async def _directory_roles(request: web.Request) -> web.StreamResponse:
    require_scopes(caller(request), *READ_ROLES)
    query = read_query(request)  # no OData options here (graph.md §11.2)
    roles = _activated(tenant_of(request).personas)
    items = [shapes.show_role(role, limited=False) for role in roles]
    return reply(page(request, "directoryRoles", items, query, len(items) or 1))


async def _directory_role(request: web.Request) -> web.StreamResponse:
    require_scopes(caller(request), *READ_ROLES)
    query = read_query(request, {"$select"})
    shown = select(shapes.show_role(_role_in_path(request), limited=False), query)
    return reply({"@odata.context": context(request, "directoryRoles/$entity"), **shown})


async def _role_members(request: web.Request) -> web.StreamResponse:
    require_scopes(caller(request), *READ_ROLES)
    query, role = read_query(request), _role_in_path(request)
    company = tenant_of(request).company
    known = facts.assignments(company.personas)
    holders = [one["principalId"] for one in known if one["roleDefinitionId"] == role]
    found = [shapes.show_object(company, key) for key in holders]
    items = [one for one in found if one is not None]
    return reply(page(request, "directoryObjects", items, query, len(items) or 1))
