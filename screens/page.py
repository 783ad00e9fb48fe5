"""The frame of every page: title, heading, body, status line, key bar, and how keys are handled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widget import Widget

from m365backup_tui.screens.help_text import HelpText
from m365backup_tui.screens.one_frame import OneFrame
from m365backup_tui.screens.widgets.keybar import KeyBar
from m365backup_tui.screens.widgets.keys import Key, find_key
from m365backup_tui.screens.widgets.lines import Rule, StatusLine
from m365backup_tui.screens.widgets.paint import marks_of
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.stepbar import StepBar, StepRail
from m365backup_tui.screens.widgets.titlebar import TitleBar

R = TypeVar("R")

LEAST_WIDTH, LEAST_HEIGHT, WIDE = 60, 16, 100
ROOMY = (
    116  # columns from which rail and aside leave a list as much room as 80 columns do without them
)
TOO_SMALL = "Make the window larger, at least 60 by 16. Nothing is lost."

HELP = Key("?", "Help", do="help")
HELP_BY_F1 = Key("f1", "Help", do="help")
BACK = Key("escape", "Back", do="back")
LEAVE = Key("ctrl+q", "Leave", do="leave")
EVERYWHERE = (
    Key("f2", "Show this page as plain text", do="plain_text"),
    Key("ctrl+t", "Light or dark", do="app.other_theme"),
    Key("ctrl+l", "Draw the screen again", do="app.redraw"),
)
"""Commands without a place in the bar; the palette has them, and those that the app adds (`app_keys`)."""


class Body(VerticalScroll, can_focus=False):
    """The scrolling middle. No scroll bar: the rule below says when there is more."""

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Tell the page, so that the rule can say whether more is below."""
        super().watch_scroll_y(old_value, new_value)
        page = self.screen
        if isinstance(page, Page):
            page.show_more_below()

    def watch_virtual_size(self) -> None:
        """The text became longer or shorter: what the rule says may be different now."""
        page = self.screen
        if isinstance(page, Page):
            page.call_after_refresh(page.show_more_below)


