"""Consent that somebody else has to give: which permission and why, what to send to whom, and Check again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from textual.widget import Widget

from m365backup_tui.domain.errors import CloudError, ConsentNeeded
from m365backup_tui.screens.base import HelpText, Key
from m365backup_tui.screens.help_text import Link
from m365backup_tui.screens.save_file import SaveFileScreen
from m365backup_tui.screens.sub_page import SubPage
from m365backup_tui.screens.views import consent as shown
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.state import Remote, State


class ConsentScreen(SubPage):
    """`await self.open(ConsentScreen(error.scopes), then)`. `granted` is True when the page closes after Entra said
    so: then what was refused may be tried again."""

    ALONE = True

    def __init__(self, scopes: Sequence[str]) -> None:
        super().__init__()
        self.scopes = tuple(scopes)
        self.granted = False

    def content(self) -> Iterable[Widget]:
        """What, who, the address, and what it means."""
        yield Prose(shown.wanted(self.scopes), id="wanted", classes="gap")
        yield Prose(id="can", classes="gap")
        yield Prose(id="address", classes="gap")
        yield Prose(shown.note(self.scopes), id="note")

    def heading(self, view: State) -> str:
        """What is lacking."""
        return shown.heading(view, self.scopes)

    def keys(self, view: State) -> tuple[Key, ...]:
        """Ask again; send it; or consent oneself."""
        if shown.granted(view, self.scopes):
            return (Key("enter", "Go on", do="go_on"),)
        asking = Key(
            "enter",
            "Check again",
            do="check",
            enabled=not view.consent.busy,
            why_not="Entra is being asked.",
        )
        keys = [asking, Key("c", "Copy link", do="copy"), Key("w", "Save", do="save")]
        keys.append(Key("s", "Consent myself", do="sign_in_myself"))
        if shown.fewer(self.scopes):
            keys.append(Key("l", "Leave out what can be", do="fewer"))
        details = tuple(key for key in self.trouble_keys(view) if key.key == "d")
        return (*keys, *details, Key("r", "Check again", do="check"))

    def load(self, state: State) -> None:
        """The address; asks nobody."""
        self.once("hand-off", self._prepare)

    def _prepare(self) -> None:
        self.wizard.forget_consent()
        self.wizard.prepare_consent(self.scopes)

    def waits(self, state: State) -> Remote[Any] | None:
        """The question to Entra."""
        return state.consent

    def meaning_of(self, error: CloudError) -> str:
        """A sign-in that ended is mended here too."""
        return shown.meaning(error)

    def at_rest(self, state: State) -> str:
        """The newest answer."""
        return shown.at_rest(state, self.scopes)

    def render_view(self, view: State) -> None:
        """The application and the address, once they are known; neither once it is granted."""
        super().render_view(view)
        there = shown.granted(view, self.scopes)
        self.query_one("#can", Prose).show([] if there else shown.who(view))
        self.query_one("#address", Prose).show([] if there else shown.link(view.hand_off.value))
        self.query_one("#note", Prose).display = not there

    def copyable(self) -> str:
        """The address; F2 shows it on one line."""
        hand_off = self.view.hand_off.value
        return hand_off.link if hand_off else ""

    def action_check(self) -> None:
        """Enter and R: ask Entra, not the memory of the last minute."""
        self.wizard.check_consent(self.scopes)

    def action_go_on(self) -> None:
        """Enter, once it is granted."""
        self.granted = True
        self.action_back()

    async def action_save(self) -> None:
        """W: the whole message as a file."""
        await self.open(SaveConsentScreen(self.scopes))

    def action_sign_in_myself(self) -> None:
        """S: a sign-in for just these; whoever may consent is asked in the browser."""
        self._sign_in(self.scopes)

    def action_fewer(self) -> None:
        """L: a sign-in without the permissions that can be done without."""
        self._sign_in(shown.fewer(self.scopes))

    def _sign_in(self, scopes: tuple[str, ...]) -> None:
        self.action_back()
        self.wizard.sign_in_for(
            ConsentNeeded("The application may not use these permissions yet.", scopes=scopes)
        )

    def action_back(self) -> None:
        """Esc: what was asked here is of no interest any more."""
        self.wizard.forget_consent()
        super().action_back()

    def help(self) -> HelpText:
        """Stages, and why."""
        return HelpText(
            "The wizard asks for permissions when it needs them: for reading when you sign in, for writing when you "
            "apply a plan. A permission lets the application act for you; what you may do is decided by your roles.",
            "Consent by an administrator holds for everybody who may use the application. To keep it to assigned "
            "people, make an application of your own: page Applications, key N.",
            (
                ("F2", "the address on one line, for selecting with the mouse"),
                ("W", "the message with everything in it, as a file that only you can read"),
                (
                    "L",
                    "sign in without the permissions that only add comfort, where there are such",
                ),
            ),
            (
                Link(
                    "Admin consent",
                    "https://learn.microsoft.com/entra/identity-platform/v2-admin-consent",
                ),
            ),
        )


class SaveConsentScreen(SaveFileScreen):
    """The message for whoever may consent, as a file."""

    PROPOSED = "~/m365backup-consent.txt"

    def __init__(self, scopes: Sequence[str]) -> None:
        super().__init__()
        self._scopes = tuple(scopes)

    def heading(self, view: State) -> str:
        """What the file is."""
        return "Save what to send as a file: the address, the permissions and why. No secrets."

    def help(self) -> HelpText:
        """What to do with it."""
        return HelpText(
            "The file can be sent as it is to an administrator who may consent. Only you can read it on this host.",
            "Afterwards press R on the page below: Entra is asked again.",
        )

    def keep(self, path: Path) -> None:
        """Begin to write the file."""
        self.wizard.save_consent(self._scopes, path)
