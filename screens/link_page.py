"""A link on a page of its own, as text and as a QR code, for opening it on another device."""

from __future__ import annotations

from collections.abc import Iterable

from textual import events
from textual.widget import Widget

from m365backup_tui.screens.help_text import HelpText
from m365backup_tui.screens.page import HELP, Page
from m365backup_tui.screens.widgets.keys import Key
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.qr import QrCode


class LinkPage(Page[None]):
    """`await self.open(LinkPage("Open the admin center", url))`. Enter and Esc close it."""

    ALWAYS = (HELP, Key("escape", "Back", do="back"))

    def __init__(self, title: str, url: str) -> None:
        super().__init__()
        self._title = title
        self._url = url

    def body(self) -> Iterable[Widget]:
        """The link unwrapped, then the picture where it fits."""
        yield Prose([(self._url, "accent")])
        yield QrCode(id="qr")

    def page_keys(self) -> tuple[Key, ...]:
        """Copy or close."""
        return (Key("enter", "Close", do="back"), Key("c", "Copy link", do="copy"))

    def on_mount(self) -> None:
        """Say what the link is."""
        self.head(self._title)

    def on_resize(self, event: events.Resize) -> None:
        """Draw the picture for the room there is."""
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        body = self.query_one("#body").size
        self.query_one("#qr", QrCode).show(self._url, max(0, body.height - 3))

    def copyable(self) -> str:
        """The link."""
        return self._url

    def help(self) -> HelpText:
        """How to use the picture."""
        return HelpText(
            "Point the camera of a phone at the picture, or copy the link.",
            "The picture is left out where the window has no room for it; the link says the same.",
        )
