"""An application of one's own: what would be made and why, making it, signing in with it, deleting it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from textual import on
from textual.widget import Widget

from m365backup_tui.domain.app_registration import UNIQUE_NAME, OwnApp
from m365backup_tui.domain.errors import CloudError
from m365backup_tui.screens.base import HelpText, Key
from m365backup_tui.screens.help_text import Link
from m365backup_tui.screens.leaving_for_sign_in import LeavesForSignIn
from m365backup_tui.screens.own_app_asks import DeleteAppPage, MakeAppPage
from m365backup_tui.screens.save_file import SaveFileScreen
from m365backup_tui.screens.sub_page import SubPage
from m365backup_tui.screens.views import applications as shown
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column
from m365backup_tui.state import Remote, State

_COLUMNS = (Column("What", weight=4), Column("", 9))
_BUSY = "The application is being worked on; this page shows how far it is."


class OwnAppScreen(LeavesForSignIn, SubPage):
    """The plan first, then a page that asks, then the writes one after the other."""

    def content(self) -> Iterable[Widget]:
        """The plan, why the line under the cursor is in it, and what it is not."""
        yield RowList(_COLUMNS, marks=True, empty="", id="plan", classes="short")
        yield Prose(id="about", classes="about")
        yield Prose(id="never", classes="above")

    def on_mount(self) -> None:
        """Begin in the list."""
        self.came(self.view)
        self.query_one("#plan", RowList).focus()

    def heading(self, view: State) -> str:
        """What would be made, or is there."""
        return shown.own_heading(view)

    def keys(self, view: State) -> tuple[Key, ...]:
        """Make, then use; for whom; the file for somebody else; delete."""
        own, busy = view.own_app.value, view.own_app.busy
        keys: list[Key] = []
        if own is not None:
            label = self._main(own, view.own_app.error is not None)
            keys.append(Key("enter", label, enabled=not busy, why_not=_BUSY))
            other = "Only for me" if own.wish.everybody else "For everybody"
            keys.append(Key("e", other, do="everybody", enabled=not busy, why_not=_BUSY))
        if own is None or not own.complete:
            keys.append(Key("w", "Save the commands", do="save"))
        keys += self.trouble_keys(view)
        if own is not None and own.found.app is not None:
            keys.append(Key("x", "Delete", do="delete", enabled=not busy, why_not=_BUSY))
        keys.append(Key("r", "Look again", do="look", enabled=not busy, why_not=_BUSY))
        return tuple(keys)

    def _main(self, own: OwnApp, failed: bool) -> str:
        if own.complete:
            return "Sign in with it"
        return "Go on" if failed or own.found.app is not None else "Make it"

    def load(self, state: State) -> None:
        """Look what is there; leave when a new sign-in begins below."""
        if not self.makes_room(state) and state.own_app == Remote() and state.signed_in is not None:
            self.once("own-app", self.wizard.look_at_own_app)

    def waits(self, state: State) -> Remote[Any] | None:
        """The reads and writes; then the wait until Entra knows it."""
        return state.settings_kept if state.settings_kept.busy else state.own_app

    def trouble(self, state: State) -> CloudError | None:
        """With the writes, or with going over to it."""
        return state.own_app.error or state.settings_kept.error

    def meaning_of(self, error: CloudError) -> str:
        """Who may, and the way out."""
        return shown.own_meaning(error)

    def render_view(self, view: State) -> None:
        """The plan as it stands."""
        super().render_view(view)
        own = view.own_app.value
        plan = self.query_one("#plan", RowList)
        plan.display = own is not None
        if own is not None:
            plan.show(shown.plan_rows(own))
        self.query_one("#never", Prose).show(shown.own_note(own))
        self._tell()

    def explain(self, view: State, row_id: str | None) -> str:
        """The same beside the list on wide terminals."""
        return shown.about(view.own_app.value, row_id)

    @on(RowList.Moved, "#plan")
    def _tell(self) -> None:
        row = self.query_one("#plan", RowList).current
        text = shown.about(self.view.own_app.value, row.id if row else None)
        self.query_one("#about", Prose).show(text)

    @on(RowList.Chosen, "#plan")
    async def _chosen(self) -> None:
        own = self.view.own_app.value
        if own is None or self.view.own_app.busy:
            self.say(_BUSY, "warn")
        elif own.complete:
            self._use(own)
        else:
            await self.open(MakeAppPage(own), self._asked)

    def _asked(self, yes: bool | None) -> None:
        if yes:
            self.wizard.make_own_app()

    def _use(self, own: OwnApp) -> None:
        signed_in = self.view.signed_in
        if signed_in is not None:
            now = shown.settings(self.view)
            self.wizard.use_applications(
                replace(
                    now,
                    graph_application=own.app_id,
                    azure_application=own.app_id,
                    tenant=signed_in.account.tenant_id,
                )
            )

    def action_everybody(self) -> None:
        """E: for everybody who is assigned, or for oneself."""
        own = self.view.own_app.value
        everybody = own is None or not own.wish.everybody
        self.again("own-app", lambda: self.wizard.look_at_own_app(everybody=everybody))

    def action_look(self) -> None:
        """R: read what is there anew."""
        own = self.view.own_app.value
        everybody = own is not None and own.wish.everybody
        self.again("own-app", lambda: self.wizard.look_at_own_app(everybody=everybody))

    async def action_save(self) -> None:
        """W: the same as commands, for somebody who may."""
        await self.open(SaveAppCommandsScreen())

    async def action_delete(self) -> None:
        """X: take back what was made."""
        own = self.view.own_app.value
        if own is None or own.found.app is None:
            return
        now = shown.settings(self.view)
        if own.app_id in (now.graph_application, now.azure_application):
            self.say(
                "It signs you in now: choose another application first, on the page below.", "warn"
            )
        elif own.found.app.unique_name != UNIQUE_NAME:
            self.say("Only the application that the wizard made is deleted here.", "warn")
        else:
            await self.open(DeleteAppPage(own), self._delete)

    def _delete(self, yes: bool | None) -> None:
        if yes:
            self.wizard.delete_own_app()

    def kept(self) -> str:
        """What leaving in the middle means."""
        if self.view.own_app.busy:
            return "What was written stays. Come back at any time: only what is missing is written."
        return super().kept()

    def help(self) -> HelpText:
        """What it is good for, and how to get rid of it."""
        return HelpText(
            "An app registration of your organization that signs you in for Microsoft Graph and Azure with one "
            "sign-in. Everything it takes is listed, each line with its reason.",
            "What is right already is not written again, so the plan can be carried out twice, or completed after "
            "an interruption. Each write is noted in the record of this organization. X deletes the application and "
            "everything that was granted to it.",
            (
                ("E", "grant the permissions for everybody who is assigned, or for you alone"),
                ("W", "the same as commands of Azure CLI, for somebody who may"),
            ),
            (
                Link(
                    "Grant admin consent",
                    "https://learn.microsoft.com/entra/identity/enterprise-apps/grant-admin-consent",
                ),
            ),
        )


class SaveAppCommandsScreen(SaveFileScreen):
    """The commands for somebody who may create applications, as a file."""

    PROPOSED = "~/m365backup-application.txt"

    def heading(self, view: State) -> str:
        """What the file is."""
        return "Save what to do as commands of Azure CLI, for somebody who may. No secrets."

    def help(self) -> HelpText:
        """What to do with it."""
        return HelpText(
            "Send the file to an administrator who may create applications. Only you can read it on this host.",
            "Its last lines say what to send back to you.",
        )

    def keep(self, path: Path) -> None:
        """Begin to write the file."""
        self.wizard.save_app_hand_off(path)
