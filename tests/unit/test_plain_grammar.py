"""Plain mode: what a typed line means, how signs and rows are said, what is told anew."""

from __future__ import annotations

from dataclasses import replace

import pytest

from m365backup_tui.plain.grammar import MOST_ROWS, Asked, Press, Rows, Say, Text, Wrong, asked
from m365backup_tui.plain.page_reading import Block, Reading
from m365backup_tui.plain.telling import again, changes, ticks, whole
from m365backup_tui.plain.words import row_line, row_of, spoken
from m365backup_tui.screens.widgets.rows import Column, Row, Shown


@pytest.mark.parametrize(
    ("line", "means"),
    [
        ("", Press("enter")),
        ("   ", Press("enter")),
        ("3", Rows((3,))),
        ("1 4 6-9", Rows((1, 4, 6, 7, 8, 9))),
        ("1,4,6 - 8", Rows((1, 4, 6, 7, 8))),
        ("1,200", Rows((1200,))),
        ("2 2", Rows((2,))),
        (":3", Rows((3,))),
        ("\x1b", Press("escape")),
        ("\x10", Press("ctrl+p")),
        ("b", Press("b")),
        ("back", Press("escape")),
        (":back", Press("escape")),
        ("BACK", Press("escape")),
        ("leave", Press("ctrl+q")),
        ("next", Press("tab")),
        ("pgdn", Press("pagedown")),
        ("Read again", Press("Read again")),
        ("help", Say("help")),
        ("help me", Press("help me")),
        ("list 200", Say("list", "200")),
        ("at 7", Say("at", "7")),
        ("find Adele Vance", Say("find", "Adele Vance")),
        ("find", Say("find")),
        ("?", Press("?")),
    ],
)
def test_a_line_where_no_text_is_asked_for(line: str, means: Asked) -> None:
    assert asked(line, typing=False) == means


@pytest.mark.parametrize(
    ("line", "means"),
    [
        ("", Press("enter")),
        ("3", Text("3")),
        ("back", Text("back")),
        ("/home/adele/policy.yaml", Text("/home/adele/policy.yaml")),
        (" a name with blanks ", Text(" a name with blanks ")),
        (":back", Press("escape")),
        (":3", Rows((3,))),
        (":v", Press("v")),
        ("::odd", Text(":odd")),
        (":put rg-kept", Text("rg-kept", enter=False)),
        (":find words", Say("find", "words")),
    ],
)
def test_a_line_where_a_text_is_asked_for(line: str, means: Asked) -> None:
    assert asked(line, typing=True) == means


@pytest.mark.parametrize("line", [":3", ":dance", ":find x", ":", "plain"])
def test_a_passphrase_is_never_taken_for_a_command_that_could_repeat_it(line: str) -> None:
    assert asked(line, typing=True, secret=True) == Text(line)
    assert asked(":back", typing=True, secret=True) == Press("escape")


@pytest.mark.parametrize("line", ["1-99999", "1-600 1000-1600"])
def test_one_line_never_names_more_rows_than_can_be_meant(line: str) -> None:
    found = asked(line, typing=False)
    assert isinstance(found, Wrong)
    assert f"{MOST_ROWS:,}" in found.why


@pytest.mark.parametrize("line", ["\x1b[A", "Fin\x1b[Dance", "\x1bOP", "a\x00b"])
@pytest.mark.parametrize("secret", [False, True])
def test_a_line_with_an_arrow_key_is_no_text_and_is_not_repeated(line: str, secret: bool) -> None:
    answer = asked(line, typing=True, secret=secret)
    assert isinstance(answer, Wrong)
    assert "such as an arrow" in answer.why
    assert asked("\x1b", typing=True, secret=secret) == Press("escape")


def test_put_needs_a_field() -> None:
    assert isinstance(asked("put words", typing=False), Wrong)


def test_signs_are_said_as_words_and_nothing_a_terminal_obeys_is_left() -> None:
    assert spoken(" ✓ Ready") == "ok: Ready"
    assert spoken("   × Refused") == "not ok: Refused"
    assert spoken("!  Look") == "attention: Look"
    assert spoken("plain \x1b[31m words") == "plain  [31m words"


