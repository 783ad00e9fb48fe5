"""Sign in: a code to type at another device, how long it lasts, where the sign-in is kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from textual import events
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from m365backup_tui.domain.errors import CloudError
from m365backup_tui.screens.page import HelpText, Link
from m365backup_tui.screens.personas import PersonasPage
from m365backup_tui.screens.step import StepScreen
from m365backup_tui.screens.views import sign_in as shown
from m365backup_tui.screens.widgets.keys import Key
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.qr import QrCode
from m365backup_tui.screens.words import left
from m365backup_tui.state import Remote, State
from m365backup_tui.steps import StepId

_NEW_CODE = Key("n", "New code", do="new_code")
_WORDS, _PICTURE = 44, 34  # cells: what the words need, what the picture of such an address takes
_LOOK_AGAIN = 0.2  # seconds between two looks whether the sign-in of last time was found


class SignInScreen(StepScreen):
    """Asks for a code when it is entered, unless somebody is signed in."""

    STEP = AT = StepId.SIGN_IN
    ALONE = True

    def content(self) -> Iterable[Widget]:
        """The instructions beside the address as a QR code, then what to know."""
        with Horizontal(id="sign-in"):
            with Vertical(id="sign-in-words"):
                yield Prose(id="instructions")
                yield Prose(id="left")
                yield Prose(id="know")
            yield QrCode(id="qr")

    def heading(self, view: State) -> str:
        """What to do now."""
        return shown.heading(view)

    def keys(self, view: State) -> tuple[Key, ...]:
        """Continue, the code's keys, and on the practice tenant the person at the browser."""
        waiting = view.device_code.value is not None
        if shown.done(view):
            keys = [Key("enter", "Continue", do="go_on")]
            if view.unfinished is not None:
                keys.append(Key("g", "Go on with the run", do="resume"))
            return (*keys, Key("o", "Other account", do="other_account"))
        error = self.trouble(view)
        if error is not None and not waiting:
            details = tuple(key for key in self.trouble_keys(view) if key.key == "d")
            return (Key("enter", "New code", do="new_code"), *details)
        keys = []
        if view.place.stand_in:
            why = "" if waiting else "There is no code yet."
            keys += [
                Key("p", "Play the person", do="practise", enabled=waiting, why_not=why),
                Key("x", "Decline", do="decline", enabled=waiting, why_not=why),
            ]
        keys.append(_NEW_CODE)
        if waiting:
            keys += [
                Key("c", "Copy code", do="copy"),
                Key("u", "Copy address", do="copy_address"),
            ]
        return tuple(keys)

    def load(self, state: State) -> None:
        """Ask for a code, once the search for the sign-in of last time is over."""
        settled = state.signed_in is not None and state.needs is None
        if settled or state.device_code != Remote():
            if settled and "code" in self._begun:
                self._lead_on(state)
            return
        if self.wizard.store.running("find-account"):
            self.set_timer(_LOOK_AGAIN, self._load)
            return
        self.once("code", self.wizard.sign_in)

    def _lead_on(self, state: State) -> None:
        """Whoever has just signed in here goes on to the check without another key: the account is in line 1, and
        Esc comes back here. Not past an unfinished run, which this page tells about."""
        if not shown.done(state):
            return
        if self.wizard.store.running("sign-in"):  # what is unfinished is looked for at its end
            self.set_timer(_LOOK_AGAIN, self._load)
        elif state.unfinished is None:
            self.once("lead-on", self.wizard.next)

    def render_view(self, view: State) -> None:
        """The code and its address, or who is signed in."""
        super().render_view(view)
        self.query_one("#instructions", Prose).show(shown.instructions(view))
        self.query_one("#know", Prose).show(shown.know(view, self.now()))
        self._show_qr()
        self._show_left(view)

    def on_resize(self, event: events.Resize) -> None:
        """There may be room for the picture now."""
        self.call_after_refresh(self._show_qr)

    def _show_qr(self) -> None:
        """A phone cannot reach the practice tenant, so its address is no use as a picture."""
        view = self.view
        code = view.device_code.value
        wanted = code is not None and not view.place.stand_in
        room = max(0, self.query_one("#body").size.height - 1)
        enough = self.query_one("#sign-in").size.width >= _WORDS + _PICTURE
        qr = self.query_one("#qr", QrCode)
        qr.show(code.verification_uri if code and wanted and enough else "", room)
        self.query_one("#heading").set_class(qr.fits, "tight")

    def waits(self, state: State) -> Remote[Any] | None:
        """Only the wait for the code itself; the code has a line of its own."""
        return state.device_code if state.device_code.value is None else None

    def trouble(self, state: State) -> CloudError | None:
        """Why there is no sign-in."""
        return state.device_code.error

    def meaning_of(self, error: CloudError) -> str:
        """The ways out that this page has."""
        return shown.meaning(error)

    def tick(self, view: State) -> None:
        """The seconds left, one line; after a minute, what may be in the way."""
        super().tick(view)
        if view.device_code.value is not None:
            self._show_left(view)
            self.query_one("#know", Prose).show(shown.know(view, self.now()))

    def _show_left(self, view: State) -> None:
        code = view.device_code.value
        line = self.query_one("#left", Prose)
        line.display = code is not None
        if code is None:
            return
        rest = code.expires_at - self.now()
        if rest > timedelta():
            line.show([("   Still valid for ", "plain"), (left(rest), "strong")])
        else:
            line.show([("   The code has expired. Press N for a new one.", "warn")])

    def copyable(self) -> str:
        """The code, without the spaces that make it readable."""
        code = self.view.device_code.value
        return code.user_code if code else ""

    def action_copy_address(self) -> None:
        """U: copy the address to open."""
        code = self.view.device_code.value
        copy = getattr(self.app, "copy_text", None)
        if code is not None and copy is not None:
            self.say(copy(code.verification_uri))

    def action_go_on(self) -> None:
        """Enter: the next step."""
        self.wizard.next()

    def action_resume(self) -> None:
        """G: the run that an earlier sitting left."""
        self.resume_unfinished()
        self.say("Opening the unfinished run.")

    def action_new_code(self) -> None:
        """N: forget this code and ask for another."""
        self.again("code", self.wizard.sign_in)

    async def action_read_again(self) -> None:
        """F5, which messages name as the way to try again: a new code, unless somebody is signed in."""
        if not shown.done(self.view):
            self.action_new_code()

    def action_other_account(self) -> None:
        """O: sign out; a new code is asked for as soon as that is done."""
        self._begun.discard("code")
        self.wizard.sign_out()

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
        """Esc: a code on show is given up."""
        if not shown.done(self.view):
            self.wizard.cancel_sign_in()
        super().action_back()

    def help(self) -> HelpText:
        """How the sign-in works."""
        return HelpText(
            "You sign in with a code: this machine never sees your password. Open the address on "
            "any device, type the code and sign in there. This page notices by itself.",
            "The application that asks is Microsoft Graph Command Line Tools, the one Microsoft "
            "names for policy work from a command line. Only type a code that you asked for "
            "yourself: whoever shows you a code gets the sign-in.",
            (),
            (
                Link(
                    "Conditional Access and device code",
                    "https://learn.microsoft.com/entra/identity/conditional-access/"
                    "policy-block-authentication-flows",
                ),
            ),
        )
