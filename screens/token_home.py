"""Where should this sign-in be kept? The places of this host with their reasons, and a passphrase typed twice."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual import on
from textual.containers import Vertical
from textual.widget import Widget

from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.session import HomeOffer, KeptIn
from m365backup_tui.screens.base import HelpText, Key
from m365backup_tui.screens.sub_page import SubPage
from m365backup_tui.screens.views import token_home as shown
from m365backup_tui.screens.widgets.entry import Entry
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column
from m365backup_tui.state import Remote, State
from m365backup_tui.steps import StepId


class TokenHomePage(SubPage):
    """Enter on a place moves what is kept there; a passphrase is asked for first, twice."""

    AT = StepId.SIGN_IN

    def __init__(self) -> None:
        super().__init__()
        self._asked: KeptIn | None = None

    def content(self) -> Iterable[Widget]:
        """Where it is now, the places, what the one under the cursor means, the passphrase, the result."""
        yield Prose(id="now", classes="gap")
        yield RowList(
            (Column(width=32), Column()),
            empty="Looking what this host has.",
            id="homes",
            classes="short",
        )
        yield Prose(id="about", classes="above")
        with Vertical(id="passphrase"):
            yield Entry(
                "New passphrase:", validator=shown.rule_of, secret=True, patient=True, id="first"
            )
            yield Entry("Once more:     ", secret=True, patient=True, id="second")
            yield Prose(shown.RULE, classes="above")
        yield Prose(id="result", classes="above")

    def heading(self, view: State) -> str:
        """The question."""
        return "Where should this sign-in be kept?"

    def keys(self, view: State) -> tuple[Key, ...]:
        """Enter decides."""
        if self._typing:
            first = self.query_one("#first").has_focus_within
            return (Key("enter", "Next line" if first else "Keep it with this passphrase"),)
        return (Key("enter", "Keep it here"), *self.trouble_keys(view))

    def help(self) -> HelpText:
        """What is kept, and what that protects."""
        return HelpText(
            "What is kept is the sign-in that Entra gave this host, never your password. It is in an encrypted "
            "file in the wizard's state folder; the choice is where the key to it is.",
            "On a shared host memory is the safest. Signing out removes file and key (O on the sign-in page).",
        )

    @property
    def _typing(self) -> bool:
        return getattr(self.focused, "takes_text", False)

    def on_mount(self) -> None:
        """Begin in the list."""
        self.query_one("#passphrase").display = False
        self.query_one("#homes", RowList).focus()

    def load(self, state: State) -> None:
        """What this host has, looked at anew: a keyring may be unlocked by now."""
        self.once("homes", self.wizard.list_homes)

    def waits(self, state: State) -> Remote[Any] | None:
        """The move, once one was asked for; the look before that."""
        return state.token_home if self._asked is not None else state.homes

    def trouble(self, state: State) -> CloudError | None:
        """Either."""
        return (state.token_home.error if self._asked else None) or state.homes.error

    def render_view(self, view: State) -> None:
        """The places, the one in use, and what became of the move."""
        super().render_view(view)
        home = view.token_home.value
        self.query_one("#now", Prose).show(home.why if home else "")
        self.query_one("#homes", RowList).show(shown.rows(view.homes.value or (), home))
        words = shown.result(self._asked, view)
        self.query_one("#result", Prose).show(words)
        if words and words[0][1] == "ok":
            self._close_entries()
        self._tell()

    def _offer(self) -> HomeOffer | None:
        row = self.query_one("#homes", RowList).current
        offers = self.view.homes.value or ()
        return next((one for one in offers if row is not None and one.kept_in == row.id), None)

    @on(RowList.Moved, "#homes")
    def _tell(self) -> None:
        self.query_one("#about", Prose).show(shown.about(self._offer()))

    @on(RowList.Chosen, "#homes")
    def _chosen(self, event: RowList.Chosen) -> None:
        where = KeptIn(event.row_id)
        if where is KeptIn.PASSPHRASE:
            self.query_one("#passphrase").display = True
            self.query_one("#now").display = False  # room for the rule at 24 lines
            self.query_one("#first", Entry).focus()
            return
        self._close_entries()
        self._keep(where)

    def _keep(self, where: KeptIn, passphrase: str = "") -> None:
        self._asked = where
        self.wizard.keep_sign_in(where, passphrase)

    @on(Entry.Entered, "#first")
    def _first(self) -> None:
        self.query_one("#second", Entry).focus()

    @on(Entry.Entered, "#second")
    def _second(self) -> None:
        first, second = self.query_one("#first", Entry), self.query_one("#second", Entry)
        if first.error is not None:
            first.focus()
            first.blame(first.error)
        elif first.value != second.value:
            second.blame("The two are not the same. Correct one of them.")
        else:
            self._keep(KeptIn.PASSPHRASE, first.value)

    def _close_entries(self) -> None:
        """Empty and out of the way."""
        for entry in self.query(Entry):
            entry.value = ""
        if self.query_one("#passphrase").display:
            self.query_one("#passphrase").display = False
            self.query_one("#now").display = True
            self.query_one("#homes", RowList).focus()

    async def on_key(self, event: Any) -> None:
        """Up and down move between the two lines; Enter belongs to them."""
        if self._typing and event.key in {"up", "down"}:
            self.query_one("#second" if event.key == "down" else "#first", Entry).focus()
            event.stop()
        elif self._typing and event.key == "enter":
            event.prevent_default()

    def action_back(self) -> None:
        """Esc: out of the passphrase first, where what was typed stays; then out of the page."""
        if self._typing:
            self.query_one("#homes", RowList).focus()
        else:
            super().action_back()
