"""The readiness report as a heading and rows; what a row means is in permissions_about.py."""

from __future__ import annotations

from m365backup_tui.domain import azure, roles
from m365backup_tui.domain.azure import Subscription
from m365backup_tui.domain.errors import CloudError, ConsentNeeded, NotSignedIn, StepUpNeeded
from m365backup_tui.domain.products import ALL_PRODUCTS, Product
from m365backup_tui.domain.readiness import BILLING_INVALID, Readiness
from m365backup_tui.domain.roles import How, Verdict
from m365backup_tui.domain.service import BackupService, Probe
from m365backup_tui.screens.widgets.rows import Row
from m365backup_tui.screens.words import clock_time, day_time, listed
from m365backup_tui.state import State

_MENDED_BY_SIGN_IN = (NotSignedIn, StepUpNeeded, ConsentNeeded)

_HOW = {How.DIRECT: "", How.GROUP: " (through a group)", How.ELIGIBLE: ""}

PROBES = {
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
"""What the service answered: its mark and its words."""

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
    mark, words = PROBES[service.probe]
    if service.probe is Probe.ANSWERS and not service.on:
        mark, words = "warn", f"answers, and says “{service.status}”"
    if service.probe is Probe.OFF and service.disable_reason.lower() == BILLING_INVALID:
        words = "disabled: its billing is not healthy"
    if service.grace_until is not None:
        words += f"; grace until {day_time(service.grace_until)}"
    return Row("service", ("Backup", "Backup service", words), mark=mark)
