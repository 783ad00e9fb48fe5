"""Tools that tell what they read of the backup service: a command reads it anyway, and the next one may be quicker.

As `work.read_once`, around the lists alone; what was read is handed on as it came.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol, cast

from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import ProtectionUnit
from m365backup_tui.ports import Backup, Clock, Tools


class Hearer(Protocol):
    """Who wants to know. Called on the event loop; it may not block, and times are aware."""

    def policies_read(self, policies: tuple[Policy, ...], at: datetime) -> None:
        """All policies that this person may see."""
        ...

    def units_read(self, policy_id: str, units: tuple[ProtectionUnit, ...], at: datetime) -> None:
        """Every unit of one policy."""
        ...


def heard(tools: Tools, hearer: Hearer) -> Tools:
    """The same tools; `hearer` is told what they read."""
    return replace(tools, backup=cast(Backup, _Heard(tools.backup, tools.clock, hearer)))


class _Heard:
    def __init__(self, backup: Backup, clock: Clock, hearer: Hearer) -> None:
        self._backup = backup
        self._clock = clock
        self._hearer = hearer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backup, name)

    async def policies(self) -> tuple[Policy, ...]:
        found = await self._backup.policies()
        self._hearer.policies_read(found, self._clock.now())
        return found

    async def units(
        self, product: Product, policy_id: str, *, failed: int = 0
    ) -> tuple[ProtectionUnit, ...]:
        found = await self._backup.units(product, policy_id, failed=failed)
        if not failed:  # else it may be a part of them
            self._hearer.units_read(policy_id, found, self._clock.now())
        return found