class Page(OneFrame[R]):
    """A full, opaque page. Subclasses give `body`, `page_keys`, `help` and `action_...` methods.

    Every key goes first to the focused widget, then to the table of `page_keys`; an entry or a
    paste box with the focus keeps all letters for itself. Enter in an `Entry` is `Entry.Entered`
    and Enter in a `RowList` without boxes is `RowList.Chosen`: the page answers those messages;
    `Key("enter", ..., do=...)` is for lists with boxes and for pages without a focus.
    """

    TITLED: ClassVar[bool] = False
    """Whether the page has title bar, steps and rail (the steps of the wizard do)."""
    ALWAYS: ClassVar[tuple[Key, ...]] = (HELP, BACK, LEAVE)
    """The keys at the right end of the bar."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", show=False),
        Binding("f1", "help", show=False),
        Binding("f2", "plain_text", show=False),
        Binding("pageup", "scroll_body(-1)", show=False),
        Binding("pagedown", "scroll_body(1)", show=False),
    ]

    _had_focus: Widget | None = None

    def compose(self) -> ComposeResult:
        """The frame; composed once."""
        self._choose_columns(self.app.size.width)  # before the first page of all is painted
        if self.TITLED:
            yield TitleBar(id="title")
            yield StepBar(id="steps")
            yield Rule()
        with Horizontal(id="middle"):
            if self.TITLED:
                yield StepRail(id="rail")
            with Body(id="body"):
                yield Prose(id="heading")
                yield from self.body()
            if self.TITLED:
                with VerticalScroll(id="aside", can_focus=False):
                    yield Prose(id="explains")
        yield Rule(id="bottom-rule")
        yield StatusLine(id="status")
        yield KeyBar(id="keys")
        yield Prose(TOO_SMALL, id="too-small")

    # What subclasses give

    def body(self) -> Iterable[Widget]:
        """The widgets of the middle, in order. Called once."""
        return ()

    def page_keys(self) -> tuple[Key, ...]:
        """The keys of this page now."""
        return ()

    def help(self) -> HelpText:
        """What `?` shows."""
        return HelpText()

    def copyable(self) -> str:
        """What `C` copies: the one code, link or id on show; empty when there is none."""
        return ""

    def kept(self) -> str:
        """What leaving now keeps and what goes on without the wizard."""
        return "What you entered is kept, and nothing that runs in the cloud stops."

    # What subclasses call

    def head(self, sentence: str) -> None:
        """Set the heading."""
        self.query_one("#heading", Prose).show(sentence)

    def say(self, text: str, tone: str = "plain") -> None:
        """Put news into the status line; tones are `plain`, `ok`, `warn`, `error`."""
        self.query_one("#status", StatusLine).show(text, tone)

    def show_keys(self) -> None:
        """Bring the key bar up to date. While a line has the cursor letters and ? are typed there: the bar
        names what works."""
        if getattr(self.focused, "takes_text", False):
            always = tuple(HELP_BY_F1 if key == HELP else key for key in self.ALWAYS)
            self.query_one("#keys", KeyBar).show(self.typing_keys(), always)
        else:
            self.query_one("#keys", KeyBar).show(self.page_keys(), self.ALWAYS)

    def typing_keys(self) -> tuple[Key, ...]:
        """What the bar shows while a line has the cursor: no letter, as it would be typed."""
        return tuple(key for key in self.page_keys() if len(key.key) > 1 and key.key != "space")

    # Keys

    def all_keys(self) -> tuple[Key, ...]:
        """Everything that works here, for dispatch, the help page and the palette."""
        extra: tuple[Key, ...] = ()
        if self.copyable():
            extra = (Key("c", "Copy", do="copy"),)
        return (*self.page_keys(), *extra, *self.ALWAYS)

    @property
    def app_keys(self) -> tuple[Key, ...]:
        """What the app adds on every page: its cloud profile may bring a command of its own."""
        keys: tuple[Key, ...] = getattr(self.app, "keys_everywhere", ())
        return keys

    def on_descendant_focus(self) -> None:
        """The keys may be others where the cursor is now."""
        self.call_after_refresh(self._refocused)

    def _refocused(self) -> None:
        if self.is_attached and self.query("#keys"):
            self.show_keys()

    async def on_key(self, event: events.Key) -> None:
        """Run what the table says about a key that no widget wanted."""
        letters = event.is_printable and event.key != "space"
        if letters and getattr(self.focused, "takes_text", False):
            return
        key = find_key((*self.all_keys(), *self.app_keys), event.key, event.character)
        if key is None:
            if event.key in {"up", "down"} and self.focused is None:
                self.action_scroll_body(1 if event.key == "down" else -1, lines=1)
                event.stop()
            return
        if not key.do and key.enabled:
            return
        event.stop()
        event.prevent_default()
        await self.press(key)

    async def press(self, key: Key) -> None:
        """Do what a key does, or say why not. The command palette comes through here too."""
        if not key.enabled:
            self.say(key.why_not or f"{key.shown} does nothing here yet.", "warn")
        elif key.do:
            await self.run_action(key.do)

    def action_scroll_body(self, way: int, lines: int = 0) -> None:
        """Scroll the middle by half a page, or by lines."""
        body = self.query_one("#body", Body)
        step = lines or max(1, body.size.height // 2)
        body.scroll_relative(y=way * step, animate=False, force=True)

    def action_back(self) -> None:
        """Close the page; the wizard's steps override this."""
        self.dismiss(None)

    async def open(self, page: Screen[Any], callback: Callable[[Any], Any] | None = None) -> None:
        """Show another page on top, in one batch; `callback` gets what it dismisses with."""
        with self.app.batch_update():
            await self.app.push_screen(page, callback)

    async def action_help(self) -> None:
        """`?` and F1."""
        from m365backup_tui.screens.help import HelpScreen

        await self.open(HelpScreen(self.help(), (*self.all_keys(), *self.app_keys)))

    async def action_leave(self) -> None:
        """Ctrl+Q and Ctrl+C: say what is kept, and ask."""
        from m365backup_tui.screens.leave import LeaveScreen

        await self.open(LeaveScreen(self.kept()), self._left)

    async def _left(self, leave: bool | None) -> None:
        if leave:
            await self.app.run_action("app.quit")

    async def action_palette(self) -> None:
        """Ctrl+P: every command by name."""
        from m365backup_tui.screens.palette import PaletteScreen

        await self.open(
            PaletteScreen((*self.all_keys(), *self.app_keys, *EVERYWHERE)), self._picked
        )

    async def _picked(self, key: Key | None) -> None:
        if key is not None:
            await self.press(key)

    def action_copy(self) -> None:
        """C: copy what is on show, and say what was done."""
        text = self.copyable()
        copy = getattr(self.app, "copy_text", None)
        if text and copy is not None:
            self.say(copy(text))

    def action_plain_text(self) -> None:
        """F2: the page's words on the ordinary screen, where the terminal's own selection works."""
        show = getattr(self.app, "show_plain", None)
        if show is not None:
            show(self.plain_text())

    def plain_text(self) -> str:
        """The words of the page, unwrapped, with the copyable text on a line of its own."""
        words = [prose.text for prose in self.query("#body Prose").results(Prose)]
        return "\n".join([*(text for text in words if text), "", self.copyable()]).rstrip()

    # Size

    def on_mount(self) -> None:
        """First heading and keys."""
        self.show_keys()

    def on_resize(self, event: events.Resize) -> None:
        """Choose the layout for the new size."""
        width, height = event.size
        self._choose_columns(width)
        small = width < LEAST_WIDTH or height < LEAST_HEIGHT
        if small and not self.has_class("-small"):
            self._had_focus = self.focused
        self.set_class(small, "-small")
        if not small and self._had_focus is not None:
            self.call_after_refresh(self.set_focus, self._had_focus)
            self._had_focus = None
        self.call_after_refresh(self.show_more_below)

    def _choose_columns(self, width: int) -> None:
        self.set_class(width >= WIDE, "-wide")
        self.set_class(width >= ROOMY, "-roomy")

    def show_more_below(self) -> None:
        """Let the lower rule say whether the middle goes on below."""
        if not self.query(
            "#bottom-rule"
        ):  # called after a refresh, by when the page may have been closed
            return
        body = self.query_one("#body", Body)
        more = body.max_scroll_y > body.scroll_offset.y
        hint = f"{marks_of(self).down} more below: PgDn" if more else ""
        self.query_one("#bottom-rule", Rule).hint(hint)
