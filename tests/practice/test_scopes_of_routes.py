"""Every Graph route needs exactly the permissions that the reference names (graph.md §2, §11, §12).

One table, held against every route of the application: without a token 401, with every other
scope there is 403, and each named scope lets the request through on its own. What is beyond the
permission check (404, 400, a role) is other tests' business.
"""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

import m365backup_tui.practice.graph as graph_package
from m365backup_tui.practice.entra.scopes import GRAPH, GRAPH_SCOPES
from m365backup_tui.practice.server import build_app
from m365backup_tui.practice.tenant import Tenant, open_tenant
from tests.practice.northwind import persona_by_key

SOME = "11111111-2222-4333-8444-555555555555"
CFG_R, CFG_W = "BackupRestore-Configuration.Read.All", "BackupRestore-Configuration.ReadWrite.All"
CTL_R, CTL_W = "BackupRestore-Control.Read.All", "BackupRestore-Control.ReadWrite.All"
RES_R, RES_W = "BackupRestore-Restore.Read.All", "BackupRestore-Restore.ReadWrite.All"
SEARCH = "BackupRestore-Search.Read.All"
PROTECTION = r"(?:\w*protectionPolicies|\w*ProtectionPolicies|\w*[pP]rotectionUnits)(?:/.*)?"
RESTORE = r"(?:\w*[rR]estoreSessions|\w*[bB]rowseSessions)(?:/.*)?"


@dataclass(frozen=True)
class Needs:
    """`least`: each of these is enough. `more`: higher ones (patterns) that may be enough too, as
    far as the reference does not list them; nothing else is."""

    methods: str
    path: str
    least: tuple[str, ...]
    more: str = "nothing"


DIRECTORY = r"Directory\..*"
PEOPLE = rf"User\..*|{DIRECTORY}"
GROUPS = rf"Group\..*|GroupMember\..*|{DIRECTORY}"
FILES = r"Files\..*|Sites\..*"
ROLES = rf"RoleManagement\..*|{DIRECTORY}"
APPS = rf"Application\..*|{DIRECTORY}"
GRANTS = rf"DelegatedPermissionGrant\..*|{DIRECTORY}"

