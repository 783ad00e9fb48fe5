"""One JSON document on standard output whatever happens: errors, problems of a file, encodings, pipes that close."""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from m365backup_tui import headless
from m365backup_tui.domain.errors import ConsentNeeded, Unreachable
from m365backup_tui.domain.policy_file import FileProblem
from m365backup_tui.headless.ending import Ending, one_document
from m365backup_tui.headless.sitting import SomebodyMustAct, Usage
from m365backup_tui.options import Options

PROBLEM = FileProblem("policies.yaml", 5, "state", "Write active or paused.")


def ran(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    doctor: Callable[[Options], int],
    *,
    as_json: bool = True,
) -> int:
    """`doctor` stands for any command: it needs neither a sitting nor arguments."""
    monkeypatch.setattr("m365backup_tui.headless.doctor.doctor", doctor)
    options = Options(state_dir=tmp_path, json=as_json)
    return headless.run("doctor", argparse.Namespace(), options)


def raising(error: BaseException) -> Callable[[Options], int]:
    def command(_: Options) -> int:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Usage.of([PROBLEM]), 2),
        (SomebodyMustAct("Not signed in."), 3),
        (ConsentNeeded("No consent."), 3),
        (Unreachable("No way there."), 1),
        (KeyboardInterrupt(), 130),
        (RuntimeError("secret"), 1),
    ],
)
def test_every_error_is_one_document_and_one_message(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
) -> None:
    assert ran(monkeypatch, tmp_path, raising(error)) == code
    out, err = capsys.readouterr()
    told = json.loads(out)["error"]
    assert told["code"] == code
    assert told["message"] == err.rstrip("\n")
    assert "secret" not in out
    assert (told["problems"] != []) == isinstance(error, Usage)


def test_a_file_problem_keeps_its_four_parts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran(monkeypatch, tmp_path, raising(Usage.of([PROBLEM, PROBLEM])))
    told = json.loads(capsys.readouterr().out)["error"]
    one = {"file": "policies.yaml", "line": 5, "field": "state", "rule": "Write active or paused."}
    assert told["problems"] == [one, one]


def test_without_json_an_error_leaves_standard_output_empty(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ran(monkeypatch, tmp_path, raising(Usage("Wrong.")), as_json=False) == 2
    assert capsys.readouterr() == ("", "Wrong.\n")


def test_a_result_that_was_printed_stays_the_only_document(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def prints_and_fails(_: Options) -> int:
        print(json.dumps({"changes": []}))
        raise Unreachable("The disk is full.")

    assert ran(monkeypatch, tmp_path, prints_and_fails) == 1
    out, err = capsys.readouterr()
    assert json.loads(out) == {"changes": []}
    assert "The disk is full." in err


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        (0, {"message": "Last words."}),
        (1, {"error": {"code": 1, "message": "Last words.", "problems": []}}),
    ],
)
def test_a_command_that_prints_nothing_says_what_was_said_last(code: int, wanted: Any) -> None:
    assert json.loads(one_document(" \n", Ending(code, told="Last words."))) == wanted


def test_what_standard_output_cannot_spell_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    document = json.dumps({"name": "Zoë “Finance”"}, ensure_ascii=False)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    text = one_document(document, Ending(0))
    assert text.isascii()
    assert json.loads(text) == json.loads(document)


@pytest.mark.parametrize(
    ("error", "says"), [(BrokenPipeError(), False), (OSError(28, "No space left"), True)]
)
def test_standard_output_that_is_gone_gives_1_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    error: OSError,
    says: bool,
) -> None:
    class Gone(io.StringIO):
        def flush(self) -> None:
            raise error

    monkeypatch.setattr(sys, "stdout", Gone())
    monkeypatch.setattr(headless, "_nowhere", lambda: None)
    assert ran(monkeypatch, tmp_path, lambda _: 0) == 1
    assert ("cannot be written" in capsys.readouterr().err) == says
