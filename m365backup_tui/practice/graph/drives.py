"""HTTP for the OneDrive of a user."""

from __future__ import annotations

from aiohttp import web

from m365backup_tui.practice.auth import caller
from m365backup_tui.practice.company.identity import everywhere
from m365backup_tui.practice.company.model import User
from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.graph.directory_paths import user_in_path
from m365backup_tui.practice.graph.directory_scopes import READ_DRIVES, READ_MY_DRIVE
from m365backup_tui.practice.graph.filters import Record
from m365backup_tui.practice.graph.odata import context, page, read_query, reply, select

MOST_BYTES = 1024**4


def add_drive_routes(app: web.Application) -> None:
    """Register drive and drives of a user."""
    for owner in ("/v1.0/me", "/v1.0/users/{id}"):
        app.router.add_route("GET", f"{owner}/drive", _get_drive)
        app.router.add_route("GET", f"{owner}/drives", _list_drives)


async def _get_drive(request: web.Request) -> web.StreamResponse:
    user, query = _owner(request), read_query(request, {"$select"})
    shown = select(_show_drive(user), query)
    return reply({"@odata.context": context(request, "drives/$entity"), **shown})


async def _list_drives(request: web.Request) -> web.StreamResponse:
    user = _owner(request)
    query = read_query(request, {"$select", "$top", "$skiptoken"})
    return reply(page(request, "drives", [_show_drive(user)], query, 200))


def _owner(request: web.Request) -> User:
    user = user_in_path(request, caller(request), READ_MY_DRIVE, READ_DRIVES)
    if user.drive_url is None:
        # 404 for a OneDrive that does not exist: the code is UNVERIFIED (graph.md §12).
        raise GraphError(404, "ResourceNotFound", "User's mysite not found.")
    return user


def _show_drive(user: User) -> Record:
    return {
        "id": f"b!{everywhere('drive-id', user.id)}",
        "driveType": "business",
        "name": "OneDrive",
        "webUrl": f"{user.drive_url}/Documents",
        "createdDateTime": f"{user.created.isoformat()}T08:00:00Z",
        "owner": {"user": {"id": user.id, "displayName": user.display_name, "email": user.mail}},
        "quota": {
            "total": MOST_BYTES,
            "used": user.drive_bytes,
            "remaining": max(MOST_BYTES - user.drive_bytes, 0),
            "deleted": 0,
            "state": "normal",
        },
    }
