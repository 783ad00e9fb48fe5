"""The diffing driver: whatever Textual writes, the terminal ends up showing the same."""

from __future__ import annotations

import random
from typing import Any

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual import events
from textual.driver import Driver
from textual.geometry import Size
from textual.pilot import Pilot

from m365backup_tui.terminal.diff_driver import FrameDiffer
from tests.screens.sample import SampleApp

WIDTH, HEIGHT = 50, 6


class Twins:
    """Two terminals: one gets everything, the other what the differ lets through."""

    def __init__(self, width: int, height: int) -> None:
        self.screens = pyte.Screen(width, height), pyte.Screen(width, height)
        self.streams = [pyte.Stream(screen) for screen in self.screens]
        for stream in self.streams:
            stream.feed("\x1b[?7l")  # Textual's driver switches line wrap off
        self.differ = FrameDiffer(width, height)
        self.sizes = [0, 0]

    def write(self, data: str) -> str:
        out = self.differ.feed(data)
        for index, (stream, text) in enumerate(zip(self.streams, (data, out), strict=True)):
            self.sizes[index] += len(text.encode())
            stream.feed(text)
        return out

    def resize(self, width: int, height: int) -> None:
        for screen in self.screens:
            screen.resize(height, width)
        self.differ.resize(width, height)
        self.differ.forget()

    def differences(self) -> list[str]:
        one, other = self.screens
        return [
            f"({x},{y}): {one.buffer[y][x]} != {other.buffer[y][x]}"
            for y in range(one.lines)
            for x in range(one.columns)
            if one.buffer[y][x] != other.buffer[y][x]
        ] + ([] if (one.cursor.x, one.cursor.y) == (other.cursor.x, other.cursor.y) else ["cursor"])


STYLES = st.sampled_from(["", "1", "7", "32", "1;31", "38;5;0", "38;2;1;2;3;48;2;4;5;6", "39;49"])
TEXTS = st.text(alphabet="ab Z財務é─", min_size=1, max_size=8)
PIECES = st.lists(st.tuples(STYLES, TEXTS), min_size=1, max_size=3)
# Textual writes rows from the top and never two pieces over each other in one frame.
FRAMES = st.dictionaries(st.integers(0, HEIGHT - 1), PIECES, max_size=HEIGHT)


def frame(rows: dict[int, list[tuple[str, str]]]) -> str:
    """What Textual's compositor writes: move, style, text, reset; the cursor's place at the end."""
    spans = []
    for y, pieces in sorted(rows.items()):
        styled = (f"\x1b[{style}m{text}\x1b[0m" if style else text for style, text in pieces)
        rest = WIDTH - cell_len("".join(text for _, text in pieces))
        spans.append(f"\x1b[{y + 1};1H{''.join(styled)}{' ' * rest}")
    return "\n".join(spans) + "\x1b[2;3H"


@given(st.lists(FRAMES, max_size=6))
@settings(max_examples=150, deadline=None)
def test_random_frames_show_the_same(frames: list[dict[int, list[tuple[str, str]]]]) -> None:
    twins = Twins(WIDTH, HEIGHT)
    for rows in frames:
        twins.write(frame(rows))
        assert twins.differences() == []


def test_the_same_frame_again_sends_nothing() -> None:
    differ = FrameDiffer(20, 3)
    data = "\x1b[1;1H\x1b[1mhello\x1b[0m\n\x1b[2;1Hworld\x1b[1;1H"
    assert differ.feed(data)
    assert differ.feed(data) == ""


def test_only_the_changed_run_is_sent() -> None:
    differ = FrameDiffer(40, 2)
    differ.feed("\x1b[1;1Hone two three four five six\x1b[1;1H")
    assert differ.feed("\x1b[1;1Hone two THREE four five six\x1b[1;1H") == (
        "\x1b[1;9HTHREE\x1b[1;1H"
    )


def test_a_half_changed_wide_character_is_sent_whole() -> None:
    differ = FrameDiffer(20, 1)
    differ.feed("\x1b[1;1Ha財b\x1b[1;1H")
    assert "bc" in differ.feed("\x1b[1;1Habcb\x1b[1;1H")
    assert "財" in differ.feed("\x1b[1;1Ha財b\x1b[1;1H")


