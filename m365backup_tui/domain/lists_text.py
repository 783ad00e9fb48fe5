"""From the bytes of an admin's list to its records: encodings, separators, line numbers.

Seen in the wild (usage-reports.md): UTF-8 with a byte order mark, UTF-16 and Windows-1252 from Excel, semicolons,
tabs and pipes, `#TYPE` from Windows PowerShell's Export-Csv, `sep=;` from Excel, plain lines without any header.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEPARATORS = ",;\t|"
_SAMPLE = 50  # lines that the separator is judged by
_ENDS_OF_LINE = "\r\n"
_LONGEST_VALUE = 5  # line breaks inside one value; more are a quotation mark that was never closed
_NO_TEXT = "This is no text file: save the list as CSV UTF-8."
_FIELD = 10_000_000  # characters in one value; the csv module's own limit is lower than a long note
_GUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_KEY = re.compile(  # an address, a web address, a site id or a concealed name, alone in its value
    rf"[^@\s,;|<>]+@[^@\s,;|<>]+|[^@;|<>]*<[^@\s<>]+@[^@\s<>]+>|https?://[^\s|<>]+|([\w.\-]+,{_GUID},)?{_GUID}"
    r"|[0-9A-F]{32}",
    re.IGNORECASE,
)
_SWALLOWED = re.compile(rf"@|https?://|{_GUID}", re.IGNORECASE)


class Unreadable(ValueError):
    """The whole list cannot be used; the message is a sentence for the person."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record: `row` is the line of the file that it begins at (1 = first), `last` the line that it ends at.

    `torn`: a quotation mark seems to have taken following rows into a value of this one.
    """

    row: int
    cells: tuple[str, ...]
    last: int
    torn: bool = False
    raw: str = ""  # as it stands in the file

    @property
    def blank(self) -> bool:
        return not any(self.cells)


@dataclass(frozen=True, slots=True)
class Records:
    """`separator` is "" where no line has more than one value."""

    found: tuple[Record, ...]
    separator: str


def decode(data: bytes) -> str:
    """The text. Raises Unreadable for what is no text."""
    return decode_told(data)[0]


def decode_told(data: bytes) -> tuple[str, str]:
    """The text, and the encoding's name as people know it. Raises Unreadable for what is no text."""
    if data.startswith(b"PK\x03\x04") or data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable("This is an Excel workbook: save it as CSV UTF-8, then choose that file.")
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            name = "UTF-8" if mark is codecs.BOM_UTF8 else "UTF-16"
            return _decoded(data, encoding), name
    head = data[:400]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if (even + odd) * 4 > len(
        head
    ):  # UTF-16 without a mark: every second byte of Latin text is zero
        return _decoded(data, "utf-16-le" if odd > even else "utf-16-be"), "UTF-16"
    try:
        return _text(data.decode("utf-8")), "UTF-8"
    except UnicodeDecodeError:
        # Five bytes have no character there; replaced, they make a value that is reported as not readable.
        return _text(data.decode("cp1252", errors="replace")), "Windows-1252"


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return _text(data.decode(encoding))
    except UnicodeDecodeError as error:
        raise Unreadable(_NO_TEXT) from error


def _text(decoded: str) -> str:
    if "\0" in decoded:
        raise Unreadable(_NO_TEXT)
    return decoded


def records(text: str) -> Records:
    """All records with something in them, values stripped. Raises Unreadable."""
    # Lines as the csv module counts them: str.splitlines would also break at a form feed or U+2028.
    lines = io.StringIO(text.removeprefix("\ufeff"), newline="").readlines()
    skipped = 0
    separator = ""
    while skipped < len(lines):
        line = lines[skipped].rstrip(_ENDS_OF_LINE)
        if line[:4].lower() == "sep=" and len(line) == 5 and line[4] in _SEPARATORS:
            separator = line[4]
        elif line.strip() and not line.upper().startswith("#TYPE "):
            break
        skipped += 1
    csv.field_size_limit(_FIELD)
    separator = separator or _separator(lines[skipped : skipped + _SAMPLE])
    found = tuple(r for r in _parse(lines, separator, skipped) if not r.blank)
    if not found:
        raise Unreadable("There is nothing in the list.")
    return Records(found, separator if any(len(r.cells) > 1 for r in found) else "")


def _separator(sample: Sequence[str]) -> str:
    """The separator that lets most lines show an address; among equals, the one that cuts all lines into as many
    values, then the one that the first line has most of.

    Counting alone errs: in `Lee, Ann;ann@x.com` the comma is as frequent as the semicolon.
    """
    if not sample:
        return _SEPARATORS[0]
    first = "".join(sample[0].split('"')[::2])  # outside quotation marks

    def score(separator: str) -> tuple[int, bool, int]:
        try:
            rows = list(csv.reader(sample, delimiter=separator))
        except csv.Error:  # told with its row when the list is read with the separator chosen
            return 0, False, 0
        shown = sum(any(_KEY.fullmatch(cell.strip()) for cell in row) for row in rows)
        lengths = {len(row) for row in rows if row}
        return shown, len(lengths) == 1 and lengths != {1}, first.count(separator)

    return max(_SEPARATORS, key=score)


def _parse(lines: Sequence[str], separator: str, skipped: int) -> Iterator[Record]:
    reader = csv.reader(lines[skipped:], delimiter=separator)
    at = skipped
    while True:
        row = at + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Unreadable(f"Row {row} cannot be read as CSV: {error}.") from error
        at = skipped + reader.line_num
        raw = lines[row - 1] if at == row else "".join(lines[row - 1 : at])
        open_end = (
            at == row and raw.count('"') % 2 == 1
        )  # only the last line can end inside a value
        torn = (at > row or open_end) and _torn(lines[row - 1 : at], separator, row)
        yield Record(row, tuple(cell.strip() for cell in cells), at, torn, raw)


def _torn(lines: Sequence[str], separator: str, row: int) -> bool:
    """Whether values with line breaks hold other rows. Raises Unreadable when they hold too many lines."""
    cells = next(csv.reader(lines, delimiter=separator))
    long = [cell.splitlines(keepends=True) for cell in cells if "\n" in cell or "\r" in cell]
    if any(len(parts) - 1 > _LONGEST_VALUE for parts in long):
        raise Unreadable(
            f"In row {row} a quotation mark opens and is not closed: everything after it would be lost."
        )
    try:
        next(csv.reader(lines, delimiter=separator, strict=True))
    except csv.Error:  # a quotation mark inside a value, or none at its end
        return True
    return any(separator in line and _SWALLOWED.search(line) for parts in long for line in parts)
