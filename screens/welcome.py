"""Welcome: what this will do, that finding out costs nothing, what to have at hand, and where to begin."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual import on
from textual.widget import Widget

from m365backup_tui.screens.help_text import HelpText, Link
from m365backup_tui.screens.page import HELP, LEAVE
from m365backup_tui.screens.step import StepScreen
from m365backup_tui.screens.widgets.keys import Key
from m365backup_tui.screens.widgets.prose import Prose, Span
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column, Row
from m365backup_tui.screens.words import day_time, ended
from m365backup_tui.state import State
from m365backup_tui.steps import StepId

if TYPE_CHECKING:
    from m365backup_tui.domain.run import Run

RESUME, GUIDED, QUICK, PRACTICE = "resume", "guided", "quick", "practice"

PROMISE = (
    "The wizard reads first and writes late. Looking around costs nothing, and each page that "
    "writes says so and waits for you."
)
AT_HAND = """Have at hand
  - an account that is SharePoint Administrator or Global Administrator
  - an Azure subscription of this organization, as Owner or Contributor
  - about ten minutes, and a browser on any device to sign in with"""


def choices(state: State) -> tuple[Row, ...]:
    """Where one can begin; an unfinished run comes first."""
    rows: list[Row] = []
    if state.unfinished is not None:
        rows.append(Row(RESUME, ("Go on with the unfinished run", progress_of(state.unfinished))))
    rows += [
        Row(GUIDED, ("Guided set-up", "permissions, billing, turn on, policies")),
        Row(QUICK, ("Quick edit of policies", "when backup is turned on already")),
    ]
    if not state.place.stand_in:
        how = "To practise, leave with Ctrl+Q and start  m365backup-tui --practice"
        rows.append(
            Row(PRACTICE, ("Practise first", "m365backup-tui --practice"), disabled=f"{how} .")
        )
    return tuple(rows)


def progress_of(run: Run) -> str:
    """How far an earlier run came: also after days, and also when only the service still has to do something."""
    begun, total = f"begun {day_time(run.started)}", len(run.writes)
    works = sum(w.outcome == "accepted" for w in run.writes)  # not imported for the first frame
    if works and run.written == total:
        return f"the service works on {works:,} of {total:,}, {begun}"
    return f"{run.written:,} of {total:,} writes done, {begun}"


def who(state: State) -> str:
    """Whose sign-in is there already."""
    if state.signed_in is not None:
        return f"You are signed in as {state.signed_in.account.username}."
    if state.known is not None:
        return f"Last time {state.known.username} signed in here."
    return ""


def practice_words(state: State) -> str:
    """On the practice tenant: that nothing here is real."""
    if not state.place.stand_in:
        return ""
    return (
        "This is the practice tenant: an invented company on this machine. Nothing you do here "
        "reaches Microsoft."
    )


class WelcomeScreen(StepScreen):
    """The first page. Enter pressed before the cloud is there counts: it goes on by itself."""

    STEP = AT = StepId.WELCOME
    ALONE = True
    ALWAYS = (HELP, LEAVE)
    _wanted = ""

    def content(self) -> Iterable[Widget]:
        """The promise, what is needed, who is known, and the list of beginnings."""
        yield Prose(PROMISE, classes="gap")
        yield Prose(AT_HAND, classes="gap")
        yield Prose(id="who")
        yield RowList((Column(width=28), Column()), id="choices", classes="short")

    def heading(self, view: State) -> str:
        """Where you are."""
        return "This wizard sets up Microsoft 365 Backup with you, one question at a time."

    def keys(self, view: State) -> tuple[Key, ...]:
        """Enter begins."""
        return (Key("enter", "Begin"),)

    def render_view(self, view: State) -> None:
        """The state of sign-in and practice, and the choices."""
        super().render_view(view)
        words: list[Span] = []
        if practice := practice_words(view):
            words.append((f"{practice}\n", "plain"))
        if known := who(view):
            words.append((f"{known}\n", "plain"))
        words = ended(words)
        place = self.query_one("#who", Prose)
        place.show(words)
        place.display = bool(words)
        choices_list = self.query_one("#choices", RowList)
        first = view.unfinished is not None and choices_list.current is not None
        fresh = first and all(row.id != RESUME for row in self._shown)
        self._shown = choices(view)
        choices_list.show(self._shown, cursor=RESUME if fresh else None)

    _shown: tuple[Row, ...] = ()

    def at_rest(self, state: State) -> str:
        """What is still being started."""
        if self.wizard.ready:
            return ""
        if self._wanted:
            return "Starting; it goes on by itself as soon as everything is there."
        return "Starting the connection. You can choose already."

    def load(self, state: State) -> None:
        """Do what was chosen before everything was there."""
        if self._wanted:
            self._begin()

    @on(RowList.Chosen, "#choices")
    def _choose(self, event: RowList.Chosen) -> None:
        self._wanted = event.row_id
        if self.wizard.ready:
            self._begin()
        else:
            self.say(self.at_rest(self.view))

    def _begin(self) -> None:
        wanted, self._wanted = self._wanted, ""
        if wanted == RESUME:
            self.resume_unfinished()
        else:
            self.wizard.start(quick=wanted == QUICK)

    def kept(self) -> str:
        """Nothing was entered yet."""
        return "Nothing was written, and nothing has to be kept yet."

    def help(self) -> HelpText:
        """What the wizard is."""
        return HelpText(
            "The wizard walks through sign-in, a permission check, billing in Azure, turning "
            "Microsoft 365 Backup on, and policies for OneDrive, SharePoint and Exchange. Then it "
            "shows a plan and carries it out when you confirm.",
            "Quick edit goes from the permission check straight to the policies. It works once "
            "Microsoft 365 Backup is turned on.",
            (("Up", "Choose where to begin"),),
            (
                Link(
                    "Microsoft 365 Backup set-up",
                    "https://learn.microsoft.com/microsoft-365/backup/",
                ),
            ),
        )
