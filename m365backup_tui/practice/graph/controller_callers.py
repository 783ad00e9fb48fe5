"""Who may decide about the control of backup."""

from __future__ import annotations

from aiohttp import web

from m365backup_tui.practice.auth import Caller
from m365backup_tui.practice.entra.scopes import GRAPH_CLIENT
from m365backup_tui.practice.graph.backup_access import control_caller
from m365backup_tui.practice.graph.odata import read_query
from m365backup_tui.practice.personas import BACKUP_ADMINISTRATOR, GLOBAL_ADMINISTRATOR
from m365backup_tui.practice.service import errors

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
        raise errors.controller_role_missing()
    return who


def refuse_internal(who: Caller) -> None:
    """403 Forbidden for Graph PowerShell's client."""
    if who.client_id == GRAPH_CLIENT:
        raise errors.internal_client()
