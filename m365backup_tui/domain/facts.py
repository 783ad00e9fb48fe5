"""Quoted facts in one dated table: figures and wordings that Microsoft may change, each with source and date.

Whatever of this is shown to a person is shown with its date. Limits that are checked rather than shown stand in
`limits`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """`text` is our wording, a sentence without its full stop; `source` a page; `checked` the date of that page."""

    text: str
    source: str
    checked: str

    @property
    def dated(self) -> str:
        return f"{self.text} ({self.source}, {self.checked})"


@dataclass(frozen=True, slots=True)
class Price:
    amount: float  # USD per GB and month of protected content
    source: str
    checked: str

    @property
    def dated(self) -> str:
        return f"list price {self.amount:.2f} USD per GB and month, checked {self.checked}"


PRICE = Price(0.15, "Learn backup-pricing 2025-03-04; third party note 2026-09-01", "2026-09")

COUNTED = Fact(
    "Counted are live content, archives, second-stage recycle bins and held versions; usage reports "
    "show live content only, so expect somewhat more",
    "Learn backup-pricing",
    "2025-03-04",
)
REMOVAL_COST = Fact(
    "Removing something stops new backups. The ones already made stay restorable and stay charged until they expire",
    "Learn backup-view-edit-policies",
    "2026-08-21",
)
BILLING_24H = Fact(
    "Changes to billing can take up to 24 hours to become effective",
    "2025 set-up page, not repeated on the 2026 pages",
    "2025-03-17",
)
OWNER_CONTRIBUTOR = Fact(
    "The admin center's subscription list stays empty unless you are Owner or Contributor there",
    "2025 set-up page",
    "2025-03-17",
)
REGION = Fact(
    "The region decides where the tenant id and usage data for billing are stored. It does not decide where "
    "backups live: they follow your tenant's geography",
    "Learn pay-as-you-go-setup-billing-node",
    "2026-07-17",
)
SUBSCRIPTION_FIXED = Fact(
    "Subscription and resource group of a billing policy cannot be changed afterwards",
    "Learn pay-as-you-go-setup-billing-node",
    "2026-07-17",
)
BUDGET = Fact(
    "A budget only warns: reaching 100 % stops nothing",
    "Learn pay-as-you-go-setup-billing-node",
    "2026-07-17",
)
FIRST_POINTS = Fact(
    "A policy becomes active within about 60 minutes; first restore points follow within about 60 more, and then "
    "15 minutes (OneDrive 15 to 25) for every 1,000 units",
    "Learn backup-overview 2025-06-19; backup-view-edit-policies",
    "2026-08-21",
)
RPO = Fact(
    "A restore point every 10 minutes: for two weeks in OneDrive and SharePoint, then weekly; "
    "for the whole year in Exchange",
    "Learn backup-faq",
    "2026-09-29",
)
LEAST_PRIVILEGE = Fact(
    "Prefer a narrower role than Global Administrator for daily work",
    "Learn backup-setup",
    "2026-07-17",
)
TERMS_M365 = Fact(
    "https://www.microsoft.com/licensing/terms/product/ForOnlineServices/all",
    "2025 set-up page",
    "2025-03-17",
)
TERMS_PAYG = Fact(
    "The pay-as-you-go billing terms and the privacy statement are accepted in the admin center itself",
    "Learn pay-as-you-go-setup-billing-node",
    "2026-07-17",
)
CONTROLLER = Fact(
    "Handing backup to a third-party application is one way: coming back needs a support ticket. "
    "This wizard never does it",
    "Learn backup-faq",
    "2026-09-29",
)
SHARED_MAILBOX = Fact(
    "Room and group mailboxes cannot be protected; shared mailboxes can, but groups do not pick them up",
    "Learn backup-view-edit-policies",
    "2026-08-21",
)
REGISTRATION = Fact(
    "Registering a resource provider usually takes 5 to 10 minutes",
    "SharePoint Embedded set-up documentation; sp-dev-docs pull request 10158",
    "2026-11-21",  # the day it was read: the page carries no date that we saw
)
AZURE_POLICY = Fact(
    "An Azure Policy that lists allowed resource types must allow both Microsoft.Syntex/accounts and "
    "Microsoft.Syntex/documentProcessors",
    "Learn error-request-disallowed-by-policy",
    "2026-01-30",
)
SETUP_ROLES = Fact(
    "The set-up pages of Microsoft 365 Backup open for SharePoint Administrators and Global Administrators",
    "Learn backup-setup",
    "2026-07-17",
)
