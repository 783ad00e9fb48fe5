"""The chain of a run's record: every change is named by its line, a torn end is no change, old records still read."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m365backup_tui.domain.errors import Broken
from m365backup_tui.domain.run import Outcome
from m365backup_tui.journal.chain import START, Chain, Verdict, inspect, seal
from m365backup_tui.journal.pieces import parse, pieces
from m365backup_tui.journal.record import Writer
from tests.unit.fakes import ACCOUNT, TENANT, FakeBackup, file_runs, onboarding
from tests.unit.fakes import START as NOW

PLAN = onboarding(FakeBackup())
COUNT = 6


def written(count: int = COUNT, *, before: str = START, begin: int = 0) -> list[bytes]:
    lines: list[bytes] = []
    for n in range(begin, count):
        facts = {"n": n, "at": NOW.isoformat(), "kind": "intend", "write": f"w{n} “é”"}
        raw, before = seal(facts, before)
        lines.append(raw)
    return lines


def earlier(count: int, *, chained: bool = True) -> list[bytes]:
    """As versions before this one wrote: `prev` is the sha256 of the line before, or there is none."""
    lines: list[bytes] = []
    prev = START
    for n in range(count):
        entry = {"n": n, "prev": prev, "at": NOW.isoformat(), "kind": "intend", "write": "w"}
        if not chained:
            del entry["prev"]
        lines.append(json.dumps(entry, separators=(",", ":")).encode())
        prev = hashlib.sha256(lines[-1]).hexdigest()
    return lines


def chain(lines: list[bytes], torn: bytes = b"") -> Chain:
    return inspect(b"".join(line + b"\n" for line in lines) + torn)


def test_what_was_written_is_whole_and_ends_with_the_last_lines_hash() -> None:
    found = chain(written())
    assert (found.verdict, found.count, found.breaks) == (Verdict.WHOLE, COUNT, ())
    assert found.end == json.loads(written()[-1])["hash"]
    assert [line.n for line in found.lines] == list(range(COUNT))


def test_the_hash_can_be_checked_with_nothing_but_sha256() -> None:
    first, second = written(2)
    for line, before in ((first, START), (second, json.loads(first)["hash"])):
        own = json.loads(line)["hash"]
        bare = line.replace(f',"hash":"{own}"'.encode(), b"")
        assert hashlib.sha256(before.encode() + bare).hexdigest() == own


@pytest.mark.parametrize("place", range(COUNT))
def test_a_changed_line_is_named_the_last_one_too(place: int) -> None:
    lines = written()
    lines[place] = lines[place].replace(b'"intend"', b'"Intend"')
    assert chain(lines).breaks == (f"line {place + 1} was changed",)


@pytest.mark.parametrize("place", range(COUNT - 1))
def test_a_removed_line_is_named(place: int) -> None:
    lines = written()
    del lines[place]
    assert chain(lines).breaks == (f"line {place + 1} was removed",)


def test_several_changes_are_all_named() -> None:
    lines = written(12)
    lines[2] = lines[2].replace(b"w2", b"wx")
    lines[9] = b"\x00\xff"
    del lines[4:7]
    assert chain(lines).breaks == (
        "line 3 was changed",
        "lines 5 to 7 were removed",
        "line 7 is unreadable",
    )


def test_an_exchanged_pair_and_a_repeated_line_are_named() -> None:
    lines = written()
    lines[2], lines[3] = lines[3], lines[2]
    assert chain(lines).breaks == ("line 4 is out of order: it was written as line 3",)
    assert chain([*written(), written()[1]]).breaks == ("line 7 repeats line 2",)


def test_a_line_replaced_by_one_with_a_right_hash_does_not_fit_the_next() -> None:
    lines = written()
    facts = {"n": 2, "at": NOW.isoformat(), "kind": "intend", "write": "another"}
    lines[2], _ = seal(facts, json.loads(lines[1])["hash"])
    assert chain(lines).breaks == (
        "line 4 does not follow from line 3: one was changed or replaced",
    )
    own_beginning = written(before="f" * 64)
    assert "line 1 does not follow from the beginning" in chain(own_beginning).breaks[0]


def test_a_field_that_stands_twice_is_a_change() -> None:
    lines = written()
    lines[1] = lines[1].replace(b'"kind":"intend"', b'"kind":"outcome","kind":"intend"')
    assert chain(lines).breaks == ("line 2 was changed",)


@pytest.mark.parametrize("strip", [b'"hash"', b'"prev"'])
def test_a_line_that_lost_its_hashes_is_no_old_line(strip: bytes) -> None:
    lines = written()
    entry = json.loads(lines[-1])
    del entry["hash"]
    if strip == b'"prev"':
        del entry["prev"]
    lines[-1] = json.dumps(entry).encode()
    found = chain(lines)
    assert found.verdict is Verdict.BROKEN
    assert found.breaks == ("line 6 has no hash, although a line before it has",)


def test_a_last_line_torn_at_any_byte_is_torn_and_not_a_change() -> None:
    *lines, last = written()
    for cut in range(1, len(last)):
        found = chain(lines, last[:cut])
        assert (found.verdict, found.torn) == (Verdict.WHOLE, last[:cut])
        assert (found.count, found.good_bytes) == (5, sum(len(line) + 1 for line in lines))
    only_its_end_is_missing = chain(lines, last)
    assert (only_its_end_is_missing.verdict, only_its_end_is_missing.count) == (Verdict.WHOLE, 6)
    assert chain(lines, last.replace(b"w5", b"wx")).breaks == ("line 6 was changed",)


def test_records_without_hashes_say_so_and_a_missing_line_is_still_seen() -> None:
    old = earlier(4, chained=False)
    assert (chain(old).verdict, chain(old).unchained) == (Verdict.UNCHAINED, (1, 2, 3, 4))
    assert chain([*old[:1], *old[2:]]).breaks == ("line 2 was removed",)
    gone_on = [*old, *written(6, before=chain(old).end, begin=4)]
    assert (chain(gone_on).verdict, chain(gone_on).unchained) == (Verdict.UNCHAINED, (1, 2, 3, 4))


def test_records_of_the_version_before_are_whole_once_something_follows_their_last_line() -> None:
    old = earlier(4)
    assert (chain(old).verdict, chain(old).unchained) == (Verdict.UNCHAINED, (4,))
    gone_on = [*old, *written(6, before=chain(old).end, begin=4)]
    assert (chain(gone_on).verdict, chain(gone_on).breaks) == (Verdict.WHOLE, ())
    gone_on[1] = gone_on[1].replace(b'"w"', b'"x"')
    assert chain(gone_on).breaks == (
        "line 3 does not follow from line 2: one was changed or replaced",
    )


@pytest.mark.parametrize("hashes", ["none", "prev"])
def test_a_run_recorded_by_an_earlier_version_is_resumed(tmp_path: Path, hashes: str) -> None:
    runs = file_runs(tmp_path)
    run_id = runs.begin(PLAN, ACCOUNT, NOW)
    runs.intend(run_id, PLAN.writes[0].id, NOW)
    runs.close()
    path = Path(runs.path(run_id))
    prev, old = START, b""
    for line in path.read_bytes().splitlines():
        entry = {k: v for k, v in json.loads(line).items() if k not in ("hash", "prev")}
        raw = json.dumps(entry if hashes == "none" else {**entry, "prev": prev}).encode()
        prev = hashlib.sha256(raw).hexdigest()
        old += raw + b"\n"
    path.write_bytes(old)
    (tmp_path / TENANT / "log.jsonl").unlink()  # those versions noted nothing of a record there
    again = file_runs(tmp_path)
    assert again.reopen(run_id, ACCOUNT, NOW).writes[0].outcome is Outcome.SENDING
    again.close()
    found = inspect(path.read_bytes())
    assert (found.count, found.unchained) == (3, (1, 2) if hashes == "none" else ())
    path.write_bytes(path.read_bytes().replace(PLAN.writes[0].id.encode(), b"another", 1))
    if hashes == "prev":
        with pytest.raises(Broken, match="line 2 does not follow from line 1"):
            again.reopen(run_id, ACCOUNT, NOW)
        assert again.list_runs(TENANT) == ()


@given(st.binary(max_size=200), st.integers(0, COUNT), st.binary(max_size=20))
def test_no_bytes_stop_the_check(junk: bytes, place: int, end: bytes) -> None:
    lines = written()
    found = chain([*lines[:place], junk.replace(b"\n", b""), *lines[place:]], end)
    assert found.verdict is Verdict.BROKEN
    assert len(found.lines) == COUNT
    assert inspect(junk).count <= junk.count(b"\n") + 1


@given(st.data())
def test_any_changed_byte_of_a_record_is_seen(data: st.DataObject) -> None:
    """But for line ends, which are the frame and not the record: one less at the very end is only an end cut off."""
    whole = b"".join(line + b"\n" for line in written())
    place = data.draw(st.integers(0, len(whole) - 2))
    byte = data.draw(st.integers(0, 255).filter(lambda b: b != whole[place]))
    found = inspect(whole[:place] + bytes([byte]) + whole[place + 1 :])
    assert found.verdict is Verdict.BROKEN


def test_deep_nesting_and_huge_numbers_are_unreadable_lines() -> None:
    huge = b'{"n":' + b"9" * 5000 + b"}"
    negative = b'{"n":-1,"kind":"end","at":"2026-11-21T11:45:00+00:00"}'
    assert chain([b"[" * 100_000, huge, negative, b"{}"]).breaks == tuple(
        f"line {n} is unreadable" for n in (1, 2, 3, 4)
    )
    far = json.dumps({"n": 10**15, "kind": "end", "at": NOW.isoformat()}).encode()
    assert chain([far]).breaks == (f"lines 1 to {10**15} were removed",)


def test_half_a_character_in_a_name_can_be_recorded() -> None:
    raw, _ = seal({"n": 0, "at": NOW.isoformat(), "kind": "intend", "write": "\ud83d"}, START)
    assert chain([raw]).lines[0].facts == {"write": "\ud83d"}


def test_lines_from_many_threads_are_one_chain(tmp_path: Path) -> None:
    writer = Writer.create(tmp_path / "record.jsonl")

    def write(n: int) -> None:
        writer.append("intend", NOW, {"write": str(n)})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(64)))
    found = inspect(writer.path.read_bytes())
    assert (found.verdict, found.count) == (Verdict.WHOLE, 64)
    assert {line.facts["write"] for line in found.lines} == {str(n) for n in range(64)}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text(max_size=3), _JSON), st.booleans())
def test_json_in_pieces_is_the_same_text(value: dict[str, Any], ascii_only: bool) -> None:
    whole = json.dumps(value, ensure_ascii=ascii_only, separators=(",", ":"))
    assert "".join(pieces(value, ascii_only=ascii_only)) == whole


def test_a_long_list_is_never_encoded_at_once() -> None:
    unit = {"key": "k", "name": "a name"}
    value = {"writes": [{"units": [unit] * 1234}, {"units": []}, {"units": [unit]}] * 2, "n": 1}
    found = list(pieces(value, ascii_only=False))
    assert "".join(found) == json.dumps(value, separators=(",", ":"))
    assert max(map(len, found)) < 501 * len(json.dumps(unit))


@given(_JSON, st.text(alphabet=' {}[]",:0e-\\u', max_size=3), st.integers(0, 200), st.booleans())
def test_json_read_in_pieces_is_read_or_refused_as_json_does(
    value: Any, junk: str, at: int, spaced: bool
) -> None:
    text = json.dumps(value, indent=1 if spaced else None)
    text = text[:at] + junk + text[at:] if junk else text
    wanted, refused = None, False
    try:
        wanted = json.loads(text)
    except ValueError:
        refused = True
    found, mine = None, False
    with mock.patch("m365backup_tui.journal.pieces._LONG", 0):
        try:
            found = parse(text.encode())
        except ValueError:
            mine = True
    assert (mine, found) == (refused, wanted)
