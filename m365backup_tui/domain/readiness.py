"""The readiness report: what the person may do, what is missing, which step needs it and who can grant it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from m365backup_tui.domain import azure, roles
from m365backup_tui.domain.azure import Subscription
from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.products import ALL_PRODUCTS, Product
from m365backup_tui.domain.roles import HeldRole, Verdict
from m365backup_tui.domain.service import BackupService, Probe


@dataclass(frozen=True, slots=True)
class Missing:
    """One missing thing. `blocks` names the step in the wizard's own words; `link` may be empty."""

    what: str
    blocks: str
    who: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Readiness:
    """Everything the permission check found, read at `at`. `notes` are other reads that failed, in words."""

    tenant_id: str
    roles: tuple[HeldRole, ...]
    subscriptions: tuple[Subscription, ...]
    service: BackupService
    at: datetime
    eligibility_known: bool = True
    notes: tuple[str, ...] = ()
    azure_error: CloudError | None = (
        None  # why the subscriptions could not be read, when they could not
    )

    def verdict(self, product: Product) -> Verdict:
        return roles.verdict(product, self.roles)

    @property
    def products(self) -> tuple[Product, ...]:
        return roles.manageable(self.roles)

    @property
    def usable_subscriptions(self) -> tuple[Subscription, ...]:
        return azure.usable(self.subscriptions, self.tenant_id)

    @property
    def may_set_up(self) -> bool:
        """May open the admin center's set-up pages (SETUP26, 2026-07-17)."""
        return any(
            r.template_id in roles.SETUP_ROLE_IDS and r.how is not roles.How.ELIGIBLE
            for r in self.roles
        )


BILLING_INVALID = "invalidbillingprofile"  # disableReason in lower case (graph.md 4)
BY_ACTIVATION = "you, in Privileged Identity Management"
_WHO_LATER = "nobody: check again later, or look in the Microsoft 365 admin center"
_WHO_AZURE = "you, as soon as the subscriptions can be read"


def missing(
    report: Readiness, pim_link: str = "", subscription_link: str = "", azure_pim_link: str = ""
) -> tuple[Missing, ...]:
    """What stands in the way, most important first."""
    found: list[Missing] = []
    for product in ALL_PRODUCTS:
        seen = report.verdict(product)
        if seen is Verdict.YES:
            continue
        if seen is Verdict.AFTER_ACTIVATION:
            names = ", ".join(
                r.name
                for r in report.roles
                if r.how is roles.How.ELIGIBLE
                and (known := roles.backup_role(r.template_id))
                and product in known.manages
            )
            found.append(
                Missing(
                    f"{product.label}: {names} is eligible but not active",
                    f"Policies for {product.label}",
                    BY_ACTIVATION,
                    pim_link,
                )
            )
            continue
        ask = roles.least_role_for(product).name
        found.append(
            Missing(
                f"{product.label}: none of your roles manages it (ask for {ask})",
                f"Policies for {product.label}",
                roles.WHO_GRANTS_ROLES,
            )
        )
    if report.azure_error is not None:
        found.append(
            Missing(f"Azure: {report.azure_error.what.rstrip('.')}", "Billing", _WHO_AZURE)
        )
    elif not report.subscriptions:
        found.append(
            Missing(
                "Azure: no subscription is visible to you",
                "Billing",
                "an Owner of a subscription (Global Administrators have no Azure rights by default)",
                subscription_link,
            )
        )
    elif not report.usable_subscriptions and any(s.eligible for s in report.subscriptions):
        found.append(
            Missing(
                "Azure: your role on a subscription is eligible but not active",
                "Billing",
                BY_ACTIVATION,
                azure_pim_link,
            )
        )
    elif not report.usable_subscriptions:
        found.append(
            Missing(
                "Azure: no enabled subscription where you are Owner or Contributor",
                "Billing",
                "an Owner or User Access Administrator of the subscription",
                subscription_link,
            )
        )
    found.extend(missing_of_service(report.service))
    return tuple(found)


def missing_of_service(service: BackupService) -> tuple[Missing, ...]:
    """What the backup service itself lacks; () when it answers and is on."""
    match service.probe:
        case Probe.NO_CONSENT:
            return (
                Missing(
                    "Backup service: this application has no consent to read policies",
                    "Policies",
                    "a Global, Application or Cloud Application Administrator",
                ),
            )
        case Probe.NO_ROLE:
            return (
                Missing(
                    "Backup service: it refuses your account, no backup role is active",
                    "Policies",
                    roles.WHO_GRANTS_ROLES,
                ),
            )
        case Probe.NOT_CONTROLLER:
            return (
                Missing(
                    "Backup service: another application controls backup in this tenant, or this "
                    "application is not allowed to call it",
                    "Policies",
                    "whoever runs backup today; this wizard never takes control over",
                ),
            )
        case Probe.OFF:
            if service.disable_reason.lower() == BILLING_INVALID:
                return (
                    Missing(
                        "Backup service: disabled, because its billing is not healthy",
                        "Turn on",
                        "an Owner of the billing subscription",
                    ),
                )
            return (
                Missing(
                    "Backup service: off. It was never turned on here, or it was disabled because of "
                    "billing",
                    "Turn on",
                    "you, in the next steps",
                ),
            )
        case Probe.PREPARING:
            return (
                Missing(
                    "Backup service: it still prepares the data store of your organization",
                    "Policies",
                    "nobody: it takes a few minutes",
                ),
            )
        case Probe.LOCKED:
            return (
                Missing(
                    "Backup service: locked, changes are refused until billing is healthy again",
                    "Billing",
                    "an Owner of the billing subscription",
                ),
            )
        case Probe.UNREACHABLE:
            return (Missing("Backup service: it could not be asked", "Turn on", _WHO_LATER),)
        case Probe.UNKNOWN:
            return (Missing("Backup service: its answer is not understood", "Turn on", _WHO_LATER),)
        case Probe.ANSWERS if not service.on:
            return (
                Missing(
                    f"Backup service: it is in a state that this version does not know "
                    f"({service.status})",
                    "Turn on",
                    "look in the Microsoft 365 admin center",
                ),
            )
        case _:
            return ()
