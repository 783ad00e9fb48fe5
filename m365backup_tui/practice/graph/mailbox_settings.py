"""HTTP for a person's mailbox settings: what kind of mailbox it is (graph.md §12).

Delegated callers read their own only, whatever their role: so Exchange answers, although the
description of MailboxSettings.Read sounds wider (msgraph-sdk-powershell #2966).
"""

from __future__ import annotations

from aiohttp import web

from m365backup_tui.practice.auth import caller
from m365backup_tui.practice.company.model import MailboxKind, User
from m365backup_tui.practice.errors import GraphError
from m365backup_tui.practice.graph.directory_paths import user_in_path
from m365backup_tui.practice.graph.directory_scopes import READ_MAILBOX
from m365backup_tui.practice.graph.filters import Record
from m365backup_tui.practice.graph.odata import context, read_query, reply, select

_NAMES = frozenset(
    {
        *("archiveFolder", "automaticRepliesSetting", "dateFormat", "language", "timeFormat"),
        *("delegateMeetingMessageDeliveryOptions", "timeZone", "userPurpose", "workingHours"),
    }
)


def add_mailbox_routes(app: web.Application) -> None:
    """Register the settings."""
    for owner in ("/v1.0/me", "/v1.0/users/{id}"):
        app.router.add_route("GET", f"{owner}/mailboxSettings", _settings)


async def _settings(request: web.Request) -> web.StreamResponse:
    query, user = read_query(request, {"$select"}, _NAMES), _owner(request)
    shown = select(_shown(user), query)
    what = context(request, f"users('{user.id}')/mailboxSettings")
    return reply({"@odata.context": what, **shown})


def _owner(request: web.Request) -> User:
    who = caller(request)
    user = user_in_path(request, who, READ_MAILBOX, READ_MAILBOX)
    if user.id.lower() != who.oid.lower():
        raise GraphError(
            403, "ErrorAccessDenied", "Access is denied. Check credentials and try again."
        )
    if user.mailbox is MailboxKind.NONE or user.hybrid:
        raise GraphError(
            404,
            "MailboxNotEnabledForRESTAPI",
            "The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
        )
    return user


def _shown(user: User) -> Record:
    """The settings; everything but the purpose is what a new mailbox has: choice."""
    return {
        "timeZone": "UTC",
        "dateFormat": "yyyy-MM-dd",
        "timeFormat": "HH:mm",
        "language": {"locale": "en-US", "displayName": "English (United States)"},
        "userPurpose": user.mailbox.value,
    }
