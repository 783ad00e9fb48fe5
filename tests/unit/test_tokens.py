"""The encrypted token file: whole or nothing, private, shared by processes without losses."""

from __future__ import annotations

import json
import os
import random
import select
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m365backup_tui.cloud.sealing import MAGIC, Entries, unseal
from m365backup_tui.cloud.tokens import (
    LOCK_SECONDS,
    MOST_BYTES,
    TokenFile,
    UnsafeFolderError,
    merge,
    safe_folder,
)
from m365backup_tui.domain.session import KeptIn

KEY = bytes(range(32))
HELD: Entries = {"RefreshToken": {"rt-1": {"secret": "canary-refresh-token"}}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "signin"


def _file(
    folder: Path,
    key: bytes = KEY,
    profile: str = "p",
    client: str = "c",
    source: KeptIn = KeptIn.KEYRING,
) -> TokenFile:
    return TokenFile(folder / "tokens.bin", key, profile, client, source)


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
        lambda blob: blob[: len(MAGIC)] + bytes([1]) + blob[len(MAGIC) + 1 :],
        lambda blob: blob[: len(MAGIC) + 1] + bytes([3]) + blob[len(MAGIC) + 2 :],
        lambda blob: blob[:12] + bytes([blob[12] ^ 1]) + blob[13:],
        lambda blob: blob + b"more",
        lambda blob: blob * 2,
        lambda blob: b"{}",
        lambda blob: bytes(MOST_BYTES + 1),
    ],
    ids=[
        "torn",
        "header only",
        "empty",
        "flipped bit",
        "newer version",
        "older version",
        "other kind of key",
        "other salt",
        "longer",
        "twice",
        "plain text",
        "without end",
    ],
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
    [{"key": bytes(32)}, {"profile": "q"}, {"client": "d"}, {"source": KeptIn.LOGOUT}],
    ids=["key", "profile", "client", "kind of key"],
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
    (folder / ".tokens.bin-a1b2c3").write_bytes(b"a process was killed here")
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
    writers = [subprocess.Popen([*command, name]) for name in ("one", "two", "three", "four")]
    assert [writer.wait(timeout=30) for writer in writers] == [0] * 4
    loaded = _file(folder).load()
    assert loaded.put_aside == ""
    assert len(loaded.entries["RefreshToken"]) == 40


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork is a thing of POSIX")
def test_a_process_killed_while_it_saves_leaves_a_whole_file(folder: Path) -> None:
    """Twenty writers, each killed at another moment of its writing without end."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # before the forks, not in each

    AESGCM(KEY)
    _file(folder).update({}, {"RefreshToken": {"n": {"secret": 0}}})
    chance = random.Random(5)
    written = 0
    for _ in range(20):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            _write_without_end(folder, writing)
        os.read(reading, 1)  # it is writing now
        select.select([], [], [], chance.uniform(0, 0.01))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reading)
        os.close(writing)
        loaded = _file(folder).load()
        assert loaded.put_aside == ""
        assert loaded.entries["RefreshToken"]["n"]["secret"] >= written
        written = loaded.entries["RefreshToken"]["n"]["secret"]
    assert written > 0
    started = time.monotonic()
    _file(folder).update({}, HELD)
    assert time.monotonic() - started < LOCK_SECONDS, "no lock of the dead is waited for"
    assert {p.name for p in folder.iterdir()} == {"tokens.bin", "tokens.lock"}, "no scrap stays"


def _write_without_end(folder: Path, told: int) -> NoReturn:
    """What a forked child does until it is killed; it never comes back into pytest."""
    try:
        file = _file(folder)
        while True:
            held = file.load().entries
            number = held["RefreshToken"]["n"]["secret"]
            file.update(held, {"RefreshToken": {"n": {"secret": number + 1}}})
            os.write(told, b".")
    finally:
        os._exit(1)


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
    assert "put aside" in _file(folder).load().put_aside
    _file(folder).update({}, HELD)
    assert (tmp_path / "target").read_bytes() == b"x"


def test_a_folder_or_a_pipe_in_place_of_the_file_is_put_aside(folder: Path) -> None:
    safe_folder(folder)
    (folder / "tokens.bin").mkdir()
    assert "put aside" in _file(folder).load().put_aside
    os.mkfifo(folder / "tokens.bin")
    assert "put aside" in _file(folder).load().put_aside
    _file(folder).update({}, HELD)
    assert _file(folder).load().entries == HELD
    _file(folder).delete()
    assert [path.name for path in folder.iterdir()] == ["tokens.lock"]


def test_deleting_says_when_something_cannot_be_deleted(folder: Path) -> None:
    _file(folder).update({}, HELD)
    (folder / "tokens.bin.bad-1").mkdir()
    (folder / "tokens.bin.bad-1" / "not ours").touch()
    with pytest.raises(OSError, match="not empty"):
        _file(folder).delete()
    assert not (folder / "tokens.bin").exists(), "the file itself went first"


def test_a_file_damaged_before_a_save_is_put_aside_and_that_is_said(folder: Path) -> None:
    file = _file(folder)
    file.update({}, HELD)
    file.path.write_bytes(b"damaged")
    file.update(HELD, {"RefreshToken": {"rt-2": {"secret": "new"}}})
    assert "put aside" in file.put_aside
    assert list(folder.glob("tokens.bin.bad-*"))


@given(st.binary(max_size=200), st.sampled_from([b"", MAGIC, MAGIC + b"\1", MAGIC + b"\2\1"]))
def test_whatever_a_file_holds_it_is_opened_or_refused(noise: bytes, head: bytes) -> None:
    with pytest.raises(ValueError, match=r"version|torn|another key"):
        unseal(head + noise, KEY, KeptIn.KEYRING, b"p")


def test_a_file_of_another_user_is_put_aside(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as other:
        other.setattr("m365backup_tui.cloud.tokens.local_user", lambda: "another uid")
        _file(folder).update({}, HELD)
    assert "put aside" in _file(folder).load().put_aside


def test_a_file_of_version_1_is_read_and_replaced(folder: Path) -> None:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    safe_folder(folder)
    header = MAGIC + bytes([1])
    bound = f"p\0c\0{os.getuid()}".encode()
    sealed = AESGCM(KEY).encrypt(bytes(12), json.dumps(HELD).encode(), header + bound)
    (folder / "tokens.bin").write_bytes(header + bytes(12) + sealed)
    assert _file(folder).load().entries == HELD
    _file(folder).update(HELD, {**HELD, "Account": {"a": {"x": "y"}}})
    assert (folder / "tokens.bin").read_bytes()[: len(MAGIC) + 1] == MAGIC + bytes([2])
    assert _file(folder).load().entries["RefreshToken"] == HELD["RefreshToken"]


def test_a_cache_far_larger_than_usual_is_kept(folder: Path) -> None:
    large: Entries = {"RefreshToken": {str(n): {"secret": "x" * 2000} for n in range(200)}}
    _file(folder).update({}, large)
    assert (folder / "tokens.bin").stat().st_size > 400_000
    assert _file(folder).load().entries == large


def test_a_clock_of_a_network_drive_that_goes_back_hides_no_change(folder: Path) -> None:
    one, two = _file(folder), _file(folder)
    one.update({}, HELD)
    os.utime(one.path, (4_000_000_000, 4_000_000_000))  # a server whose clock is far ahead
    seen = one.signature()
    two.update({}, {"RefreshToken": {"b": {"secret": "2"}}})
    assert one.signature() != seen


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
