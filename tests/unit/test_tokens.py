"""The encrypted token file: private, whole or nothing, in a folder that is ours alone."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m365backup_tui.cloud.sealing import MAGIC, Entries
from m365backup_tui.cloud.tokens import (
    UnsafeFolderError,
    merge,
    safe_folder,
)
from tests.unit.token_making import HELD, token_file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "signin"


def test_what_was_written_is_read_back(folder: Path) -> None:
    token_file(folder).update({}, HELD)
    loaded = token_file(folder).load()
    assert loaded.entries == HELD
    assert loaded.put_aside == ""


def test_no_file_is_an_empty_cache(folder: Path) -> None:
    assert token_file(folder).load().entries == {}


def test_access_tokens_stay_in_memory(folder: Path) -> None:
    token_file(folder).update(
        {}, {**HELD, "AccessToken": {"at": {"secret": "canary-access-token"}}}
    )
    assert token_file(folder).load().entries == HELD


def test_the_file_is_private_and_sealed(folder: Path) -> None:
    token_file(folder).update({}, HELD)
    path = folder / "tokens.bin"
    blob = path.read_bytes()
    assert blob.startswith(MAGIC)
    assert b"canary" not in blob
    assert b"RefreshToken" not in blob
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {p.name for p in folder.iterdir()} == {"tokens.bin", "tokens.lock"}


def test_deleting_takes_what_was_put_aside_or_left_half_written_with_it(folder: Path) -> None:
    file = token_file(folder)
    file.update({}, HELD)
    token_file(folder, key=bytes(32)).load()
    file.update({}, HELD)
    (folder / ".tokens.bin-a1b2c3").write_bytes(b"a process was killed here")
    file.delete()
    assert [path.name for path in folder.iterdir()] == ["tokens.lock"]


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="modes are a thing of POSIX")
def test_missing_folders_above_are_made_private_too(tmp_path: Path) -> None:
    safe_folder(tmp_path / "state" / "practice" / "signin")
    made = [tmp_path / "state", *(tmp_path / "state").rglob("*")]
    assert [stat.S_IMODE(one.stat().st_mode) for one in made] == [0o700] * 3


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="modes are a thing of POSIX")
def test_a_folder_that_others_can_open_is_refused(folder: Path) -> None:
    folder.mkdir(mode=0o755)
    folder.chmod(0o750)
    with pytest.raises(UnsafeFolderError, match="Others may open"):
        token_file(folder).load()


def test_a_folder_that_is_a_link_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnsafeFolderError, match="link"):
        token_file(folder).update({}, HELD)


def test_deleting_says_when_something_cannot_be_deleted(folder: Path) -> None:
    token_file(folder).update({}, HELD)
    (folder / "tokens.bin.bad-1").mkdir()
    (folder / "tokens.bin.bad-1" / "not ours").touch()
    with pytest.raises(OSError, match="not empty"):
        token_file(folder).delete()
    assert not (folder / "tokens.bin").exists(), "the file itself went first"


def test_a_cache_far_larger_than_usual_is_kept(folder: Path) -> None:
    large: Entries = {"RefreshToken": {str(n): {"secret": "x" * 2000} for n in range(200)}}
    token_file(folder).update({}, large)
    assert (folder / "tokens.bin").stat().st_size > 400_000
    assert token_file(folder).load().entries == large


_entries = st.dictionaries(
    st.sampled_from(["RefreshToken", "Account"]),
    st.dictionaries(st.sampled_from("abcd"), st.integers(0, 2), max_size=4),
    max_size=2,
)


def _flat(entries: Entries) -> dict[tuple[str, str], object]:
    return {(kind, key): value for kind, held in entries.items() for key, value in held.items()}


@given(_entries, _entries, _entries)
def test_merging_applies_our_changes_and_only_them(
    base: Entries, ours: Entries, theirs: Entries
) -> None:
    before = json.dumps([base, ours, theirs])
    flat_base, flat_ours, flat_theirs = _flat(base), _flat(ours), _flat(theirs)
    result = _flat(merge(base, ours, theirs))
    for key in flat_base.keys() | flat_ours.keys() | flat_theirs.keys():
        changed = flat_base.get(key) != flat_ours.get(key)
        assert result.get(key) == (flat_ours if changed else flat_theirs).get(key)
    assert json.dumps([base, ours, theirs]) == before
