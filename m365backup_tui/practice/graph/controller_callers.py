"""Who may decide about the control of backup, and how people and applications are shown."""

from __future__ import annotations

from aiohttp import web

from m365backup_tui.practice import service_errors
from m365backup_tui.practice.auth import Caller
from m365backup_tui.practice.entra import principals
from m365backup_tui.practice.entra.scopes import GRAPH_CLIENT
from m365backup_tui.practice.graph.backup_access import control_caller
from m365backup_tui.practice.graph.filters import Record
from m365backup_tui.practice.graph.odata import read_query
from m365backup_tui.practice.personas import BACKUP_ADMINISTRATOR, GLOBAL_ADMINISTRATOR
from m365backup_tui.practice.tenant import Tenant

DECIDING_ROLES = frozenset({GLOBAL_ADMINISTRATOR, BACKUP_ADMINISTRATOR})


def deciding_caller(request: web.Request) -> Caller:
    """Someone who registers, activates, removes or enables a controller; query options are refused.

    403 for Graph PowerShell (graph.md §1 item 3; for activate and deactivate
    reliability-and-peers.md §3.1) and for a person without a role for all of Backup (choice).
    """
    who = control_caller(request, changes=True)
    read_query(request)
    refuse_internal(who)
    if not who.persona.active_roles & DECIDING_ROLES:
        raise service_errors.controller_role_missing()
    return who


def refuse_internal(who: Caller) -> None:
    """403 Forbidden for Graph PowerShell's client."""
    if who.client_id == GRAPH_CLIENT:
        raise service_errors.internal_client()


def application(tenant: Tenant, client_id: str) -> Record:
    """The application as an identity; without a name when the directory does not know it."""
    known = principals.by_app_id(tenant, client_id)
    return {"id": client_id, "displayName": known["displayName"] if known else None}


def identities(tenant: Tenant, oid: str, client_id: str) -> Record:
    """The identitySet of somebody who worked through an application."""
    user = tenant.company.user(oid)
    name = user.display_name if user is not None else None
    return {
        "application": application(tenant, client_id),
        "user": {"id": oid, "displayName": name},
    }
