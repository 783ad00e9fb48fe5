"""Lines that came before they could be used: what is pasted belongs together, what was typed too early is let go."""

from __future__ import annotations

from collections import deque

from m365backup_tui.plain.keyboard import Keyboard


class Ahead:
    """The lines of a `Keyboard`, and those that were taken from it too soon."""

    def __init__(self, keyboard: Keyboard) -> None:
        self._keyboard = keyboard
        self._held: deque[str] = deque()

    async def line(self, seconds: float) -> str | None:
        """The next line; None at the end. Raises TimeoutError when none came for so long."""
        return self._held.popleft() if self._held else await self._keyboard.line(seconds)

    def pasted(self) -> list[str]:
        """The rest of what was pasted together with a line, as far as it is no command."""
        lines: list[str] = []
        while (line := self._keyboard.more()) is not None:
            if line.startswith(":"):
                self._held.append(line)
                break
            lines.append(line)
        if lines and not lines[-1].strip():  # the empty line that ends the list, typed at once
            self._held.appendleft(lines.pop())
        return lines

    def too_early(self) -> list[str]:
        """Lets go of what was typed before a page was told: an Enter too much must not write anything. Says so."""
        count = self._keyboard.forget() + len(self._held)
        self._held.clear()
        if not count:
            return []
        lines = "A line was" if count == 1 else f"{count:,} lines were"
        return [
            f"{lines} typed before this page was told, and not used. Type again what still fits."
        ]
