"""The base of every step's page: the app's wizard, trouble told in place, waits counted, loads begun once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

import m365backup_tui.styles as styles_package
from m365backup_tui.domain.errors import (
    CloudError,
    ConsentNeeded,
    NotSignedIn,
    SignInRefused,
    StepUpNeeded,
)
from m365backup_tui.domain.limits import READ_SECONDS
from m365backup_tui.screens.asking_consent import CONSENT, AskingConsent
from m365backup_tui.screens.base import Chrome, WizardScreen
from m365backup_tui.screens.chrome import chrome
from m365backup_tui.screens.host import AppViewer, wizard_of
from m365backup_tui.screens.trouble import trouble_spans
from m365backup_tui.screens.widgets.keys import Key, find_key
from m365backup_tui.screens.widgets.paint import marks_of
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.words import lasting
from m365backup_tui.state import Remote, State
from m365backup_tui.steps import StepId

_SLOW = timedelta(seconds=15)  # choice: a short read takes a few seconds

if TYPE_CHECKING:
    from m365backup_tui.wizard import Wizard


class StepScreen(AskingConsent, WizardScreen[State]):
    """A step's page. Made without arguments; finds the wizard through the app that shows it.

    Besides what WizardScreen asks for, a subclass may give `load` (begin what is missing, through
    `once`), `waits` (the read whose seconds the status line counts), `trouble` (the error to tell in
    the body; D shows its request id) and `content` in place of `body`.

    Example::

        class RegionScreen(StepScreen):
            AT = StepId.REGION

            def content(self) -> Iterable[Widget]:
                yield RowList((Column("Region"),), id="regions")

            def load(self, state: State) -> None:
                if state.provider.value is None:
                    self.once("provider", self.wizard.load_provider)

            def waits(self, state: State) -> Remote[Any] | None:
                return state.provider
    """

    AT: StepId = StepId.WELCOME
    ALONE: ClassVar[bool] = False
    """Nothing to explain beside the middle: on wide terminals it gets that room too."""
    SHORT: ClassVar[bool] = False
    """It waits for a short read: one that goes on may have stalled on its way."""
    CSS_PATH = Path(styles_package.__file__).parent / "steps.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "read_again", show=False),
        Binding("pagedown", "page_on(1)", show=False, priority=True),
        Binding("pageup", "page_on(-1)", show=False, priority=True),
    ]

    def __init__(self) -> None:
        super().__init__(AppViewer(lambda: self))
        self._begun: set[str] = set()
        self._details = False
        self._resuming = False
        self.set_class(self.ALONE, "-alone")

    # What a subclass gives

    def content(self) -> Iterable[Widget]:
        """The widgets of the middle, below the place where trouble is told."""
        return ()

    def load(self, state: State) -> None:
        """Begin what this page needs and the state has not got; called after every change."""

    def waits(self, state: State) -> Remote[Any] | None:
        """The read that the status line tells about while it runs."""
        return None

    def usual(self, state: State) -> str:
        """How long that read usually takes, and that one may leave; a part of a sentence or ""."""
        return ""

    def overdue(self, state: State) -> str:
        """What to say in place of the count, when that read takes far longer than usual; else ""."""
        waits = self.waits(state)
        since = waits.since if waits else None
        if not self.SHORT or since is None or self.now() - since < _SLOW:
            return ""
        key = find_key(self.keys(state), "r", None)
        restart = "R starts over, " if key is not None and key.enabled else ""
        return (
            f"Still reading, {lasting(self.now() - since)}. A try ends after {READ_SECONDS:.0f} s. "
            f"{restart}Esc leaves."
        )

    def trouble(self, state: State) -> CloudError | None:
        """The error to tell in place of the news."""
        waits = self.waits(state)
        return waits.error if waits else None

    def meaning_of(self, error: CloudError) -> str:
        """What the trouble means and the way out, where this page knows more than the message table; else ""."""
        return ""

    def at_rest(self, state: State) -> str:
        """The status line when nothing is being waited for."""
        return ""

    # What a subclass calls

    @property
    def wizard(self) -> Wizard:
        """The app's wizard."""
        return wizard_of(self)

    @property
    def sign(self) -> Callable[[str], str]:
        """The marks of this terminal, by meaning."""
        return marks_of(self).sign

    def now(self) -> datetime:
        """Now (aware UTC), by the wizard's clock once there is one."""
        return self.wizard.tools.clock.now() if self.wizard.ready else datetime.now(UTC)

    def once(self, name: str, begin: Callable[[], None]) -> None:
        """Begin something the first time this page asks for it under that name."""
        if name not in self._begun:
            self._begun.add(name)
            begin()

    def again(self, name: str, begin: Callable[[], None]) -> None:
        """Begin it once more, because the person asked."""
        self._begun.add(name)
        begin()

    def resume_unfinished(self) -> None:
        """Open the run that an earlier sitting left; its page is shown as soon as it is loaded."""
        self._resuming = True
        if self.view.unfinished is not None:
            self.wizard.resume(self.view.unfinished)
        self.call_later(self._load)

    def trouble_keys(self, state: State) -> tuple[Key, ...]:
        """While there is trouble: D for details, and S where a new sign-in is the way out."""
        error = self.trouble(state)
        if error is None:
            return ()
        details = Key("d", "Hide details" if self._details else "Details", do="details")
        if isinstance(error, (NotSignedIn, StepUpNeeded, ConsentNeeded, SignInRefused)):
            sign_in = Key("s", "Sign in again", do="sign_in_again")
            return (*((CONSENT,) if isinstance(error, ConsentNeeded) else ()), sign_in, details)
        return (details,)

    # How it works

    def head(self, sentence: str) -> None:
        """The heading; before it why what was shown at first went away (quick edits)."""
        super().head(f"{gone} {sentence}" if (gone := self.view.gone) else sentence)

    def compose(self) -> ComposeResult:
        """The frame, after this page's style sheet was read: Textual 8.2.8 reads that of pushed screens
        only, not that of an app's default screen, which the first step is."""
        sheet = str(self.CSS_PATH)
        if not self.app.stylesheet.has_source(sheet):
            self.app.stylesheet.read(sheet)
        yield from super().compose()

    def chrome(self, view: State) -> Chrome:
        """Lines 1 and 2, the same for every step."""
        return chrome(view)

    def body(self) -> Iterable[Widget]:
        """The place for trouble, then the content."""
        yield Prose(id="trouble")
        yield from self.content()

    def on_mount(self) -> None:
        """Count the seconds of waits; the base shows the first view after this."""
        self.set_interval(1.0, self._tick)
        self.call_later(self._load)

    def show_view(self) -> None:
        """Show the newest view, then begin what it lacks."""
        super().show_view()
        if self.is_attached:
            self.call_later(self._load)

    def render_view(self, view: State) -> None:
        """Trouble and the status line; subclasses call this first."""
        error = self.trouble(view)
        place = self.query_one("#trouble", Prose)
        if error is None:
            place.show("")
        else:
            # Named as the last line of the page names it; F5 does the same everywhere.
            again = "R" if find_key(self.keys(view), "r", None) else "F5"
            meaning = self.meaning_of(error)
            spans = trouble_spans(error, self.sign("no"), self._details, meaning, again)
            place.show([*spans, *self.consent_hint(error)])
        place.display = error is not None
        self._count(view)

    def _load(self) -> None:
        if not (self.is_attached and self.is_current and self.wizard.ready) or self.view.waking:
            return
        if self._resuming and self.view.run is not None:
            self._resuming = False
            self.wizard.go(StepId.APPLY)
            return
        self.load(self.view)

    def _tick(self) -> None:
        if self.is_current:
            self.tick(self.view)

    def tick(self, view: State) -> None:
        """Once a second; nothing is sent unless a wait runs."""
        waits = self.waits(view)
        if waits is not None and waits.busy:
            self._count(view)

    def _count(self, view: State) -> None:
        waits = self.waits(view)
        if waits is not None and waits.since is not None:
            pause = view.pause
            if pause is not None and (rest := pause.until - self.now()) > timedelta():
                self.say(f"{pause.reason} Asking again in {lasting(rest)}.")
                return
            if overdue := self.overdue(view):
                self.say(overdue)
                return
            usual = self.usual(view)
            seconds = lasting(self.now() - waits.since)
            tail = f"; {usual}" if usual else ""
            self.say(f"{waits.note or 'Reading'}: {seconds}{tail}")
        else:
            self.say(self.at_rest(view))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A paste box keeps the page keys for itself."""
        if action == "page_on":
            return not hasattr(self.focused, "action_cursor_page_down")
        return super().check_action(action, parameters)

    def action_page_on(self, way: int) -> None:
        """PgDn and PgUp move in the list, and at its end bring into view what lies beyond it."""
        listing = self.focused
        if isinstance(listing, RowList):
            before = listing.cursor
            listing.action_page(way)
            if listing.cursor != before:
                return
        self.action_scroll_body(way)

    async def action_read_again(self) -> None:
        """F5 does what R does on this page."""
        key = find_key(self.page_keys(), "r", None)
        if key is not None:
            await self.press(key)

    def action_sign_in_again(self) -> None:
        """S: a new sign-in for just what was lacking; answers and drafts stay, and it leads back here."""
        error = self.trouble(self.view)
        if error is not None:
            self.wizard.sign_in_for(error)

    def action_details(self) -> None:
        """D: show or hide what support asks for."""
        self._details = not self._details
        self.show_view()
