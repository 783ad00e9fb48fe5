"""The readiness report as rows and sentences."""

from __future__ import annotations

from m365backup_tui.domain import azure, roles
from m365backup_tui.domain.azure import Subscription
from m365backup_tui.domain.errors import CloudError, ConsentNeeded, NotSignedIn, StepUpNeeded
from m365backup_tui.domain.facts import SETUP_ROLES
from m365backup_tui.domain.products import ALL_PRODUCTS, Product
from m365backup_tui.domain.readiness import (
    BILLING_INVALID,
    BY_ACTIVATION,
    Missing,
    Readiness,
    missing,
)
from m365backup_tui.domain.roles import How, Verdict
from m365backup_tui.domain.service import BackupService, Probe
from m365backup_tui.screens.widgets.rows import Row
from m365backup_tui.screens.words import clock_time, day_time, listed
from m365backup_tui.state import State

# The portal's menu was not read for the reference: shown as what it is.
PIM_PATH = "Look under ID Governance > Privileged Identity Management > My roles (unverified)."

_MENDED_BY_SIGN_IN = (NotSignedIn, StepUpNeeded, ConsentNeeded)

_HOW = {How.DIRECT: "", How.GROUP: " (through a group)", How.ELIGIBLE: ""}

_PROBES = {
    Probe.ANSWERS: ("ok", "answers, and lists policies"),
    Probe.NO_CONSENT: ("no", "no consent yet to read policies"),
    Probe.NO_ROLE: ("no", "refuses you: no backup role active"),
    Probe.NOT_CONTROLLER: ("no", "controlled by another application"),
    Probe.OFF: ("warn", "is off: step Turn on"),
    Probe.LOCKED: ("warn", "locked until billing is healthy"),
    Probe.PREPARING: ("warn", "is being prepared: press R in a while"),
    Probe.UNREACHABLE: ("no", "could not be reached; press R"),
    Probe.UNKNOWN: ("warn", "its answer is not understood; press R"),
}

# Answers of the service with which "everything" would be untrue, whatever the roles are.
_IN_THE_WAY = {
    Probe.NO_CONSENT: "This application has no consent yet to read backup policies.",
    Probe.PREPARING: "Backup is being prepared, which takes a few minutes. Then press R.",
    Probe.NO_ROLE: "The backup service refuses your account, whatever your roles say.",
    Probe.NOT_CONTROLLER: "Another application controls backup here: see what that means.",
    Probe.LOCKED: "Backup is locked until billing is healthy: policies cannot be changed.",
    Probe.UNREACHABLE: "The backup service could not be reached. Press R to check again.",
    Probe.UNKNOWN: "The backup service's answer is not understood. Press R to check again.",
}


def azure_sign_in(state: State) -> CloudError | None:
    """What a sign-in for Azure alone would mend, or None: the Graph client may not have Azure tokens everywhere."""
    report = state.readiness.value
    error = report.azure_error if report else None
    return error if isinstance(error, _MENDED_BY_SIGN_IN) else None


def ended(error: CloudError | None) -> bool:
    """Whether Azure was only the first to hear that the whole sign-in is over, as when it was revoked or expired."""
    return isinstance(error, NotSignedIn) and error.code != "sign_in_for_azure"


def heading(state: State) -> str:
    """What the check means for you, in one sentence."""
    report = state.readiness.value
    if report is None:
        if state.readiness.error is not None:
            return "Your permissions could not be checked."
        return "Checking what you may do. Nothing is changed."
    if state.readiness.error is not None:
        return f"The check failed. Below is what was found at {clock_time(report.at)}."
    can, cannot = _split(report)
    over = azure_sign_in(state)
    if over is not None and ended(over):
        return f"{over.what} Press S to sign in again."
    if over is not None and not state.backup_on:
        return "Azure needs a short sign-in of its own before billing. Press S."
    if not can:
        if any(report.verdict(p) is Verdict.AFTER_ACTIVATION for p in ALL_PRODUCTS):
            return "Your roles are eligible, not active. Activate what you need, then press R."
        return "You cannot manage policies yet. See what is missing."
    service = report.service
    if service.probe is Probe.ANSWERS and not service.on:
        return f"Backup says of itself “{service.status}”: see what that means."
    if service.probe in _IN_THE_WAY:
        return _IN_THE_WAY[service.probe]
    if report.azure_error is not None and not state.backup_on:
        return f"You may manage {_these(can)}, but Azure could not be read. Press R."
    if _billing_missing(state, report):
        return f"You may manage {_these(can)}, but cannot set up billing yet."
    if not state.backup_on and not report.may_set_up:
        return f"You may manage {_these(can)} and prepare billing, but not turn backup on."
    if not cannot:
        return "You can set up everything."
    return f"You can set up everything except {listed(cannot)}."


def _these(labels: list[str]) -> str:
    """Three products are all there are: a heading of one line."""
    return "all policies" if len(labels) == len(ALL_PRODUCTS) else listed(labels)


