"""Who may restore: scope, Entra role, controlling application, service not locked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from m365backup_tui.practice.auth import Caller, caller, require_scopes
from m365backup_tui.practice.clock import to_iso
from m365backup_tui.practice.controller import may_restore, may_touch
from m365backup_tui.practice.graph import backup_errors, restore_errors
from m365backup_tui.practice.graph.backup_access import knows_evolved, world_of
from m365backup_tui.practice.graph.backup_world import World
from m365backup_tui.practice.graph.products import PRODUCTS, Product
from m365backup_tui.practice.personas import GLOBAL_READER, SHAREPOINT_BACKUP_ADMINISTRATOR
from m365backup_tui.practice.tenant import Tenant, tenant_of

RESTORE_WRITE = "BackupRestore-Restore.ReadWrite.All"
# Least first. That the write scope lets its holder read is common knowledge, not in graph.md §2.5.
RESTORE_READ = ("BackupRestore-Restore.Read.All", RESTORE_WRITE)
# Contradiction 13 of graph.md §15: the list's page prints Restore.Read.All. Choice: PERM's.
SEARCH_READ = ("BackupRestore-Search.Read.All",)


@dataclass(frozen=True, slots=True)
class Desk:
    """One admitted request of the restore side. `world` is the backup engine's, settled."""

    tenant: Tenant
    who: Caller
    world: World
    products: tuple[Product, ...]
    evolved: bool

    @property
    def now(self) -> datetime:
        """The tenant's time, the same for the whole request."""
        return self.world.now

    @property
    def moment(self) -> str:
        """`now` as the state writes it."""
        return to_iso(self.now)

    @property
    def actor(self) -> str:
        """ "<user id> <client id>"."""
        return f"{self.who.oid} {self.who.client_id}"

    def after(self, documented: timedelta) -> str:
        """When a documented wait that begins now is over, at the tenant's pace."""
        return to_iso(self.now + self.tenant.clock.wait(documented))

    def require(self, product: Product) -> None:
        """403 unless the caller's role covers the product (graph.md §11.1)."""
        if product not in self.products:
            raise backup_errors.role_missing(f"restoring {product.key} items")


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
    if SHAREPOINT_BACKUP_ADMINISTRATOR not in desk.who.persona.active_roles:
        raise restore_errors.browse_role_missing()
    return desk


def _admit(request: web.Request, scopes: tuple[str, ...], changes: bool) -> Desk:
    who, tenant = caller(request), tenant_of(request)
    require_scopes(who, *scopes)
    active = who.persona.active_roles
    reads_all = GLOBAL_READER in active and not changes  # rights in backup UNVERIFIED
    products = tuple(one for one in PRODUCTS if reads_all or active & one.managers)
    if not products:
        raise backup_errors.role_missing("working with Microsoft 365 Backup")
    if changes:
        may_restore(tenant, who)
    else:
        may_touch(tenant, who, write=False)
    return Desk(tenant, who, world_of(request, who), products, knows_evolved(request))
