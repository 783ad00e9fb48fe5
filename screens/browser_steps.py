"""The three numbered steps of signing in through a browser, with the box for the address it ends on."""

from __future__ import annotations

from collections.abc import Iterator

from textual.containers import Vertical
from textual.widget import Widget

from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.session import BrowserSignIn
from m365backup_tui.screens.this_host import Host
from m365backup_tui.screens.views import browser_sign_in as shown
from m365backup_tui.screens.widgets.address_box import AddressBox
from m365backup_tui.screens.widgets.address_link import AddressLink
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.state import State


class BrowserSteps(Vertical):
    """Shown while an address waits for a browser. A wrong paste stays in the box; a good one is cleared."""

    DEFAULT_CSS = """
    BrowserSteps { height: auto; display: none; }
    BrowserSteps #paste-trouble { padding: 0 0 0 3; }
    """

    def __init__(self, host: Host, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._host = host
        self._told: CloudError | None = None

    def compose(self) -> Iterator[Widget]:
        """Connect, open, paste."""
        yield Prose(id="reconnect", classes="gap")
        yield AddressLink(classes="gap")
        yield Prose(id="come-back")
        yield AddressBox(
            "   Paste:", placeholder="paste anywhere here, or press Tab and type", id="paste"
        )
        yield Prose(id="paste-trouble")

    def show(self, view: State) -> None:
        """The steps for the address that is waited for; nothing without one."""
        begun = view.browser.value
        self.display = begun is not None
        if begun is None:
            if view.signed_in is not None and view.needs is None:
                self.query_one(AddressBox).value = ""
            return
        self.query_one("#reconnect", Prose).show(shown.reconnect(begun, self._host))
        self.query_one(AddressLink).show(begun.url, shown.folded(begun), shown.length(begun))
        self.query_one("#come-back", Prose).show(shown.come_back(begun, self._host))
        words = shown.trouble_of_paste(view)
        place = self.query_one("#paste-trouble", Prose)
        place.show(words)
        place.display = bool(words)
        if view.pasted.value:
            self.query_one(AddressBox).value = ""
        if view.pasted.error is not None and view.pasted.error is not self._told:
            self.call_after_refresh(place.scroll_visible, animate=False)
        self._told = view.pasted.error

    def state_words(self, view: State) -> str:
        """What listens, for the line that counts the time."""
        begun: BrowserSignIn | None = view.browser.value
        return f"{shown.listens(begun)}. " if begun is not None else ""
