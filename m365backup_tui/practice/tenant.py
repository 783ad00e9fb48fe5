"""Tenant: everything one practice tenant consists of, bundled for the request handlers."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from m365backup_tui.practice.backup.tables import BACKUP_TABLES, register_functions
from m365backup_tui.practice.clock import DEFAULT_PACE, PracticeClock, real_now
from m365backup_tui.practice.company.identity import (
    COMPANY,
    NORTHWIND,
    Identity,
    company_of,
    read_company,
)
from m365backup_tui.practice.company.lookups import Company
from m365backup_tui.practice.company.opening import attach
from m365backup_tui.practice.company.size import read_size
from m365backup_tui.practice.entra.keys import Signer, load_signer
from m365backup_tui.practice.entra.store import fresh_entra
from m365backup_tui.practice.faults import Fault, Faults
from m365backup_tui.practice.faults.counting import FAULT_COUNTS, kept_counts
from m365backup_tui.practice.log import RequestLog
from m365backup_tui.practice.personas import Personas
from m365backup_tui.practice.restore.tables import RESTORE_TABLES
from m365backup_tui.practice.scenarios import Scenarios
from m365backup_tui.practice.state import TenantState
from m365backup_tui.practice.tables import Table

DEFAULT_SEED = 365
DEFAULT_SIZE = "MEDIUM"

# Every table of the tenant, from the modules that use them.
TABLES: tuple[Table, ...] = (*BACKUP_TABLES, *RESTORE_TABLES, FAULT_COUNTS)


@dataclass(slots=True)
class Tenant:
    """One practice tenant. `base_url` has no trailing slash and is known once the port is bound."""

    state: TenantState
    clock: PracticeClock
    company: Company
    log: RequestLog
    scenarios: Scenarios
    faults: Faults
    signer: Signer
    base_url: str = "https://localhost"
    persona_auto: str | None = None

    @property
    def data(self) -> dict[str, Any]:
        """The state's data: ask for it at every use, a reset replaces it."""
        return self.state.data

    @property
    def identity(self) -> Identity:
        """Which company it is."""
        return self.company.identity

    @property
    def personas(self) -> Personas:
        """Who can sign in."""
        return self.company.personas


TENANT = web.AppKey("tenant", Tenant)


def tenant_of(request: web.Request) -> Tenant:
    """The tenant that answers this request."""
    return request.app[TENANT]


def fresh_state(pace: float = DEFAULT_PACE) -> dict[str, Any]:
    """A tenant nobody has touched. An empty area is filled by its own module on first use."""
    return {
        "entra": fresh_entra(),
        "arm": {"resource_groups": {}, "providers": {}, "resources": {}},
        "billing": {
            "linked": None,
            "service": {
                "status": "disabled",
                "consumer": "unknown",
                "enabled_at": None,
                "effective_at": None,
            },
        },
        "backup": {},
        "clock": {"offset_seconds": 0.0, "pace": pace},
        "meta": {
            "seed": DEFAULT_SEED,
            "size": DEFAULT_SIZE,
            "scenarios": [],
            "faults": [],
        },
    }


def open_tenant(
    folder: Path | None,
    pace: float | None = None,
    scenarios: tuple[str, ...] = (),
    persona_auto: str | None = None,
    real: Callable[[], datetime] = real_now,
    faults: Sequence[Fault] = (),
    size: str | None = None,
    company: str | None = None,
) -> Tenant:
    """The tenant kept in `folder`, or a fresh one (`folder` None: in memory only).

    `pace`, `scenarios` and `faults` (as `faults.read_words` and `read_file` give them) given here
    go into the state; without them the stored ones stay. `size` and `company` are as
    `company.size.read_size` and `company.identity.read_company` take them, and cannot be others
    than those of a tenant that is there. Raises ValueError for another size or company or an
    unknown scenario, UnreadableState for a damaged file.
    """

    def fresh() -> dict[str, Any]:
        # What the server was started with holds after a reset too, and so do size and company.
        data = fresh_state(pace or DEFAULT_PACE)
        data["meta"].update(fixed)
        switched = Faults(lambda: data["meta"], PracticeClock(lambda: data["clock"], real).now)
        Scenarios(lambda: data["meta"], switched).put([{"id": name} for name in scenarios])
        for fault in faults:
            switched.add(fault)
        return data

    fixed: dict[str, Any] = {} if size is None else {"size": read_size(size).name}
    identity = NORTHWIND if company is None else read_company(company)
    fresh()  # what was asked for is judged before a file is touched
    state = TenantState(folder, fresh, TABLES)
    if state.is_new and identity != NORTHWIND:
        state.data["meta"][COMPANY] = identity.key
    try:
        _refuse_other(
            folder, state.data["meta"], fixed.get("size"), None if company is None else identity
        )
    except ValueError:
        state.close()
        raise
    fixed |= {
        part: state.data["meta"][part] for part in ("size", COMPANY) if part in state.data["meta"]
    }
    register_functions(state.db)
    clock = PracticeClock(lambda: state.data["clock"], real)
    struck = Faults(lambda: state.data["meta"], clock.now)
    struck.recount(kept_counts(state.db))
    switches = Scenarios(lambda: state.data["meta"], struck)
    if pace is not None:
        state.data["clock"]["pace"] = pace
    if scenarios or faults:
        switches.put([{"id": name} for name in scenarios])
        for fault in faults:
            struck.add(fault)
    state.save()
    meta = state.data["meta"]
    # A new key takes up to a third of a second, and as long as the company: both at once.
    with ThreadPoolExecutor(1) as beside:
        signer = beside.submit(load_signer, folder)
        attached = attach(state.db, folder, int(meta["seed"]), str(meta["size"]), company_of(meta))
    return Tenant(
        state=state,
        clock=clock,
        company=attached,
        log=RequestLog(),
        scenarios=switches,
        faults=struck,
        signer=signer.result(),
        persona_auto=persona_auto,
    )


def _refuse_other(
    folder: Path | None, meta: dict[str, Any], size: str | None, company: Identity | None
) -> None:
    """Raises ValueError when the tenant that is there has another size or company than was asked for."""
    kept_size, kept = read_size(str(meta["size"])).name, company_of(meta)
    way_out = f"or start it over: m365backup-tui practice reset --state-dir {folder}"
    if size not in (None, kept_size):
        raise ValueError(
            f"The practice tenant in {folder} has size {kept_size}, which cannot be changed. "
            f"Leave --size out, {way_out}"
        )
    if company not in (None, kept):
        raise ValueError(
            f"The practice tenant in {folder} is {kept.display_name}, which cannot be changed. "
            f"Leave --company out, {way_out}"
        )
