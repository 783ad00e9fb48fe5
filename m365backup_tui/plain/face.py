"""The conversation: tells the page that is shown, waits for a line, does what it asks, tells what came of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakKeyDictionary

from textual.app import App
from textual.screen import Screen

from m365backup_tui.plain import own, telling
from m365backup_tui.plain.ahead import Ahead
from m365backup_tui.plain.grammar import Press, Rows, Say, Text, Wrong, asked
from m365backup_tui.plain.hands import Hands
from m365backup_tui.plain.keyboard import Keyboard
from m365backup_tui.plain.page_reading import (
    Reading,
    field_of,
    is_only_read,
    is_secret,
    keys_of,
    list_of,
    offer,
    read,
)
from m365backup_tui.plain.question import Question, is_for_another, question, wrong
from m365backup_tui.plain.speaker import Speaker
from m365backup_tui.plain.words import without_times
from m365backup_tui.screens.page import Page
from m365backup_tui.screens.widgets.entry import EntryInput

_LOOK = 0.1  # seconds between two looks while something happens
_QUIET = 3  # looks without a change: it has settled
_LONGEST = 30  # looks: then what is there is told, and the rest is news
_AWAKE, _ASLEEP = 0.3, 1.0  # seconds between two looks for news: soon after a change, and later
_AWAKE_FOR = 10.0
_LEAST = 3.0  # seconds between two pieces of news about one page
_FIRST_TICK, _LAST_TICK = 15.0, 120.0  # seconds between two lines about a count that goes on


class Face:
    """`await face.run()` until the input ends or the app leaves."""

    def __init__(
        self,
        app: App[Any],
        speaker: Speaker,
        keyboard: Keyboard,
        pending: Callable[[], bool],
        now: Callable[[], float] = time.monotonic,
        pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """`pending`: whether a key is still being dealt with."""
        self._app, self._speaker, self._keyboard, self._pending = app, speaker, keyboard, pending
        self._hands = Hands(app, self._dealt_with)
        self._now, self._pause = now, pause
        self._ahead = Ahead(keyboard)
        self._news_at = now()
        self._starts: own.Starts = WeakKeyDictionary()
        self._told = Reading(0)
        self._question = Question(0)
        self._seen: dict[int, Reading] = {}  # the pages of this step, as they were told
        self._offered = ""
        self._changed_at = now()
        self._tick_at, self._tick_gap = now(), _FIRST_TICK

    async def run(self) -> None:
        """The whole conversation."""
        first = await self._settled()
        self._tell([*telling.whole(first, None), *self._ahead.too_early()], first)
        while True:
            self._ask()
            try:
                line = await self._next_line()
            except TimeoutError:
                await self._news()
                continue
            if line is None:
                await self._end()
                return
            self._speaker.answered(echoed=not self._keyboard.hidden)
            if await self._moved_on(line):
                continue
            await self._answer(line)

    async def _next_line(self) -> str | None:
        awake = self._now() - self._changed_at < _AWAKE_FOR
        return await self._ahead.line(_AWAKE if awake else _ASLEEP)

    async def _moved_on(self, line: str) -> bool:
        """Whether the line was typed for another page or question: it is never used on one that nobody heard."""
        if not is_for_another(line, self._question, question(self._page(), self._read())):
            return False
        before, now = self._told, await self._settled()
        lines = self._changes(before, now, by_hand=True)
        unused = (
            "This page came before your line, which was not used. Type it again if it still fits."
        )
        self._tell([*lines, unused, *self._ahead.too_early()], now)
        self._offered = ""
        return True

    def _too_early(self, now: Reading) -> list[str]:
        same = question(self._page(), now) == self._question
        return [] if same else self._ahead.too_early()

    # What is told

    def _page(self) -> Screen[Any]:
        return self._app.screen

    def _read(self) -> Reading:
        return read(self._page(), lambda rows: self._starts.get(rows, 0))

    def _tell(self, lines: list[str], now: Reading | None = None) -> None:
        self._told = now or self._read()
        self._question = question(self._page(), self._told)
        if self._told.step:
            kept = self._seen.items()
            self._seen = {page: one for page, one in kept if one.step in ("", self._told.step)}
        self._seen[self._told.page] = self._told
        self._changed_at = self._now()
        if lines:
            self._speaker.say(*lines)

    def _changes(self, before: Reading, now: Reading, *, by_hand: bool) -> list[str]:
        seen = self._seen.get(now.page)
        if now.page != before.page and seen is not None and seen.step == now.step:
            return telling.again(seen, now, before)
        return telling.changes(before, now, by_hand=by_hand)

    def _ask(self) -> None:
        """What can be typed, when that is not what it was; then the prompt."""
        self._keyboard.hide(is_secret(self._page()))
        words = offer(self._page())
        if words != self._offered:
            if not telling.changes(self._told, now := self._read(), by_hand=False):
                self._question = question(self._page(), now)  # else that is told first
            self._offered = words
            self._speaker.say(words)
        self._speaker.prompt()

    async def _dealt_with(self) -> None:
        """Until the last key has reached whoever it was for."""
        for _ in range(_LONGEST):
            await self._pause(0)
            if not self._pending():
                break
            await self._pause(_LOOK / 5)
        await self._pause(_LOOK / 5)

    async def _settled(self) -> Reading:
        """The page once it stands still, or as it is after a few seconds."""
        await self._dealt_with()
        before, same = self._read(), 0
        for _ in range(_LONGEST):
            await self._pause(_LOOK)
            now = self._read()
            same = same + 1 if now.lines and _words(now) == _words(before) else 0
            before = now
            if same >= _QUIET:
                break
        return before

    async def _news(self) -> None:
        """What happened while nobody typed: at once, but once it stands still; counts only now and then."""
        now = self._read()
        if telling.changes(self._told, now, by_hand=False):
            same = (now.page, now.lines[:1]) == (self._told.page, self._told.lines[:1])
            if same and self._now() - self._news_at < _LEAST:
                return
            before = self._told
            now = await self._settled()
            lines = self._changes(before, now, by_hand=False)
            self._tell([*lines, *self._too_early(now)], now)
            self._news_at = self._now()
            self._tick_at, self._tick_gap = self._now(), _FIRST_TICK
        elif now != self._told and self._now() - self._tick_at >= self._tick_gap:
            lines = telling.ticks(self._told, now)
            self._told = now
            self._speaker.say(*lines)
            self._tick_at, self._tick_gap = self._now(), min(self._tick_gap * 2, _LAST_TICK)

    # What is typed

    async def _answer(self, line: str) -> None:
        field = field_of(self._page())
        box = field is not None and not isinstance(field, EntryInput)
        if box and not line.strip():
            if self._keyboard.waiting:
                return  # an empty line amid what is pasted
            line = self._main_of_box()
        wish = asked(line, typing=field is not None, secret=is_secret(self._page()))
        if box and isinstance(wish, Text):
            wish = Text("\n".join([wish.text, *self._ahead.pasted()]), wish.enter)
        if (
            isinstance(wish, Text | Press)
            and field is None
            and line.startswith(("http://", "https://"))
        ):
            await self._paste(line)
            return
        offered = self._offered
        self._offered = "" if isinstance(wish, Wrong) else offered
        if isinstance(wish, Wrong):
            self._speaker.say(wish.why)
            return
        if isinstance(wish, Say) and wish.what not in {"find", "at"}:
            self._own(wish)
            return
        self._tick_at, self._tick_gap = self._now(), _FIRST_TICK
        told, before = self._told, self._read()
        self._told = before
        trouble = await self._do(wish, told)
        now = await self._settled()
        lines = self._changes(before, now, by_hand=True)
        if isinstance(wish, Text | Press):
            lines += [one for one in wrong(self._page(), now) if one not in lines]
        if trouble:
            lines.append(trouble)
        elif not lines:
            idle = not line.strip() and "Empty line:" not in offered
            lines = self._nothing_new(
                now, "An empty line does nothing on this page." if idle else ""
            )
        self._offered = ""
        self._tell([*lines, *self._too_early(now)], now)

    async def _do(self, wish: Say | Rows | Press | Text, told: Reading) -> str:
        if isinstance(wish, Rows):
            if len(wish.numbers) == 1 and is_only_read(self._page()):
                return await self._at(str(wish.numbers[0]))
            return await self._hands.rows(wish, told)
        if isinstance(wish, Text):
            return await self._hands.put(wish)
        if isinstance(wish, Press):
            return self._hands.press(wish.name)
        if wish.what == "find":
            trouble = await self._hands.find(wish.rest)
            listing = list_of(self._page())
            if listing is not None and not trouble:
                self._starts[listing] = 0
            return trouble
        return await self._at(wish.rest)

    def _nothing_new(self, now: Reading, why: str = "") -> list[str]:
        if now.status:
            return [f"Status: {now.status}"]
        elsewhere = offer(self._page()) != self._offered  # the cursor went to another field or list
        return [] if elsewhere else [why or "Nothing else changed."]

    def _main_of_box(self) -> str:
        key = next((key for key in keys_of(self._page()) if key.enabled), None)
        return f":{key.key}" if key is not None else ":help"

    async def _paste(self, line: str) -> None:
        from textual import events

        before = self._read()
        self._app.post_message(events.Paste(line))
        now = await self._settled()
        self._tell(telling.changes(before, now, by_hand=True) or self._nothing_new(now), now)

    async def _at(self, number: str) -> str:
        """One row and all about it."""
        listing = list_of(self._page())
        wanted = number.replace(",", "")
        if listing is None or not own.is_row(listing, wanted):
            return own.no_such_row(listing, "at")
        self._hands.go_to(listing, int(wanted))
        await self._dealt_with()
        return own.all_about(self._page(), listing, self._read())

    def _own(self, wish: Say) -> None:
        """Our own commands: nothing of the wizard changes by them."""
        now = self._read()
        if wish.what == "page":
            self._tell(telling.whole(now, None), now)
        else:
            lines = own.answer(self._page(), wish, now, self._starts)
            if wish.what in {"list", "more", "less"}:
                self._told = self._read()
            self._speaker.say(*lines, whole=wish.what == "copy")
        self._offered = ""

    async def _end(self) -> None:
        """The input is over: nobody can be asked any more."""
        page = self._page()
        kept = page.kept() if isinstance(page, Page) else ""
        self._speaker.say("The input has ended, so the wizard leaves.", kept)
        await self._app.action_quit()


def _words(reading: Reading) -> tuple[int, str, tuple[str, ...], str]:
    lines = tuple(map(without_times, reading.lines))
    return reading.page, reading.step, lines, without_times(reading.status)
