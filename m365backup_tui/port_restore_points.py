"""The port of restore points: when a unit was last backed up, where this sign-in may ask."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol


class RestorePoints(Protocol):
    """Reads only, and never asks anybody for consent: where that lacks, ConsentNeeded is raised."""

    async def latest(self, unit_ids: Sequence[str]) -> datetime | None:
        """The newest restore point among a few units (aware UTC), None when they have none yet."""
        ...
