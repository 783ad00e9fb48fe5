"""What the page Turn on says: the terms, the way through the admin center, and what was seen so far."""

from __future__ import annotations

from dataclasses import dataclass

from m365backup_tui.domain.azure import SYNTEX, BillingKind, BillingResource, Registration
from m365backup_tui.domain.billing import BillingSeen, Node
from m365backup_tui.domain.facts import (
    BILLING_24H,
    CONTROLLER,
    COUNTED,
    PRICE,
    TERMS_M365,
    TERMS_PAYG,
)
from m365backup_tui.domain.service import BackupService, Probe
from m365backup_tui.screens.widgets.prose import Span
from m365backup_tui.screens.words import clock_time, ended
from m365backup_tui.state import State


def by_third_party(state: State) -> bool:
    """Another application has backup in its hands: there is no way on here."""
    seen = state.billing.value
    if seen is not None:
        return seen.by_third_party
    report = state.readiness.value
    return report is not None and report.service.probe is Probe.NOT_CONTROLLER


def heading(state: State) -> str:
    """Where you are and what to do."""
    if by_third_party(state):
        return "Another application controls backup in this tenant."
    if state.backup_on:
        return "Microsoft 365 Backup is turned on."
    if state.answers.terms_at is None:
        return "Before the admin center: the terms and the price."
    return "Turn backup on in the Microsoft 365 admin center, with these values."


def link(state: State) -> str:
    """Where the admin center's step begins."""
    links = state.place.links
    return links.billing_node if state.answers.node is Node.BILLING else links.setup_node


def terms() -> list[Span]:
    """What is accepted and what it costs; what cannot be changed was said where it was chosen."""
    return [
        (
            "Turning backup on has no public interface. You do it in the admin center; the next ",
            "plain",
        ),
        ("page shows every value in order and notices when it is done.\n\n", "plain"),
        ("Terms of service for Microsoft 365 ", "strong"),
        (f"({TERMS_M365.source}, {TERMS_M365.checked})\n", "plain"),
        (f"{TERMS_M365.text}\n", "accent"),
        (f"{TERMS_PAYG.dated}.\n\n", "plain"),
        ("Price ", "strong"),
        (f"{PRICE.dated}. {COUNTED.dated}.\n\n", "plain"),
        ("Press A to accept. Only the time is noted here; nothing is sent by it.", "plain"),
    ]


def path(state: State) -> list[Span]:
    """The menu path and the values, in the order in which the portal asks for them."""
    newer = state.answers.node is Node.BILLING
    spans: list[Span] = [
        *_not_you(state),
        (f"{_WHO[state.answers.node]}\n", "plain"),
        (f"{link(state) or 'https://admin.microsoft.com'}\n", "accent"),
    ]
    for number, text in enumerate(_NEWER if newer else _OLDER, 1):
        spans.append((f"{number}  {text}\n", "plain"))
        if text.endswith(":"):
            for name, value in _values(state):
                spans += [(f"     {name:<16}", "plain"), (f"{value}\n", "strong")]
    return ended(spans)


def _not_you(state: State) -> list[Span]:
    report = state.readiness.value
    if report is None or report.may_set_up:
        return []
    return [
        ("Your roles do not open these pages. ", "warn"),
        (
            "Send this page to a SharePoint or Global Administrator (F2 shows it as text). "
            "The wizard notices when it is done.\n",
            "plain",
        ),
    ]


_WHO = {
    Node.BILLING: "For organizations that start after 2026-04-01. N shows the older way, Setup.",
    Node.SETUP: "For organizations from before 2026-04-01. N shows the newer way, Billing.",
}
_NEWER = (
    "Billing > Pay-as-you-go > Add a billing policy; any policy name; then:",
    "Accept the terms, Next. All users, Next. Budget if you like. Create policy.",
    "Services > Microsoft 365 Backup > Billing policies: connect it, Save.",
)
_OLDER = (
    "Setup > Activate pay-as-you-go services > Get started.",
    "Billing tab > Syntex services:",
    "Accept the terms of service, then Save.",
    "Settings tab > Syntex services > Storage > Backup > Turn on, then Save.",
)


