"""What the calls about applications share: scopes, rights, keys in parentheses, errors.

Scopes: the permission tables of Microsoft's pages for each call, with the least first, and
reference/auth.md §2.5.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from m365backup_tui.practice.auth import Caller, caller, require_scopes
from m365backup_tui.practice.entra import grants, principals
from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.graph.filters import Record
from m365backup_tui.practice.graph.odata import context
from m365backup_tui.practice.tenant import tenant_of

DIRECTORY_WRITE = "Directory.ReadWrite.All"
READ_APPS = (
    "Application.Read.All",
    "Directory.Read.All",
    "Application.ReadWrite.All",
    DIRECTORY_WRITE,
)
WRITE_APPS = ("Application.ReadWrite.All", DIRECTORY_WRITE)
READ_GRANTS = (
    "Directory.Read.All",
    "DelegatedPermissionGrant.ReadWrite.All",
    DIRECTORY_WRITE,
    "Directory.AccessAsUser.All",
)
WRITE_GRANTS = (
    "DelegatedPermissionGrant.ReadWrite.All",
    DIRECTORY_WRITE,
    "Directory.AccessAsUser.All",
)
ASSIGN = "AppRoleAssignment.ReadWrite.All"
HIDDEN = ("owner", "standing")


def with_scopes(request: web.Request, *scopes: str) -> Caller:
    """The caller, who carries one of these scopes. Raises 401 or 403."""
    who = caller(request)
    require_scopes(who, *scopes)
    return who


def require_manager(who: Caller, thing: Record | None = None) -> None:
    """403 unless the caller may manage applications: by role, or as owner of this one."""
    if grants.is_application_admin(who.persona):
        return
    if thing is None or thing.get("owner") != who.oid:
        raise denied()


def denied() -> GraphError:
    """403 for somebody without the role."""
    return GraphError(
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
    )


def missing(key: str) -> GraphError:
    """404 for an object that is not there."""
    return GraphError(
        404,
        "Request_ResourceNotFound",
        f"Resource '{key}' does not exist or one of its queried reference-property objects are "
        "not present.",
    )


def taken(message: str) -> GraphError:
    """409 for something that is there already."""
    return GraphError(409, "Request_MultipleObjectsWithSameKeyValue", message)


def named_key(request: web.Request, *names: str) -> tuple[str, str]:
    """Name and value of a key in parentheses, `(appId='..')`. Raises 400."""
    found = re.fullmatch(r"\((\w+)='((?:[^']|'')*)'\)", unquote(request.match_info["key"]))
    if found is None or found[1] not in names:
        raise GraphError(400, "BadRequest", f"The key may be one of {', '.join(names)}.")
    return found[1], found[2].replace("''", "'")


def principal_of(request: web.Request) -> Record:
    """The service principal that the address names by id or `(appId='..')`. Raises 404."""
    tenant = tenant_of(request)
    if "key" in request.match_info:
        _, value = named_key(request, "appId")
        found = principals.by_app_id(tenant, value)
    else:
        value = unquote(request.match_info["id"])
        found = principals.by_id(tenant, value)
    if found is None:
        raise missing(value)
    return found


def visible(thing: Record) -> Record:
    """An object as Graph shows it."""
    return {name: value for name, value in thing.items() if name not in HIDDEN}


def entity(request: web.Request, what: str, thing: Record) -> dict[str, Any]:
    """A single object with its context."""
    return {"@odata.context": context(request, f"{what}/$entity"), **visible(thing)}
