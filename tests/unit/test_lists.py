"""Lists as admins have them: every row becomes an address or a problem, whatever the file looks like."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from m365backup_tui.domain.catalog import Catalog
from m365backup_tui.domain.errors import Forbidden, Rejected
from m365backup_tui.domain.lists import ListCheck, RowProblem
from m365backup_tui.domain.lists_reading import Unreadable, read
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate
from m365backup_tui.events import CHECKED, Arrived, Broke, Event, Noted
from m365backup_tui.work import lists
from m365backup_tui.work.lists import Asked
from tests.unit.fakes import (
    FakeBackup,
    FakeDirectory,
    candidate,
    file_runs,
    make_tools,
)

MAIL, DRIVE, SITE = Product.EXCHANGE, Product.ONEDRIVE, Product.SHAREPOINT
GUID = "11111111-2222-3333-4444-555555555555"


def addresses(product: Product, data: bytes | str) -> list[str]:
    reading = read(product, data)
    assert reading.problems == ()
    return [r.address for r in reading.rows]


def rules(product: Product, data: bytes | str) -> list[tuple[int, str, str, str]]:
    return [(p.row, p.column, p.value, p.rule) for p in read(product, data).problems]


plain = some.from_regex(r"[a-z]{1,8}[0-9]{1,3}@[a-z]{1,8}\.example", fullmatch=True)


@settings(max_examples=60, deadline=None)
@given(
    people=some.lists(plain, min_size=1, max_size=8, unique=True),
    separator=some.sampled_from(",;\t|"),
    encoding=some.sampled_from(
        ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
    ),
    quoting=some.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    newline=some.sampled_from(["\n", "\r\n"]),
    typed=some.booleans(),
    at=some.integers(0, 2),
)
def test_any_way_of_saving_the_same_list_gives_the_same_addresses(
    people: list[str],
    separator: str,
    encoding: str,
    quoting: Literal[0, 1],
    newline: str,
    typed: bool,
    at: int,
) -> None:
    out = io.StringIO()
    if typed:
        out.write("#TYPE Selected.System.Object" + newline)
    writer = csv.writer(out, delimiter=separator, quoting=quoting, lineterminator=newline)
    for address in ["UserPrincipalName", *people]:
        cells = ["Größe" if address == "UserPrincipalName" else "Müller, Ann", "x"]
        cells.insert(at, address)
        writer.writerow(cells)
    reading = read(MAIL, out.getvalue().encode(encoding))
    assert reading.problems == ()
    assert [r.address for r in reading.rows] == people
    assert [r.row for r in reading.rows] == [n + 2 + typed for n in range(len(people))]
    assert {r.column for r in reading.rows} == {"UserPrincipalName"}
    assert reading.total == len(people)


@settings(max_examples=80, deadline=None)
@given(data=some.binary(max_size=200), product=some.sampled_from(Product))
def test_no_bytes_crash_the_reader(data: bytes, product: Product) -> None:
    try:
        reading = read(product, data)
    except Unreadable:
        return  # the only way to refuse
    assert len(reading.rows) + len(reading.problems) >= reading.total


MAILBOX_REPORT = (
    "\ufeffReport Refresh Date,User Principal Name,Display Name,Is Deleted,Storage Used (Byte)\r\n"
    "2026-11-01,ann@x.example,Ann,False,10\r\n"
    "2026-11-01,bob@x.example,Bob,True,10\r\n"
)


def test_the_mailbox_report_is_read_by_column_name() -> None:
    reading = read(MAIL, MAILBOX_REPORT)
    assert [(r.row, r.address) for r in reading.rows] == [(2, "ann@x.example")]
    assert [(p.row, p.value) for p in reading.problems] == [(3, "bob@x.example")]
    assert "deleted" in reading.problems[0].rule


def test_the_onedrive_report_gives_the_owner() -> None:
    text = (
        "Site Id,Site URL,Owner Display Name,Owner Principal Name\n"
        f"{GUID},https://x-my.sharepoint.com/personal/ann,Ann,ann@x.example\n"
    )
    assert addresses(DRIVE, text) == ["ann@x.example"]


def test_the_site_report_falls_back_to_the_site_id_where_the_url_is_empty() -> None:
    text = (
        "Report Refresh Date,Site Id,Site URL,Owner Principal Name\n"
        f"2026-11-01,{GUID},https://x.sharepoint.com/sites/a,ann@x.example\n"
        f"2026-11-01,{GUID},,ann@x.example\n"
    )
    reading = read(SITE, text)
    assert [(r.column, r.address) for r in reading.rows] == [
        ("Site URL", "https://x.sharepoint.com/sites/a"),
        ("Site Id", GUID),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "ann@x.example\nbob@x.example",
        "ann@x.example; bob@x.example",
        "\n\n  ann@x.example  \n\nbob@x.example\n\n",
        "Ann Lee <ann@x.example>; Bob <bob@x.example>",
        "mailto:ann@x.example\nSMTP:bob@x.example",
        "sep=;\nName;E-Mail\nAnn;ann@x.example\nBob;bob@x.example\n",
        "Wer;Wo\nAnn;ann@x.example\nBob;bob@x.example\n",
        "Ann;ann@x.example;Berlin\nBob;bob@x.example;Rom\n",
    ],
)
def test_plain_and_pasted_lists(text: str) -> None:
    assert addresses(MAIL, text) == ["ann@x.example", "bob@x.example"]


def test_plain_site_lists_take_addresses_and_ids() -> None:
    composite = f"x.sharepoint.com,{GUID},{GUID}"
    text = f"https://x.sharepoint.com/sites/a\n{GUID}\n{composite}\n"
    assert addresses(SITE, text) == ["https://x.sharepoint.com/sites/a", GUID, composite]


def test_every_problem_names_row_column_value_and_rule() -> None:
    text = "Name,Mail\nAnn,ann@x.example\nBob,bob\nCyd,\nDan,https://x.example/dan\nAnn,ANN@x.example\n"
    found = rules(MAIL, text)
    assert [f[:3] for f in found] == [
        (3, "Mail", "bob"),
        (4, "Mail", ""),
        (5, "Mail", "https://x.example/dan"),
        (6, "Mail", "ANN@x.example"),
    ]
    assert "name@example.com" in found[0][3]
    assert "web address" in found[2][3]
    assert "row 2" in found[3][3]


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("ann@x.example", "mail address"),
        ("http://x.sharepoint.com/sites/a", "https://"),
        ("/sites/a", "write all of it"),
        ("https://x-my.sharepoint.com/personal/ann_x", "OneDrive policy"),
    ],
)
def test_site_lists_say_what_is_no_site(value: str, rule: str) -> None:
    ((row, _, said, why),) = rules(SITE, f"https://x.sharepoint.com/sites/ok\n{value}\n")
    assert (row, said) == (2, value)
    assert rule in why


def test_rows_are_counted_as_the_file_counts_them() -> None:
    text = 'Mail,Note\nann@x.example,"two\nlines"\nbob,x\n'
    assert rules(MAIL, text)[0][0] == 4


CONCEALED = "0123456789ABCDEF0123456789ABCDEF"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "nothing in the list"),
        (b"\n \n", "nothing in the list"),
        (b"User Principal Name\n", "nothing below"),
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"Site URL,Owner\nhttps://x.sharepoint.com/sites/a,Ann\n", "none of them has the mailbox"),
        (b"Colour,Shape\nred,round\n", "none of them has the mailbox"),
        (f"User Principal Name\n{CONCEALED}\n".encode(), "Settings > Org settings"),
        (b'Mail,Note\nann@x.example,"open\n' + b"b@x.example,y\n" * 9, "not closed"),
    ],
)
def test_a_list_that_cannot_be_used_says_why(data: bytes, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        read(MAIL, data)


def test_a_list_longer_than_a_policy_may_be_is_refused() -> None:
    text = "\n".join(f"u{n}@x.example" for n in range(100_001))
    with pytest.raises(Unreadable, match="100,000 at most"):
        read(MAIL, text)
    assert len(read(MAIL, text.rpartition("\n")[0]).rows) == 100_000


def test_fifty_thousand_rows_are_read_in_time() -> None:
    text = "Mail;Name\n" + "".join(f"user{n}@x.example;User {n}\n" for n in range(50_000))
    began = time.process_time()  # not the clock: the machine may be busy
    assert len(read(MAIL, text.encode("utf-16")).rows) == 50_000
    assert time.process_time() - began < 3.0


# --- with the directory ---------------------------------------------------------------------------------------

ANN = candidate(MAIL, "ann", kind="alias ann.lee@example.com")
ROOM = candidate(MAIL, "room", unsupported="Room mailboxes cannot be protected.")
BOB, CYD = candidate(MAIL, "bob"), candidate(MAIL, "cyd")


async def check(tmp_path: Path, text: str, backup: FakeBackup | None = None) -> list[Event]:
    directory = FakeDirectory((ANN, ROOM, BOB, CYD))
    tools = make_tools(file_runs(tmp_path), backup, directory)
    return [e async for e in lists.check_text(tools, Asked(MAIL), text)]


def checked(events: list[Event]) -> ListCheck:
    last = events[-1]
    assert isinstance(last, Arrived)
    assert isinstance(last.value, ListCheck)
    return last.value


async def test_every_address_is_looked_up_and_what_cannot_be_added_is_named(tmp_path: Path) -> None:
    backup = FakeBackup()
    backup.have(MAIL, "Board", ["CYD"])
    text = "\n".join(f"{n}@example.com" for n in ("bob", "ann", "nobody", "room", "cyd", "ann.lee"))
    result = checked(await check(tmp_path, text, backup))
    assert result.good == (BOB, ANN)
    assert (result.rows, result.source) == (6, "pasted text")
    assert [(p.row, p.value) for p in result.problems] == [
        (3, "nobody@example.com"),
        (4, "room@example.com"),
        (5, "cyd@example.com"),
        (6, "ann.lee@example.com"),
    ]
    said = [p.rule for p in result.problems]
    assert "No mailbox has this address" in said[0]
    assert said[1] == ROOM.unsupported
    assert "“Board” protects it already" in said[2]
    assert "Same mailbox as in row 2" in said[3]


async def test_long_lists_are_looked_up_in_pieces_with_progress(tmp_path: Path) -> None:
    people = tuple(candidate(MAIL, f"p{n}") for n in range(900))
    directory = FakeDirectory(people)
    tools = make_tools(file_runs(tmp_path), None, directory)
    text = "\n".join(p.address for p in people)
    events = [e async for e in lists.check_text(tools, Asked(MAIL), text)]
    assert checked(events).good == people
    assert [e.note for e in events if isinstance(e, Noted)] == [
        f"Looking up {n} of 900 mailboxes" for n in (0, 400, 800)
    ]


class Counting(FakeDirectory):
    """Counts what is looked up one by one."""

    looked_up = 0

    async def resolve(
        self, product: Product, addresses: Sequence[str]
    ) -> tuple[tuple[Candidate, ...], tuple[str, ...]]:
        self.looked_up += len(addresses)
        return await super().resolve(product, addresses)


async def test_a_long_list_is_compared_with_all_there_is_and_not_looked_up_row_by_row(
    tmp_path: Path,
) -> None:
    people = tuple(candidate(MAIL, f"p{n}") for n in range(3000))
    directory = Counting(people)
    tools = make_tools(file_runs(tmp_path), None, directory)
    text = "\n".join([*(p.address.upper() for p in people), "nobody@example.com"])
    events = [e async for e in lists.check_text(tools, Asked(MAIL), text)]
    assert checked(events).good == people
    assert [p.row for p in checked(events).problems] == [3001]
    assert directory.looked_up == 1  # what is in no list may be an alias


async def test_with_too_many_unknown_rows_none_is_looked_up_and_each_says_so(
    tmp_path: Path,
) -> None:
    people = tuple(candidate(MAIL, f"p{n}") for n in range(10))
    directory = Counting(people)
    tools = make_tools(file_runs(tmp_path), None, directory)
    text = "\n".join([*(f"x{n}@example.com" for n in range(1001)), people[0].address])
    events = [e async for e in lists.check_text(tools, Asked(MAIL, known=people), text)]
    assert checked(events).good == people[:1]
    assert len(checked(events).problems) == 1001
    assert "Not among the 10 mailboxes there are" in checked(events).problems[0].rule
    assert directory.looked_up == 0


async def test_a_site_is_found_by_url_key_and_collection_id_in_what_is_known(
    tmp_path: Path,
) -> None:
    key = f"contoso.sharepoint.com,{GUID},99999999-2222-3333-4444-555555555555"
    site = replace(candidate(SITE, key), address="https://contoso.sharepoint.com/sites/a")
    tools = make_tools(file_runs(tmp_path), None, Counting(()))
    for text, known in product(
        (f"{site.address}/", key.upper(), GUID.upper()), ((site,), Catalog.of((site,)))
    ):
        events = [e async for e in lists.check_text(tools, Asked(SITE, known=known), text)]
        assert checked(events).good == (site,)


async def test_a_refusal_of_the_directory_arrives_as_it_is(tmp_path: Path) -> None:
    tools = make_tools(
        file_runs(tmp_path), None, FakeDirectory(error=Forbidden("Your role is missing."))
    )
    events = [e async for e in lists.check_text(tools, Asked(MAIL), "a@x.example")]
    assert events[-1] == Broke(CHECKED, Forbidden("Your role is missing."))


async def test_files_are_checked_and_their_problems_name_them(tmp_path: Path) -> None:
    tools = make_tools(file_runs(tmp_path), None, FakeDirectory((ANN,)))
    good = tmp_path / "people.csv"
    good.write_text("Mail\nann@example.com\n")
    events = [e async for e in lists.check_file(tools, Asked(MAIL), good)]
    assert checked(events).source == "people.csv"
    for path, said in (
        (tmp_path / "none.csv", "does not exist"),
        (tmp_path, "is a folder"),
        (Path("~no-such-person-here/x.csv"), "cannot be read|does not exist"),
    ):
        events = [e async for e in lists.check_file(tools, Asked(MAIL), path)]
        last = events[-1]
        assert isinstance(last, Broke)
        assert isinstance(last.error, Rejected)
        assert str(path) in last.error.what
        assert any(word in last.error.what for word in said.split("|"))
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    last = [e async for e in lists.check_file(tools, Asked(MAIL), empty)][-1]
    assert isinstance(last, Broke)
    assert last.error.what == "empty.csv: There is nothing in the list."


PROBLEMS = (
    RowProblem(3, "User", "nobody@contoso.com", "Nobody has this address: correct it."),
    RowProblem(4, "User", "=cmd()", "This is not an address."),
)


def test_problem_rows_are_written_beside_older_files_and_cannot_run_as_formulas(
    tmp_path: Path,
) -> None:
    path = tmp_path / "problems.csv"
    assert lists.write_problems(path, "people.csv", PROBLEMS) == path
    assert (path.stat().st_mode & 0o777) == 0o600
    second = lists.write_problems(path, "people.csv", PROBLEMS)
    assert second == tmp_path / "problems-2.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["file", "row", "column", "value", "problem"]
    assert rows[1][:4] == ["people.csv", "3", "User", "nobody@contoso.com"]
    assert rows[2][3] == "'=cmd()"


async def test_where_the_problem_rows_went_is_told_and_so_is_a_folder_that_is_not_there(
    tmp_path: Path,
) -> None:
    check = ListCheck(Product.EXCHANGE, "list.csv", 2, (), PROBLEMS)
    tools = make_tools(file_runs(tmp_path))
    events = [event async for event in lists.keep_problems(tools, check, tmp_path)]
    path = tmp_path / "m365backup-exchange-problems.csv"
    assert isinstance(events[-1], Arrived)
    assert events[-1].value == str(path)
    missing = tmp_path / "missing"
    events = [event async for event in lists.keep_problems(tools, check, missing)]
    assert isinstance(events[-1], Broke)
    assert str(missing) in events[-1].error.what
