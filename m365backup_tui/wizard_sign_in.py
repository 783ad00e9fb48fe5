"""What a person can ask for when signing in: a part of `Wizard`. A way, an account, a place to keep it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from m365backup_tui import events as ev
from m365backup_tui import work

if TYPE_CHECKING:
    import asyncio
    from pathlib import Path

    from m365backup_tui.domain.errors import CloudError
    from m365backup_tui.domain.session import Account, KeptIn
    from m365backup_tui.domain.settings import SignInSettings
    from m365backup_tui.ports import Tools
    from m365backup_tui.state import State
    from m365backup_tui.store import Store


class SignInWizard:
    """The methods of the sign-in pages."""

    store: Store

    if TYPE_CHECKING:

        @property
        def tools(self) -> Tools: ...
        @property
        def state(self) -> State: ...
        def _lead(self, done: asyncio.Task[None]) -> None: ...

    def sign_in(self, *, another: bool = False) -> None:
        """Ask for a code and wait until it was used. Called again: a new code. `another`: of another account, until
        somebody has come or this page was left; who is signed in stays so until then."""
        if another and not self._let_another_in():
            return
        state = self.state
        asking = work.sign_in.sign_in(self.tools, state.needs, another=state.another)
        task = self.store.perform("sign-in", asking)
        task.add_done_callback(self._lead)

    def sign_in_by_browser(self, *, another: bool = False) -> None:
        """Prepare an address and wait until a browser came back from it. Called again: a new address. `another`: as
        for `sign_in`."""
        if another and not self._let_another_in():
            return
        state = self.state
        asking = work.sign_in.sign_in_by_browser(self.tools, state.needs, another=state.another)
        task = self.store.perform("sign-in", asking)
        task.add_done_callback(self._lead)

    def paste_address(self, address: str) -> None:
        """The address at which the browser ended."""
        begun = self.state.browser.value
        if begun is not None:
            self.store.perform("paste", work.sign_in.paste(self.tools, begun, address))

    def save_address(self, path: Path) -> None:
        """The address to open, as a file that only this user reads."""
        begun = self.state.browser.value
        if begun is not None:
            self.store.perform("save", work.sign_in.save_address(self.tools, begun, path))

    def change_sign_in(self, settings: SignInSettings) -> None:
        self.store.perform("settings", work.sign_in.change_settings(self.tools, settings))

    def list_accounts(self) -> None:
        self.store.perform("accounts", work.accounts.list_accounts(self.tools))

    def switch_account(self, account: Account) -> None:
        """Go on as another account that is kept here; not in the middle of a run."""
        if not self._run_stays():
            self.store.perform("switch", work.accounts.switch(self.tools, account))

    def _let_another_in(self) -> bool:
        if self._run_stays():
            return False
        self.store.send(ev.AnotherWanted())
        return True

    def _run_stays(self) -> bool:
        """Whether a run is at work, which belongs to one account from its beginning to its end; then that is said."""
        going = self.store.running("run")
        if going:
            from m365backup_tui.domain.errors import Conflict  # not for the first frame

            why = "A run is at work for this account. Let it end, or stop it; then change the account."
            self.store.send(ev.Broke(ev.ACCOUNTS, Conflict(why)))
        return going

    def list_homes(self) -> None:
        self.store.perform("homes", work.sign_in.list_homes(self.tools))

    def keep_sign_in(self, where: KeptIn, passphrase: str = "") -> None:
        self.store.perform("keep", work.sign_in.keep_in(self.tools, where, passphrase))

    def unlock_sign_in(self, passphrase: str) -> None:
        self.store.perform("keep", work.sign_in.unlock(self.tools, passphrase))

    def look_for_azure_cli(self) -> None:
        self.store.perform("azure-cli", work.sign_in.look_for_azure_cli(self.tools))

    def use_azure_cli(self) -> None:
        """Azure with the session of Azure CLI: asked for on its page, kept as the choice."""
        state = self.state
        if state.how is not None and state.signed_in is not None:
            self.store.cancel("sign-in")
            self.store.perform(
                "settings", work.sign_in.use_azure_cli(self.tools, state.how, state.signed_in)
            )

    def sign_in_for(self, error: CloudError) -> None:
        """What `error` interrupted goes on after a new sign-in: to the sign-in page, and back here by itself."""
        self.store.send(ev.SignInNeeded(error))

    def cancel_sign_in(self) -> None:
        self.store.cancel("sign-in")
        self.store.send(ev.Dropped(ev.DEVICE_CODE))
        self.store.send(ev.Dropped(ev.BROWSER))

    def play_person(self, persona_key: str) -> None:
        """On the practice tenant: this person signs in at the browser, whichever way is waited for."""
        begun = self.state.device_code.value or self.state.browser.value
        if begun is not None:
            self.store.perform(
                "play-person", work.sign_in.play_person(self.tools, begun, persona_key)
            )

    def decline_person(self) -> None:
        begun = self.state.device_code.value or self.state.browser.value
        if begun is not None:
            self.store.perform("play-person", work.sign_in.decline_person(self.tools, begun))

    def sign_out(self, account: Account | None = None) -> None:
        """Forget `account` on this host, or everybody."""
        self.store.cancel("switch")  # whoever leaves must not come back by it
        if self._mine is None:
            self.cancel_sign_in()  # it would end in what is deleted now
        self.store.perform("sign-out", work.accounts.sign_out(self.tools, account, self._mine))

    def sign_out_everywhere(self) -> None:
        """End every sign-in of who is signed in, on every device (a lost host), and forget it here."""
        if self._mine is not None:
            self.store.perform(
                "sign-out", work.accounts.sign_out_everywhere(self.tools, self._mine)
            )

    @property
    def _mine(self) -> Account | None:
        return self.state.signed_in.account if self.state.signed_in else None
