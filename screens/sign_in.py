"""Sign in: by a code, or through a browser that comes back; who is signed in; each way one key from the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

from textual import events
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.session import Way
from m365backup_tui.screens import sign_in_keys as keys_of
from m365backup_tui.screens.browser_steps import BrowserSteps
from m365backup_tui.screens.help_text import HelpText
from m365backup_tui.screens.sign_in_actions import SignInActions
from m365backup_tui.screens.this_host import Host, this_host
from m365backup_tui.screens.views import sign_in as shown
from m365backup_tui.screens.views import signed_in
from m365backup_tui.screens.views.sign_in_help import HELP
from m365backup_tui.screens.widgets.keys import Key
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.qr import QrCode
from m365backup_tui.screens.words import ended, left
from m365backup_tui.state import Remote, State
from m365backup_tui.steps import StepId

_WORDS, _PICTURE = 44, 34  # cells: what the words need, what the picture of such an address takes
_LOOK_AGAIN = 0.2  # seconds between two looks whether the sign-in of last time was found


class SignInScreen(SignInActions):
    """Begins to sign in when it is entered, unless somebody is signed in."""

    STEP = AT = StepId.SIGN_IN
    ALONE = True
    AUTO_FOCUS = ""  # letters are keys here; a paste finds its box without the cursor
    HERE: ClassVar[Callable[[], Host]] = staticmethod(this_host)

    def __init__(self) -> None:
        super().__init__()
        self._way: Way | None = None
        self._opened: bool | None = (
            None  # a sealed sign-in: not asked for, being asked for, asked for
        )

    def content(self) -> Iterable[Widget]:
        """The steps of one way or the other beside the address as a QR code, then what to know."""
        with Horizontal(id="sign-in"):
            with Vertical(id="sign-in-words"):
                yield Prose(id="instructions")
                yield BrowserSteps(type(self).HERE(), id="browser")
                yield Prose(id="left")
                yield Prose(id="know")
            yield QrCode(id="qr")

    # What is shown

    @property
    def way(self) -> Way:
        """By which way one signs in now."""
        return shown.way_of(self.view, self._way)

    def heading(self, view: State) -> str:
        """What to do now."""
        return shown.heading(view, self.way)

    def keys(self, view: State) -> tuple[Key, ...]:
        """Those of the state it is in; see sign_in_keys."""
        error = self.trouble(view)
        if shown.done(view):
            return keys_of.when_signed_in(view)
        if error is not None and not _on_show(view):
            details = tuple(key for key in self.trouble_keys(view) if key.key == "d")
            return keys_of.after_refusal(error, self.way, details)
        return keys_of.while_waiting(view, self.way)

    def typing_keys(self) -> tuple[Key, ...]:
        """While the cursor is in the box."""
        return (Key("enter", "Read this address"),)

    def render_view(self, view: State) -> None:
        """The code and its address, the browser's steps, or who is signed in."""
        super().render_view(view)
        finished = shown.done(view)
        words = signed_in.facts(view) if finished else shown.instructions(view)
        place = self.query_one("#instructions", Prose)
        place.show([*shown.why(view), *words] if words else ended(shown.why(view)))
        place.display = bool(place.text)
        place.set_class(not words, "gap")
        self.query_one("#browser", BrowserSteps).show(view)
        self._show_know(view)
        self._show_qr()
        self._show_left(view)

    def _show_know(self, view: State) -> None:
        finished = shown.done(view)
        words = signed_in.remarks(view) if finished else shown.know(view, self.way, self.now())
        self.query_one("#know", Prose).show(words)

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

    def _show_left(self, view: State) -> None:
        line = self.query_one("#left", Prose)
        on_show = view.device_code.value or view.browser.value
        line.display = on_show is not None
        if on_show is None:
            return
        waits = view.device_code.busy or view.browser.busy
        if not waits and self.trouble(view) is None:  # the browser is done, the rest is ours
            line.show([("   It worked. The next page is on its way.", "ok")])
            return
        rest = on_show.expires_at - self.now()
        begin = self.query_one("#browser", BrowserSteps).state_words(view)
        if rest > timedelta():
            line.show([(f"   {begin}Still valid for ", "plain"), (left(rest), "strong")])
        else:
            thing = "address" if self.way is Way.BROWSER else "code"
            line.show([(f"   The {thing} has expired. Press N for a new one.", "warn")])

    def waits(self, state: State) -> Remote[Any] | None:
        """Until there is a code or an address (those have a line of their own), and while a paste is read."""
        if state.pasted.busy:
            return state.pasted
        waits: Remote[Any] = state.browser if self.way is Way.BROWSER else state.device_code
        return waits if waits.value is None else None

    def trouble(self, state: State) -> CloudError | None:
        """Why there is no sign-in; what is wrong with a paste stands below its box."""
        return shown.failed(state)

    def meaning_of(self, error: CloudError) -> str:
        """The ways out that this page has."""
        return shown.meaning(error, self.way)

    def tick(self, view: State) -> None:
        """The seconds left, one line; after a minute, what may be in the way."""
        super().tick(view)
        if _on_show(view):
            self._show_left(view)
            self._show_know(view)

    # What happens by itself

    def load(self, state: State) -> None:
        """Begin, once the search for the sign-in of last time is over."""
        settled = shown.settled(state)
        if settled or shown.begun(state):
            if settled and "begin" in self._begun:
                self._lead_on(state)
            return
        if self.wizard.store.running("find-account"):
            self.set_timer(_LOOK_AGAIN, self._load)
            return
        if self._opened is False:
            return  # Textual calls a page current that lies right below another one
        home = state.token_home.value
        if home is not None and home.locked and self._opened is None:
            self._opened = False
            self.call_later(self._ask_passphrase)
            return
        if shown.for_azure(state):
            self.once("azure-cli", self.wizard.look_for_azure_cli)
        self.once("begin", self.begin)

    async def _ask_passphrase(self) -> None:
        """What is kept is sealed: open it first, or sign in anew."""
        from m365backup_tui.screens.unlock import UnlockPage

        await self.open(UnlockPage(), self._unlocked)

    def _unlocked(self, _: None) -> None:
        self._opened = True
        if self.view.signed_in is not None:
            self._begun.add("begin")  # it leads on, as any other sign-in here
        self.call_later(self._load)

    def begin(self, *, another: bool = False) -> None:
        if self.way is Way.BROWSER:
            self.wizard.sign_in_by_browser(another=another)
        else:
            self.wizard.sign_in(another=another)

    def _lead_on(self, state: State) -> None:
        """Whoever has just signed in here goes on to the check without another key: the account is in line 1, and
        Esc comes back here. Not past an unfinished run, which this page tells about."""
        if not shown.done(state):
            return
        self._remember(state)
        if self.wizard.store.running("sign-in"):  # what is unfinished is looked for at its end
            self.set_timer(_LOOK_AGAIN, self._load)
        elif state.unfinished is None:
            self.once("lead-on", self.wizard.next)

    def _remember(self, state: State) -> None:
        """The way that worked is the first one next time; nobody is asked."""
        came = state.signed_in.way if state.signed_in else None
        how = state.how
        if came is not None and how is not None and how.way is not came:
            self.once("way", lambda: self.wizard.change_sign_in(replace(how, way=came)))

    def help(self) -> HelpText:
        """How the sign-in works."""
        return HELP


def _on_show(view: State) -> bool:
    return view.device_code.value is not None or view.browser.value is not None
