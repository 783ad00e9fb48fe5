"""Subscription: which Azure subscription pays for the backup."""

from __future__ import annotations

from collections.abc import Iterable

from textual import on
from textual.widget import Widget

from m365backup_tui.domain import azure
from m365backup_tui.domain.azure import Subscription, SubscriptionState
from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.facts import OWNER_CONTRIBUTOR, SUBSCRIPTION_FIXED
from m365backup_tui.domain.readiness import Readiness
from m365backup_tui.screens.access import AccessScreen
from m365backup_tui.screens.help_text import HelpText
from m365backup_tui.screens.views.permissions import azure_sign_in, ended
from m365backup_tui.screens.widgets.keys import Key
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column, Row
from m365backup_tui.state import State
from m365backup_tui.steps import StepId
from m365backup_tui.work.messages import advice as about_error

# Disabled and deleted ones are refused, in words of their own.
_STATES = {
    SubscriptionState.WARNED: "; payment overdue",
    SubscriptionState.PAST_DUE: "; payment overdue",
    SubscriptionState.UNKNOWN: "; its state is not known",
}


def rows(report: Readiness) -> tuple[Row, ...]:
    """Usable subscriptions first, then the others with the reason."""
    good = [_row(report, s) for s in report.usable_subscriptions]
    others = [_row(report, s) for s in report.subscriptions if azure.refusal(s, report.tenant_id)]
    return (*good, *others)


def _row(report: Readiness, subscription: Subscription) -> Row:
    refused = azure.refusal(subscription, report.tenant_id)
    cells = (subscription.name, refused or _right(subscription))
    mark = "no" if refused else "ok"
    return Row(subscription.id, cells, mark=mark, disabled=refused)


def _right(subscription: Subscription) -> str:
    """By what right it can pay, and what speaks against it."""
    limit = "; it has a spending limit" if subscription.spending_limit else ""
    overdue = _STATES.get(subscription.state, "")
    return f"{subscription.access or 'Owner or Contributor'}{overdue}{limit}"


def heading(state: State) -> str:
    """What to decide, or what is missing."""
    report = state.readiness.value
    if report is None:
        return "Reading your subscriptions."
    if state.backup_on:
        return "Microsoft 365 Backup is turned on: there is nothing to choose here."
    if report.azure_error is not None:
        return "Your Azure subscriptions could not be read."
    count = len(report.usable_subscriptions)
    if count == 0:
        return "You have no Azure subscription that can pay for the backup yet."
    if count == 1:
        return "One Azure subscription can pay for the backup."
    return "Choose the Azure subscription that pays for the backup."


def about(state: State, row_id: str | None) -> str:
    """The row under the cursor in full: why it cannot be used, or by what right it can."""
    report = state.readiness.value
    found = next((s for s in report.subscriptions if s.id == row_id), None) if report else None
    if report is None or found is None:
        return ""
    if refused := azure.refusal(found, report.tenant_id):
        return f"{found.name}: {refused}"
    return f"{found.name}: {_right(found)}."


def advice(state: State) -> str:
    """What the choice means; with nothing to choose, the ways out."""
    report = state.readiness.value
    if report is None:
        return ""
    if state.backup_on:
        return "Press Enter to continue."
    if report.azure_error is not None:
        return _unread(state, report.azure_error)
    if report.usable_subscriptions:
        return (
            "Enter chooses the one under the cursor; nothing is written yet. Choose with care: "
            f"{SUBSCRIPTION_FIXED.dated}."
        )
    links = state.place.links
    ways: list[str] = []
    if any(s.eligible for s in report.subscriptions):
        pim = f": {links.azure_pim}" if links.azure_pim else ""
        ways.append(f"- Activate the role you are eligible for{pim}")
    which = (
        "a subscription above" if report.subscriptions else "a subscription of this organization"
    )
    ways.append(
        f"- Ask an Owner or User Access Administrator of {which} to make you Contributor or Owner."
    )
    new = f": {links.create_subscription}" if links.create_subscription else "."
    ways.append(f"- Create a subscription with an account of this organization{new}")
    ways.append(
        "- Or let somebody who has these rights do billing and Turn on with this wizard. Once backup is on, "
        "you go straight to the policies."
    )
    ways.append("Administrator roles of Microsoft 365 give no rights in Azure. Then press R.")
    return "\n".join(ways)


