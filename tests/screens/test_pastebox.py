"""The paste box with long lists: nothing lost, and nothing that grows with each painted line."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.document._document import Document
from textual.document._wrapped_document import WrappedDocument
from textual.events import Paste

from m365backup_tui.screens.widgets.calm_document import CalmDocument
from m365backup_tui.screens.widgets.pastebox import PasteBox

TEXT = st.text(alphabet="ab c\t界é\u0301\n-/.", max_size=120)


@given(text=TEXT, width=st.integers(0, 24), tab=st.integers(1, 8))
@settings(max_examples=150, deadline=None)
def test_wraps_as_textual_does(text: str, width: int, tab: int) -> None:
    theirs, ours = WrappedDocument(Document(text)), CalmDocument(Document(text))
    theirs.wrap(width, tab)
    ours.wrap(width, tab)
    assert ours.height == theirs.height
    for name in ("_wrap_offsets", "_offset_to_line_info", "_line_index_to_offsets"):
        assert getattr(ours, name) == getattr(theirs, name)
    for row, line in enumerate(text.split("\n")):
        assert sum(ours._tab_width_cache[row]) == sum(theirs._tab_width_cache[row]), line


class One(App[None]):
    def compose(self) -> ComposeResult:
        yield PasteBox(id="box")


async def test_twenty_thousand_lines_survive_a_paste_a_hiding_and_another_width() -> None:
    app = One()
    async with app.run_test(size=(80, 24)) as pilot:
        box = app.query_one(PasteBox)
        lines = [f"https://contoso.sharepoint.com/sites/{n}" for n in range(20_000)]
        box.post_message(Paste("\r".join(lines)))
        await pilot.pause()
        assert box.lines == tuple(lines)
        box.display = False
        await pilot.pause()
        box.display = True
        await pilot.resize_terminal(60, 24)
        await pilot.pause()
        assert box.wrapped_document.height == len(lines)
        assert box.cursor_location == (len(lines) - 1, len(lines[-1]))
        await pilot.resize_terminal(30, 24)
        await pilot.pause()
        assert box.wrapped_document.height == 2 * len(lines)
