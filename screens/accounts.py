"""The accounts that are kept on this host: go on as another one, add one, sign out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual import on
from textual.widget import Widget

from m365backup_tui.domain.errors import CloudError, NotSignedIn
from m365backup_tui.domain.session import Account
from m365backup_tui.screens.base import HelpText, Key
from m365backup_tui.screens.sign_out import SignOutPage
from m365backup_tui.screens.sub_page import SubPage
from m365backup_tui.screens.views import accounts as shown
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column
from m365backup_tui.state import Remote, State
from m365backup_tui.steps import StepId

_NOBODY = "Nobody is kept here."


class AccountsPage(SubPage):
    """Lies on the sign-in page. Closes by itself when another account is in use; `another` is True when somebody
    else is to sign in."""

    AT = StepId.SIGN_IN

    def __init__(self) -> None:
        super().__init__()
        self.another = False
        self._wanted = ""

    def content(self) -> Iterable[Widget]:
        """The list, then what it is."""
        columns = (Column("Organization", weight=2), Column("Account", weight=5), Column("", 9))
        yield RowList(
            columns,
            header=True,
            empty="Nobody is kept on this host.",
            id="accounts",
            classes="short",
        )
        yield Prose(id="whole", classes="above")
        yield Prose(
            "Each account works on its own organization only. Another account does not sign this one out.",
            classes="above",
        )

    def heading(self, view: State) -> str:
        """What this is."""
        return "Accounts on this host: who should the wizard work as?"

    def keys(self, view: State) -> tuple[Key, ...]:
        """Switch, add, sign out; none of it while a run goes on."""
        why = shown.busy(view)
        some = bool(view.accounts.value)
        return (
            Key("enter", "Work as this one", enabled=some and not why, why_not=why or _NOBODY),
            Key("n", "Another account", do="another", enabled=not why, why_not=why),
            Key(
                "o",
                "Sign out",
                do="sign_out",
                enabled=some and not why,
                why_not=why or _NOBODY,
            ),
            *(key for key in self.trouble_keys(view) if key.key == "d"),
        )

    def help(self) -> HelpText:
        """What switching means."""
        return HelpText(
            "The wizard works as one account at a time; line 1 shows which, and for which organization. What was "
            "read of one organization is dropped before another one is shown.",
            "On a shared host anybody who uses this user account of the host finds these sign-ins: sign out when "
            "you are done.",
        )

    def on_mount(self) -> None:
        """Begin in the list."""
        self.query_one(RowList).focus()

    def load(self, state: State) -> None:
        """Who is kept; anew when the page below it changed that."""
        self.once("accounts", self.wizard.list_accounts)

    def waits(self, state: State) -> Remote[Any] | None:
        """The list."""
        return state.accounts

    def meaning_of(self, error: CloudError) -> str:
        """The way out here."""
        held = not isinstance(error, NotSignedIn)
        return "" if held else "Press N to sign in as that account."

    def render_view(self, view: State) -> None:
        """The list; and gone when the account that was asked for is in use."""
        super().render_view(view)
        now = view.signed_in.account if view.signed_in else None
        listing = self.query_one(RowList)
        fresh = listing.current is None and now is not None
        listing.show(shown.rows(view), cursor=shown.key_of(now) if fresh and now else None)
        self._tell()
        if (
            self._wanted
            and now is not None
            and shown.key_of(now) == self._wanted
            and self.is_current
        ):
            self.dismiss(None)

    @on(RowList.Moved, "#accounts")
    def _tell(self) -> None:
        """The whole of the line under the cursor, which is cut where the window is narrow."""
        account = self._chosen_account()
        words = f"{shown.organization(account)}: {account.username}" if account else ""
        self.query_one("#whole", Prose).show(words)

    def _chosen_account(self) -> Account | None:
        row = self.query_one(RowList).current
        found = self.view.accounts.value or ()
        return next((one for one in found if row is not None and shown.key_of(one) == row.id), None)

    @on(RowList.Chosen, "#accounts")
    def _choose(self) -> None:
        account = self._chosen_account()
        if account is None:
            return
        if why := shown.busy(self.view):
            self.say(why, "warn")
        elif shown.current(account, self.view):
            self.say(f"The wizard works as {account.username} already. Esc goes back.")
        else:
            self._wanted = shown.key_of(account)
            self.say(f"Going on as {account.username}.")
            self.wizard.switch_account(account)

    def action_another(self) -> None:
        """N: somebody else signs in; nobody is signed out."""
        self.another = True
        self.dismiss(None)

    async def action_sign_out(self) -> None:
        """O: says first what it does."""
        account = self._chosen_account()
        if account is not None:
            count = len(self.view.accounts.value or ())
            mine = shown.current(account, self.view)
            await self.open(SignOutPage(account, count, mine=mine), self._came_back)

    def _came_back(self, _: None) -> None:
        if self.view.needs is not None:
            self.dismiss(None)  # the sign-in page asks for what was lacking
        else:
            self.again("accounts", self.wizard.list_accounts)
