"""Bulk addition jobs: up to 50,000 units in one request, resolved by the service in the background (graph.md §8)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from m365backup_tui.domain.units import ItemRefusal


class BulkStatus(StrEnum):
    """`protectionUnitsBulkJobStatus` of Graph v1.0 (CSDL 2026-07-31); its own `unknown` is ours too."""

    ACTIVE = "active"
    COMPLETED = "completed"
    COMPLETED_WITH_ERRORS = "completedWithErrors"
    UNKNOWN = "unknown to this version"  # never to be read as done (rule R7)


@dataclass(frozen=True, slots=True)
class BulkJob:
    """`failures`: what the service says it could not find; which units arrived is read from the policy itself."""

    id: str
    name: str
    status: BulkStatus
    failures: tuple[ItemRefusal, ...] = ()

    @property
    def over(self) -> bool:
        return self.status in (BulkStatus.COMPLETED, BulkStatus.COMPLETED_WITH_ERRORS)