@pytest.mark.parametrize(
    "odd",
    [
        "\x1b[3Aup",
        "\x1b[1;1H\x1b[Kx",
        "\x1b[1;1Htab\there",
        "\x1b[1;18Hbeyond the edge",
        "\x1b[1;1H👩\u200d👩\u200d👧",
        "text without a place",
        "\x1b[1;1H\x1b[1mstyle left on",
        "\x1b[?1049h",
    ],
)
def test_what_is_not_understood_passes_and_the_memory_goes(odd: str) -> None:
    differ = FrameDiffer(20, 3)
    first = "\x1b[1;1Hhello\x1b[1;1H"
    sent = differ.feed(first)
    assert differ.feed(odd) == odd
    assert differ.feed(first) == sent


@pytest.mark.parametrize("harmless", ["\x1b[?25l", "\x1b[?2026$p", "\x07", "\x1b]52;c;YQ==\x07"])
def test_modes_and_clipboard_pass_and_the_memory_stays(harmless: str) -> None:
    differ = FrameDiffer(20, 3)
    data = "\x1b[1;1Hhello\x1b[1;1H"
    differ.feed(data)
    assert differ.feed(harmless) == harmless
    assert differ.feed(data) == ""


def test_an_empty_synchronised_update_is_not_opened() -> None:
    differ = FrameDiffer(20, 3)
    start, end, data = "\x1b[?2026h", "\x1b[?2026l", "\x1b[1;1Hhello\x1b[1;1H"
    full = [differ.feed(part) for part in (start, data, end)]
    assert "".join(full).startswith(start)
    assert full[-1] == end
    assert [differ.feed(part) for part in (start, data, end)] == ["", "", ""]


def test_forget_sends_everything_again() -> None:
    differ = FrameDiffer(20, 3)
    data = "\x1b[1;1Hhello\x1b[1;1H"
    sent = differ.feed(data)
    differ.forget()
    assert differ.feed(data) == sent


class Recorder(Driver):
    """A driver whose terminal is a pair of pyte screens; keys come from the pilot."""

    twins: Twins
    wrong: list[str]

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(app, **options)
        type(self).twins = Twins(80, 24)
        type(self).wrong = []

    def write(self, data: str) -> None:
        self.twins.write(data)
        self.wrong += self.twins.differences()

    def resized(self, width: int, height: int) -> None:
        self._size = (width, height)
        self.twins.resize(width, height)
        size = Size(width, height)
        self._app.post_message(events.Resize(size, size))

    def start_application_mode(self) -> None:
        size = Size(*(self._size or (80, 24)))
        self._app.post_message(events.Resize(size, size))

    def disable_input(self) -> None:
        """There is none."""

    def stop_application_mode(self) -> None:
        """Nothing was started."""


class RecordedApp(SampleApp):
    """The sample step on a Recorder."""

    def get_driver_class(self) -> type[Driver]:
        return Recorder


KEYS = "up down down pageup pagedown home end space space tab a b backspace enter question_mark"
KEYS += " escape ctrl+p ctrl+t ctrl+l r c"


@pytest.mark.parametrize("seed", [1, 2])
async def test_after_random_keys_both_terminals_show_the_same(seed: int) -> None:
    keys = random.Random(seed).choices(KEYS.split(), k=60)

    async def press(pilot: Pilot[object]) -> None:
        for index, key in enumerate(keys):
            await pilot.press(key)
            if index in {20, 40}:
                driver = pilot.app._driver
                assert isinstance(driver, Recorder)
                driver.resized(*((100, 30) if index == 20 else (80, 24)))
            await pilot.pause()
        pilot.app.exit(0)

    app = RecordedApp()
    await app.run_async(size=(80, 24), mouse=False, auto_pilot=press)
    assert Recorder.wrong == []
    stock, sent = Recorder.twins.sizes
    assert 0 < sent < stock / 2