# The first that fits a route counts.
TABLE = (
    # graph.md §2.1
    Needs("GET", r"/solutions/backupRestore(?:/serviceApps.*)?", (CTL_R, CTL_W)),
    Needs("GET PATCH", r"/solutions/backupRestore/emailNotificationsSetting", (CTL_W,)),
    Needs("POST DELETE", r"/solutions/backupRestore/(?:enable|serviceApps.*)", (CTL_W,)),
    # §2.2 to §2.4
    Needs("GET", rf"/solutions/backupRestore/{PROTECTION}", (CFG_R, CFG_W)),
    Needs("POST PATCH DELETE", rf"/solutions/backupRestore/{PROTECTION}", (CFG_W,)),
    # §2.5; of restore points the page prints Restore.Read.All, PERM Search.Read.All: PERM counts.
    Needs("GET POST", r"/solutions/backupRestore/restorePoints.*", (SEARCH,)),
    Needs("GET POST", r"/solutions/backupRestore/\w*[bB]rowseSessions.*", (RES_W,)),
    # PERM names the write scope for the granular lists of drives and sites, nothing for mailboxes.
    Needs("GET", r"/solutions/backupRestore/.*/granular\w+", (RES_W,), "BackupRestore-Restore.*"),
    Needs("GET", rf"/solutions/backupRestore/{RESTORE}", (RES_R, RES_W)),
    Needs("POST PATCH DELETE", rf"/solutions/backupRestore/{RESTORE}", (RES_W,)),
    # §11.2
    Needs("GET", r"/me", ("User.Read",), PEOPLE),
    Needs("GET", r"/me/(?:m|transitiveM)emberOf.*", ("User.Read",), rf"{PEOPLE}|{GROUPS}"),
    Needs("GET", r"/users/\{id\}/(?:m|transitiveM)emberOf.*", (), rf"{PEOPLE}|{GROUPS}"),
    Needs("GET", r"/groups/\{id\}/(?:m|transitiveM)emberOf.*", (), GROUPS),
    Needs(
        "GET",
        r"/roleManagement/directory/(?:roleAssignments|roleDefinitions|transitiveRole).*",
        ("RoleManagement.Read.Directory",),
        ROLES,
    ),
    Needs(
        "GET",
        r"/roleManagement/directory/roleEligibilityScheduleInstances.*",
        ("RoleEligibilitySchedule.Read.Directory",),
        rf"RoleEligibilitySchedule\..*|{ROLES}",
    ),
    Needs(
        "GET",
        r"/roleManagement/directory/roleAssignmentScheduleInstances.*",
        ("RoleAssignmentSchedule.Read.Directory",),
        rf"RoleAssignmentSchedule\..*|{ROLES}",
    ),
    Needs("GET", r"/directoryRoles.*", ("RoleManagement.Read.Directory",), ROLES),
    # §12
    Needs("GET", r"/(?:me|users/\{id\})/drives?", ("Files.Read.All", "Sites.Read.All"), FILES),
    Needs(
        "GET",
        r"/(?:me|users/\{id\})/mailboxSettings.*",
        ("MailboxSettings.Read",),
        r"MailboxSettings\..*",
    ),
    Needs("GET", r"/users.*", ("User.ReadBasic.All", "User.Read.All"), PEOPLE),
    Needs("GET", r"/groups/\{id\}/.*", ("GroupMember.ReadBasic.All",), GROUPS),
    Needs("GET", r"/groups.*", ("Group.ReadBasic.All",), GROUPS),
    Needs("GET", r"/sites.*", ("Sites.Read.All",), r"Sites\..*"),
    Needs("GET", r"/reports/.*", ("Reports.Read.All",)),
    Needs("POST", r"/directoryObjects/getByIds", ("Directory.Read.All",), DIRECTORY),
    # Not in graph.md's tables; auth.md §2.5 gives ids for both scopes.
    Needs("GET", r"/organization.*", ("Organization.Read.All",), rf"Organization\..*|{PEOPLE}"),
    Needs("GET", r"/subscribedSkus", ("LicenseAssignment.Read.All",), rf"Organization\..*|{DIRECTORY}"),
    # auth.md §2.5 and the pages of each call
    Needs("GET", r"/servicePrincipals.*/oauth2PermissionGrants", ("Directory.Read.All",), GRANTS),
    Needs("POST DELETE", r"/servicePrincipals.*/appRoleAssignedTo.*", ("AppRoleAssignment.ReadWrite.All",)),
    Needs("GET", r"/(?:applications|servicePrincipals).*", ("Application.Read.All",), APPS),
    Needs(
        "POST PATCH DELETE",
        r"/(?:applications|servicePrincipals).*",
        ("Application.ReadWrite.All",),
        r"Directory\.ReadWrite\.All",
    ),
    Needs("GET", r"/oauth2PermissionGrants.*", ("Directory.Read.All",), GRANTS),
    Needs(
        "POST PATCH DELETE",
        r"/oauth2PermissionGrants.*",
        ("DelegatedPermissionGrant.ReadWrite.All",),
        r"Directory\.(?:ReadWrite|AccessAsUser)\.All",
    ),
    Needs("GET", r"/policies/authorizationPolicy", ("Policy.Read.All",), r"Policy\..*"),
    Needs("PATCH", r"/policies/authorizationPolicy", ("Policy.ReadWrite.Authorization",)),
    Needs(
        "POST",
        r".*/revokeSignInSessions",
        ("User.RevokeSessions.All", "User.ReadWrite.All"),
        r"Directory\.ReadWrite\.All",
    ),
)  # fmt: skip
# Each part of a batch is judged for itself.
OPEN = ("POST /v1.0/$batch",)


@dataclass
class Seen:
    """What a route answered: (status, error code, scopes used) for each question."""

    bare: tuple[int, str]
    others: tuple[int, str]
    granted: dict[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)


def needs_of(method: str, path: str) -> Needs | None:
    """The row of the table for this route."""
    rest = path.removeprefix("/v1.0")
    fits = (row for row in TABLE if method in row.methods.split() and re.fullmatch(row.path, rest))
    return next(fits, None)


def filled(path: str) -> str:
    """An address of the route."""
    for name, value in {
        "{key}": "(appId='x')" if "site" not in path else "northwindlabs.sharepoint.com",
        "{call}": "getMailboxUsageDetail(period='D7')"
        if "reports" in path
        else "filterByCurrentUser(on='principal')",
    }.items():
        path = path.replace(name, value)
    return re.sub(r"\{\w+\}", SOME, path)


