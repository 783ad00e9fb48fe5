"""A token file that is torn, changed, another one's or no file: put aside, never trusted, never lost."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m365backup_tui.cloud.sealing import MAGIC, unseal
from m365backup_tui.cloud.tokens import (
    MOST_BYTES,
    safe_folder,
)
from m365backup_tui.domain.session import KeptIn
from tests.unit.token_making import HELD, KEY, token_file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "signin"


def test_equal_contents_never_look_equal(folder: Path) -> None:
    file = token_file(folder)
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
    file = token_file(folder)
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
    token_file(folder).update({}, HELD)
    assert token_file(folder, **other).load().entries == {}  # type: ignore[arg-type]  # one of three


def test_a_file_that_is_a_link_is_not_followed(folder: Path, tmp_path: Path) -> None:
    safe_folder(folder)
    (tmp_path / "target").write_bytes(b"x")
    (folder / "tokens.bin").symlink_to(tmp_path / "target")
    assert "put aside" in token_file(folder).load().put_aside
    token_file(folder).update({}, HELD)
    assert (tmp_path / "target").read_bytes() == b"x"


def test_a_folder_or_a_pipe_in_place_of_the_file_is_put_aside(folder: Path) -> None:
    safe_folder(folder)
    (folder / "tokens.bin").mkdir()
    assert "put aside" in token_file(folder).load().put_aside
    os.mkfifo(folder / "tokens.bin")
    assert "put aside" in token_file(folder).load().put_aside
    token_file(folder).update({}, HELD)
    assert token_file(folder).load().entries == HELD
    token_file(folder).delete()
    assert [path.name for path in folder.iterdir()] == ["tokens.lock"]


def test_a_file_damaged_before_a_save_is_put_aside_and_that_is_said(folder: Path) -> None:
    file = token_file(folder)
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
        token_file(folder).update({}, HELD)
    assert "put aside" in token_file(folder).load().put_aside


def test_a_file_of_version_1_is_read_and_replaced(folder: Path) -> None:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    safe_folder(folder)
    header = MAGIC + bytes([1])
    bound = f"p\0c\0{os.getuid()}".encode()
    sealed = AESGCM(KEY).encrypt(bytes(12), json.dumps(HELD).encode(), header + bound)
    (folder / "tokens.bin").write_bytes(header + bytes(12) + sealed)
    assert token_file(folder).load().entries == HELD
    token_file(folder).update(HELD, {**HELD, "Account": {"a": {"x": "y"}}})
    assert (folder / "tokens.bin").read_bytes()[: len(MAGIC) + 1] == MAGIC + bytes([2])
    assert token_file(folder).load().entries["RefreshToken"] == HELD["RefreshToken"]


@pytest.mark.parametrize("odd", ["folder", "link"])
def test_a_lock_that_is_no_file_is_an_error_and_nothing_is_written(
    folder: Path, tmp_path: Path, odd: str
) -> None:
    safe_folder(folder)
    (tmp_path / "target").write_bytes(b"x")
    if odd == "folder":
        (folder / "tokens.lock").mkdir()
    else:
        (folder / "tokens.lock").symlink_to(tmp_path / "target")
    with pytest.raises(OSError, match=r"tokens\.lock"):
        token_file(folder).update({}, HELD)
    assert (tmp_path / "target").read_bytes() == b"x", "nothing behind a link is emptied"
    assert not (folder / "tokens.bin").exists()
