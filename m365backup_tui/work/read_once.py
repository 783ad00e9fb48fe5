"""The tenant read once for several questions in a row: drafts, plan and drift of one nightly check.

Only for what ends without a person in between: whatever waits for one reads anew (`work.planning`, `work.before`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import replace
from typing import Any, TypeVar, cast

from m365backup_tui.domain.holdings import Holding
from m365backup_tui.domain.notifications import Notifications
from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rules import Rule
from m365backup_tui.domain.units import ProtectionUnit
from m365backup_tui.ports import Backup, Tools

T = TypeVar("T")


def once(tools: Tools) -> Tools:
    """The same tools; lists of the backup service that were read stay as they were."""
    backup = cast(Backup, _ReadOnce(tools.backup))
    return replace(tools, backup=backup, directory=tools.directory.beside(backup))


class _ReadOnce:
    """Lists are kept, everything else goes through. A read that failed is asked again."""

    def __init__(self, backup: Backup) -> None:
        self._backup = backup
        self._known: dict[Hashable, Any] = {}
        self._locks: dict[Hashable, asyncio.Lock] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backup, name)

    async def policies(self) -> tuple[Policy, ...]:
        return await self._once("policies", self._backup.policies)

    async def protected(self, product: Product) -> dict[str, Holding]:
        key = ("protected", product)
        return await self._once(key, lambda: self._backup.protected(product))

    async def units(
        self, product: Product, policy_id: str, *, failed: int = 0
    ) -> tuple[ProtectionUnit, ...]:
        key = ("units", product, policy_id, failed)
        return await self._once(key, lambda: self._backup.units(product, policy_id, failed=failed))

    async def rules(self, product: Product, policy_id: str) -> tuple[Rule, ...]:
        key = ("rules", product, policy_id)
        return await self._once(key, lambda: self._backup.rules(product, policy_id))

    async def notifications(self) -> Notifications:
        return await self._once("notifications", self._backup.notifications)

    async def _once(self, key: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        async with self._locks.setdefault(key, asyncio.Lock()):
            if key not in self._known:
                self._known[key] = await read()
            return cast(T, self._known[key])
