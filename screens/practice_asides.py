"""Practice only, from the practice menu: let time pass, and see who came back too early."""

from __future__ import annotations

from collections.abc import Iterable

from textual import on
from textual.widget import Widget

from m365backup_tui.domain.rehearsal import EarlyReturn
from m365backup_tui.screens.help_text import HelpText
from m365backup_tui.screens.page import HELP, Page
from m365backup_tui.screens.views import rehearsal_words as shown
from m365backup_tui.screens.widgets.keys import Key
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column, Row

_HOURS = (1, 24)
_BACK = Key("escape", "Back", do="back")


class ClockPage(Page[int | None]):
    """Dismisses with the hours to let pass, or None."""

    ALWAYS = (HELP, _BACK)

    def body(self) -> Iterable[Widget]:
        """What it is good for, and how far."""
        yield Prose(
            "What takes an hour or a day at Microsoft, such as the first restore points, is there at "
            "once. Codes and sign-ins that run out by then have run out. Time cannot go back.",
            classes="gap",
        )
        rows = tuple(Row(str(hours), (f"{shown.ahead(hours)} ahead",)) for hours in _HOURS)
        yield RowList(rows=rows, id="hours", classes="short")

    def page_keys(self) -> tuple[Key, ...]:
        """Enter moves it."""
        return (Key("enter", "Let this time pass"),)

    def on_mount(self) -> None:
        """Ask."""
        self.head("How much time is to pass for the practice tenant?")

    @on(RowList.Chosen, "#hours")
    def _chosen(self, event: RowList.Chosen) -> None:
        self.dismiss(int(event.row_id))

    def help(self) -> HelpText:
        """Why the clock can be moved."""
        return HelpText("Only the practice tenant's clock is moved, not this machine's.")


class EarlyPage(Page[None]):
    """Requests that came back before the time a Retry-After gave them."""

    ALWAYS = (HELP, _BACK)

    def __init__(self, early: tuple[EarlyReturn, ...]) -> None:
        super().__init__()
        self._early = early

    def body(self) -> Iterable[Widget]:
        """The worst first."""
        if not self._early:
            yield Prose("Nobody. Every request that was told to wait has waited long enough.")
            return
        yield RowList(
            (Column("Request"), Column("How often", 10), Column("By up to", 9, align="right")),
            shown.early_rows(self._early),
            header=True,
        )

    def on_mount(self) -> None:
        """Say what is listed."""
        self.head("Who came back too early?")
        self.show_keys()

    def help(self) -> HelpText:
        """Why it matters."""
        return HelpText(
            "A service that is asked to slow down says how long to wait (Retry-After). A client that "
            "comes back sooner is counted here; Microsoft may then ask it to wait longer.",
        )
