"""Standard streams that are closed, broken, full or without our letters: no traceback, and the exit code stands."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.admin import ROOT
from tests.journeys.command import environment

PROGRAM = [sys.executable, "-m", "m365backup_tui"]
FULL = Path("/dev/full")
LETTERS = {
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "latin-1": {"PYTHONIOENCODING": "latin-1"},
    "LANG=C": {"LC_ALL": "C", "LANG": "C"},
    "C without UTF-8 mode": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}
# A file whose one problem is told with quotation marks, and whose name no ASCII has.
WRONG = "version: 1\npolicies:\n  exchange:\n    - name: “Zürich” → Büro\n      state: schläft\n"


def ended(
    *words: str, env: Mapping[str, str] | None = None, shut: tuple[int, ...] = (), **how: Any
) -> subprocess.CompletedProcess[bytes]:
    """`shut`: the streams that the caller closed."""

    def close() -> None:
        for number in shut:
            os.close(number)

    how = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | how
    done = subprocess.run(
        [*PROGRAM, *words], cwd=ROOT, env=environment(env), preexec_fn=close, timeout=60, **how
    )
    assert isinstance(done.stdout, bytes | None)
    return done


def broken() -> int:
    """The writing end of a pipe whose reader has gone."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "büro.yaml"
    path.write_text(WRONG, encoding="utf-8")
    return path


# --- closed and broken --------------------------------------------------------------------------------------


@pytest.mark.parametrize("shut", [(0,), (1,), (2,), (1, 2), (0, 1, 2)], ids=str)
def test_closed_streams_change_no_exit_code(tmp_path: Path, shut: tuple[int, ...]) -> None:
    where = ("--state-dir", str(tmp_path / "state"))
    for words, code in (
        (("runs",), 0),
        (("check",), 3),
        (("bogus",), 2),
        (("accounts", "--json"), 0),
    ):
        done = ended(*words, *where, shut=shut)
        assert done.returncode == code, (words, done.stderr)
        assert b"Traceback" not in done.stdout + done.stderr
        if 1 not in shut and "--json" in words:
            json.loads(done.stdout)  # nothing that was meant for people landed there


def test_what_is_said_never_lands_in_a_file_of_ours(tmp_path: Path) -> None:
    """The number of a closed stream would be given to the next file that is opened."""
    ended("check", "--practice", "--yes", "--verbose", "--state-dir", str(tmp_path), shut=(0, 1, 2))
    kept = [one for one in (tmp_path / "practice").rglob("*") if one.is_file()]
    assert kept
    assert [one for one in kept if b"PRACTICE: this is" in one.read_bytes()] == []


@pytest.mark.parametrize(
    "words",
    [
        ("completion", "bash"),
        ("schema",),
        ("doctor", "--help"),
        ("practice", "scenarios"),
        ("practice", "scenarios", "--json"),
    ],
)
def test_a_reader_that_has_gone_is_no_crash(tmp_path: Path, words: tuple[str, ...]) -> None:
    writing = broken()
    where = () if words[0] == "practice" else ("--state-dir", str(tmp_path))
    try:
        done = ended(*words, *where, stdout=writing)
    finally:
        os.close(writing)
    assert done.returncode in (0, 1)
    assert done.stderr == b""


def test_nobody_reads_what_is_told_and_the_result_comes_all_the_same(tmp_path: Path) -> None:
    writing = broken()
    try:
        words = ("check", "--practice", "--yes", "--json", "--state-dir", str(tmp_path))
        done = ended(*words, stderr=writing)
    finally:
        os.close(writing)
    assert json.loads(done.stdout)["account"]["username"].startswith("adele.vance@")
    assert done.returncode == 3


def test_head_takes_what_it_wants() -> None:
    script = f"{' '.join(PROGRAM)} completion bash | head -n 1"
    done = subprocess.run(["bash", "-c", script], capture_output=True, cwd=ROOT, env=environment())
    assert done.stdout.startswith(b"#compdef")
    assert done.stderr == b""


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here")
def test_a_full_disk_is_1_and_said() -> None:
    for words in (("completion", "bash"), ("schema", "policy-file")):  # in one go, and in several
        with FULL.open("wb") as full:
            done = ended(*words, stdout=full)
        assert done.returncode == 1
        assert b"Standard output cannot be written: No space left on device." in done.stderr
        assert b"broke" not in done.stderr
    with FULL.open("wb") as full:
        done = ended("practice", "scenarios", stdout=full)
    assert done.returncode == 1
    assert done.stderr == b"The list cannot be written: No space left on device.\n"


# --- letters ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("env", LETTERS.values(), ids=LETTERS)
def test_no_letter_is_too_much(file: Path, tmp_path: Path, env: dict[str, str]) -> None:
    where = ("--practice", "--yes", "--state-dir", str(tmp_path / "state"))
    done = ended("plan", str(file), *where, env=env)
    assert done.returncode == 2, done.stderr
    assert b"line 5" in done.stderr
    assert b"Traceback" not in done.stderr
    assert b"codec" not in done.stderr
    if "PYTHONIOENCODING" in env:
        told = done.stderr.decode(env["PYTHONIOENCODING"])
        assert "\\u201c" not in told, "quotation marks have twins"


@pytest.mark.parametrize("env", LETTERS.values(), ids=LETTERS)
def test_json_stays_json(file: Path, tmp_path: Path, env: dict[str, str]) -> None:
    done = ended("plan", str(file), "--json", "--state-dir", str(tmp_path / "state"), env=env)
    document = json.loads(done.stdout.decode("utf-8"))
    name = os.fsencode(document["error"]["problems"][0]["file"])  # it may be no text in that locale
    assert name.endswith("büro.yaml".encode())
    if (jq := shutil.which("jq")) is not None:
        read = subprocess.run([jq, "-e", ".error.code"], input=done.stdout, capture_output=True)
        assert read.stdout.strip() == b"2"


def test_a_file_is_utf_8_whatever_the_locale_says() -> None:
    usual = ended("completion", "zsh").stdout
    for env in LETTERS.values():
        assert ended("completion", "zsh", env=env).stdout == usual
