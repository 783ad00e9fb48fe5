"""Subscription: which Azure subscription pays for the backup."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual import on
from textual.widget import Widget

from m365backup_tui.domain import azure
from m365backup_tui.domain.azure import Subscription, SubscriptionState
from m365backup_tui.domain.facts import OWNER_CONTRIBUTOR, SUBSCRIPTION_FIXED
from m365backup_tui.domain.readiness import Readiness
from m365backup_tui.screens.page import HelpText
from m365backup_tui.screens.step import StepScreen
from m365backup_tui.screens.widgets.keys import Key
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column, Row
from m365backup_tui.state import Remote, State
from m365backup_tui.steps import StepId

_STATES = {
    SubscriptionState.ENABLED: "active",
    SubscriptionState.WARNED: "overdue",
    SubscriptionState.PAST_DUE: "overdue",
    SubscriptionState.DISABLED: "disabled",
    SubscriptionState.DELETED: "deleted",
    SubscriptionState.UNKNOWN: "unknown",
}


def rows(report: Readiness) -> tuple[Row, ...]:
    """Usable subscriptions first, then the others with the reason."""
    good = [_row(report, s) for s in report.usable_subscriptions]
    others = [_row(report, s) for s in report.subscriptions if azure.refusal(s, report.tenant_id)]
    return (*good, *others)


def _row(report: Readiness, subscription: Subscription) -> Row:
    refused = azure.refusal(subscription, report.tenant_id)
    cells = (
        subscription.name,
        _STATES[subscription.state],
        refused or subscription.access or "Owner or Contributor",
    )
    mark = "no" if refused else "ok"
    return Row(subscription.id, cells, mark=mark, disabled=refused)


def heading(state: State) -> str:
    """What to decide, or what is missing."""
    report = state.readiness.value
    if report is None:
        return "Reading your subscriptions."
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
    limit = " It has a spending limit." if found.spending_limit else ""
    return f"{found.name}: {found.access or 'Owner or Contributor'}.{limit}"


def advice(state: State) -> str:
    """What the choice means; with nothing to choose, the ways out."""
    report = state.readiness.value
    if report is None:
        return ""
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
    if report.subscriptions:
        ways.append(
            "- Ask an Owner or User Access Administrator of a subscription above to make you "
            "Contributor or Owner there."
        )
    new = f": {links.create_subscription}" if links.create_subscription else "."
    ways.append(f"- Create a subscription with an account of this organisation{new}")
    ways.append(
        "Global Administrators have no rights in Azure by default. Then press R to check again."
    )
    return "\n".join(ways)


class SubscriptionScreen(StepScreen):
    """A list; what cannot be used is greyed, with the reason."""

    STEP = AT = StepId.SUBSCRIPTION

    def content(self) -> Iterable[Widget]:
        """The subscriptions, and what the choice means."""
        yield RowList(
            (Column("Subscription", 26), Column("State", 8), Column("Your right")),
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
        return (
            Key(
                "enter",
                "Use this one",
                enabled=usable,
                why_not="None of these can pay for the backup; see the ways out above.",
            ),
            Key(
                "r",
                "Check again",
                do="again",
                enabled=not view.readiness.busy,
                why_not="The check is running.",
            ),
            *self.trouble_keys(view),
        )

    def waits(self, state: State) -> Remote[Any] | None:
        """The permission check, which reads the subscriptions."""
        return state.readiness

    def render_view(self, view: State) -> None:
        """The list, with the cursor on the chosen or the first usable one."""
        super().render_view(view)
        report = view.readiness.value
        listing = self.query_one("#subscriptions", RowList)
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
        if report is None or report.usable_subscriptions:
            return ""
        return self.view.place.links.create_subscription

    @on(RowList.Chosen, "#subscriptions")
    def _choose(self, event: RowList.Chosen) -> None:
        if event.row_id != self.view.answers.subscription_id:
            self.wizard.choose_subscription(event.row_id)
        self.wizard.next()

    def action_again(self) -> None:
        """R: read rights and subscriptions anew."""
        self.again("check", self.wizard.check_access)

    def help(self) -> HelpText:
        """Why a subscription."""
        return HelpText(
            "Microsoft 365 Backup is paid as you go through an Azure subscription of the same "
            "Microsoft Entra tenant.",
            "Azure rights are separate from Microsoft 365 roles: you need Owner or Contributor on "
            f"the subscription. {OWNER_CONTRIBUTOR.dated}.",
        )
