"""The encrypted token file: whole or nothing, private, shared by processes without losses."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m365backup_tui.cloud.tokens import (
    MAGIC,
    Entries,
    TokenFile,
    UnsafeFolderError,
    merge,
    safe_folder,
)

KEY = bytes(range(32))
HELD: Entries = {"RefreshToken": {"rt-1": {"secret": "canary-refresh-token"}}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "signin"


def _file(folder: Path, key: bytes = KEY, profile: str = "p", client: str = "c") -> TokenFile:
    return TokenFile(folder / "tokens.bin", key, profile, client)


def test_what_was_written_is_read_back(folder: Path) -> None:
    _file(folder).update({}, HELD)
    loaded = _file(folder).load()
    assert loaded.entries == HELD
    assert loaded.put_aside == ""


def test_no_file_is_an_empty_cache(folder: Path) -> None:
    assert _file(folder).load().entries == {}


def test_access_tokens_stay_in_memory(folder: Path) -> None:
    _file(folder).update({}, {**HELD, "AccessToken": {"at": {"secret": "canary-access-token"}}})
    assert _file(folder).load().entries == HELD


def test_the_file_is_private_and_sealed(folder: Path) -> None:
    _file(folder).update({}, HELD)
    path = folder / "tokens.bin"
    blob = path.read_bytes()
    assert blob.startswith(MAGIC)
    assert b"canary" not in blob
    assert b"RefreshToken" not in blob
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {p.name for p in folder.iterdir()} == {"tokens.bin", "tokens.lock"}


def test_equal_contents_never_look_equal(folder: Path) -> None:
    file = _file(folder)
    file.update({}, HELD)
    first = file.path.read_bytes()
    file.update(HELD, HELD)
    assert file.path.read_bytes() != first


@pytest.mark.parametrize(
    "damage",
    [
        lambda blob: blob[:-1],
        lambda blob: blob[:5],
        lambda blob: b"",
        lambda blob: blob[:-1] + bytes([blob[-1] ^ 1]),
        lambda blob: blob[: len(MAGIC)] + bytes([9]) + blob[len(MAGIC) + 1 :],
        lambda blob: b"{}",
    ],
    ids=["torn", "header only", "empty", "flipped bit", "other version", "plain text"],
)
def test_a_file_that_is_not_whole_is_put_aside(folder: Path, damage: object) -> None:
    assert callable(damage)
    file = _file(folder)
    file.update({}, HELD)
    file.path.write_bytes(damage(file.path.read_bytes()))
    loaded = file.load()
    assert loaded.entries == {}
    assert "put aside" in loaded.put_aside
    assert not file.path.exists()
    assert len(list(folder.glob("tokens.bin.bad-*"))) == 1


@pytest.mark.parametrize(
    "other",
    [{"key": bytes(32)}, {"profile": "q"}, {"client": "d"}],
    ids=["key", "profile", "client"],
)
def test_another_key_profile_or_client_reads_nothing(
    folder: Path, other: dict[str, object]
) -> None:
    _file(folder).update({}, HELD)
    assert _file(folder, **other).load().entries == {}  # type: ignore[arg-type]  # one of three


def test_deleting_takes_what_was_put_aside_or_left_half_written_with_it(folder: Path) -> None:
    file = _file(folder)
    file.update({}, HELD)
    _file(folder, key=bytes(32)).load()
    file.update({}, HELD)
    (folder / ".tokens-a1b2c3").write_bytes(b"a process was killed here")
    file.delete()
    assert [path.name for path in folder.iterdir()] == ["tokens.lock"]


def test_a_change_by_another_process_is_noticed_and_kept(folder: Path) -> None:
    one, two = _file(folder), _file(folder)
    one.update({}, {"RefreshToken": {"a": {"secret": "1"}}})
    seen = one.signature()
    two.update({}, {"RefreshToken": {"b": {"secret": "2"}}})
    assert one.signature() != seen
    after = one.update(
        {"RefreshToken": {"a": {"secret": "1"}}}, {"RefreshToken": {"a": {"secret": "3"}}}
    )
    assert after == {"RefreshToken": {"a": {"secret": "3"}, "b": {"secret": "2"}}}


def test_several_processes_lose_nothing(folder: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\n"
        "from m365backup_tui.cloud.tokens import TokenFile\n"
        "file = TokenFile(Path(sys.argv[1]), bytes(range(32)), 'p', 'c')\n"
        "for n in range(10):\n"
        "    file.update({}, {'RefreshToken': {f'{sys.argv[2]}-{n}': {'secret': 's'}}})\n"
    )
    safe_folder(folder)
    command = [sys.executable, "-c", program, str(folder / "tokens.bin")]
    writers = [subprocess.Popen([*command, name]) for name in ("one", "two", "three")]
    assert [writer.wait(timeout=30) for writer in writers] == [0, 0, 0]
    loaded = _file(folder).load()
    assert loaded.put_aside == ""
    assert len(loaded.entries["RefreshToken"]) == 30


def test_a_lock_kept_by_another_is_an_error_and_not_a_wait(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from filelock import FileLock

    monkeypatch.setattr("m365backup_tui.cloud.tokens.LOCK_SECONDS", 0.05)
    safe_folder(folder)
    with FileLock(folder / "tokens.lock"), pytest.raises(TimeoutError):
        _file(folder).update({}, HELD)


def test_a_lock_file_left_by_a_crash_is_no_obstacle(folder: Path) -> None:
    safe_folder(folder)
    (folder / "tokens.lock").touch(mode=0o600)
    _file(folder).update({}, HELD)
    assert _file(folder).load().entries == HELD


def test_a_failed_write_leaves_the_old_file_and_no_scrap(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = _file(folder)
    file.update({}, HELD)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        file.update(HELD, {})
    monkeypatch.undo()
    assert file.load().entries == HELD
    assert {p.name for p in folder.iterdir()} == {"tokens.bin", "tokens.lock"}


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
        _file(folder).load()


def test_a_folder_that_is_a_link_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnsafeFolderError, match="link"):
        _file(folder).update({}, HELD)


def test_a_file_that_is_a_link_is_not_followed(folder: Path, tmp_path: Path) -> None:
    safe_folder(folder)
    (tmp_path / "target").write_bytes(b"x")
    (folder / "tokens.bin").symlink_to(tmp_path / "target")
    with pytest.raises(OSError, match="symbolic"):
        _file(folder).load()


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
