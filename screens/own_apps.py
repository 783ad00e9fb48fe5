"""Use an app registration that the organization has already: found by its name, never by typing an id."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual import on
from textual.widget import Widget

from m365backup_tui.domain.app_registration import AppSeen, by_name
from m365backup_tui.domain.applications import Choice, own_choice
from m365backup_tui.domain.errors import CloudError
from m365backup_tui.screens.base import HelpText, Key
from m365backup_tui.screens.leaving_for_sign_in import LeavesForSignIn
from m365backup_tui.screens.sub_page import SearchPage
from m365backup_tui.screens.views import applications as shown
from m365backup_tui.screens.widgets.entry import Entry
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column, Row
from m365backup_tui.state import Remote, State

_COLUMNS = (Column("Application", weight=3), Column("Sign-in here", 16))


class OwnAppsScreen(LeavesForSignIn, SearchPage):
    """`taken` is the choice when the page closes after Enter."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: Choice | None = None
        self._words = ""

    def content(self) -> Iterable[Widget]:
        """The line to search with, the applications, and what stands in the way of one."""
        yield Entry("Filter", id="find")
        yield RowList(_COLUMNS, marks=True, header=True, empty="No application.", id="rows")
        yield Prose(id="about", classes="about")

    def on_mount(self) -> None:
        """What led here is no reason to leave."""
        self.came(self.view)

    def heading(self, view: State) -> str:
        """What it must be."""
        return "Choose an app registration of your organization to sign in with."

    def keys(self, view: State) -> tuple[Key, ...]:
        """Take one."""
        return (
            Key("enter", "Use this", enabled=bool(self._listed(view))),
            Key("/", "Filter", do="find"),
            *self.trouble_keys(view),
            Key("r", "Read again", do="reload"),
        )

    def load(self, state: State) -> None:
        """Read them once; leave when a new sign-in begins below."""
        if not self.makes_room(state) and state.applications == Remote():
            self.once("applications", self.wizard.list_applications)

    def waits(self, state: State) -> Remote[Any] | None:
        """The list."""
        return state.applications

    def meaning_of(self, error: CloudError) -> str:
        """Reading the list takes the same permissions as making one."""
        return shown.own_meaning(error).replace(" W saves the commands for somebody who may.", "")

    def render_view(self, view: State) -> None:
        """Those with the words in their name."""
        super().render_view(view)
        self.rows.show(tuple(_row(self._choice(app), app) for app in self._listed(view)))
        self._tell()

    def _listed(self, view: State) -> tuple[AppSeen, ...]:
        return by_name(view.applications.value or (), self._words)

    def _choice(self, app: AppSeen) -> Choice:
        return own_choice(shown.settings(self.view), app)

    def searched(self, words: str) -> None:
        """The filter changed."""
        self._words = words
        self.show_view()

    @on(RowList.Moved, "#rows")
    def _tell(self) -> None:
        row = self.rows.current
        app = next((a for a in self._listed(self.view) if row and a.app_id == row.id), None)
        text = "" if app is None else self._choice(app).refused or self._choice(app).meaning
        self.query_one("#about", Prose).show(text)

    @on(RowList.Chosen, "#rows")
    def _chosen(self, event: RowList.Chosen) -> None:
        app = next((a for a in self._listed(self.view) if a.app_id == event.row_id), None)
        if app is not None:
            self.taken = self._choice(app)
            self.dismiss(None)

    def action_reload(self) -> None:
        """R: read them anew."""
        self.again("applications", self.wizard.list_applications)

    def help(self) -> HelpText:
        """What it needs to have."""
        return HelpText(
            "Every app registration of your organization is listed. One can sign you in here when public client "
            "flows are on and http://localhost is one of its redirect addresses.",
            "It needs the permissions that the page of an own application lists; what it lacks is told when it is "
            "needed.",
        )


def _row(choice: Choice, app: AppSeen) -> Row:
    return Row(
        app.app_id,
        (app.name, "not possible" if choice.refused else "possible"),
        mark="no" if choice.refused else "ok",
        disabled=choice.refused,
    )
