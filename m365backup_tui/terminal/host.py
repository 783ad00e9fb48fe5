"""A Textual App that treats the terminal well: themes, marks, driver, signals, crash, clipboard."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType

import m365backup_tui.styles as styles_package
from m365backup_tui.terminal.clipboard import copy
from m365backup_tui.terminal.diff_driver import diffing, plain_ascii
from m365backup_tui.terminal.lost_line import lasting
from m365backup_tui.terminal.marks import Marks
from m365backup_tui.terminal.profile import TerminalProfile
from m365backup_tui.terminal.signals import watch_signals
from m365backup_tui.terminal.sized import sized
from m365backup_tui.terminal.tidy import Tidy, fewer_full_collections
from m365backup_tui.terminal.typed import Passed, Typed

if TYPE_CHECKING:
    from textual.driver import Driver
    from textual.screen import Screen

R = TypeVar("R")

_OTHER_THEME = {
    "ansi-dark": "ansi-light",
    "ansi-light": "ansi-dark",
    "textual-dark": "textual-light",
    "textual-light": "textual-dark",
}


def style_paths(*extra: str) -> list[Path]:
    """Absolute paths of the shared styles and of `extra` files in m365backup_tui/styles."""
    folder = Path(styles_package.__file__).parent
    return [folder / name for name in ("theme.tcss", "frame.tcss", *extra)]


class TerminalApp(App[R], inherit_bindings=False):
    """The app under the wizard, without any step of it. BackupApp derives from it.

    Example::

        class BackupApp(TerminalApp[int]):
            CSS_PATH = style_paths("billing.tcss")

            def on_mount(self) -> None:
                self.push_screen(Billing(self.store))

        BackupApp(profile).run(mouse=profile.mouse)
    """

    ENABLE_COMMAND_PALETTE = False
    CSS_PATH = style_paths()  # type: ignore[assignment]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "screen.leave", show=False, priority=True),
        Binding("ctrl+c", "screen.leave", show=False, system=True),
        Binding("ctrl+l", "redraw", show=False, priority=True),
        Binding("ctrl+p", "screen.palette", show=False, priority=True),
        Binding("ctrl+t", "other_theme", show=False, priority=True),
    ]

    def __init__(self, profile: TerminalProfile | None = None) -> None:
        self.profile = profile or TerminalProfile()
        self.crash_folder: Path | None = None
        self._crash: Exception | None = None
        self._typed = Typed(self, super().on_event)
        self._tidy: Tidy | None = None
        self._plain: asyncio.Task[None] | None = None
        self._unwatch: Callable[[], None] = lambda: None
        # Without colour only native ANSI colours can really be dropped (terminal.md §3).
        super().__init__(ansi_color=None if self.profile.colour else True)
        self.theme = (
            self.profile.theme if self.profile.theme in self.available_themes else "ansi-dark"
        )

    @property
    def marks(self) -> Marks:
        """The signs for this terminal."""
        return self.profile.marks

    def get_driver_class(self) -> type[Driver]:
        """The platform's driver; it sends differences unless M365BACKUP_TUI_DIFF=0."""
        base = sized(lasting(super().get_driver_class()))
        if self.profile.diff:
            return diffing(base, ascii_only=not self.profile.unicode)
        return base if self.profile.unicode else plain_ascii(base)

    def _on_mount(self, event: events.Mount) -> None:
        """Watch for a dropped line (underlined, so that `on_mount` is free for the app)."""
        if not self.is_headless:
            self._unwatch = watch_signals(self.leave_by_signal)
            fewer_full_collections()
            self._tidy = Tidy(asyncio.get_running_loop().call_later)

    async def _on_unmount(self) -> None:
        """Give the signals back."""
        self._unwatch()
        if self._tidy is not None:
            self._tidy.stop()

    def leave_by_signal(self, code: int) -> None:
        """End now, with the terminal restored and this exit code."""
        self.exit(return_code=code)

    async def on_event(self, event: events.Event) -> None:
        """Keys and pastes one after another (see typed.py), everything else as it comes."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self._typed.put(event)
            if self._tidy is not None:
                self._tidy.touch()
        else:
            await super().on_event(event)

    def on_passed(self, event: Passed) -> None:
        """A key is dealt with."""
        event.done.set()

    def on_resize(self) -> None:
        """What the terminal keeps after a change of size is its own business."""
        distrust = getattr(self._driver, "distrust", None)
        if distrust is not None:
            distrust()

    def _handle_exception(self, error: Exception) -> None:
        """Textual's hook for an exception nobody caught; keeps it for `_fatal_error`."""
        self._crash = error
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """Textual 8.2.8 would print a traceback with locals here; write a redacted report."""
        if self.is_headless:  # a test wants the traceback
            super()._fatal_error()
            return
        from m365backup_tui.terminal.crash import sentence, write_report

        error = self._crash or RuntimeError("unknown")
        path = write_report(error, self.crash_folder)
        self._exit_renderables.append(sentence(path))
        self._close_messages_no_wait()

    async def open_page(self, page: Screen[Any], callback: Any = None) -> None:
        """Push a page in one batch: two frames less on the line."""
        with self.batch_update():
            await self.push_screen(page, callback)

    def copy_text(self, text: str) -> str:
        """Copy by OSC 52; returns the sentence for the status line."""
        if self._driver is None:
            return "There is no terminal to copy to."
        profile = self.profile
        return copy(text, self._driver.write, tmux=profile.tmux, screen=profile.screen)

    def show_plain(self, text: str) -> None:
        """Print `text` on the ordinary screen and wait for Enter; the loop stands still meanwhile."""
        if self._driver is None or not self._driver.can_suspend or self.is_headless:
            return
        with self.suspend():
            print(f"{text}\n\nPress Enter to go back to the wizard.", flush=True)
            sys.stdin.readline()
        self.action_redraw()

    def show_plain_until(self, text: str, over: Callable[[], bool]) -> None:
        """The same, but what runs goes on, and it ends by itself when `over` says so."""
        from m365backup_tui.terminal.plain_view import plain_view

        if self._driver is None or not self._driver.can_suspend or self.is_headless:
            return
        if self._plain is None or self._plain.done():
            leaving = plain_view(self, text, lambda: over() or self._exit)
            self._plain = asyncio.create_task(leaving)

    def action_other_theme(self) -> None:
        """Ctrl+T: light or dark, within the same family."""
        self.theme = _OTHER_THEME.get(self.theme, "ansi-dark")

    def action_redraw(self) -> None:
        """Ctrl+L: forget what the terminal shows and send everything again."""
        forget = getattr(self._driver, "forget", None)
        if forget is not None:
            forget()
        self.screen.refresh()
