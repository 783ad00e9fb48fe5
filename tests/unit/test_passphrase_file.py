"""--passphrase-file: one line of a file that is mine alone, and never a word of it in a message."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from m365backup_tui.headless.passphrase_file import read_passphrase
from m365backup_tui.headless.sitting import Usage

SECRET = "correct horse"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "passphrase"
    made.write_text(f"{SECRET}\nsecond line\n", encoding="utf-8")
    made.chmod(0o600)
    return made


def refusal(path: Path, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(Usage) as told:
        read_passphrase(path, environ or {})
    assert SECRET not in str(told.value)
    assert str(path) in str(told.value)
    assert told.value.__cause__ is None
    return str(told.value)


@pytest.mark.parametrize("text", [SECRET, f"{SECRET}\n", f"{SECRET}\r\n", f"{SECRET}\nmore"])
def test_the_first_line_without_its_end(file: Path, text: str) -> None:
    file.write_bytes(text.encode())
    assert read_passphrase(file, {}) == SECRET


def test_blanks_belong_to_it(file: Path) -> None:
    file.write_text(" päss wörd \n", encoding="utf-8")
    assert read_passphrase(file, {}) == " päss wörd "


@pytest.mark.parametrize("mode", [0o400, 0o600])
def test_mine_alone(file: Path, mode: int) -> None:
    file.chmod(mode)
    assert read_passphrase(file, {}) == SECRET


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o444, 0o660, 0o610])
def test_one_that_others_can_read_is_refused_with_the_cure(file: Path, mode: int) -> None:
    file.chmod(mode)
    assert f"chmod 600 {file}" in refusal(file)


def test_a_credential_of_the_service_may_show_a_right_of_the_group(file: Path) -> None:
    """systemd gives its user an access list; the folder is the service's own."""
    file.chmod(0o440)
    assert read_passphrase(file, {"CREDENTIALS_DIRECTORY": str(file.parent)}) == SECRET
    elsewhere = file.parent / "elsewhere"
    elsewhere.mkdir()
    refusal(file, {"CREDENTIALS_DIRECTORY": str(elsewhere)})
    refusal(file, {"CREDENTIALS_DIRECTORY": str(file.parent / "nowhere")})


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_one_of_somebody_else_is_refused(file: Path) -> None:
    os.chown(file, 65534, -1)
    assert "belongs to somebody else" in refusal(file)


def test_what_is_no_file_is_refused_and_waits_for_nobody(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    assert "not a regular file" in refusal(pipe)
    assert "not a regular file" in refusal(tmp_path)
    assert "No such file" in refusal(tmp_path / "nowhere")
    assert "not a regular file" in refusal(Path("/dev/null"))


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "empty"), (b"\nx", "empty"), (b"\xff\xfe", "UTF-8"), (b"x" * 5000, "too long")],
)
def test_one_without_a_passphrase_is_refused(file: Path, content: bytes, why: str) -> None:
    file.write_bytes(content)
    assert why in refusal(file)