def continue_label(state: State) -> str:
    """What Enter does."""
    report = state.readiness.value
    if report is None:
        return "Continue"
    if state.quick and not state.backup_on:
        return "Continue with billing"
    can, cannot = _split(report)
    if not (can and cannot):
        return "Continue"
    return f"Continue with {can[0]}" if len(can) == 1 else f"Continue without {listed(cannot)}"


def _split(report: Readiness) -> tuple[list[str], list[str]]:
    may = set(report.products)
    can = [p.label for p in ALL_PRODUCTS if p in may]
    return can, [p.label for p in ALL_PRODUCTS if p not in may]


def _billing_missing(state: State, report: Readiness) -> bool:
    return not state.backup_on and not report.usable_subscriptions


def rows(report: Readiness) -> tuple[Row, ...]:
    """Products, set-up pages, subscriptions, the service and failed reads; one line each."""
    found = [_product(report, product) for product in ALL_PRODUCTS]
    found.append(_set_up(report))
    found += [_subscription(report, s) for s in report.subscriptions]
    if report.azure_error is not None:
        mendable = isinstance(report.azure_error, _MENDED_BY_SIGN_IN)
        what = "needs a sign-in of its own: press S" if mendable else "could not be read: press R"
        what = "not read: sign in again with S" if ended(report.azure_error) else what
        found.append(Row("azure", ("Azure", "Subscriptions", what), mark="warn"))
    elif not report.subscriptions:
        found.append(Row("azure", ("Azure", "Subscriptions", "none is visible to you"), mark="no"))
    found.append(_service(report.service))
    if not report.eligibility_known:
        found.append(Row("eligible", ("Roles", "Eligible roles", "could not be read"), mark="warn"))
    found += [
        Row(f"note-{n}", ("Note", "Not read", note), mark="warn")
        for n, note in enumerate(report.notes)
    ]
    return tuple(found)


def _product(report: Readiness, product: Product) -> Row:
    verdict = report.verdict(product)
    through = roles_for(report, product)
    if verdict is Verdict.YES:
        return Row(product, ("Policies", product.label, through), mark="ok")
    if verdict is Verdict.AFTER_ACTIVATION:
        return Row(
            product, ("Policies", product.label, f"after you activate {through}"), mark="warn"
        )
    return Row(product, ("Policies", product.label, "none of your roles"), mark="no", tone="off")


def roles_for(report: Readiness, product: Product) -> str:
    """The roles that count for a product, and how they are held; active ones before eligible ones."""
    active: list[str] = []
    eligible: list[str] = []
    for held in report.roles:
        known = roles.backup_role(held.template_id)
        if known is None or product not in known.manages or not held.tenant_wide:
            continue
        words = f"{known.name}{_HOW[held.how]}"
        (eligible if held.how is How.ELIGIBLE else active).append(words)
    return ", ".join(active or eligible)


def _set_up(report: Readiness) -> Row:
    if report.may_set_up:
        return Row(
            "set-up", ("Turn on", "Admin center", "you may open its set-up pages"), mark="ok"
        )
    names = eligible_for_set_up(report)
    text = f"after you activate {names}" if names else "not with your roles"
    return Row("set-up", ("Turn on", "Admin center", text), mark="warn")


def eligible_for_set_up(report: Readiness) -> str:
    """Roles that would open the set-up pages, if they were activated."""
    return listed(
        [
            r.name
            for r in report.roles
            if r.how is How.ELIGIBLE and r.template_id in roles.SETUP_ROLE_IDS
        ],
        "or",
    )


def _subscription(report: Readiness, subscription: Subscription) -> Row:
    refused = azure.refusal(subscription, report.tenant_id)
    cells = ("Azure", subscription.name, refused or subscription.access or "Owner or Contributor")
    row_id = f"subscription-{subscription.id}"
    if refused:
        return Row(row_id, cells, mark="no", tone="off")
    return Row(row_id, cells, mark="ok")


def _service(service: BackupService) -> Row:
    mark, words = _PROBES[service.probe]
    if service.probe is Probe.ANSWERS and not service.on:
        mark, words = "warn", f"answers, and says “{service.status}”"
    if service.probe is Probe.OFF and service.disable_reason.lower() == BILLING_INVALID:
        words = "disabled: its billing is not healthy"
    if service.grace_until is not None:
        words += f"; grace until {day_time(service.grace_until)}"
    return Row("service", ("Backup", "Backup service", words), mark=mark)


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


def lacks(state: State) -> tuple[Missing, ...]:
    """Everything that is missing, most important first."""
    report = state.readiness.value
    if report is None:
        return ()
    links = state.place.links
    return missing(report, links.pim, links.create_subscription, links.azure_pim)


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
    return next((m for m in lacks(state) if m.what.startswith(start)), None)


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
    return f"Asked with one read-only question: {_PROBES[service.probe][1]}.{said}"
