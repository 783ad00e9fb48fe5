"""The backup engine without a server: one tenant in memory, and a clock that only tests move."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from m365backup_tui.practice.backup.world import World
from m365backup_tui.practice.entra.scopes import GRAPH_CLIENT
from m365backup_tui.practice.graph.backup_access import settle
from m365backup_tui.practice.tenant import Tenant, open_tenant
from tests.practice.northwind import PERSONAS


@dataclass
class Engine:
    """One tenant, its waits as long as documented. `faults` maps ids to the options of faults that are due."""

    tenant: Tenant
    now: list[datetime]
    faults: dict[str, dict[str, Any]] = field(default_factory=dict)
    pace: float = 1.0

    def world(self) -> World:
        """The world as the next request finds it, settled."""
        world = World(
            state=self.tenant.state,
            now=self.tenant.clock.now(),
            pace=self.pace,
            company=self.tenant.company,
            actor=f"{PERSONAS[0].oid} {GRAPH_CLIENT}",
            due=self.faults.get,
            fault_on=lambda fault_id: fault_id in self.faults,
            legacy=self.tenant.scenarios.on("legacy-generation"),
        )
        settle(world)
        return world

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self.now[0] += by


def engine(size: str = "SMALL") -> Engine:
    """A fresh tenant in memory."""
    now = [datetime(2026, 11, 21, 9, 0, tzinfo=UTC)]
    return Engine(open_tenant(None, pace=1, real=lambda: now[0], size=size), now)