def _values(state: State) -> tuple[tuple[str, str], ...]:
    chosen = state.chosen_subscription
    provider = state.provider.value
    names = {r.name: r.display for r in provider.regions} if provider else {}
    region = state.answers.region
    return (
        ("Subscription", chosen.name if chosen else ""),
        ("Resource group", state.answers.group),
        ("Region", names.get(region, region)),
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """One line of what was seen: the mark (`ok`, `warn`, `no`, `dot`), the words."""

    mark: str
    words: str


def seen_lines(seen: BillingSeen | None) -> tuple[Seen, ...]:
    """What the last look found; nothing is inferred."""
    if seen is None:
        return (Seen("dot", "nothing looked at yet"),)
    lines = [_registration(seen.registration)]
    lines += [_resource(found, _KINDS[found.kind]) for found in seen.resources]
    if not seen.resources:
        lines.append(
            Seen("dot", "no billing policy (accounts), no older link (documentProcessors) yet")
        )
    lines.append(_service(seen.service))
    lines += [Seen("warn", note) for note in seen.notes]
    return tuple(lines)


_KINDS = {
    BillingKind.ACCOUNT: "billing policy",
    BillingKind.DOCUMENT_PROCESSOR: "billing link of the older kind",
}


def _registration(state: Registration) -> Seen:
    if state is Registration.REGISTERED:
        return Seen("ok", f"{SYNTEX} is registered")
    if state is Registration.UNKNOWN:
        return Seen("dot", f"{SYNTEX}: not known")
    return Seen("warn", f"{SYNTEX} is {state.value}")


def _resource(resource: BillingResource, name: str) -> Seen:
    where = f"{name} in {resource.resource_group}, {resource.location}"
    if resource.provisioning not in ("", "Succeeded"):
        return Seen("warn", f"{where}: {resource.provisioning}")
    if resource.for_backup is False:
        return Seen("warn", f"{where}: for another service, not for backup")
    said = "" if resource.for_backup else "; it does not say for which service"
    return Seen("ok", f"{where}{said}")


def _service(service: BackupService) -> Seen:
    if service.on:
        return Seen("ok", "Microsoft Graph: backup is on, policies can be made")
    words = {
        Probe.ANSWERS: f"answers, and says “{service.status}”",
        Probe.OFF: "backup is off",
        Probe.LOCKED: "locked, because of billing",
        Probe.PREPARING: "backup is being prepared, which takes a few minutes",
        Probe.NO_ROLE: "refuses your account: no backup role is active",
        Probe.NO_CONSENT: "this application has no consent",
        Probe.NOT_CONTROLLER: "another application controls backup",
        Probe.UNREACHABLE: "could not be reached",
        Probe.UNKNOWN: "gave an answer that is not understood",
    }[service.probe]
    return Seen("dot" if service.probe is Probe.OFF else "warn", f"Microsoft Graph: {words}")


def seen_spans(state: State, sign: dict[str, str]) -> list[Span]:
    """The lines with their marks, under the time of the look."""
    seen = state.billing.value
    title = f"Seen at {clock_time(seen.at)}" if seen else "Seen so far"
    tones = {"ok": "ok", "warn": "warn", "no": "error", "dot": "dim"}
    spans: list[Span] = [(f"{title}\n", "strong")]
    for line in seen_lines(seen):
        spans += [(f"  {sign[line.mark]} ", tones[line.mark]), (f"{line.words}\n", "plain")]
    return ended(spans)


def third_party() -> str:
    """Why there is no way on."""
    return (
        "Policies of this tenant are made by another application; Microsoft 365 Backup's own tools "
        f"may look, not change. {CONTROLLER.dated}.\n\n"
        "Talk to whoever runs that application. There is nothing to do here; Esc goes back."
    )


def patience() -> str:
    """How long it may take, and that one may leave."""
    return f"{BILLING_24H.dated}. You may leave: Ctrl+Q."