def token(tenant: Tenant, *scopes: str) -> str:
    """A Graph token of the global administrator with these scopes."""
    persona, now = persona_by_key("global-admin"), int(time.time())
    assert persona is not None
    return tenant.signer.sign(
        {
            "aud": GRAPH,
            "oid": persona.oid,
            "tid": tenant.company.tenant_id,
            "appid": "14d82eec-204b-4c2f-b7e8-296a70dab67e",
            "scp": " ".join(scopes),
            "nbf": now,
            "exp": now + 3600,
        }
    )


async def ask_everything() -> dict[str, Seen]:
    """Every route that is in the table, asked every way."""
    tenant = open_tenant(None)
    app = build_app(tenant)
    found: dict[str, Seen] = {}
    async with TestClient(TestServer(app)) as client:

        async def ask(method: str, path: str, *scopes: str) -> tuple[int, str]:
            headers = {"Authorization": f"Bearer {token(tenant, *scopes)}"} if scopes else {}
            body: dict[str, Any] | None = None if method == "GET" else {}
            async with client.request(
                method, path, headers=headers, json=body, allow_redirects=False
            ) as answer:
                text = await answer.text()
                code = re.search(r'"code": ?"([^"]*)"', text)
                return answer.status, code[1] if code else ""

        for method, path in routes(app):
            row = needs_of(method, path)
            if row is None:
                continue
            address = filled(path)
            refused = [
                name
                for name in GRAPH_SCOPES
                if name not in row.least and not re.fullmatch(row.more, name)
            ]
            seen = Seen(await ask(method, address), await ask(method, address, *refused))
            for name in row.least:
                status, _ = await ask(method, address, name)
                last: Any = tenant.log._entries[-1]
                seen.granted[name] = (status, last.scopes_used)
            found[f"{method} {path}"] = seen
    return found


def routes(app: Any) -> list[tuple[str, str]]:
    """Method and path of every Graph route."""
    found = set()
    for route in app.router.routes():
        info = route.resource.get_info() if route.resource else {}
        path = info.get("path") or info.get("formatter") or ""
        if path.startswith("/v1.0") and route.method not in ("*", "HEAD"):
            found.add((route.method, path))
    return sorted(found)


@pytest.fixture(scope="module")
def seen() -> dict[str, Seen]:
    """What every route answers."""
    return asyncio.run(ask_everything())


def test_every_route_is_in_the_table() -> None:
    async def build() -> list[tuple[str, str]]:
        return routes(build_app(open_tenant(None)))

    every = asyncio.run(build())
    assert len(every) > 100
    assert [f"{m} {p}" for m, p in every if needs_of(m, p) is None and f"{m} {p}" not in OPEN] == []


def test_nothing_answers_without_a_token(seen: dict[str, Seen]) -> None:
    assert len(seen) > 100
    assert {route: one.bare for route, one in seen.items() if one.bare[0] != 401} == {}


def test_every_other_scope_together_is_not_enough(seen: dict[str, Seen]) -> None:
    denied = (403, "Authorization_RequestDenied")
    assert {route: one.others for route, one in seen.items() if one.others != denied} == {}


def test_each_named_scope_is_enough(seen: dict[str, Seen]) -> None:
    wrong = {
        f"{route} with {name}": (status, used)
        for route, one in seen.items()
        for name, (status, used) in one.granted.items()
        if name not in used or status == 401 or status >= 500
    }
    assert wrong == {}


def test_every_scope_that_a_handler_accepts_can_be_asked_for() -> None:
    folder = Path(str(graph_package.__file__)).parent
    kind = "Read|ReadWrite|ReadBasic|Manage|FullControl|AccessAsUser|RevokeSessions"
    named = re.compile(rf'"([A-Z][A-Za-z]*(?:-[A-Za-z]+)?\.(?:{kind})(?:\.[A-Za-z]+)?)"')
    accepted = {
        name for file in folder.glob("*.py") for name in named.findall(file.read_text("utf-8"))
    }
    assert len(accepted) > 30
    assert accepted - set(GRAPH_SCOPES) == set()
