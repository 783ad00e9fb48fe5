"""Wrong usage: exit code 2, one sentence, the nearest known word."""

from __future__ import annotations

import json
from typing import NoReturn

import pytest

from m365backup_tui.arguments import make_parser
from m365backup_tui.cli import main

WRONG = {
    "chek": "chek is not a command. Did you mean check?",
    "zzz": "zzz is not a command. `m365backup-tui --help`",
    "check --jsn": "--jsn is not an option of `m365backup-tui check`. Did you mean --json?",
    "check --zzz": "--zzz is not an option of `m365backup-tui check`. `m365backup-tui check --help`",
    "--practise check": "--practise is not an option of `m365backup-tui`. Did you mean --practice?",
    "--scenrio throttled check": "Did you mean --scenario?",
    "plan --drft file": "Did you mean --drift?",
    "edit exchang": "exchang is not a SERVICE. Did you mean exchange?",
    "edit files": "files is not a SERVICE. There is exchange, onedrive or sharepoint.",
    "edit Exchange": "Exchange is not a SERVICE. Did you mean exchange?",
    "completion pwsh": "pwsh is not a SHELL. There is bash, zsh, fish or powershell.",
    "signin --way brower": "brower is not known to --way. Did you mean browser?",
    "practice sevre": "sevre is not a WHAT. Did you mean serve?",
    "check twice": "twice is one word too many for `m365backup-tui check`.",
    "apply": "FILE is missing.",
    "completion": "SHELL is missing.",
    "signin --way": "--way needs a value after it.",
    "edit exchange Finance --pause --activate": "--activate does not go with --pause.",
    "check --json=1": "--json takes no value.",
    "check --prac": "--prac is not an option",  # a shortened one may mean something else tomorrow
    "--json practice scenarios": "its options come after these two words",
    "--practice practice serve": "`m365backup-tui practice serve --help`",
}


@pytest.mark.parametrize("line", WRONG)
def test_wrong_usage_is_2_and_one_sentence(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(line.split()) == 2
    told = capsys.readouterr()
    assert WRONG[line] in told.err
    assert told.err.count("\n") == 1
    if "--json" in line.split() and "practice" not in line:
        assert json.loads(told.out)["error"]["code"] == 2
    else:
        assert told.out == ""


def test_with_json_the_sentence_is_a_document_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--json", "--zzz"]) == 2
    told = capsys.readouterr()
    document = json.loads(told.out)
    assert document["error"]["message"] == told.err.strip()


def test_interrupted_while_it_loads_is_130_in_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def pressed() -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr("m365backup_tui.arguments.make_parser", pressed)
    assert main(["check", "--json"]) == 130
    told = capsys.readouterr()
    assert told.err == "Interrupted.\n"
    assert json.loads(told.out)["error"]["code"] == 130


def test_a_word_for_reset_is_never_taken_for_another(capsys: pytest.CaptureFixture[str]) -> None:
    """`--state-dir X practice scenarios` once started the practice tenant over."""
    assert main(["--state-dir", "/nowhere", "practice", "scenarios"]) == 2
    assert "practice scenarios --help" in capsys.readouterr().err


def test_options_may_stand_before_and_after_the_command() -> None:
    before = make_parser().parse_args(["--yes", "--state-dir", "/a", "check"])
    after = make_parser().parse_args(["check", "--yes", "--state-dir", "/a"])
    assert vars(before) == vars(after)
