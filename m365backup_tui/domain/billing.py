"""Billing and "Turn on": what was chosen, what the admin center must do, and what has been seen of it so far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from m365backup_tui.domain.azure import BillingResource, Registration
from m365backup_tui.domain.service import BackupService, Consumer


class Node(StrEnum):
    """The two places of the admin center where pay-as-you-go is set up (PAYG26, SETUP26, 2026-07-17)."""

    BILLING = "billing"  # Billing > Pay-as-you-go: customers who start after 2026-04-01, and GCC
    SETUP = "setup"  # Setup > Activate pay-as-you-go services: customers from before


@dataclass(frozen=True, slots=True)
class BillingSeen:
    """One look at Azure and Graph. `notes` are reads that failed, in words; nothing here is inferred."""

    at: datetime
    registration: Registration
    resources: tuple[BillingResource, ...]
    service: BackupService
    notes: tuple[str, ...] = ()

    @property
    def linked(self) -> bool:
        """A billing resource of either kind stands in Azure, and is not failed."""
        return any(r.provisioning in ("", "Succeeded") for r in self.resources)

    @property
    def on(self) -> bool:
        return self.service.on

    @property
    def by_third_party(self) -> bool:
        return self.service.consumer is Consumer.THIRD_PARTY

    @property
    def done(self) -> bool:
        """True when policies can be made: Graph says so. A billing resource alone proves nothing, and one may
        stand in a subscription that this person cannot see."""
        return self.on and not self.by_third_party


@dataclass(frozen=True, slots=True)
class AzurePlan:
    """What preparing billing writes to Azure; shown and confirmed before anything is sent."""

    create_group: str = ""
    location: str = ""
    register: bool = False

    @property
    def empty(self) -> bool:
        return not (self.create_group or self.register)