def test_a_row_says_its_mark_its_box_and_why_it_cannot_be_chosen() -> None:
    assert (
        row_line(3, Row("a", ("Finance", "", "2 GB"), checked=True), boxes=True)
        == "3. Finance; 2 GB; chosen"
    )
    assert (
        row_line(1, Row("a", ("Finance",), checked=False), boxes=True) == "1. Finance; not chosen"
    )
    assert row_line(1, Row("a", ("A",), attention=True), boxes=True) == "1. A; marked"
    assert row_line(1200, Row("a", ("A",), mark="no"), boxes=False) == "1,200. not ok: A"
    assert (
        row_line(1, Row("a", ("A",), disabled="Held."), boxes=False)
        == "1. A (cannot be chosen: Held.)"
    )
    assert (
        row_line(1, Row("a", ("A", "Held."), disabled="Held."), boxes=False)
        == "1. A; Held. (cannot be chosen)"
    )


def test_a_row_that_leaves_its_first_cell_to_the_row_above_says_it_on_its_own() -> None:
    columns = (Column("Product", ditto=True), Column("What"))
    rows = (Row("a", ("OneDrive", "protected")), Row("b", ("", "not protected"), mark="warn"))
    shown = Shown(columns, rows, boxes=False, header=True, empty="")
    assert row_of(shown, 1) == "2. attention: OneDrive; not protected"
    assert (
        row_of(replace(shown, columns=(Column("Product"), Column("What"))), 1)
        == "2. attention: not protected"
    )


def reading(
    *lines: str, page: int = 1, status: str = "", step: str = "Step 1", ids: str | None = None
) -> Reading:
    rows = tuple(enumerate(ids or "", 1))
    blocks = (Block(("A heading.",)), Block(lines, "rows" if ids else None, rows))
    return Reading(page, "practice", step, blocks, status)


def test_another_page_is_told_whole_and_the_tenant_only_when_it_is_news() -> None:
    now = reading("one", page=2, status="Saved.")
    assert changes(reading("x"), now, by_hand=False) == [
        "",
        "Step 1",
        "A heading.",
        "one",
        "Status: Saved.",
    ]
    assert "Tenant and account: practice." in whole(now, None)


def test_of_the_same_page_only_what_is_new_is_told() -> None:
    before = reading("one", "two", status="Reading: 3 s")
    assert changes(before, reading("one", "2 more", status="Reading: 4 s"), by_hand=True) == [
        "2 more"
    ]
    assert changes(before, before, by_hand=True) == []


def test_a_count_is_news_to_the_person_who_changed_it_and_else_a_tick() -> None:
    before, now = reading("3 chosen", "Valid for 14:32"), reading("4 chosen", "Valid for 14:31")
    assert changes(before, now, by_hand=True) == ["4 chosen"]
    assert changes(before, now, by_hand=False) == []
    assert ticks(before, now) == ["4 chosen", "Valid for 14:31"]


def test_a_list_that_became_another_is_told_whole() -> None:
    before = reading("1. Person 1", "2. Person 2", ids="ab")
    now = reading("1. Person 1", "2. Person 3", ids="ac")
    assert changes(before, now, by_hand=False) == ["1. Person 1", "2. Person 3"]


def test_of_the_same_rows_only_those_that_changed_are_told() -> None:
    before = reading("1. One; not chosen", "2. Two; not chosen", ids="ab")
    now = reading("1. One; chosen", "2. Two; not chosen", ids="ab")
    assert changes(before, now, by_hand=True) == ["1. One; chosen"]


def test_a_page_that_comes_back_is_told_by_its_heading_and_what_is_new() -> None:
    seen, other = reading("one", "two"), reading("other", page=2)
    told = again(seen, reading("one", "three"), other)
    assert told == ["", "Step 1", "A heading.", "three", "Type page to hear all of this page."]
