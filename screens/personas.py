"""Practice only: who sits at the browser."""

from __future__ import annotations

from collections.abc import Iterable

from textual import on
from textual.widget import Widget

from m365backup_tui.domain.session import Persona
from m365backup_tui.screens.help_text import HelpText
from m365backup_tui.screens.page import HELP, Page
from m365backup_tui.screens.widgets.keys import Key
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column, Row


class PersonasPage(Page[str | None]):
    """Dismisses with the key of the persona who approves the sign-in, or None."""

    ALWAYS = (HELP, Key("escape", "Back", do="back"))

    def __init__(self, personas: tuple[Persona, ...]) -> None:
        super().__init__()
        self._personas = personas

    def body(self) -> Iterable[Widget]:
        """The people of the practice tenant."""
        yield Prose(
            "The person you choose signs in at the browser and approves. Each holds other rights, so "
            "each gets another answer from the permission check.",
            classes="gap",
        )
        rows = tuple(Row(p.key, (p.name, ", ".join(p.roles))) for p in self._personas)
        yield RowList(
            (Column("Name", 16), Column("May do")),
            rows,
            header=True,
            empty="The practice tenant named nobody. Press Esc and try again.",
            id="personas",
            classes="short",
        )
        yield Prose(id="may-do", classes="above")

    def page_keys(self) -> tuple[Key, ...]:
        """Enter approves."""
        return (Key("enter", "Sign in as this person"),)

    def on_mount(self) -> None:
        """Ask."""
        self.head("Who sits at the browser?")

        self._tell()

    @on(RowList.Moved, "#personas")
    def _tell(self) -> None:
        """The whole of the last column, which is cut where the window is narrow."""
        row = self.query_one("#personas", RowList).current
        found = next((p for p in self._personas if row and p.key == row.id), None)
        roles = ", ".join(found.roles) if found else ""
        self.query_one("#may-do", Prose).show(f"{found.name}: {roles}." if found else "")

    @on(RowList.Chosen, "#personas")
    def _chosen(self, event: RowList.Chosen) -> None:
        self.dismiss(event.row_id)

    @on(RowList.Refused)
    def _refused(self, event: RowList.Refused) -> None:
        self.say(event.reason, "warn")

    def help(self) -> HelpText:
        """Why there is a choice."""
        return HelpText(
            "Only the practice tenant has this page: it stands in for a browser.",
            "Choose the Global Administrator to see everything work, or another person to see what "
            "the wizard says when a right is missing.",
        )
