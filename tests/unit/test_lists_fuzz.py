"""No row of a list is lost, however badly it was written: 10,000 lists at night, fewer in the ordinary suite.

M365BACKUP_TUI_EXAMPLES=10000 pytest -n 0 tests/unit/test_lists_fuzz.py
"""

from __future__ import annotations

import csv
import io
import os
import re
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from m365backup_tui.domain.lists_reading import Reading, Unreadable, read
from m365backup_tui.domain.products import Product

EXAMPLES = int(os.environ.get("M365BACKUP_TUI_EXAMPLES", "300"))
pytestmark = pytest.mark.timeout(60 + EXAMPLES // 5)  # seconds
SLOW = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
HEADERS = {
    Product.EXCHANGE: ["UserPrincipalName", "Mail", "Wer", ""],
    Product.ONEDRIVE: ["Owner Principal Name", "value", ""],
    Product.SHAREPOINT: ["Site URL", "URL", "Wo", ""],
}
# Letters and everything that means something to a reader of CSV, but no @ and no /: only the addresses are addresses.
noise = some.text("ab 1\"';,\t|\n\r\x0b\u2028\x85é=#.", max_size=12)


@dataclass(frozen=True)
class Written:
    """A list as text, and its addresses with the lines that they stand in (1 = first)."""

    text: str
    at: dict[str, int]


def line_of(text: str, position: int) -> int:
    return len(re.findall(r"\r\n|\r|\n", text[:position])) + 1


@some.composite
def lists(draw: some.DrawFn, product: Product) -> Written:
    separator = draw(some.sampled_from(",;\t|"))
    header = draw(some.sampled_from(HEADERS[product]))
    width, newline = draw(some.integers(1, 4)), draw(some.sampled_from(["\n", "\r\n", "\r"]))
    column = draw(some.integers(0, width - 1))
    quoted = draw(
        some.booleans()
    )  # by the csv module; otherwise as somebody's script would join values
    out = io.StringIO(newline="")
    out.write(draw(some.sampled_from(["", "#TYPE System.Object" + newline, "\n\n"])))
    if header:
        names = [f"Column {n}" for n in "abcd"[:width]]
        names[column] = header
        out.write(separator.join(names) + newline)
    addresses = []
    for number in range(draw(some.integers(1, 12))):
        address = f"u{number}q@x.example"
        if product is Product.SHAREPOINT:
            comma = draw(some.sampled_from(["", "", ",b", ";b", ", b"]))  # a name may hold one
            address = f"https://x.sharepoint.com/sites/u{number}q{comma}"
        cells = draw(some.lists(noise, min_size=width, max_size=width))
        if {",", ";"} & set(address):
            # A line break or a quotation mark elsewhere could give the row its right length back.
            cells = [re.sub(r"[\r\n\"]", "", cell) for cell in cells]
        cells[column] = address
        addresses.append(address)
        if quoted:
            csv.writer(out, delimiter=separator, lineterminator=newline).writerow(cells)
        else:
            out.write(separator.join(cells) + newline)
    text = out.getvalue()
    return Written(text, {a: line_of(text, text.index(a)) for a in addresses})


def _bare(value: str) -> str:
    """Without what separates: a problem shows the values of a row side by side."""
    return re.sub(r"[,;|\s]", "", value)


def looks_like_a_table(reading: Reading) -> bool:
    """Every row has its address, and there is more than one: nothing says that a separator has cut one of them."""
    return reading.total > 1 and not any("Whether the address" in p.rule for p in reading.problems)


@SLOW
@given(
    data=some.data(),
    product=some.sampled_from(Product),
    encoding=some.sampled_from(ENCODINGS),
    has_header=some.sampled_from([None, None, False]),
)
def test_every_row_is_taken_or_named_in_a_problem(
    data: some.DataObject, product: Product, encoding: str, has_header: bool | None
) -> None:
    written = data.draw(lists(product))
    try:
        reading = read(product, written.text.encode(encoding, errors="replace"), has_header)
    except Unreadable:
        return  # the only way to refuse a list: all of it, with a sentence
    taken = {r.address for r in reading.rows}
    named = {p.row for p in reading.problems}
    # "https://host/sites/a,b" in each row of a list without a header is an address and a second value to anybody.
    cut = {a.partition(reading.read_as.separator or ",")[0].strip() for a in written.at}
    excused = set() if reading.read_as.header else cut & taken
    for address, line in written.at.items():
        told = (
            address in taken
            or line in named
            or any(_bare(address) in _bare(p.value) for p in reading.problems)
            or any(address.startswith(one) and looks_like_a_table(reading) for one in excused)
        )
        assert told, (address, line, reading)
    assert taken <= set(written.at) | excused, "an address that nobody wrote"
    assert all(p.rule.endswith(".") and p.row > 0 for p in reading.problems)


@SLOW
@given(data=some.binary(max_size=300), product=some.sampled_from(Product))
def test_any_bytes_are_read_or_refused(data: bytes, product: Product) -> None:
    try:
        reading = read(product, data)
    except Unreadable:
        return
    rows = {r.row for r in reading.rows} | {p.row for p in reading.problems}
    assert len(rows) == reading.total


@SLOW
@given(
    text=some.text(max_size=200),
    product=some.sampled_from(Product),
    has_header=some.sampled_from([None, True, False]),
)
def test_any_pasted_text_is_read_or_refused(
    text: str, product: Product, has_header: bool | None
) -> None:
    try:
        reading = read(product, text, has_header)
    except Unreadable:
        return
    rows = {r.row for r in reading.rows} | {p.row for p in reading.problems}
    assert len(rows) == reading.total
