"""Letters that a stream has not: the twin of ours, an escape for others; JSON and files stay what they are."""

from __future__ import annotations

import io
import json
import sys

import pytest

from m365backup_tui import streams


def made(encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n")


def told(
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    encoding: str,
    *,
    json: bool = False,
    file: bool = False,
) -> bytes:
    out, err = made(encoding), made(encoding)
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    streams.speak({}, as_json=json, as_file=file)
    for stream in (out, err):
        stream.write(text)
        stream.flush()
    assert isinstance(out.buffer, io.BytesIO)
    return out.buffer.getvalue()


def test_quotation_marks_and_dashes_have_twins(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (
        told(monkeypatch, "“Finance” – ‘A’ → 3 × 2…", "ascii") == b"\"Finance\" - 'A' -> 3 x 2..."
    )


def test_other_letters_are_escaped_and_those_that_exist_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert told(monkeypatch, "Zürich 東", "ascii") == b"Z\\xfcrich \\u6771"
    assert told(monkeypatch, "“Zürich” 東", "latin-1") == b'"Z\xfcrich" \\u6771'
    assert told(monkeypatch, "“Zürich” 東", "utf-8") == "“Zürich” 東".encode()


def test_a_name_that_is_no_text_can_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, "file\udcff", "utf-8") == b"file\\udcff"


def test_json_is_ascii_where_the_stream_is_not_utf_8(monkeypatch: pytest.MonkeyPatch) -> None:
    text = json.dumps({"name": "Zürich"})
    assert json.loads(told(monkeypatch, text, "latin-1", json=True)) == {"name": "Zürich"}


def test_a_file_is_utf_8(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, "“Zürich”", "ascii", file=True) == "“Zürich”".encode()
