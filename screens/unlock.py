"""A kept sign-in is sealed with a passphrase: three tries to open it, or a new sign-in instead."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual import on
from textual.widget import Widget

from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.session import KeptIn, TokenHome
from m365backup_tui.screens.base import HelpText, Key
from m365backup_tui.screens.sub_page import HELP_WHILE_TYPING, SubPage
from m365backup_tui.screens.widgets.entry import Entry
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.state import Remote, State
from m365backup_tui.steps import StepId


class UnlockPage(SubPage):
    """Closes by itself once the sign-in is open. When there is nothing to try any more (three tries, counted where
    it is kept) it says so, and Enter signs in anew, as Esc does at any time."""

    AT = StepId.SIGN_IN
    ALWAYS = (HELP_WHILE_TYPING, Key("escape", "Sign in anew", do="back"))

    def __init__(self) -> None:
        super().__init__()
        self._over = False  # it is open
        self._failed = False  # it will not open in this sitting
        self._trying: Remote[TokenHome] | None = None  # as it was when the passphrase was given

    def content(self) -> Iterable[Widget]:
        """The passphrase, and what is wrong with it."""
        yield Prose(id="why", classes="gap")
        yield Entry("Passphrase:", secret=True, id="passphrase-now")
        yield Prose(
            "Esc signs you in anew. What is kept stays sealed until another sign-in takes its place.",
            classes="above",
            id="instead",
        )

    def heading(self, view: State) -> str:
        """The question, or that it is over."""
        if self._failed:
            return "The kept sign-in was not opened."
        return "Your sign-in is kept here, sealed with a passphrase."

    def keys(self, view: State) -> tuple[Key, ...]:
        """Enter tries."""
        if self._failed:
            return (Key("enter", "Sign in anew", do="back"),)
        return (Key("enter", "Open it"),)

    def help(self) -> HelpText:
        """What if it is forgotten."""
        return HelpText(
            "Type the passphrase that you chose when this sign-in was kept.",
            "Nobody can recover it. Esc signs you in anew; nothing of your work is lost by that.",
        )

    def on_mount(self) -> None:
        """Straight to the line."""
        self.query_one(Entry).focus()

    def waits(self, state: State) -> Remote[Any] | None:
        """The opening, which takes a moment on purpose."""
        return state.token_home if self._trying is not None else None

    def at_rest(self, state: State) -> str:
        """It is open; the account in it is looked up."""
        return "It is open. The next page is on its way." if self._over else ""

    def trouble(self, state: State) -> CloudError | None:
        """What is wrong beside the passphrase."""
        return state.token_home.error if self._trying is not None else None

    def render_view(self, view: State) -> None:
        """Still sealed: another passphrase. Open: nothing to ask any more."""
        super().render_view(view)
        home = view.token_home
        words = self.query_one("#why", Prose)
        if not words.text and home.value is not None:
            words.show(home.value.why)
        answered = self._trying is not None and home is not self._trying and not home.busy
        if answered and home.error is None and home.value is not None:
            self._trying = None
            if home.value.locked:
                self.query_one(Entry).blame(home.value.why)
            elif home.value.kept_in is KeptIn.PASSPHRASE:
                self._over = True
            else:
                self._give_up(home.value.why)
        self._close_when_over(view)

    def _give_up(self, why: str) -> None:
        """Why there is a new sign-in now, before it takes the place of the question."""
        self._failed = True
        self.query_one("#why", Prose).show(why)
        self.query_one(Entry).value = ""
        for gone in (self.query_one(Entry), self.query_one("#instead")):
            gone.display = False
        self.set_focus(None)
        self.head(self.heading(self.view))
        self.show_keys()

    def tick(self, view: State) -> None:
        """Open, and yet of no use any more: the search for the account ends without news."""
        super().tick(view)
        self._close_when_over(view)

    def _close_when_over(self, view: State) -> None:
        came = view.signed_in is not None and view.needs is None
        if came or (self._over and not self.wizard.store.running("keep")):
            self._close()

    def _close(self) -> None:
        self.query_one(Entry).value = ""
        if self.is_current:
            self.dismiss(None)

    @on(Entry.Entered, "#passphrase-now")
    def _entered(self, event: Entry.Entered) -> None:
        if not event.value:
            self.query_one(Entry).blame("Type the passphrase first.")
            return
        self._trying = self.view.token_home
        self.wizard.unlock_sign_in(event.value)
