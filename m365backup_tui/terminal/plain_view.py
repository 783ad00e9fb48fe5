"""A text on the ordinary screen, unwrapped, until Enter or until it is over; what runs goes on meanwhile."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from m365backup_tui.terminal.host import TerminalApp

_LOOK = 0.2  # seconds between two looks whether it is over


async def plain_view(app: TerminalApp[Any], text: str, over: Callable[[], bool]) -> None:
    """Give the terminal back, print `text` and nothing else but how to return, and take the terminal again.

    A terminal selects a line that it wrapped by itself as one line; of a full-screen program it cannot know.
    The loop goes on, so that a browser that comes back is answered; nothing is drawn meanwhile.
    """
    with app.suspend(), app.batch_update():
        sys.stdout.write(f"{text}\n\nPress Enter to go back to the wizard. It goes on meanwhile.\n")
        sys.stdout.flush()
        await _enter(over)
    app.action_redraw()


async def _enter(over: Callable[[], bool]) -> None:
    loop = asyncio.get_running_loop()
    pressed = asyncio.Event()
    keyboard = sys.__stdin__.fileno() if sys.__stdin__ is not None else 0

    def read() -> None:
        sys.stdin.readline()  # the terminal hands over whole lines now: this does not wait
        pressed.set()

    loop.add_reader(keyboard, read)
    try:
        while not (pressed.is_set() or over()):
            try:
                await asyncio.wait_for(pressed.wait(), _LOOK)
            except TimeoutError:
                continue
    finally:
        loop.remove_reader(keyboard)
        _forget_typed(keyboard)


def _forget_typed(keyboard: int) -> None:
    """Half a line that was typed belongs to nobody."""
    try:
        import termios

        termios.tcflush(keyboard, termios.TCIFLUSH)
    except (ImportError, OSError):  # Windows; or no terminal any more
        return
