"""What a line of the readiness report means: what is missing, which step needs it, who can grant it."""

from __future__ import annotations

from m365backup_tui.domain import azure
from m365backup_tui.domain.facts import SETUP_ROLES
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.readiness import BY_ACTIVATION, Missing, Readiness, missing
from m365backup_tui.domain.service import BackupService, Probe
from m365backup_tui.screens.views.permissions import PROBES, eligible_for_set_up, roles_for
from m365backup_tui.state import State

# The portal's menu was not read for the reference: shown as what it is.
PIM_PATH = "Look under ID Governance > Privileged Identity Management > My roles (unverified)."


def about(state: State, row_id: str | None) -> str:
    """What the line under the cursor means: what is missing, which step needs it, who can grant it."""
    report = state.readiness.value
    if report is None or row_id is None:
        return ""
    lack = _lack(state, report, row_id)
    if lack is not None:
        where = f" {PIM_PATH}" if lack.who == BY_ACTIVATION and row_id in set(Product) else ""
        return f"{lack.what}.\nNeeded for: {lack.blocks}. Who can change that: {lack.who}.{where}"
    if row_id in set(Product):
        product = Product(row_id)
        return (
            f"You may create and change {product.label} policies, as {roles_for(report, product)}."
        )
    if row_id == "set-up":
        return _about_set_up(report)
    if row_id.startswith("subscription-"):
        return _about_subscription(report, row_id.removeprefix("subscription-"))
    if row_id == "service":
        return _about_service(report.service)
    if row_id == "eligible":
        return (
            "Roles you could activate in Privileged Identity Management may exist; this account "
            "may not read them. Roles that are active were read."
        )
    if row_id.startswith("note-"):
        return report.notes[int(row_id.removeprefix("note-"))]
    return ""


def link_of(state: State, row_id: str | None) -> str:
    """The page where the line under the cursor can be put right, or ""."""
    report = state.readiness.value
    lack = _lack(state, report, row_id) if report and row_id else None
    return lack.link if lack else ""


def _lack(state: State, report: Readiness, row_id: str) -> Missing | None:
    if row_id == "service" and report.service.probe is Probe.OFF and not report.may_set_up:
        return None  # not "you, in the next steps": the line about the admin center says who can
    start = {"service": "Backup service", "azure": "Azure"}.get(row_id, "")
    if row_id in set(Product):
        start = f"{Product(row_id).label}:"
    if row_id.startswith("subscription-") and not report.usable_subscriptions:
        start = "Azure"
    if not start:
        return None
    links = state.place.links
    lacks = missing(report, links.pim, links.create_subscription, links.azure_pim)
    return next((lack for lack in lacks if lack.what.startswith(start)), None)


def _about_set_up(report: Readiness) -> str:
    if report.may_set_up:
        return (
            "Turning backup on is done in the Microsoft 365 admin center. You may open that page."
        )
    names = eligible_for_set_up(report)
    mine = f"Activate {names} in Privileged Identity Management, or let" if names else "Let"
    return (
        f"Turning backup on is done in the Microsoft 365 admin center. {SETUP_ROLES.dated}. {mine} somebody with "
        "such a role do that step: the page Turn on shows what to send, and notices when it is done."
    )


def _about_subscription(report: Readiness, subscription_id: str) -> str:
    found = next((s for s in report.subscriptions if s.id == subscription_id), None)
    if found is None:
        return ""
    refused = azure.refusal(found, report.tenant_id)
    if refused:
        return f"{found.name} cannot carry the billing. {refused}"
    limit = " It has a spending limit." if found.spending_limit else ""
    return f"{found.name} can carry the billing: {found.access or 'Owner or Contributor'}.{limit}"


def _about_service(service: BackupService) -> str:
    said = f" It said: {service.said}" if service.said else ""
    return f"Asked with one read-only question: {PROBES[service.probe][1]}.{said}"
