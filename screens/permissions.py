"""Permissions: what you may do, what is missing, which step needs it and who can grant it."""

from __future__ import annotations

from collections.abc import Iterable

from textual import on
from textual.widget import Widget

from m365backup_tui.domain.facts import LEAST_PRIVILEGE
from m365backup_tui.domain.service import Probe
from m365backup_tui.screens.access import AccessScreen
from m365backup_tui.screens.asking_consent import APPLICATIONS, CONSENT
from m365backup_tui.screens.help_text import HelpText, Link
from m365backup_tui.screens.views import permissions as shown
from m365backup_tui.screens.views import permissions_about as meaning
from m365backup_tui.screens.widgets.keys import Key
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column
from m365backup_tui.screens.words import clock_time
from m365backup_tui.state import State
from m365backup_tui.steps import StepId


class PermissionsScreen(AccessScreen):
    """The readiness report. The line under the cursor is explained below the list."""

    STEP = AT = StepId.PERMISSIONS

    def content(self) -> Iterable[Widget]:
        """The findings, and what the one under the cursor means."""
        yield RowList(
            (Column("For", 8), Column("What", weight=5), Column("Finding", weight=7)),
            marks=True,
            header=True,
            empty="Nothing has been read yet.",
            id="findings",
        )
        yield Prose(id="about", classes="about")
        yield Prose(id="link", classes="about")

    def heading(self, view: State) -> str:
        """The answer in one sentence."""
        return shown.heading(view)

    def keys(self, view: State) -> tuple[Key, ...]:
        """Continue, or check again."""
        there = view.readiness.value is not None
        return (
            Key(
                "enter",
                shown.continue_label(view),
                do="go_on",
                enabled=there,
                why_not="The check has to come to an end first; press R to check again.",
            ),
            *self.check_keys(view),
            *self._application_keys(view),
        )

    def _application_keys(self, view: State) -> tuple[Key, ...]:
        """Who can consent, where that is what the service lacks; which application asks."""
        report = view.readiness.value
        lacks = report is not None and report.service.probe is Probe.NO_CONSENT
        asked = self.lacking_consent() is not None  # the keys of trouble have it then
        return (*((CONSENT,) if lacks and not asked else ()), APPLICATIONS)

    def at_rest(self, state: State) -> str:
        """When it was checked."""
        report = state.readiness.value
        return (
            f"Checked at {clock_time(report.at)}. Only reads; nothing was changed."
            if report
            else ""
        )

    def render_view(self, view: State) -> None:
        """The report."""
        super().render_view(view)
        report = view.readiness.value
        findings = self.query_one("#findings", RowList)
        findings.display = report is not None
        if report is not None:
            findings.show(shown.rows(report))
        self._about(view)

    def _about(self, view: State) -> None:
        row = self.query_one("#findings", RowList).current
        row_id = row.id if row else None
        self._put("#about", meaning.about(view, row_id))
        link = meaning.link_of(view, row_id)
        self._put("#link", f"{link}   (C copies)" if link else "")

    def _put(self, place: str, text: str) -> None:
        prose = self.query_one(place, Prose)
        prose.show(text)
        prose.set_class(not text, "hidden")

    def explain(self, view: State, row_id: str | None) -> str:
        """The same on wide terminals, beside the list."""
        link = meaning.link_of(view, row_id)
        tail = f"\n\n{link}\n(C copies)" if link else ""
        return f"{meaning.about(view, row_id)}{tail}"

    @on(RowList.Moved, "#findings")
    def _look(self) -> None:
        self._about(self.view)
        self.show_keys()

    @on(RowList.Chosen, "#findings")
    def _chosen(self) -> None:
        self.action_go_on()

    def copyable(self) -> str:
        """The link of the line under the cursor."""
        row = self.query_one("#findings", RowList).current
        return meaning.link_of(self.view, row.id if row else None)

    def action_go_on(self) -> None:
        """Enter: the next step that is not complete."""
        if self.view.readiness.value is not None:
            self.wizard.next()

    def help(self) -> HelpText:
        """What was read, and why roles matter."""
        return HelpText(
            "The wizard reads your Entra roles (active, through groups and eligible), your rights "
            "on Azure subscriptions, and asks the backup service one harmless question.",
            "SharePoint roles manage SharePoint and OneDrive, Exchange roles manage Exchange, Global "
            "and Microsoft 365 Backup Administrator manage all three. "
            f"{LEAST_PRIVILEGE.dated}.",
            (("Up", "Move through the findings; each is explained below the list"),),
            (
                Link(
                    "Entra built-in roles",
                    "https://learn.microsoft.com/entra/identity/role-based-access-control/"
                    "permissions-reference",
                ),
            ),
        )
