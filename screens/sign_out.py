"""Sign out: of one account or of all on this host; first what it removes and what not, then what was done."""

from __future__ import annotations

from collections.abc import Iterable

from textual import on
from textual.widget import Widget

from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.session import Account
from m365backup_tui.screens.base import HelpText, Key
from m365backup_tui.screens.sub_page import SubPage
from m365backup_tui.screens.views import accounts as shown
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column
from m365backup_tui.state import State
from m365backup_tui.steps import StepId


class SignOutPage(SubPage):
    """Enter on a line is the confirmation; Esc changes nothing."""

    AT = StepId.SIGN_IN

    def __init__(self, account: Account, count: int, *, mine: bool) -> None:
        """`count`: how many accounts are kept here. `mine`: this one is signed in now."""
        super().__init__()
        self._account = account
        self._kept_here = count
        self._mine = mine
        self._gone = ""

    def content(self) -> Iterable[Widget]:
        """Whom, what it means, what was done."""
        yield RowList((Column(), Column(width=28)), id="whom", classes="short")
        yield Prose(id="means", classes="above")
        yield Prose(id="was-done", classes="above")

    def heading(self, view: State) -> str:
        """The question, or that it is over."""
        if self._gone:
            return "Signing out." if self._at_work else "Signed out."
        return "Sign out of this host?"

    def keys(self, view: State) -> tuple[Key, ...]:
        """Enter confirms."""
        if self.trouble(view) is not None:
            return (Key("enter", "Try again", do="try_again"), *self.trouble_keys(view))
        return () if self._gone else (Key("enter", "Sign out"),)

    def help(self) -> HelpText:
        """Why it is not a revocation."""
        return HelpText(
            "Entra has no way to end one token. Signing out deletes what this host holds, so that nobody can use "
            "it from here.",
            "If this host was lost or somebody may have copied your files, have your sessions revoked as well.",
        )

    def trouble(self, state: State) -> CloudError | None:
        """Why it was not done, or not all of it."""
        return state.accounts.error if self._gone else None

    def action_try_again(self) -> None:
        """Enter after trouble: back to the question."""
        self._gone = ""
        self.query_one("#was-done", Prose).show("")
        self.show_view()

    def action_sign_in_again(self) -> None:
        """S: what was asked for needs a permission more; the sign-in page asks for it."""
        super().action_sign_in_again()
        self.dismiss(None)

    @property
    def _at_work(self) -> bool:
        return self.wizard.store.running("sign-out")

    def on_mount(self) -> None:
        """The one chosen before comes first."""
        whom = self.query_one(RowList)
        whom.show(shown.choices(self._account, self._kept_here, self._mine))
        whom.focus()

    def render_view(self, view: State) -> None:
        """What it means for the line under the cursor."""
        super().render_view(view)
        self._tell()

    def tick(self, view: State) -> None:
        """The end of signing out brings no news of its own."""
        super().tick(view)
        if self._gone:
            self.show_view()

    @on(RowList.Moved, "#whom")
    def _tell(self) -> None:
        if self._gone:
            over = not self._at_work and self.trouble(self.view) is None
            left = len(self.view.accounts.value or ())
            words = shown.what_was_done(self._gone, left) if over else []
            self.query_one("#was-done", Prose).show(words)
            return
        row = self.query_one(RowList).current
        which = row.id if row is not None else ""
        self.query_one("#means", Prose).show(shown.consequences(which, self._kept_here))

    @on(RowList.Chosen, "#whom")
    def _confirmed(self, event: RowList.Chosen) -> None:
        if self._gone:
            return
        self._gone = "Everybody" if event.row_id == shown.EVERYBODY else self._account.username
        if event.row_id == shown.EVERYWHERE:
            self.wizard.sign_out_everywhere()
        elif event.row_id == shown.EVERYBODY or self._kept_here < 2:
            self.wizard.sign_out()  # the last one leaves nothing behind: files and key go too
        else:
            self.wizard.sign_out(self._account)
        self.show_view()
