"""The widgets and the frame, driven by keys alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from textual import on
from textual.message import Message
from textual.widget import Widget

from m365backup_tui.screens.page import Page
from m365backup_tui.screens.widgets.entry import Entry
from m365backup_tui.screens.widgets.keybar import KeyBar
from m365backup_tui.screens.widgets.keys import Key, find_key, show_key
from m365backup_tui.screens.widgets.paint import Painted
from m365backup_tui.screens.widgets.pastebox import PasteBox
from m365backup_tui.screens.widgets.progress import Progress, ProgressLine, clock
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.qr import QrCode, qr_lines
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.screens.widgets.rows import Column, LazyRows, Row, share
from m365backup_tui.screens.widgets.stepbar import StepBar
from m365backup_tui.screens.widgets.text import clean, cut, fit
from m365backup_tui.screens.widgets.titlebar import TitleBar
from m365backup_tui.terminal.host import TerminalApp
from m365backup_tui.terminal.profile import TerminalProfile
from tests.screens.sample import STEPS, TITLE, shown

SIZE = (80, 24)


class Bench(Page[None]):
    """A page with the given widgets that keeps what they say."""

    def __init__(self, *widgets: Widget) -> None:
        super().__init__()
        self.widgets = widgets
        self.heard: list[Message] = []

    def body(self) -> Iterable[Widget]:
        return self.widgets

    @on(RowList.Chosen)
    @on(RowList.Toggled)
    @on(RowList.Moved)
    @on(RowList.Refused)
    @on(Entry.Edited)
    @on(Entry.Entered)
    @on(PasteBox.Edited)
    def _hear(self, message: Message) -> None:
        self.heard.append(message)


class BenchApp(TerminalApp[None]):
    """Shows one bench."""

    def __init__(self, *widgets: Widget, unicode: bool = True) -> None:
        super().__init__(TerminalProfile(unicode=unicode))
        self.bench = Bench(*widgets)

    def on_mount(self) -> None:
        self.push_screen(self.bench)


def names(messages: list[Message]) -> list[tuple[str, Any]]:
    return [(type(m).__name__, getattr(m, "row_id", None)) for m in messages]


def numbered(count: int, **options: Any) -> LazyRows:
    return LazyRows(count, lambda index: Row(str(index), (f"Row {index}",), **options))


# The list


async def test_moving_in_a_list_of_200k_rows_asks_only_for_rows_on_show() -> None:
    asked: set[int] = set()

    def row_at(index: int) -> Row:
        asked.add(index)
        return Row(str(index), (f"Row {index}",))

    rows = RowList(rows=LazyRows(200_000, row_at))
    async with BenchApp(rows).run_test(size=SIZE) as pilot:
        await pilot.press("down", "end")
        await pilot.pause()
        assert rows.cursor == 199_999
        assert "› Row 199999" in shown(pilot.app)  # type: ignore[arg-type]
        assert len(asked) < 100


async def test_at_the_edge_the_view_jumps_half_a_page() -> None:
    rows = RowList(rows=numbered(100))
    app = BenchApp(rows)
    async with app.run_test(size=SIZE) as pilot:
        page = rows.size.height
        await pilot.press(*["down"] * page)
        await pilot.pause()
        lines = shown(app).splitlines()
        assert lines.index(f" › Row {page}") == lines.index(f"   Row {page + 1}") - 1
        visible = [line for line in lines if "Row " in line]
        assert visible[0].strip() == f"Row {page - page // 2}"


async def test_enter_chooses_and_a_disabled_row_says_why_not() -> None:
    rows = RowList(rows=(Row("a", ("A",)), Row("b", ("B",), disabled="No rights.")))
    app = BenchApp(rows)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter", "down", "enter")
        await pilot.pause()
        assert names(app.bench.heard) == [("Chosen", "a"), ("Moved", "b"), ("Refused", "b")]
        assert getattr(app.bench.heard[-1], "reason", "") == "No rights."


async def test_space_asks_and_the_box_follows_the_rows() -> None:
    rows = RowList(rows=(Row("a", ("A",), checked=False),), boxes=True)
    app = BenchApp(rows)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("space")
        await pilot.pause()
        assert names(app.bench.heard) == [("Toggled", "a")]
        assert "[ ] A" in shown(app)
        rows.show((Row("a", ("A",), checked=True),))
        await pilot.pause()
        assert "[x] A" in shown(app)
        rows.show((Row("a", ("A",), checked=True, attention=True),))
        await pilot.pause()
        assert "[!] A" in shown(app)


async def test_the_cursor_stays_on_its_row_when_rows_come_before_it() -> None:
    rows = RowList(rows=(Row("a", ("A",)), Row("b", ("B",))))
    async with BenchApp(rows).run_test(size=SIZE) as pilot:
        await pilot.press("down")
        rows.show((Row("n", ("New",)), Row("a", ("A",)), Row("b", ("B",))))
        assert rows.current is not None
        assert rows.current.id == "b"
        rows.show((Row("n", ("New",)),))
        assert rows.current.id == "n"


async def test_the_hardware_cursor_follows_the_row() -> None:
    rows = RowList(rows=numbered(5))
    async with BenchApp(rows).run_test(size=SIZE) as pilot:
        await pilot.press("down", "down")
        await pilot.pause()
        line = shown(pilot.app).splitlines()[pilot.app.cursor_position.y]  # type: ignore[arg-type]
        assert line == " › Row 2"


async def test_an_empty_list_says_so_and_keys_do_nothing() -> None:
    rows = RowList(empty="No sites match.")
    app = BenchApp(rows)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("down", "enter", "end")
        await pilot.pause()
        assert "No sites match." in shown(app)
        assert app.bench.heard == []


async def test_names_from_the_tenant_are_shown_not_obeyed() -> None:
    evil = "a\x1b[31mred\x1b]0;title\x07 [bold]x[/] \u202egnp.exe"
    rows = RowList(rows=(Row("a", (evil,)),))
    app = BenchApp(rows, Prose(evil))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        text = shown(app)
        assert text.count("[bold]x[/] gnp.exe") == 2
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_columns_share_the_line_and_the_least_important_leaves_first() -> None:
    columns = (
        Column("Name"),
        Column("Path", 30, drop=1),
        Column("Size", 9),
        Column("Who", 9, drop=2),
    )
    assert share(columns, 80) == [26, 30, 9, 9]
    assert share(columns, 60) == [47, 0, 9, 0] or share(columns, 60) == [17, 30, 9, 0]
    assert share(columns, 40) == [29, 0, 9, 0]
    assert sum(share(columns, 20)) <= 20


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("abc", 5, "abc  "),
        ("abcdef", 4, "abc…"),
        ("財務部門", 5, "財務…"),
        ("財務", 3, "財…"),
        ("x", 0, ""),
    ],
)
def test_text_fits_its_cells(text: str, width: int, expected: str) -> None:
    assert fit(text, width) == expected


def test_text_is_cut_and_cleaned() -> None:
    assert cut("abc", 3) == "abc"
    assert clean("a\tb\nc\u200b\u202ed") == "a b cd"


# Entry and paste box


def no_blank(value: str) -> str | None:
    return None if value.strip() else "Type a name."


async def test_an_entry_says_what_is_wrong_as_it_is_typed() -> None:
    app = BenchApp(Entry("Name", validator=no_blank))
    async with app.run_test(size=SIZE) as pilot:
        assert "Type a name." not in shown(app)
        await pilot.press("a", "backspace")
        await pilot.pause()
        assert "Type a name." in shown(app)


async def test_a_patient_entry_waits_for_enter() -> None:
    entry = Entry("Name", validator=no_blank, patient=True)
    app = BenchApp(entry)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("space", "backspace")
        await pilot.pause()
        assert "Type a name." not in shown(app)
        await pilot.press("enter")
        await pilot.pause()
        assert "Type a name." in shown(app)
        await pilot.press("a", "enter")
        await pilot.pause()
        assert "Type a name." not in shown(app)
        last = app.bench.heard[-1]
        assert isinstance(last, Entry.Entered)
        assert last.value == "a"


async def test_an_entry_never_loses_what_was_typed() -> None:
    entry = Entry("Name")
    async with BenchApp(entry).run_test(size=SIZE) as pilot:
        entry.offer("offered")
        await pilot.pause()
        assert entry.value == "offered"
        await pilot.press("!")
        entry.offer("something else")
        entry.blame("That name is taken.")
        await pilot.pause()
        assert entry.value.replace("!", "") == "offered"
        assert "That name is taken." in shown(pilot.app)  # type: ignore[arg-type]


async def test_a_long_paste_arrives_whole_as_one_change() -> None:
    box = PasteBox()
    app = BenchApp(box)
    async with app.run_test(size=SIZE) as pilot:
        from textual.events import Paste

        box.post_message(Paste("".join(f"user{i}@contoso.com\r\n" for i in range(1500))))
        await pilot.pause()
        await pilot.pause()
        assert len(box.lines) == 1500
        assert box.lines[-1] == "user1499@contoso.com"
        edits = [m for m in app.bench.heard if isinstance(m, PasteBox.Edited)]
        assert len(edits) == 1


async def test_escape_in_a_paste_box_belongs_to_the_page() -> None:
    app = BenchApp(PasteBox("typed"))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen is not app.bench


async def test_letters_and_question_marks_stay_in_the_paste_box() -> None:
    box = PasteBox()
    app = BenchApp(box)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("a", "question_mark", "c")
        await pilot.pause()
        assert box.text == "a?c"
        assert app.screen is app.bench


# Lines of the frame


def line_of(widget: Painted, width: int) -> str:
    return "".join(part.text for part in widget.paint(0, width))


async def test_the_key_bar_keeps_help_and_back_when_there_is_no_room() -> None:
    bar = KeyBar()
    async with BenchApp(bar).run_test(size=SIZE):
        many = tuple(Key(letter, f"Do {letter} now") for letter in "abcdefgh")
        bar.show(many, (Key("?", "Help"), Key("escape", "Back")))
        text = line_of(bar, 60)
        assert text.endswith("? Help  Esc Back")
        assert "A Do a now" in text
        assert len(text) <= 60


async def test_a_key_that_does_not_work_stands_in_brackets() -> None:
    bar = KeyBar()
    async with BenchApp(bar).run_test(size=SIZE):
        bar.show((Key("r", "Check again", enabled=False),))
        assert line_of(bar, 60) == " (R Check again)"


def test_keys_are_named_as_on_the_keyboard_and_found_in_both_cases() -> None:
    assert [show_key(k) for k in ("ctrl+q", "escape", "r", "?", "f2", "+")] == [
        "Ctrl+Q",
        "Esc",
        "R",
        "?",
        "F2",
        "+",
    ]
    table = (Key("r", "Reload"), Key("?", "Help"))
    assert find_key(table, "R", "R") is table[0]
    assert find_key(table, "question_mark", "?") is table[1]
    assert find_key(table, "x", "x") is None


@pytest.mark.parametrize("width", [60, 80, 120])
async def test_the_badge_never_gives_way(width: int) -> None:
    bar = TitleBar()
    async with BenchApp(bar).run_test(size=(width, 24)):
        bar.show(TITLE)
        assert line_of(bar, width).endswith(" PRACTICE ")
        assert len(line_of(bar, width)) <= width


async def test_steps_become_marks_when_they_do_not_fit() -> None:
    bar = StepBar()
    async with BenchApp(bar, unicode=False).run_test(size=SIZE):
        bar.show(STEPS)
        assert line_of(bar, 100).startswith(" ok Sign in   ! Permissions   * Billing   - Turn on")
        assert line_of(bar, 50) == " ok ! * Billing - - x  1 of 6 done"


async def test_progress_is_one_line_and_repaints_at_most_twice_a_second() -> None:
    line = ProgressLine()
    async with BenchApp(line).run_test(size=SIZE):
        at = [100.0]
        line.now = lambda: at[0]
        line.show(Progress(12, 48, 3, 80))
        assert line_of(line, 80) == " [######..............]  12 of 48  × 3 failed  01:20"
        at[0] += 0.1
        line.show(Progress(13, 48, 3, 80.1))
        assert "12 of 48" in line_of(line, 80)
        line.show(Progress(45, 48, 3, 80.2))
        assert "45 of 48" in line_of(line, 80)
    assert clock(3725) == "1:02:05"


async def test_a_qr_code_shows_only_where_it_fits() -> None:
    code = QrCode()
    async with BenchApp(code).run_test(size=SIZE) as pilot:
        code.show("https://microsoft.com/devicelogin", room=30)
        await pilot.pause()
        assert code.fits
        assert "▀" in shown(pilot.app)  # type: ignore[arg-type]
        code.show("https://microsoft.com/devicelogin", room=5)
        assert not code.display
    ascii_lines = qr_lines("https://microsoft.com/devicelogin", unicode=False)
    assert {len(line) for line in ascii_lines} == {2 * len(ascii_lines)}
    assert "".join(ascii_lines).isascii()
