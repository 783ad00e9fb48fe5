"""docs/practice-for-scripts.md, run word for word against a real `practice serve`."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.journeys.admin import ROOT
from tests.journeys.command import environment
from tests.journeys.page_examples import Example, examples_of, files_of, run

PAGE = (Path(ROOT) / "docs" / "practice-for-scripts.md").read_text(encoding="utf-8")
FILES = Path(ROOT) / "examples" / "practice"
EXAMPLES = examples_of(PAGE)


def _is_there(example: Example) -> bool:
    return example.needs is None or shutil.which(example.needs) is not None


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="page-") as made:
        where = Path(made) / "here"
        shutil.copytree(FILES, where)
        yield where


@pytest.fixture(scope="module")
def printed(folder: Path) -> tuple[dict[int, str], str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = environment({"PATH": path, "HOME": str(folder)})
    return run([one for one in EXAMPLES if _is_there(one)], folder, env)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"example-{example.number}")
def test_an_example_prints_what_the_page_says(
    example: Example, printed: tuple[dict[int, str], str]
) -> None:
    if not _is_there(example):
        pytest.skip(f"{example.needs} is not installed here, and no dependency of this project")
    outputs, errors = printed
    assert example.number in outputs, f"it did not come to its end:\n{errors}"
    assert outputs[example.number] == example.prints, errors


def test_nothing_is_left_running(folder: Path, printed: tuple[dict[int, str], str]) -> None:
    assert printed[0]
    here = [
        process.info["name"]
        for process in psutil.process_iter(["name", "cwd", "status"])
        if process.info["cwd"] == str(folder) and process.info["status"] != psutil.STATUS_ZOMBIE
    ]
    assert here == []


def test_the_page_shows_its_files_as_they_are() -> None:
    shown = files_of(PAGE)
    assert set(shown) == {"protect.py", "bad-day.yaml", "three.sh"}
    assert {name: (FILES / name).read_text(encoding="utf-8") for name in shown} == shown


def test_there_is_an_example_for_each_kind_of_client() -> None:
    """Every block of shell or Python on the page is run or is a file that is run."""
    assert len(EXAMPLES) >= 8
    fences = PAGE.count("```sh\n") + PAGE.count("```python\n") + PAGE.count("```yaml\n")
    assert fences == len(EXAMPLES) + len(files_of(PAGE))
    scripts = "\n".join(one.script for one in EXAMPLES)
    for words in ("curl -sS $entra", "python protect.py", "az cloud register", "bash three.sh"):
        assert words in scripts
