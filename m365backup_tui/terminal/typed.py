"""Hand over what was typed one key at a time, each to the widget that has the focus by then.

Textual 8.2.8 forwards a key to the widget focused when the key *arrives* (app.py on_event). Over
SSH several keys come in one packet, so after Tab, Down, Space the last two would go to the field
that Tab is just leaving, and a second Enter to the page that the first one closes.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from textual import events
from textual.app import App
from textual.message import Message

_LONGEST = 0.5
"""Seconds to wait for a key to be dealt with; a handler that takes longer lets the next one by."""
_LOOK = 0.01
"""Seconds between two looks whether the page is still there."""
_ROUNDS = 2
"""One for the key itself, one for the messages it caused (a row chosen, an intent)."""


class Passed(Message):
    """Follows a key through the same queues; when it reaches the app, the key is done."""

    def __init__(self, done: asyncio.Event) -> None:
        super().__init__()
        self.done = done


class Typed:
    """A queue in front of the app: `put` what the driver sends; `deliver` gets one at a time."""

    def __init__(self, app: App[Any], deliver: Callable[[events.Event], Awaitable[None]]) -> None:
        self._app = app
        self._deliver = deliver
        self._waiting: deque[events.Event] = deque()
        self._task: asyncio.Task[None] | None = None

    def put(self, event: events.Event) -> None:
        """Take a key or a paste; the first one is delivered in this turn of the loop or the next."""
        self._waiting.append(event)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._drain(), name="typed keys")

    @property
    def busy(self) -> bool:
        """Whether a key or a paste is still being dealt with."""
        return self._task is not None and not self._task.done()

    async def _drain(self) -> None:
        while self._waiting:
            event = self._waiting.popleft()
            try:
                await self._deliver(event)
            except Exception as error:  # what the app's own loop does with an action that breaks
                self._app._handle_exception(error)
                return
            for _ in range(_ROUNDS):
                await self._settle()

    async def _settle(self) -> None:
        if not self._app.is_running or not self._app.screen_stack:
            return
        screen = self._app.screen
        target = self._app.focused or screen
        passed = Passed(asyncio.Event())
        passed.set_sender(target)  # a message does not bubble to its own sender
        waited = 0.0
        if not target.post_message(passed):
            return
        # The key may have closed its own page, and the message with it.
        while target.is_attached and self._app.screen is screen and waited < _LONGEST:
            try:
                await asyncio.wait_for(passed.done.wait(), _LOOK)
            except TimeoutError:
                waited += _LOOK
            else:
                return
