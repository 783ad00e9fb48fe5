"""Plain mode: lines out and lines in, by file descriptors, without a terminal's own signs."""

from __future__ import annotations

import asyncio
import os
import pty
import termios

import pytest

from m365backup_tui.plain.breaking import broken
from m365backup_tui.plain.keyboard import Keyboard
from m365backup_tui.plain.speaker import Speaker


def said(*, unicode: bool = True) -> tuple[Speaker, list[str]]:
    out: list[str] = []
    return Speaker(out.append, unicode=unicode), out


def test_nothing_a_terminal_obeys_is_ever_said() -> None:
    speaker, out = said()
    speaker.say("a name \x1b[2J\x07 of somebody\u202e", "two\nlines")
    speaker.close()
    text = "".join(out)
    assert all(char == "\n" or char.isprintable() for char in text)
    assert text.endswith("two\nlines\n")


def test_news_begins_on_a_new_line_when_the_prompt_waits() -> None:
    speaker, out = said()
    speaker.prompt()
    speaker.prompt()
    speaker.say("News.")
    speaker.prompt()
    speaker.answered()
    speaker.say("Answer.")
    speaker.close()
    assert "".join(out) == "> \nNews.\n> Answer.\n"


def test_long_lines_are_broken_between_words_and_what_is_copied_is_not() -> None:
    out: list[str] = []
    speaker = Speaker(out.append, width=lambda: 24)
    path = "/srv/a folder with blanks/record of a run.jsonl"
    speaker.say(
        "Type keys for what does, help for how to type.", path, "財務財務財務 財務財務財務 財務"
    )
    speaker.say("a text of any length that is to be copied", whole=True)
    speaker.close()
    assert "".join(out).splitlines() == [
        "Type keys for what does,",
        "help for how to type.",
        path,
        "財務財務財務",
        "財務財務財務 財務",
        "a text of any length that is to be copied",
    ]


def test_a_word_wider_than_the_terminal_stays_whole() -> None:
    assert list(broken(f"see {'x' * 40} there", 24)) == ["see", "x" * 40, "there"]
    assert list(broken("no width is known, so nothing is broken", 0)) == [
        "no width is known, so nothing is broken"
    ]


def test_a_line_that_was_not_shown_is_ended_by_us() -> None:
    speaker, out = said()
    speaker.prompt()
    speaker.answered(echoed=False)
    speaker.close()
    assert "".join(out) == "> \n"


def test_without_utf8_everything_is_ascii() -> None:
    speaker, out = said(unicode=False)
    speaker.say("“Vögel” · 財務")
    speaker.close()
    assert "".join(out) == '"Vogel" - ????\n'


def test_a_terminal_that_is_gone_is_no_error() -> None:
    def gone(_: str) -> None:
        raise OSError

    speaker = Speaker(gone)
    speaker.say("words")
    speaker.close()


async def lines_of(*pieces: bytes) -> list[str | None]:
    ours, theirs = os.pipe()
    keyboard = Keyboard(ours)
    keyboard.start()
    for piece in pieces:
        os.write(theirs, piece)
        await asyncio.sleep(0)
    os.close(theirs)
    found: list[str | None] = []
    while not found or found[-1] is not None:
        found.append(await keyboard.line(5))
    keyboard.stop()
    os.close(ours)
    return found


async def test_lines_come_whole_whatever_the_pieces() -> None:
    name = "Zoë".encode()
    assert await lines_of(b"one\ntw", b"o\r\n\n", name[:3], name[3:] + b"\n") == [
        "one",
        "two",
        "",
        "Zoë",
        None,
    ]


async def test_a_last_line_without_an_end_counts() -> None:
    assert await lines_of(b"one\nlast") == ["one", "last", None]


async def test_no_line_is_a_timeout_and_lines_pasted_together_are_there_at_once() -> None:
    ours, theirs = os.pipe()
    keyboard = Keyboard(ours)
    keyboard.start()
    with pytest.raises(TimeoutError):
        await keyboard.line(0)
    os.write(theirs, b"a\nb\nc\n")
    assert await keyboard.line(5) == "a"
    assert keyboard.waiting
    assert [keyboard.more(), keyboard.more(), keyboard.more()] == ["b", "c", None]
    keyboard.stop()


async def test_a_secret_is_not_shown_and_the_terminal_is_given_back() -> None:
    outer, inner = pty.openpty()
    keyboard = Keyboard(inner)

    def shows() -> bool:
        return bool(termios.tcgetattr(inner)[3] & termios.ECHO)

    assert shows()
    keyboard.hide(True)
    keyboard.hide(True)
    assert not shows()
    assert keyboard.hidden
    keyboard.stop()
    assert shows()
    os.close(outer)
    os.close(inner)


async def test_a_terminal_that_was_closed_is_told_once() -> None:
    outer, inner = pty.openpty()
    lost = asyncio.Event()
    keyboard = Keyboard(inner, lost=lost.set)
    keyboard.start()
    os.close(outer)
    await asyncio.wait_for(lost.wait(), 5)
    os.close(inner)
