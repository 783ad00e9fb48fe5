"""Who may use the backup endpoints: delegated scope, Entra role, client application, service on.

Opens the World for a request, with everything settled whose time has come.
"""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from m365backup_tui.practice.auth import Caller, caller, require_scopes
from m365backup_tui.practice.backup import errors
from m365backup_tui.practice.backup.faults import settle_faults
from m365backup_tui.practice.backup.jobs import settle_jobs
from m365backup_tui.practice.backup.products import PRODUCTS, Product
from m365backup_tui.practice.backup.rule_runs import settle_rules
from m365backup_tui.practice.backup.units import settle_units
from m365backup_tui.practice.backup.world import World
from m365backup_tui.practice.personas import GLOBAL_READER
from m365backup_tui.practice.service.controller import may_touch
from m365backup_tui.practice.tenant import tenant_of

CONFIGURATION_WRITE = "BackupRestore-Configuration.ReadWrite.All"
CONFIGURATION_READ = ("BackupRestore-Configuration.Read.All", CONFIGURATION_WRITE)
CONTROL_WRITE = "BackupRestore-Control.ReadWrite.All"
CONTROL_READ = ("BackupRestore-Control.Read.All", CONTROL_WRITE)


@dataclass(frozen=True, slots=True)
class Visit:
    """One admitted request: the world, and the products its caller may see."""

    world: World
    products: tuple[Product, ...]
    evolved: bool

    def require(self, product: Product) -> None:
        """403 unless the caller's role covers the product (graph.md §11.1)."""
        if product not in self.products:
            raise errors.role_missing(f"work with {product.collection}")


def admit_reader(request: web.Request) -> Visit:
    """Someone who wants to read policies or units."""
    return _admit(request, CONFIGURATION_READ, changes=False)


def admit_writer(request: web.Request) -> Visit:
    """Someone who wants to change policies or units; 403 also while the service is locked."""
    return _admit(request, (CONFIGURATION_WRITE,), changes=True)


def control_caller(request: web.Request, changes: bool) -> Caller:
    """Someone who uses the service's own endpoints: scope checked, nothing else."""
    who = caller(request)
    require_scopes(who, *((CONTROL_WRITE,) if changes else CONTROL_READ))
    return who


def world_of(request: web.Request, who: Caller) -> World:
    """The world as this caller's request finds it, settled."""
    tenant = tenant_of(request)
    world = World(
        state=tenant.state,
        now=tenant.clock.now(),
        pace=tenant.clock.pace,
        company=tenant.company,
        actor=f"{who.oid} {who.client_id}",
        due=lambda fault_id: tenant.faults.due(fault_id, request),
        fault_on=lambda fault_id: tenant.faults.on(fault_id) is not None,
        legacy=tenant.scenarios.on("legacy-generation"),
        partial_failure=tenant.scenarios.on("partial-failure"),
    )
    settle(world)
    return world


def settle(world: World) -> None:
    """Carry out everything whose time has come."""
    settle_faults(world)
    settle_units(world)
    settle_jobs(world)
    settle_rules(world)
    settle_units(world)  # what jobs and rules have just started may be over already


def knows_evolved(request: web.Request) -> bool:
    """Whether `Prefer: include-unknown-enum-members` was sent."""
    return "include-unknown-enum-members" in request.headers.get("Prefer", "").lower()


def covered(
    request: web.Request, scopes: tuple[str, ...], changes: bool
) -> tuple[Caller, tuple[Product, ...]]:
    """The caller, with one of the scopes, and the products that their roles cover; 403 for none."""
    who = caller(request)
    require_scopes(who, *scopes)
    active = who.persona.active_roles
    reads_all = GLOBAL_READER in active and not changes  # rights in backup UNVERIFIED
    products = tuple(one for one in PRODUCTS if reads_all or active & one.managers)
    if not products:
        raise errors.role_missing("working with Microsoft 365 Backup")
    return who, products


def _admit(request: web.Request, scopes: tuple[str, ...], changes: bool) -> Visit:
    who, products = covered(request, scopes, changes)
    may_touch(tenant_of(request), who, changes)
    return Visit(world_of(request, who), products, knows_evolved(request))
