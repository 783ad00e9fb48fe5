"""The questions before an own application is made or deleted: what will happen, then yes or no."""

from __future__ import annotations

from collections.abc import Iterable

from textual import on
from textual.widget import Widget

from m365backup_tui.domain.app_registration import ARM_API, OwnApp, Write
from m365backup_tui.screens.page import Page
from m365backup_tui.screens.widgets.entry import Entry
from m365backup_tui.screens.widgets.keys import Key
from m365backup_tui.screens.widgets.prose import Prose

_BACK = Key("escape", "Back", do="back")
_WORD = "delete"


class MakeAppPage(Page[bool]):
    """Dismisses with True to begin."""

    ALWAYS = (_BACK,)

    def __init__(self, own: OwnApp) -> None:
        super().__init__()
        self._own = own

    def body(self) -> Iterable[Widget]:
        """The writes in order, and for whom."""
        own = self._own
        lines = [f"{n}  {_words(write)}" for n, write in enumerate(own.writes, 1)]
        whom = (
            "The permissions are granted for everybody who is assigned, without asking them."
            if own.wish.everybody
            else "The permissions are granted for you alone."
        )
        yield Prose("\n".join(lines), classes="gap")
        yield Prose(
            f"{whom} They take effect at once and no page of Entra asks again. Everything can be deleted again here."
        )

    def page_keys(self) -> tuple[Key, ...]:
        """Enter begins."""
        return (Key("enter", "Write this to Entra", do="yes"),)

    def on_mount(self) -> None:
        """Ask."""
        self.head("Write this to your organization now?")
        super().on_mount()

    def action_yes(self) -> None:
        """Enter: begin."""
        self.dismiss(True)

    def action_back(self) -> None:
        """Esc: nothing is written."""
        self.dismiss(False)


class DeleteAppPage(Page[bool]):
    """Dismisses with True after the word was typed."""

    ALWAYS = (_BACK,)

    def __init__(self, own: OwnApp) -> None:
        super().__init__()
        self._name = own.found.app.name if own.found.app else ""

    def body(self) -> Iterable[Widget]:
        """What goes with it, then the word."""
        yield Prose(
            f"The application “{self._name}” is deleted for everybody in your organization, with what was granted to "
            "it and who is assigned to it. Other administrators who sign in with it cannot any more. Backup policies "
            "are not touched.",
            classes="gap",
        )
        yield Entry(f"Type {_WORD} to go on:", validator=_check, patient=True, id="word")

    def page_keys(self) -> tuple[Key, ...]:
        """Enter deletes."""
        return (Key("enter", "Delete the application"),)

    def on_mount(self) -> None:
        """Ask."""
        self.head("Delete the application?")
        self.query_one("#word", Entry).focus()
        super().on_mount()

    @on(Entry.Entered, "#word")
    def _entered(self) -> None:
        self.dismiss(True)

    def action_back(self) -> None:
        """Esc: it stays."""
        self.dismiss(False)


def _words(write: Write) -> str:
    """Two grants in one list are told apart by whose permissions they give."""
    if not write.service:
        return str(write.act)
    service = "Azure" if write.service == ARM_API else "Microsoft Graph"
    return f"{write.act}, {service}: {len(write.added)}"


def _check(value: str) -> str | None:
    return None if value.strip().casefold() == _WORD else f"Type {_WORD}, or press Esc."
