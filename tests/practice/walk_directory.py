"""A walk through every Graph route beside backup: people, groups, roles, sites, reports, applications."""

from __future__ import annotations

from m365backup_tui.practice.personas import GLOBAL_ADMINISTRATOR
from tests.practice.all_routes import every_route
from tests.practice.northwind import BACKUP_GROUP_ID, PERSONAS
from tests.practice.walking import BACKUP, Json, Walk

V1 = "/v1.0"
BY_CALLER = "filterByCurrentUser(on='principal')"
GRAPH_APP = "00000003-0000-0000-c000-000000000000"


def walk_directory(walk: Walk) -> None:
    """Every GET with something that is there, then what is done with applications."""
    application = _applications(walk)
    keys = _keys(walk, application)
    for known in every_route():
        reads = known.service == "graph" and known.method == "GET"
        if reads and known.path.startswith(V1) and not known.path.startswith(BACKUP):
            path = known.path
            for template, key in keys.items():
                path = path.replace(template, key)
            walk.get(path + _needed(path), ConsistencyLevel="eventual")
    body = {"ids": [BACKUP_GROUP_ID], "types": ["user", "group"]}
    walk.post(f"{V1}/directoryObjects/getByIds", body)
    batch = {"requests": [{"id": "1", "method": "GET", "url": "/me"}]}
    walk.post(f"{V1}/$batch", batch)
    policy = {"defaultUserRolePermissions": {"allowedToCreateApps": True}}
    walk.do("PATCH", f"{V1}/policies/authorizationPolicy", policy)
    walk.post(f"{V1}/users/{PERSONAS[1].oid}/revokeSignInSessions")
    _gone(walk, application)


def _needed(path: str) -> str:
    """The query without which the call is refused."""
    if path.endswith("/sites"):
        return "?search=a"
    if path.endswith("/transitiveRoleAssignments"):
        return f"?$count=true&$filter=principalId eq '{PERSONAS[1].oid}'"
    return "?$count=true" if "graph." in path and not path.endswith("$count") else ""


def _keys(walk: Walk, application: Json) -> dict[str, str]:
    """What to write for each `{key}` of a route, longer templates first."""
    roles = walk.get(f"{V1}/directoryRoles")["value"]
    assignment = walk.first(f"{V1}/roleManagement/directory/roleAssignments")["id"]
    principal, grant = application["servicePrincipal"], application["grant"]
    return {
        "/sites/{key}": "/sites/root",
        "/reports/{call}": "/reports/getMailboxUsageDetail(period='D7')",
        "/applications{key}": f"/applications(appId='{application['appId']}')",
        "/servicePrincipals{key}": f"/servicePrincipals(appId='{application['appId']}')",
        "/applications/{id}": f"/applications/{application['id']}",
        "/servicePrincipals/{id}": f"/servicePrincipals/{principal}",
        "/oauth2PermissionGrants/{id}": f"/oauth2PermissionGrants/{grant}",
        "ScheduleInstances/{call}": f"ScheduleInstances/{BY_CALLER}",
        "/roleAssignments/{id}": f"/roleAssignments/{assignment}",
        "/roleDefinitions/{id}": f"/roleDefinitions/{GLOBAL_ADMINISTRATOR}",
        "/directoryRoles/{id}": f"/directoryRoles/{roles[0]['id']}",
        "/organization/{id}": f"/organization/{walk.ready['tenant_id']}",
        "users/{id}": f"users/{PERSONAS[0].oid}",
        "/groups/{id}": f"/groups/{BACKUP_GROUP_ID}",
    }


def _applications(walk: Walk) -> Json:
    """An application with a principal, a grant and somebody assigned to it."""
    made = walk.post(f"{V1}/applications", {"displayName": "Backup scripts"})
    walk.do("PATCH", f"{V1}/applications/{made['id']}", {"isFallbackPublicClient": True})
    by_app = f"(appId='{made['appId']}')"
    walk.do("PATCH", f"{V1}/applications{by_app}", {"displayName": "Backup scripts 2"})
    principal = walk.post(f"{V1}/servicePrincipals", {"appId": made["appId"]})["id"]
    one = f"{V1}/servicePrincipals/{principal}"
    walk.do("PATCH", one, {"appRoleAssignmentRequired": True})
    walk.do("PATCH", f"{V1}/servicePrincipals{by_app}", {"appRoleAssignmentRequired": False})
    graph = walk.get(f"{V1}/servicePrincipals(appId='{GRAPH_APP}')")["id"]
    grant = {"clientId": principal, "consentType": "AllPrincipals", "resourceId": graph}
    granted = walk.post(f"{V1}/oauth2PermissionGrants", {**grant, "scope": "User.Read"})["id"]
    walk.do(
        "PATCH", f"{V1}/oauth2PermissionGrants/{granted}", {"scope": "User.Read Sites.Read.All"}
    )
    return {**made, "servicePrincipal": principal, "grant": granted}


def _gone(walk: Walk, application: Json) -> None:
    principal, by_app = application["servicePrincipal"], f"(appId='{application['appId']}')"
    me = walk.get(f"{V1}/me?$select=id")["id"]
    role = "00000000-0000-0000-0000-000000000000"  # the default role of an application without any
    body = {"principalId": me, "resourceId": principal, "appRoleId": role}
    for one in (f"{V1}/servicePrincipals/{principal}", f"{V1}/servicePrincipals{by_app}"):
        assigned = walk.post(f"{one}/appRoleAssignedTo", body)["id"]
        walk.get(f"{one}/appRoleAssignedTo")
        walk.do("DELETE", f"{one}/appRoleAssignedTo/{assigned}")
    walk.do("DELETE", f"{V1}/oauth2PermissionGrants/{application['grant']}")
    walk.do("DELETE", f"{V1}/servicePrincipals{by_app}")
    second = walk.post(f"{V1}/servicePrincipals", {"appId": application["appId"]})["id"]
    walk.do("DELETE", f"{V1}/servicePrincipals/{second}")
    walk.do("DELETE", f"{V1}/applications{by_app}")
    third = walk.post(f"{V1}/applications", {"displayName": "Short"})["id"]
    walk.do("DELETE", f"{V1}/applications/{third}")
    walk.post(f"{V1}/me/revokeSignInSessions")
