"""The users and groups that paths of the directory name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from m365backup_tui.practice.auth import Caller, require_scopes
from m365backup_tui.practice.company.model import Group, User
from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.guids import is_guid
from m365backup_tui.practice.tenant import tenant_of

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# The SDK sends this unless its own URL handler is installed (graph.md §13 item 9).
PLACEHOLDER = "me-token-to-replace"


def not_found(what: str) -> GraphError:
    """404 Request_ResourceNotFound."""
    return GraphError(
        404,
        "Request_ResourceNotFound",
        f"Resource '{what}' does not exist or one of its queried reference-property objects are "
        "not present.",
    )


def is_me(request: web.Request) -> bool:
    """Whether the path means the caller."""
    return request.match_info.get("id", PLACEHOLDER) == PLACEHOLDER


def user_in_path(
    request: web.Request, who: Caller, mine: tuple[str, ...], others: tuple[str, ...]
) -> User:
    """The user that the path names. `mine` are the scopes for oneself, `others` for anybody.

    Raises GraphError 403 and 404.
    """
    key = who.oid if is_me(request) else request.match_info["id"]
    own = key.lower() in (who.oid.lower(), who.persona.upn.lower())
    require_scopes(who, *(mine if own else others))
    user = tenant_of(request).company.find_user(key)
    if user is None:
        raise not_found(key)
    return user


def group_in_path(request: web.Request) -> Group:
    """The group that the path names. Raises GraphError 400 for what is no id, 404."""
    key = request.match_info["id"]
    if not is_guid(key):
        raise GraphError(400, "Request_BadRequest", f"Invalid object identifier '{key}'.")
    group = tenant_of(request).company.group(key)
    if group is None:
        raise not_found(key)
    return group
