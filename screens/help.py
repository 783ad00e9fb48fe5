"""The page behind ? and F1: what this page is for, its keys as they are now, and the glossary."""

from __future__ import annotations

from collections.abc import Iterable

from textual.widget import Widget

from m365backup_tui.screens.glossary import TERMS
from m365backup_tui.screens.help_text import HelpText
from m365backup_tui.screens.page import Page
from m365backup_tui.screens.widgets.keys import Key, show_key
from m365backup_tui.screens.widgets.prose import Prose, Span

_ALWAYS = (
    ("F2", "Show this page as plain text, to select and copy"),
    ("Ctrl+P", "Find any command"),
    ("Ctrl+L", "Draw the screen again"),
    ("Ctrl+T", "Light or dark"),
)


class HelpScreen(Page[None]):
    """Help for one page. `HelpScreen(page.help(), page.all_keys())`; Tab turns to the words."""

    ALWAYS = (Key("escape", "Close", do="back"),)

    def __init__(self, text: HelpText, keys: tuple[Key, ...]) -> None:
        super().__init__()
        self._text = text
        self._keys = keys
        self._words = False

    def body(self) -> Iterable[Widget]:
        """One text that holds either side."""
        yield Prose(help_spans(self._text, self._keys), id="help-text")

    def page_keys(self) -> tuple[Key, ...]:
        """Tab turns the page."""
        label = "This page" if self._words else "The words used here"
        return (Key("tab", label, do="turn"), Key("pagedown", "Scroll"))

    def on_mount(self) -> None:
        """Name the side that shows."""
        self.head("Help")

    def action_turn(self) -> None:
        """Between this page's help and the glossary."""
        self._words = not self._words
        with self.app.batch_update():
            self.head("The words used here" if self._words else "Help")
            text = glossary_spans() if self._words else help_spans(self._text, self._keys)
            self.query_one("#help-text", Prose).show(text)
            self.query_one("#body").scroll_home(animate=False, force=True)
            self.show_keys()
        self.call_after_refresh(self.show_more_below)

    def all_keys(self) -> tuple[Key, ...]:
        """`?` works here too, without a place in the bar."""
        return (*super().all_keys(), Key("?", "Close", do="help"))

    async def action_help(self) -> None:
        """? closes the help again."""
        self.action_back()


def help_spans(text: HelpText, keys: tuple[Key, ...]) -> list[Span]:
    """What the page is for, why it matters, every key that works, and where to read more."""
    spans: list[Span] = []
    for words in (text.what, text.why):
        if words:
            spans.append((f"{words}\n\n", "plain"))
    spans.append(("Keys\n", "strong"))
    table: dict[str, str] = {}
    for key in keys:  # a key that the page gives twice does what comes first
        table.setdefault(key.shown, key.label if key.enabled else _not_now(key))
    off = {key.shown for key in keys if not key.enabled}
    for name, meaning in text.keys:  # more words than the bar has room for
        if show_key(name) not in off:
            table[show_key(name)] = meaning
    for name, meaning in _ALWAYS:
        table.setdefault(name, meaning)
    width = max(len(name) for name in table)
    for name, meaning in table.items():
        spans += [(f"  {name.ljust(width)}  ", "strong"), (f"{meaning}\n", "plain")]
    if text.links:
        spans.append(("\nRead more\n", "strong"))
        spans += [(f"  {link.title}\n  {link.url}\n", "plain") for link in text.links]
    return spans


def _not_now(key: Key) -> str:
    return f"{key.label} (not now: {key.why_not})" if key.why_not else f"{key.label} (not now)"


def glossary_spans() -> list[Span]:
    """Every term with its meaning."""
    spans: list[Span] = []
    for term, meaning in TERMS:
        spans += [(f"{term}\n", "strong"), (f"{meaning}\n\n", "plain")]
    return spans
