"""Who may restore: scope, Entra role, controlling application, service not locked."""

from __future__ import annotations

from aiohttp import web

from m365backup_tui.practice.auth import caller
from m365backup_tui.practice.graph.backup_access import covered, knows_evolved, world_of
from m365backup_tui.practice.personas import SHAREPOINT_BACKUP_ADMINISTRATOR
from m365backup_tui.practice.restore import errors
from m365backup_tui.practice.restore.desk import Desk
from m365backup_tui.practice.service.controller import may_restore, may_touch
from m365backup_tui.practice.tenant import tenant_of

RESTORE_WRITE = "BackupRestore-Restore.ReadWrite.All"
# Least first. That the write scope lets its holder read is common knowledge, not in graph.md §2.5.
RESTORE_READ = ("BackupRestore-Restore.Read.All", RESTORE_WRITE)
# Contradiction 13 of graph.md §15: the list's page prints Restore.Read.All. Choice: PERM's.
SEARCH_READ = ("BackupRestore-Search.Read.All",)


def admit_searcher(request: web.Request) -> Desk:
    """Someone who looks for restore points."""
    return _admit(request, SEARCH_READ, changes=False)


def admit_reader(request: web.Request) -> Desk:
    """Someone who looks at restore sessions."""
    return _admit(request, RESTORE_READ, changes=False)


def admit_granular_reader(request: web.Request) -> Desk:
    """Someone who looks at granular artifacts: PERM asks for the write scope (graph.md §2.5)."""
    return _admit(request, (RESTORE_WRITE,), changes=False)


def admit_restorer(request: web.Request) -> Desk:
    """Someone who restores; 403 also while the service is restoreLocked."""
    return _admit(request, (RESTORE_WRITE,), changes=True)


def admit_browser(request: web.Request, changes: bool) -> Desk:
    """Someone who browses backups: SharePoint Backup Administrators only (graph.md §2.5)."""
    desk = _admit(request, (RESTORE_WRITE,), changes)
    if SHAREPOINT_BACKUP_ADMINISTRATOR not in caller(request).persona.active_roles:
        raise errors.browse_role_missing()
    return desk


def _admit(request: web.Request, scopes: tuple[str, ...], changes: bool) -> Desk:
    tenant, (who, products) = tenant_of(request), covered(request, scopes, changes)
    if changes:
        may_restore(tenant, who)
    else:
        may_touch(tenant, who, write=False)
    return Desk(tenant, world_of(request, who), products, knows_evolved(request))
