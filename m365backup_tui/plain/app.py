"""The wizard's app without a screen to draw on: the same pages, told by a Face."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from typing import TYPE_CHECKING, Any

from m365backup_tui.app import BackupApp, Hook
from m365backup_tui.plain.breaking import terminal_width
from m365backup_tui.plain.face import Face
from m365backup_tui.plain.keyboard import Keyboard
from m365backup_tui.plain.speaker import Speaker
from m365backup_tui.terminal.signals import INTERRUPTED, watch_signals

if TYPE_CHECKING:
    from collections.abc import Callable

    from m365backup_tui.terminal.profile import TerminalProfile
    from m365backup_tui.wizard import Wizard

SIZE = (118, 60)  # cells: no terminal has to be so large; pages leave nothing out for want of room


class PlainApp(BackupApp):
    """Nothing is drawn and no mode of the terminal is touched. Lines come from standard input."""

    def __init__(
        self,
        wizard: Wizard,
        profile: TerminalProfile | None = None,
        *,
        opened: Hook | None = None,
    ) -> None:
        super().__init__(wizard, profile, opened=opened)
        self._speaker = Speaker(unicode=self.profile.unicode, width=terminal_width)
        self._keyboard = Keyboard(lost=lambda: self.leave_by_signal(INTERRUPTED))
        self._talk: asyncio.Task[None] | None = None
        self._stop_watching: Callable[[], None] = lambda: None

    async def run_async(self, **_: Any) -> int | None:
        """Runs without a driver that draws, whatever was asked for."""
        try:
            return await super().run_async(headless=True, size=SIZE, mouse=False)
        finally:
            self._keyboard.stop()
            self._speaker.close()

    def _on_mount(self, event: object) -> None:
        """Begin to talk. Ctrl+C is a key of the wizard: here it comes as a signal."""
        self._stop_watching = watch_signals(self.leave_by_signal)
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, self._ask_to_leave)
        self._keyboard.start()
        self._talk = asyncio.create_task(self._talking(), name="plain text")

    async def _on_unmount(self) -> None:
        """Not a word more."""
        self._stop_watching()
        if self._talk is not None:
            self._talk.cancel()

    async def _talking(self) -> None:
        face = Face(self, self._speaker, self._keyboard, self._pending)
        try:
            await face.run()
        except Exception as error:  # what the app's own loop does with what breaks
            if not self._exit:
                self._handle_exception(error)

    def _pending(self) -> bool:
        return self._typed.busy

    def _ask_to_leave(self) -> None:
        self.call_later(self.run_action, "screen.leave")

    # What the drawn wizard does with its terminal

    def copy_text(self, text: str) -> str:
        """The text alone on a line: what reads this terminal can copy it from there."""
        self._speaker.say(text, whole=True)
        return "It stands on a line of its own above."

    def show_plain(self, text: str) -> None:
        """Everything is plain text here already."""
        self._speaker.say(text, whole=True)

    def show_plain_until(self, text: str, over: Callable[[], bool]) -> None:
        """The same: nothing has to be given back afterwards."""
        self._speaker.say(text, whole=True)

    def _fatal_error(self) -> None:
        """A report without values, as at the drawn wizard."""
        from m365backup_tui.terminal.crash import sentence, write_report

        path = write_report(self._crash or RuntimeError("unknown"), self.crash_folder)
        self._exit_renderables.append(sentence(path))
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        """Without Rich, which would colour it."""
        for one in self._exit_renderables:
            print(one, file=sys.stderr)
        self._exit_renderables.clear()
