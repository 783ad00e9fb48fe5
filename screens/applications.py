"""Which application signs you in: what each choice means, for Microsoft Graph, for Azure, or one for both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from textual import on
from textual.widget import Widget

from m365backup_tui.domain.applications import Choice
from m365backup_tui.domain.settings import SignInSettings
from m365backup_tui.screens.base import HelpText, Key
from m365backup_tui.screens.leaving_for_sign_in import LeavesForSignIn
from m365backup_tui.screens.own_app import OwnAppScreen
from m365backup_tui.screens.own_apps import OwnAppsScreen
from m365backup_tui.screens.sub_page import SubPage
from m365backup_tui.screens.views import applications as shown
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column
from m365backup_tui.state import Remote, State

_COLUMNS = (Column("For", 6), Column("Application", weight=3), Column("", 7))
_NOBODY = "Sign in first, as usual: your organization's applications are read with it."


class ApplicationsScreen(LeavesForSignIn, SubPage):
    """`await self.open(ApplicationsScreen(), then)`. `changed` is True when another application was chosen while
    nobody was signed in; whoever is signed in is led to a new sign-in instead."""

    def __init__(self) -> None:
        super().__init__()
        self.changed = False

    def content(self) -> Iterable[Widget]:
        """The choices, and what the one under the cursor means."""
        yield RowList(_COLUMNS, marks=True, header=True, empty="", id="choices", classes="short")
        yield Prose(id="about", classes="about")

    def on_mount(self) -> None:
        """Begin in the list."""
        self.came(self.view)
        self.query_one("#choices", RowList).focus()

    def heading(self, view: State) -> str:
        """What is decided here."""
        return "Which application signs you in? It is the name that Entra shows you."

    def keys(self, view: State) -> tuple[Key, ...]:
        """Use one; make one; find one."""
        nobody = view.signed_in is None
        return (
            Key("enter", "Use this"),
            Key("n", "One of your own", do="own", enabled=not nobody, why_not=_NOBODY),
            Key("f", "Find one there is", do="find", enabled=not nobody, why_not=_NOBODY),
            *self.trouble_keys(view),
        )

    def load(self, state: State) -> None:
        """Whether Azure CLI has a session; leaves when a new sign-in begins below."""
        if self.makes_room(state):
            return
        if state.azure_cli == Remote():
            self.once("azure-cli", self.wizard.look_for_azure_cli)

    def waits(self, state: State) -> Remote[Any] | None:
        """The change, and the wait until Entra knows a new application."""
        return state.settings_kept

    def at_rest(self, state: State) -> str:
        """When a change takes effect."""
        if self.changed:
            return "Kept. The next sign-in uses it."
        return "After a change you sign in again, with the application chosen."

    def render_view(self, view: State) -> None:
        """The choices with the ones in force."""
        super().render_view(view)
        self.query_one("#choices", RowList).show(shown.choice_rows(view))
        self._tell()

    def explain(self, view: State, row_id: str | None) -> str:
        """The same beside the list on wide terminals."""
        return _meaning(self._choice(row_id))

    @on(RowList.Moved, "#choices")
    def _tell(self) -> None:
        row = self.query_one("#choices", RowList).current
        self.query_one("#about", Prose).show(_meaning(self._choice(row.id if row else None)))

    def _choice(self, key: str | None) -> Choice | None:
        return next((one for one in shown.found_choices(self.view) if one.key == key), None)

    @on(RowList.Chosen, "#choices")
    def _chosen(self, event: RowList.Chosen) -> None:
        choice = self._choice(event.row_id)
        now = shown.settings(self.view)
        if choice is None:
            return
        if choice.current(now):
            self.say("This one is in use already.")
            return
        self._use(choice.settings)

    def _use(self, settings: SignInSettings) -> None:
        """An own application takes its tenant's people only: the tenant goes with it."""
        signed_in, now = self.view.signed_in, shown.settings(self.view)
        own = settings.graph_application not in ("", now.graph_application)
        if own and signed_in is not None:
            settings = replace(settings, tenant=signed_in.account.tenant_id)
        elif not settings.graph_application:
            settings = replace(settings, tenant="")
        self.changed = signed_in is None
        self.wizard.use_applications(settings)

    async def action_own(self) -> None:
        """N: the plan of an own application."""
        await self.open(OwnAppScreen(), self._own_closed)

    async def action_find(self) -> None:
        """F: an app registration that is there."""
        page = OwnAppsScreen()
        await self.open(page, lambda _: self._found(page))

    def _own_closed(self, _: None) -> None:
        self.call_later(self._load)

    def _found(self, page: OwnAppsScreen) -> None:
        if page.taken is not None:
            self._use(page.taken.settings)

    def help(self) -> HelpText:
        """Why there is a choice at all."""
        return HelpText(
            "Signing in happens through an application. Entra shows its name, your organization may allow or block "
            "it, and consent is kept for it.",
            "The default needs no preparation. An application of your own is for organizations that block the "
            "default, or want the permissions to be usable by assigned people only.",
            (
                ("N", "see what an own application would be, and make it"),
                ("F", "use an app registration that your organization has already"),
            ),
        )


def _meaning(choice: Choice | None) -> str:
    if choice is None:
        return ""
    return f"{choice.refused}\n{choice.meaning}" if choice.refused else choice.meaning
