"""Apply: every request with its outcome, then the watch until the service has protected what was asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from textual import on
from textual.timer import Timer
from textual.widget import Widget

from m365backup_tui.domain.errors import ConsentNeeded, NotSignedIn
from m365backup_tui.domain.pace import Pace
from m365backup_tui.domain.run import Run, RunPhase
from m365backup_tui.screens.after_run import AfterRunScreen
from m365backup_tui.screens.asking_consent import CONSENT
from m365backup_tui.screens.base import HelpText, Key
from m365backup_tui.screens.consent import ConsentScreen
from m365backup_tui.screens.views.run_progress import pace_words, progress
from m365backup_tui.screens.views.run_rows import in_full, item_of, run_rows
from m365backup_tui.screens.views.run_words import (
    began,
    headline,
    leaving,
    moved_on,
    moved_on_spans,
    waiting,
)
from m365backup_tui.screens.widgets.progress import LEAST, ProgressLine
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column
from m365backup_tui.screens.words import ended
from m365backup_tui.state import State
from m365backup_tui.steps import StepId

_SIGN_IN = Key("s", "Sign in again", do="sign_in_again")


class ApplyScreen(AfterRunScreen):
    """Shows the run; S stops it between two requests, Enter goes on when it is over."""

    AT = StepId.APPLY
    STEP = str(StepId.APPLY)
    monotonic: Callable[[], float] = staticmethod(time.monotonic)

    def __init__(self) -> None:
        super().__init__()
        self._stopping = ""  # the id of the run that was asked to stop
        self._listed: Run | None = None
        self._pace = Pace()
        self._shown_at = float("-inf")
        self._later: Timer | None = None

    def content(self) -> Iterable[Widget]:
        """Progress, the lines, what is waited for."""
        yield ProgressLine(id="progress")
        yield Prose(id="pace")
        yield RowList((Column("Request"), Column("Outcome", 22)), marks=True, id="lines")
        yield Prose(id="waiting")
        yield Prose(id="saved")

    def heading(self, view: State) -> str:
        """Where the run stands."""
        return headline(view.run)

    def keys(self, view: State) -> tuple[Key, ...]:
        """Enter when it is over; S while it runs."""
        run = view.run
        stands = Key("n", "What stands", do="end")
        after = self.after_keys(run)
        if run is not None and run.phase is RunPhase.STOPPED:
            consent = (CONSENT,) if self.lacking_consent() is not None else ()
            first = Key("enter", "Go on", do="on")
            if _sign_in_first(view):
                first = Key("enter", "Sign in again", do="sign_in_again")
            on = (first, *consent, stands, _SIGN_IN)
            return (*on, *after, Key("r", "Go on", do="on"))
        if run is not None and run.phase is RunPhase.FAILED:
            if run.written:
                return (Key("enter", "Try the rest again", do="on"), stands, _SIGN_IN, *after)
            again = Key("r", "Plan again", do="back")
            return (Key("enter", "Back to the review", do="back"), again, stands, _SIGN_IN, *after)
        over = run is not None and run.over
        return (
            Key(
                "enter",
                "See the result",
                do="end",
                enabled=over,
                why_not="The run is still going on.",
            ),
            *after,
            *(() if over else (self._stop_key(),)),
        )

    def _stop_key(self) -> Key:
        why = "It stops after the request on its way."
        return Key("s", "Stop", do="stop", enabled=not self._stopping, why_not=why)

    def help(self) -> HelpText:
        """That leaving is safe."""
        return HelpText(
            "Each line is one request to Microsoft 365, with what it did not take below it. A long run has a "
            "line for each policy instead, and the requests that need to be seen.",
            "Before each request the wizard notes what it is about to do, and after it what came of it. "
            "After a broken connection it looks up what happened first, and never sends a request twice "
            "without knowing.",
            (
                ("S", "stop after the request that is on its way; what was written stands"),
                ("Up, Down", "read a line in full below the list"),
            ),
        )

    def kept(self) -> str:
        """What leaving now means for the run."""
        return leaving(self.view.run)

    def copyable(self) -> str:
        """The path of the record."""
        return self.view.run.record if self.view.run else ""

    def at_rest(self, state: State) -> str:
        """Where it is written down."""
        if state.run is None:
            return ""
        if self._stopping == state.run.id and not state.run.over:
            return "Stopping after the request that is on its way."
        row = self.query_one("#lines", RowList).current
        more = in_full(state.run, row.id) if row else ""
        if more:
            return more
        return f"Record: {state.run.record}" if state.run.record else ""

    def _changed(self, *_: object) -> None:
        """A run changes twenty times a second; a slow line gets it twice, and its end at once."""
        run, before = self.view.run, self._listed
        wait = self._shown_at + LEAST - self.monotonic()
        going_on = run is not None and before is not None and run.phase is before.phase
        if wait > 0 and going_on and run is not before:
            if self._later is None and self.is_running:
                self._later = self.set_timer(wait, self._show_later)
            return
        super()._changed()

    def _show_later(self) -> None:
        self._later = None
        self.show_view()

    def render_view(self, view: State) -> None:
        """The run as it is."""
        super().render_view(view)
        self._shown_at = self.monotonic()
        run = view.run
        if run is not None and run is not self._listed:
            self._listed = run
            self.query_one("#lines", RowList).show(run_rows(run))
        saved = self.saved_spans(view)
        self.query_one("#saved", Prose).show(ended(saved))
        self.query_one("#saved", Prose).display = bool(saved)
        self._seconds(view)

    def tick(self, view: State) -> None:
        """Seconds run while the run does."""
        super().tick(view)
        if view.run is not None and not view.run.over:
            self._seconds(view)

    def _seconds(self, view: State) -> None:
        now = self.now()
        run, words = view.run, ""
        refused = bool(moved_on(run))
        for name in ("progress", "lines"):
            self.query_one(f"#{name}").display = not refused
        told = moved_on_spans(run, self.sign("dot")) if run and refused else waiting(run, now)
        self.query_one("#waiting", Prose).show(told)
        if run is not None:
            shown = progress(run, now)
            self._pace = self._pace.seen(f"{run.id} {shown.phase}", shown.done, now)
            words = f"{began(run, now)} {pace_words(self._pace, shown, run, now)}".strip()
            self.query_one("#progress", ProgressLine).show(shown)
        pace = self.query_one("#pace", Prose)
        pace.show(f" {words}" if words else "")
        pace.display = bool(words)

    async def action_main(self) -> None:
        """Enter on a line: the same as Enter elsewhere on this page."""
        await self.press(self.keys(self.view)[0])

    @on(RowList.Moved, "#lines")
    def _reads(self) -> None:
        self.say(self.at_rest(self.view))

    def explain(self, view: State, row_id: str | None) -> str:
        """The whole text of a line, on wide terminals."""
        if view.run is None or not row_id:
            return ""
        item = item_of(view.run, row_id)
        if item is None:
            return in_full(view.run, row_id)
        code = f"Code of the service: {item.code}" if item.code else ""
        lines = (item.name, item.address, "", item.reason, "", code)
        return "\n".join(lines).strip()

    @on(RowList.Chosen, "#lines")
    async def _chosen(self) -> None:
        await self.action_main()

    def action_back(self) -> None:
        """Esc: not away from a run that is going on, where the same plan could be started once more."""
        if self.view.run is None or self.view.run.over:
            super().action_back()
        else:
            self.say(
                "The run is going on. S stops it; Ctrl+Q leaves, and it can go on later.", "warn"
            )

    def action_stop(self) -> None:
        """S: stop between two requests."""
        if self.view.run is not None:
            self._stopping = self.view.run.id
        self.wizard.stop()
        self.show_view()

    def action_on(self) -> None:
        """Enter after a stop: go on with what was not sent."""
        run = self.view.run
        if run is not None:
            self._stopping = ""
            self.wizard.resume(run)

    def lacking_consent(self) -> ConsentNeeded | None:
        """The permission to write is asked for here first: it may not have been granted."""
        needs = self.view.run.needs if self.view.run else None
        return needs if isinstance(needs, ConsentNeeded) else None

    async def _consented(self, page: ConsentScreen) -> None:
        if page.granted:
            self.action_on()

    def action_sign_in_again(self) -> None:
        """S after a stop: a sign-in for what the run lacked, and back here."""
        needs = self.view.run.needs if self.view.run else None
        self.wizard.sign_in_for(needs or NotSignedIn("Sign in again, then go on with the run."))

    def action_end(self) -> None:
        """On to the summary."""
        self.wizard.next()


def _sign_in_first(view: State) -> bool:
    """Whether going on would only meet the end of the same sign-in: nobody has signed in since the run stopped."""
    run, who = view.run, view.signed_in
    if run is None or run.needs is None or isinstance(run.needs, ConsentNeeded):
        return False
    return who is None or run.ended is None or who.at <= run.ended
