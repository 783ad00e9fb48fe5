"""What `practice serve` is started with: size, scenarios and faults, now and after a reset."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from m365backup_tui.practice import serve
from tests.practice.conftest import Controls, start_practice, stop_practice
from tests.practice.stored import area_on_disk


def started(folder: Path, *options: str) -> tuple[Any, Controls]:
    server, ready = start_practice(folder, *options)
    return server, Controls(ready)


def test_the_size_is_fixed_when_the_folder_is_first_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server, controls = started(tmp_path, "--size", "small")
    try:
        assert controls.call("GET", "state").json()["meta"]["size"] == "SMALL"
        controls.reset()
        assert controls.call("GET", "state").json()["meta"]["size"] == "SMALL"
    finally:
        controls.close()
        stop_practice(server)
    folder = tmp_path / "state"
    assert serve.main(["serve", "--size", "LARGE", "--state-dir", str(folder)]) == 2
    (sentence,) = capsys.readouterr().err.splitlines()
    assert "SMALL" in sentence
    assert f"reset --state-dir {folder}" in sentence
    server, controls = started(tmp_path)
    controls.close()
    assert stop_practice(server) == 0
    assert serve.main(["reset", "--state-dir", str(folder)]) == 0
    server, controls = started(tmp_path, "--size", "60")
    try:
        assert controls.call("GET", "state").json()["meta"]["size"] == "60"
    finally:
        controls.close()
        assert stop_practice(server) == 0


@pytest.mark.parametrize("size", ["HUGE", "0", "1000001", "-5", "", "１００", "1e3", "9" * 5000])
def test_a_size_that_is_none_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], size: str
) -> None:
    assert serve.main(["serve", f"--size={size}", "--state-dir", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert not (tmp_path / "practice-tenant.db").exists(), "nothing was begun"


def test_faults_come_from_words_and_files_and_stay_after_a_reset(tmp_path: Path) -> None:
    file = tmp_path / "bad-day.yaml"
    file.write_text("- {id: H5, operation: arm, times: 2}\n- id: H6\n", encoding="utf-8")
    listed = tmp_path / "more.json"
    listed.write_text(json.dumps([{"id": "T11"}]), encoding="utf-8")
    words = ["--fault", "H1 operation=graph nth=3 retry_after=30", "--fault", "A1"]
    words += ["--faults", str(file), "--faults", str(listed), "--scenario", "legacy-generation"]
    server, controls = started(tmp_path, *words)

    def in_force() -> list[str]:
        return [fault["id"] for fault in area_on_disk(tmp_path / "state", "meta")["faults"]]

    try:
        assert sorted(in_force()) == ["A1", "H1", "H5", "H6", "T11"]
        controls.reset()
        assert sorted(in_force()) == ["A1", "H1", "H5", "H6", "T11"]
    finally:
        controls.close()
        assert stop_practice(server) == 0
    server, controls = started(tmp_path)
    try:
        assert sorted(in_force()) == ["A1", "H1", "H5", "H6", "T11"], "kept with the tenant"
    finally:
        controls.close()
        assert stop_practice(server) == 0


@pytest.mark.parametrize(
    "words",
    [
        ["--fault", "H99"],
        ["--fault", "H1 nth=none"],
        ["--fault", ""],
        ["--fault", "'H1"],
        ["--scenario", "made-up"],
        ["--faults", "{folder}/missing.yaml"],
        ["--faults", "{folder}/broken.yaml"],
        ["--faults", "{folder}/object.json"],
        ["--faults", "{folder}"],
    ],
)
def test_a_fault_that_is_none_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    (tmp_path / "broken.yaml").write_text("{[", encoding="utf-8")
    (tmp_path / "object.json").write_text("{}", encoding="utf-8")
    words = [word.replace("{folder}", str(tmp_path)) for word in words]
    assert serve.main(["serve", "--state-dir", str(tmp_path / "s"), *words]) in (1, 2)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.strip()
    assert "Traceback" not in said.err
