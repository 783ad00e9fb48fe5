"""A page that opens with its state already there is sent whole, as one frame, with the keys that it keeps."""

from __future__ import annotations

from typing import Any

from rich.console import RenderableType
from textual._compositor import CompositorUpdate, LayoutUpdate
from textual.screen import Screen

from tests.screens import states_policies as s
from tests.screens.harness import SIZE, WIDE, RecordingWizard, Shown, text_of


class Filmed(Shown):
    """Keeps every frame: the page, whether the whole screen was sent, and the words that stood on it then."""

    def __init__(self, wizard: RecordingWizard) -> None:
        super().__init__(wizard)
        self.frames: list[tuple[str, bool, str]] = []

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if isinstance(renderable, CompositorUpdate) and not self._batch_count:
            whole = isinstance(renderable, LayoutUpdate)
            self.frames.append((type(screen).__name__, whole, text_of(self)))
        super()._display(screen, renderable)


async def test_a_page_comes_in_one_frame_with_heading_list_and_keys() -> None:
    app = Filmed(RecordingWizard(s.detail()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        app.frames.clear()
        await pilot.press("enter")
        await pilot.pause()
        pages = [(page, whole) for page, whole, _ in app.frames]
        assert pages == [("PolicyDetailScreen", True)]
        words = app.frames[0][2]
        assert "OneDrive “Everyone” is active" in words
        assert "[ ] " in words
        assert "Enter Done" in words

        app.frames.clear()
        await pilot.press("ctrl+q")
        await pilot.pause()
        assert [(page, whole) for page, whole, _ in app.frames] == [("LeaveScreen", True)]


async def test_on_a_wide_terminal_the_first_frame_has_the_layout_that_stays() -> None:
    app = Filmed(RecordingWizard(s.detail()))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
    assert len({words for _, _, words in app.frames}) == 1
    assert "48 of 50 protected, 2 failed" in app.frames[0][2]  # the aside
