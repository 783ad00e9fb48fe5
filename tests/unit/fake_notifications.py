"""E-mail notifications of the tenant in memory: a part of `FakeBackup`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from m365backup_tui.domain.notifications import NotificationChange, Notifications, RecipientRole

T = TypeVar("T")


@dataclass
class FakeNotifications:
    """`notified`: as the tenant has them."""

    notified: Notifications = field(
        default=Notifications(True, False, RecipientRole.ALL_ADMINS), kw_only=True
    )

    async def notifications(self) -> Notifications:
        self._read("notifications")
        return self.notified

    async def set_notifications(self, change: NotificationChange) -> str:
        def carry_out() -> str:
            self.notified = change.wanted
            return "req-notify"

        return self._write(f"notify {change.wanted.words}", "set_notifications", carry_out)

    # --- given by FakeBackup ---

    def _read(self, call: str) -> None:
        raise NotImplementedError

    def _write(self, words: str, call: str, change: Callable[[], T]) -> T:
        raise NotImplementedError
