"""From the bytes of an admin's list to its records: encodings, separators, headers, line numbers.

Seen in the wild (usage-reports.md): UTF-8 with a byte order mark, UTF-16 and Windows-1252 from Excel, semicolons and
tabs, `#TYPE` from Windows PowerShell's Export-Csv, `sep=;` from Excel, plain lines without any header.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEPARATORS = ",;\t"
_LONGEST_VALUE = 5  # line breaks inside one value; more are a quotation mark that was never closed


class Unreadable(ValueError):
    """The whole list cannot be used; the message is a sentence for the person."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record: `row` is the line of the file that it begins at (1 = first)."""

    row: int
    cells: tuple[str, ...]

    @property
    def blank(self) -> bool:
        return not any(self.cells)


def decode(data: bytes) -> str:
    """The text. Raises Unreadable for what is no text."""
    if data.startswith(b"PK\x03\x04") or data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable("This is an Excel workbook: save it as CSV UTF-8, then choose that file.")
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _decoded(data, encoding)
    head = data[:400]
    if b"\0" in head:  # UTF-16 without a mark: every second byte of Latin text is zero
        return _decoded(data, "utf-16-le" if head[1:2] == b"\0" else "utf-16-be")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        # Five bytes have no character there; replaced, they end up in a value that is reported as not found.
        return data.decode("cp1252", errors="replace")


def _decoded(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable("This is no text file: save the list as CSV UTF-8.") from error
    if "\0" in text:
        raise Unreadable("This is no text file: save the list as CSV UTF-8.")
    return text


def records(text: str) -> list[Record]:
    """All records with something in them, values stripped. Raises Unreadable."""
    lines = text.removeprefix("\ufeff").splitlines(keepends=True)
    skipped = 0
    separator = ""
    while skipped < len(lines):
        line = lines[skipped].strip()
        if line.lower().startswith("sep=") and len(line) == 5:
            separator = line[4]
        elif line and not line.upper().startswith("#TYPE"):
            break
        skipped += 1
    if skipped == len(lines):
        raise Unreadable("There is nothing in the list.")
    separator = separator or _separator(lines[skipped])
    found = [r for r in _parse(lines[skipped:], separator, skipped) if not r.blank]
    if not found:
        raise Unreadable("There is nothing in the list.")
    return found


def _separator(line: str) -> str:
    """The separator that the first line has most of, outside quotation marks; a comma when it has none."""
    outside = "".join(line.split('"')[::2])
    return max(_SEPARATORS, key=outside.count)


def _parse(lines: list[str], separator: str, skipped: int) -> Iterator[Record]:
    csv.field_size_limit(10_000_000)
    reader = csv.reader(io.StringIO("".join(lines), newline=""), delimiter=separator)
    at = 0
    while True:
        row = skipped + at + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Unreadable(f"Row {row} cannot be read as CSV: {error}.") from error
        at = reader.line_num
        if any(cell.count("\n") > _LONGEST_VALUE for cell in cells):
            raise Unreadable(
                f"In row {row} a quotation mark opens and is not closed: everything after it would be lost."
            )
        yield Record(row, tuple(cell.strip() for cell in cells))
