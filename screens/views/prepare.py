"""What the page Prepare Azure says: what will be written, what that means, why it was refused."""

from __future__ import annotations

from m365backup_tui.domain.azure import SYNTEX, Registration
from m365backup_tui.domain.billing import AzurePlan
from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.facts import AZURE_POLICY, REGISTRATION
from m365backup_tui.screens.widgets.prose import Span
from m365backup_tui.screens.words import ended
from m365backup_tui.state import State

USUAL = (
    f"{REGISTRATION.dated}. You may leave with Ctrl+Q: what was asked of Azure goes on, and the wizard looks "
    "again when you return."
)

_HINTS: dict[str, str] = {
    "requestdisallowedbypolicy": (
        f"{AZURE_POLICY.dated}. Ask whoever manages it to allow them, and the region you chose; then press "
        "Enter to try again."
    ),
    "scopelocked": (
        "A lock on the subscription or the group forbids changes. Ask an Owner to remove the lock "
        "in the Azure portal, under Locks; then press Enter to try again."
    ),
    "authorizationfailed": (
        "Your role does not cover this. Ask an Owner or User Access Administrator of the "
        "subscription for Contributor, then press Enter to try again."
    ),
    "readonlydisabledsubscription": (
        "The subscription is disabled and can only be read. Reactivate it in the Azure portal, or go back with "
        "Esc and choose another."
    ),
}


def heading(state: State, plan: AzurePlan) -> str:
    """Before, during and after the writes."""
    if state.prepared.busy:
        return "Azure is being prepared."
    if state.prepared.error is not None:
        return "Azure did not do all of it."
    if state.azure_ready or plan.empty:
        return "Azure is ready for billing. Nothing is left to write here."
    return "This will be written to Azure when you press Enter."


def lines(state: State, plan: AzurePlan, done: str) -> list[Span]:
    """One line a write; `done` is the mark for what is true already."""
    chosen = state.chosen_subscription
    where = f"in {chosen.name}" if chosen else ""
    spans: list[Span] = []
    group = state.answers.group
    if plan.create_group:
        spans += [
            ("  +  ", "accent"),
            (f"create resource group  {plan.create_group}\n", "strong"),
            (f"       {where}, {region_words(state, plan.location)}\n", "plain"),
        ]
    elif group:
        spans.append((f"  {done}  resource group {group} is there\n", "plain"))
    if plan.register:
        spans += [
            ("  +  ", "accent"),
            (f"register resource provider  {SYNTEX}\n", "strong"),
            (f"       {where}{_seen(state)}\n", "plain"),
        ]
    else:
        spans.append((f"  {done}  resource provider {SYNTEX} is registered\n", "plain"))
    return ended(spans)


def _seen(state: State) -> str:
    provider = state.provider.value
    if provider is None:
        return "; whether it is registered already is not known yet"
    if provider.state is Registration.NOT_REGISTERED:
        return ""
    return f", now {provider.state.value}"


def region_words(state: State, location: str) -> str:
    """A region as people read it."""
    provider = state.provider.value
    names = {r.name: r.display for r in provider.regions} if provider else {}
    return names.get(location, location)


def meaning(state: State, plan: AzurePlan) -> str:
    """What the writes bring with them, and what they do not."""
    if state.azure_ready or plan.empty:
        return "Press Enter to continue with the Microsoft 365 admin center."
    if state.prepared.busy:
        return USUAL
    if state.prepared.error is not None:
        return "What is marked + is not done. Enter tries again, and looks first."
    parts: list[str] = []
    if plan.register:
        parts.append(
            f"Registering {SYNTEX} lets the subscription hold the billing resource. It may add "
            "Microsoft's own service principals to your tenant: unfamiliar names can appear under "
            "Enterprise applications."
        )
    parts.append("Neither turns backup on, and neither protects or charges anything yet.")
    return " ".join(parts)


def hint(error: CloudError) -> str:
    """What the refusal's code says about the way out; "" for codes that say nothing more."""
    return _HINTS.get(error.code.lower(), "")
