"""What a person can do on the sign-in page: its keys and the box for the address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events, on

from m365backup_tui.domain.errors import ConsentNeeded, StepUpNeeded
from m365backup_tui.domain.session import Way
from m365backup_tui.screens.personas import PersonasPage
from m365backup_tui.screens.step import StepScreen
from m365backup_tui.screens.views import sign_in as shown
from m365backup_tui.screens.widgets.address_box import AddressBox


class SignInActions(StepScreen):
    """The sign-in page is this with what it shows."""

    _way: Way | None = None

    if TYPE_CHECKING:

        @property
        def way(self) -> Way: ...
        def begin(self, *, another: bool = False) -> None: ...

    def action_other_way(self) -> None:
        """B: the other way; what was pending is given up."""
        self._way = shown.other(self.way)
        self._start_over()

    def action_anew(self) -> None:
        """N: forget this code or address and ask for another."""
        error = self.trouble(self.view)
        if isinstance(error, StepUpNeeded | ConsentNeeded) and error.scopes:
            self.wizard.sign_in_for(error)  # for just what was lacking
        self._start_over()

    def _start_over(self) -> None:
        self.set_focus(None)
        self.wizard.cancel_sign_in()
        self.again("begin", self.begin)

    async def action_read_again(self) -> None:
        """F5, which messages name as the way to try again: anew, unless somebody is signed in."""
        if not shown.done(self.view):
            self.action_anew()

    def copyable(self) -> str:
        """The code, without the spaces that make it readable; or the address."""
        code, begun = self.view.device_code.value, self.view.browser.value
        return code.user_code if code else begun.url if begun else ""

    def action_copy_address(self) -> None:
        """U: copy the address to open."""
        code, begun = self.view.device_code.value, self.view.browser.value
        address = code.verification_uri if code else begun.url if begun else ""
        copy = getattr(self.app, "copy_text", None)
        if address and copy is not None:
            self.say(copy(address))

    def action_show_address(self) -> None:
        """F: the address and nothing else, on the ordinary screen, unwrapped, for the terminal's own selection."""
        begun = self.view.browser.value
        show = getattr(self.app, "show_plain_until", None)
        if begun is not None and show is not None:
            show(begun.url, lambda: self.wizard.state.browser.value is not begun)

    async def action_save_address(self) -> None:
        """W: the address as a file that only this user reads."""
        if self.view.browser.value is not None:
            from m365backup_tui.screens.save_address import SaveAddressScreen

            await self.open(SaveAddressScreen())

    def action_to_box(self) -> None:
        """Tab: the cursor into the box."""
        self.query_one(AddressBox).focus()

    def on_paste(self, event: events.Paste) -> None:
        """A paste goes to the box wherever the cursor is."""
        if self.view.browser.value is not None and event.text.strip():
            event.stop()
            self.query_one(AddressBox).take(event.text)

    @on(AddressBox.Given)
    @on(AddressBox.Entered, "#paste")
    def _given(self, event: AddressBox.Entered) -> None:
        if event.value.strip():
            self.wizard.paste_address(event.value)
        else:
            self.say("Nothing is in the box yet: copy the address of the last page.", "warn")

    def action_go_on(self) -> None:
        """Enter: the next step."""
        self.wizard.next()

    async def action_keep_elsewhere(self) -> None:
        """K: another place for what is kept of this sign-in."""
        from m365backup_tui.screens.token_home import TokenHomePage

        await self.open(TokenHomePage())

    async def action_accounts(self) -> None:
        """O: who is kept here; switch, add, sign out."""
        await self.open_accounts()

    async def open_accounts(self, *, visiting: bool = False) -> None:
        """The same. `visiting`: from another page; who is the same person afterwards goes back there."""
        from m365backup_tui.screens.accounts import AccountsPage

        page = AccountsPage()
        was = self.view.signed_in

        def left(_: None) -> None:
            self._accounts_left(page.another)
            now = self.view.signed_in
            stays = was is not None and now is not None and was.account.same_as(now.account)
            if visiting and stays and not page.another and self.view.needs is None:
                self.wizard.back()

        await self.open(page, left)

    def _accounts_left(self, another: bool) -> None:
        """Somebody else may be signed in by now, or nobody: then it begins anew."""
        if another:
            self._begun.discard("lead-on")
            self.again("begin", lambda: self.begin(another=True))
        elif not shown.settled(self.view):
            self._begun -= {"begin", "lead-on"}
            self.call_later(self._load)

    async def action_use_azure_cli(self) -> None:
        """Z: asks whether Azure CLI's session may be used for Azure."""
        from m365backup_tui.screens.azure_cli import AzureCliPage

        await self.open(AzureCliPage())

    def action_resume(self) -> None:
        """G: the run that an earlier sitting left."""
        self.resume_unfinished()
        self.say("Opening the unfinished run.")

    async def action_practise(self) -> None:
        """P: choose who sits at the browser."""
        await self.open(PersonasPage(self.view.practising), self._played)

    def _played(self, persona: str | None) -> None:
        if persona:
            self.wizard.play_person(persona)

    def action_decline(self) -> None:
        """X: the person at the browser says no."""
        self.wizard.decline_person()

    def action_back(self) -> None:
        """Esc: out of the box first, where the text stays; then what is on show is given up."""
        if getattr(self.focused, "takes_text", False):
            self.set_focus(None)
            self.show_keys()
            return
        if not shown.done(self.view):
            self._begun.add("begin")  # nothing new begins on the way out
            self.wizard.cancel_sign_in()
        super().action_back()
