"""The token file under several processes: nothing lost, killed at any moment, no lock that outlives its process."""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

import pytest

from m365backup_tui.cloud.tokens import (
    LOCK_SECONDS,
    safe_folder,
)
from tests.unit.token_making import HELD, KEY, token_file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "signin"


def test_a_change_by_another_process_is_noticed_and_kept(folder: Path) -> None:
    one, two = token_file(folder), token_file(folder)
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
    loaded = token_file(folder).load()
    assert loaded.put_aside == ""
    assert len(loaded.entries["RefreshToken"]) == 40


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork is a thing of POSIX")
def test_a_process_killed_while_it_saves_leaves_a_wholetoken_file(folder: Path) -> None:
    """Twenty writers, each killed at another moment of its writing without end."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # before the forks, not in each

    AESGCM(KEY)
    token_file(folder).update({}, {"RefreshToken": {"n": {"secret": 0}}})
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
        loaded = token_file(folder).load()
        assert loaded.put_aside == ""
        assert loaded.entries["RefreshToken"]["n"]["secret"] >= written
        written = loaded.entries["RefreshToken"]["n"]["secret"]
    assert written > 0
    started = time.monotonic()
    token_file(folder).update({}, HELD)
    assert time.monotonic() - started < LOCK_SECONDS, "no lock of the dead is waited for"
    assert {p.name for p in folder.iterdir()} == {"tokens.bin", "tokens.lock"}, "no scrap stays"


def _write_without_end(folder: Path, told: int) -> NoReturn:
    """What a forked child does until it is killed; it never comes back into pytest."""
    try:
        file = token_file(folder)
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
        token_file(folder).update({}, HELD)


def test_a_lock_file_left_by_a_crash_is_no_obstacle(folder: Path) -> None:
    safe_folder(folder)
    (folder / "tokens.lock").touch(mode=0o600)
    token_file(folder).update({}, HELD)
    assert token_file(folder).load().entries == HELD


def test_a_failed_write_leaves_the_old_file_and_no_scrap(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = token_file(folder)
    file.update({}, HELD)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        file.update(HELD, {})
    monkeypatch.undo()
    assert file.load().entries == HELD
    assert {p.name for p in folder.iterdir()} == {"tokens.bin", "tokens.lock"}


def test_a_clock_of_a_network_drive_that_goes_back_hides_no_change(folder: Path) -> None:
    one, two = token_file(folder), token_file(folder)
    one.update({}, HELD)
    os.utime(one.path, (4_000_000_000, 4_000_000_000))  # a server whose clock is far ahead
    seen = one.signature()
    two.update({}, {"RefreshToken": {"b": {"secret": "2"}}})
    assert one.signature() != seen
