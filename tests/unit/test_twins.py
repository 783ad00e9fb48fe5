"""Environment twins: each option one by one, the option before the environment, and bad values told by name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from m365backup_tui.arguments import make_parser
from m365backup_tui.cli import main
from m365backup_tui.twins import SWITCHES, VALUES, WrongTwin, fill_in, twin

NONE: dict[str, str] = {}


def given(*words: str, env: Mapping[str, str] = NONE) -> dict[str, Any]:
    """What the program goes by."""
    arguments = make_parser().parse_args(list(words))
    fill_in(arguments, env)
    return vars(arguments)


def test_every_option_that_means_the_same_everywhere_has_a_twin() -> None:
    common = {a.dest for a in make_parser()._actions} - {"help", "version", "command"}
    assert common == {*SWITCHES, *VALUES}


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch(name: str) -> None:
    option = "--" + name.replace("_", "-")
    assert given("check")[name] is False
    for on in ("1", "yes", "on", "TRUE", " true "):
        assert given("check", env={twin(name): on})[name] is True
    for off in ("0", "no", "Off", "false", ""):
        assert given("check", env={twin(name): off})[name] is False
        assert given("check", option, env={twin(name): off})[name] is True
        assert given(option, "check", env={twin(name): off})[name] is True


def test_the_list_of_bad_days_knows_the_twin_of_json() -> None:
    """It is a program of its own."""
    words = [sys.executable, "-m", "m365backup_tui", "practice", "scenarios"]
    done = subprocess.run(
        words, env={**os.environ, "M365BACKUP_TUI_JSON": "1"}, capture_output=True, check=True
    )
    assert json.loads(done.stdout)[0]["name"] == "throttled"


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_that_says_neither_is_2_and_named(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(twin(name), "maybe")
    assert main(["runs"]) == 2
    told = capsys.readouterr()
    assert twin(name) in told.err
    assert "'maybe'" in told.err
    assert told.err.count("\n") == 1
    assert told.out == ""


def test_the_scenarios() -> None:
    env = {twin("scenario"): "throttled, H6"}
    assert given("check", "--practice", env=env)["scenario"] == ["throttled", "H6"]
    after = given("check", "--practice", "--scenario", "own", env=env)
    assert after["scenario"] == ["own"]
    both = given("--scenario", "a", "--practice", "check", "--scenario", "b", "--scenario", "c")
    assert both["scenario"] == ["a", "b", "c"]
    assert "scenario_again" not in both


def test_a_scenario_without_the_practice_tenant_is_refused() -> None:
    """Who believes that this is a rehearsal must not write to a real tenant."""
    with pytest.raises(WrongTwin, match="M365BACKUP_TUI_SCENARIO"):
        given("check", env={twin("scenario"): "throttled"})
    with pytest.raises(WrongTwin, match="add --practice"):
        given("check", "--scenario", "throttled")


def test_a_scenario_that_nobody_knows_is_2_with_the_known_ones(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(twin("scenario"), "throtled")
    assert main(["check", "--practice", "--state-dir", "/nowhere"]) == 2
    told = capsys.readouterr().err
    assert "Did you mean throttled?" in told
    assert "commit-then-504" in told
    assert told.count("\n") == 1


def test_the_state_folder(tmp_path: Path) -> None:
    assert given("check")["state_dir"] is None
    env = {twin("state_dir"): str(tmp_path)}
    assert given("check", env=env)["state_dir"] == tmp_path
    assert given("check", "--state-dir", "/other", env=env)["state_dir"] == Path("/other")
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(WrongTwin, match=twin("state_dir")):
        given("check", env={twin("state_dir"): str(file)})


def test_the_tenant() -> None:
    assert given("check")["tenant"] == "organizations"
    env = {twin("tenant"): "contoso.onmicrosoft.com"}
    assert given("check", env=env)["tenant"] == "contoso.onmicrosoft.com"
    assert given("check", "--tenant", "fabrikam.com", env=env)["tenant"] == "fabrikam.com"
    for wrong in ("contoso com", "https://contoso.com", "a/../b", "-x", "contoso.com?"):
        with pytest.raises(WrongTwin, match=twin("tenant")):
            given("check", env={twin("tenant"): wrong})
    with pytest.raises(WrongTwin, match=r"^--tenant is"):
        given("check", "--tenant", "contoso com")


def test_the_file_of_the_passphrase(tmp_path: Path) -> None:
    file = tmp_path / "passphrase"
    with pytest.raises(WrongTwin, match=twin("passphrase_file")):
        given("check", env={twin("passphrase_file"): str(file)})
    file.touch()
    env = {twin("passphrase_file"): str(file)}
    assert given("check", env=env)["passphrase_file"] == file
    other = given("check", "--passphrase-file", "/other", env=env)
    assert other["passphrase_file"] == Path("/other")
