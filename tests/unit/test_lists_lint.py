"""What is wrong with a row is told by row, column, value and rule, and what follows it is never swallowed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from m365backup_tui.domain.lists import RowProblem
from m365backup_tui.domain.lists_addresses import address_problem
from m365backup_tui.domain.lists_reading import Reading, Unreadable, read
from m365backup_tui.domain.products import Product
from m365backup_tui.work import lists

MAIL, DRIVE, SITE = Product.EXCHANGE, Product.ONEDRIVE, Product.SHAREPOINT
GUID = "11111111-2222-3333-4444-555555555555"
TOP = "https://x.sharepoint.com"


def short(reading: Reading) -> tuple[list[str], list[tuple[int, str]]]:
    """The addresses taken, and row and value of each problem."""
    return [r.address for r in reading.rows], [(p.row, p.value) for p in reading.problems]


@pytest.mark.parametrize(
    "text",
    [
        "Name|Mail\nAnn|ann@x.example\nBob|bob@x.example",
        "Lee, Ann;ann@x.example\nLee, Bob;bob@x.example",  # as many commas as semicolons
        "Lee, Dr, Ann;ann@x.example\nLee, Bob;bob@x.example",
        "sep=\t\nName\tMail\nAnn\tann@x.example\nBob\tbob@x.example",
        "Name,Mail,Aliases\nAnn,ann@x.example,a@x.example;b@x.example;c@x.example\nBob,bob@x.example,",
        "Name,Mail\rAnn,ann@x.example\rBob,bob@x.example\r",
        "#TYPE A\n#TYPE B\nName\u2028Long,Mail\nAnn,ann@x.example\nBob,bob@x.example",
    ],
)
def test_the_separator_is_the_one_that_shows_the_addresses(text: str) -> None:
    assert short(read(MAIL, text)) == (["ann@x.example", "bob@x.example"], [])


def test_utf_16_without_a_mark_is_known_by_its_zeros_wherever_it_begins() -> None:
    for encoding in ("utf-16-le", "utf-16-be"):
        data = "姓名;Mail\nAnn;ann@x.example\n".encode(encoding)
        assert short(read(MAIL, data)) == (["ann@x.example"], [])


def test_an_address_with_a_slip_of_the_pen_beside_good_ones_is_named() -> None:
    assert short(read(MAIL, "ann@x.example; bob@x")) == (["ann@x.example"], [(1, "bob@x")])
    text = "Ann;annx.example\nBob;bob@x.example"  # the first line is no header
    assert short(read(MAIL, text)) == (["bob@x.example"], [(1, "Ann")])


def test_a_second_address_in_a_line_with_other_values_is_named_and_not_taken() -> None:
    text = "Ann;ann@x.example;Berlin;boss@x.example\nBob;bob@x.example;Rom;BOB@x.example"
    reading = read(MAIL, text)
    assert short(reading) == (["ann@x.example", "bob@x.example"], [(1, "boss@x.example")])
    assert "second address" in reading.problems[0].rule


def test_the_commas_of_a_composite_site_id_do_not_cut_it() -> None:
    composite = f"x.sharepoint.com,{GUID},{GUID}"
    assert short(read(SITE, f"{composite},Sales\n{TOP}/sites/a,Ann\n")) == (
        [composite, f"{TOP}/sites/a"],
        [],
    )


@pytest.mark.parametrize(
    "row", ["Ann,Lee,ann@x.example", "ann@x.example,bob@x.example,cyd@x.example"]
)
def test_a_row_with_more_values_than_the_header_is_not_guessed_at(row: str) -> None:
    reading = read(MAIL, f"Name,Mail\n{row}\nBob,bob@x.example,\n")
    assert short(reading) == (["bob@x.example"], [(2, row.replace(",", ", "))])
    assert "3 values and the header 2" in reading.problems[0].rule


def test_a_short_row_whose_address_stands_under_another_header_is_shown_whole() -> None:
    reading = read(
        MAIL, "Name,Office,Mail\nBob,bob@x.example\nCyd,cyd@x.example,1\nAnn,x,ann@x.example\n"
    )
    assert short(reading) == (["ann@x.example"], [(2, "Bob, bob@x.example"), (3, "1")])
    assert "2 values and the header 3" in reading.problems[0].rule


def test_an_address_outside_the_column_of_the_others_is_named() -> None:
    reading = read(MAIL, "Wer;Wo;Was\nAnn;ann@x.example;\nBob;;bob@x.example\nCyd;cyd@x.example;\n")
    assert short(reading) == (["ann@x.example", "cyd@x.example"], [(3, "Bob, bob@x.example")])
    assert "under “Wo”" in reading.problems[0].rule


@pytest.mark.parametrize(
    "note",
    ['"open', '"open\nx@x.example,y', '"a "" b\n"c'],
)
def test_rows_inside_a_quotation_mark_that_is_not_closed_are_named(note: str) -> None:
    text = f'Mail,Note\nann@x.example,{note}\nbob@x.example,"z"\n'
    reading = read(MAIL, text)
    first = reading.problems[0]
    assert "ann@x.example" not in short(reading)[0]
    assert (first.row, "quotation mark joins the lines 2 to" in first.rule) == (2, True)
    assert ("bob@x.example" in first.value) is ("bob@x.example" not in short(reading)[0])


def test_a_long_note_in_quotation_marks_is_no_problem() -> None:
    text = 'Mail,Note\nann@x.example,"One, two,\nthree"\nbob@x.example,x\n'
    assert short(read(MAIL, text)) == (["ann@x.example", "bob@x.example"], [])


@pytest.mark.parametrize(
    ("product", "value", "said"),
    [
        (MAIL, "ann@x.example\u200b", "hidden character in this value (U+200B)"),
        (MAIL, "ann@x.example\nbob@x.example", "line break"),
        (MAIL, "a\ufffdn@x.example", "cannot be read"),
        (MAIL, '"ann"@x.example', "name@example.com"),
        (DRIVE, "https://x-my.sharepoint.com/personal/ann", "its owner's sign-in name instead"),
        (MAIL, "https://x.sharepoint.com/sites/a", "belongs in a SharePoint policy"),
        (MAIL, "https://example.com/a", "Exchange needs the address of a person or mailbox"),
        (SITE, "ann@x.example", "belong in an Exchange or OneDrive policy"),
        (SITE, "https://x-my.sharepoint.com/personal/ann", "belongs in a OneDrive policy"),
        (SITE, "https://x-my.sharepoint.com", "belongs in a OneDrive policy"),
        (SITE, "https://x-admin.sharepoint.com", "admin center"),
        (SITE, "00000000-0000-0000-0000-000000000000", "all zeros"),
        (SITE, "x.sharepoint.com/sites/a", "beginning with https://"),
    ],
)
def test_what_a_person_overlooks_has_a_rule_of_its_own(
    product: Product, value: str, said: str
) -> None:
    assert said in address_problem(product, value)


@pytest.mark.parametrize(
    "value", [TOP, f"{TOP}/", f"{TOP}/sites/a b/", "https://xeur.sharepoint.com/teams/a"]
)
def test_root_sites_and_satellite_geographies_are_sites(value: str) -> None:
    assert address_problem(SITE, value) == ""


@pytest.mark.parametrize(
    ("text", "taken", "named"),
    [
        (f"{TOP}/sites/a,b\n{TOP}/sites/c", [f"{TOP}/sites/c"], [(1, f"{TOP}/sites/a,b")]),
        (f"{TOP}/sites/a;b", [], [(1, f"{TOP}/sites/a;b")]),
        (f'"{TOP}/sites/a,b"\n{TOP}/sites/c', [f"{TOP}/sites/a,b", f"{TOP}/sites/c"], []),
        (f"{TOP}/sites/a,Ann\n{TOP}/sites/c,Bob", [f"{TOP}/sites/a", f"{TOP}/sites/c"], []),
        (f"{TOP}/sites/a,{TOP}/sites/c", [f"{TOP}/sites/a", f"{TOP}/sites/c"], []),
    ],
)
def test_a_site_address_that_the_separator_may_have_cut_is_not_taken(
    text: str, taken: list[str], named: list[tuple[int, str]]
) -> None:
    reading = read(SITE, text)
    assert short(reading) == (taken, named)
    assert all("quotation marks" in p.rule for p in reading.problems)


def test_how_a_list_was_read_is_told_in_one_line() -> None:
    text = "#TYPE X\nName;Mail\nAnn;ann@x.example\n"
    assert read(MAIL, text.encode("utf-16")).read_as.words == (
        "UTF-16, semicolons, header in row 2, addresses under “Mail”"
    )
    assert read(MAIL, "ann@x.example\nbob@x.example").read_as.words == (
        "one value a line, no header"
    )
    assert read(MAIL, "Größe,ann@x.example".encode("cp1252")).read_as.words == (
        "Windows-1252, commas, no header"
    )
    guessed = read(MAIL, "Ann;annx\nBob;bob@x.example").read_as
    assert guessed.words == "semicolons, header in row 1 (a guess), addresses under “annx”"


def test_a_first_row_wrongly_taken_for_a_header_can_be_called_data_and_the_other_way_round() -> (
    None
):
    text = "Ann;annx\nBob;bob@x.example"
    reading = read(MAIL, text, has_header=False)
    assert short(reading) == (["bob@x.example"], [(1, "Ann")])
    alone = "Wer\nann@x.example"
    assert short(read(MAIL, alone)) == (["ann@x.example"], [(1, "Wer")])
    assert short(read(MAIL, alone, has_header=True)) == (["ann@x.example"], [])


@pytest.mark.parametrize(
    ("product", "text", "said"),
    [
        (MAIL, "Site URL,Owner\nhttps://x.sharepoint.com,Ann", "This is a list of sites"),
        (SITE, "Display Name,User Principal Name\nAnn,ann@x.example", "This is a list of people"),
    ],
)
def test_a_report_of_the_other_kind_is_refused_as_what_it_is(
    product: Product, text: str, said: str
) -> None:
    with pytest.raises(Unreadable, match=said):
        read(product, text)


def test_concealed_rows_among_good_ones_are_named() -> None:
    text = f"Site Id,Site URL\n{GUID},{'0123456789ABCDEF' * 2}\n{GUID},\n"
    reading = read(SITE, text)
    assert short(reading) == ([GUID], [(2, "0123456789ABCDEF" * 2)])
    assert "concealed" in reading.problems[0].rule


def test_rows_with_a_problem_can_be_corrected_in_the_saved_file_and_read_again(
    tmp_path: Path,
) -> None:
    reading = read(MAIL, "Name,Mail\nAnn,ann@x.example\nBob,bob@x\nCyd,\n")
    path = lists.write_problems(tmp_path / "p.csv", "people.csv", reading.problems)
    assert short(read(MAIL, path.read_bytes())) == ([], [(2, "bob@x"), (3, "")])
    corrected: list[RowProblem] = [
        replace(p, value=v)
        for p, v in zip(reading.problems, ("bob@x.example", "cyd@x.example"), strict=True)
    ]
    again = lists.write_problems(tmp_path / "again.csv", "people.csv", corrected)
    assert short(read(MAIL, again.read_bytes())) == (["bob@x.example", "cyd@x.example"], [])
