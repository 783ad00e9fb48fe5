"""The real clock: aware UTC time and asyncio's sleep."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime


class SystemClock:
    """Fulfils `ports.Clock`."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait at least `seconds`; a negative number is no wait."""
        await asyncio.sleep(max(0.0, seconds))