def _unread(state: State, error: CloudError) -> str:
    """Azure did not answer the question at all."""
    if azure_sign_in(state) is None:
        return f"{error.what} {about_error(error, again='R')}".rstrip()
    if ended(error):
        return f"{error.what} Sign in again with the same account. Press S: it leads back here."
    return (
        f"{error.what} Azure does not take this sign-in, so another short one is needed, with the same account. "
        "Press S: it leads back here. Billing waits for it; nothing else does."
    )


class SubscriptionScreen(AccessScreen):
    """A list; what cannot be used is greyed, with the reason."""

    STEP = AT = StepId.SUBSCRIPTION

    def content(self) -> Iterable[Widget]:
        """The subscriptions, and what the choice means."""
        yield RowList(
            (Column("Subscription", 26), Column("Your right")),
            marks=True,
            header=True,
            empty="No subscription is visible to you.",
            id="subscriptions",
            classes="short",
        )
        yield Prose(id="about", classes="about")
        yield Prose(id="advice", classes="above")

    def heading(self, view: State) -> str:
        """What to decide."""
        return heading(view)

    def keys(self, view: State) -> tuple[Key, ...]:
        """Enter takes the row."""
        report = view.readiness.value
        usable = report is not None and bool(report.usable_subscriptions)
        if view.backup_on:  # somebody turned it on meanwhile
            return (Key("enter", "Continue", do="go_on"), *self.check_keys(view))
        return (
            Key(
                "enter",
                "Use this one",
                enabled=usable,
                why_not="Nothing here can pay for the backup yet; the ways out are above.",
            ),
            *self.check_keys(view),
        )

    def render_view(self, view: State) -> None:
        """The list, with the cursor on the chosen or the first usable one."""
        super().render_view(view)
        report = view.readiness.value
        listing = self.query_one("#subscriptions", RowList)
        listing.display = not view.backup_on and (report is None or report.azure_error is None)
        if report is not None:
            first = listing.current is None
            listing.show(rows(report), cursor=view.answers.subscription_id if first else None)
        self.query_one("#advice", Prose).show(advice(view))
        self._about(view)

    def _about(self, view: State) -> None:
        row = self.query_one("#subscriptions", RowList).current
        prose = self.query_one("#about", Prose)
        prose.show(about(view, row.id if row else None))
        prose.set_class(not prose.text, "hidden")

    def explain(self, view: State, row_id: str | None) -> str:
        """The same on wide terminals, beside the list."""
        return about(view, row_id)

    @on(RowList.Moved, "#subscriptions")
    def _look(self) -> None:
        self._about(self.view)

    def copyable(self) -> str:
        """The link to a new subscription, when there is none to choose."""
        report = self.view.readiness.value
        if (
            report is None
            or report.usable_subscriptions
            or report.azure_error
            or self.view.backup_on
        ):
            return ""
        return self.view.place.links.create_subscription

    def action_go_on(self) -> None:
        """Enter, once backup is on: past billing."""
        self.wizard.next()

    @on(RowList.Chosen, "#subscriptions")
    def _choose(self, event: RowList.Chosen) -> None:
        if event.row_id != self.view.answers.subscription_id:
            self.wizard.choose_subscription(event.row_id)
        self.wizard.next()

    def help(self) -> HelpText:
        """Why a subscription."""
        return HelpText(
            "Microsoft 365 Backup is paid as you go through an Azure subscription of the same "
            "Microsoft Entra tenant.",
            "Azure rights are separate from Microsoft 365 roles: you need Owner or Contributor on "
            f"the subscription. {OWNER_CONTRIBUTOR.dated}.",
        )
