"""Whose roles manage SharePoint and OneDrive only: Exchange policies that are not shown are never taken for missing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.journeys.command import Ended
from tests.journeys.keeping import keep
from tests.journeys.test_unattended import opened

CHIARA = "chiara.moretti@northwindlabs.onmicrosoft.com"
MAIL = """\
  exchange:
    - name: Mailboxes 1 # somebody else's
      state: paused
"""
EACH = (
    ("plan", "job.yaml"),
    ("plan", "job.yaml", "--drift"),
    ("apply", "job.yaml", "--yes"),
    ("edit", "exchange", "Mailboxes 1", "--pause", "--yes"),
)


@pytest.fixture(scope="module")
def hers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hers")
    keep(folder, CHIARA, scenarios=("all-protected",))
    return folder


@pytest.fixture
def folder(hers: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(hers, tmp_path / "state"))


def refused(ended: Ended) -> None:
    assert (ended.code, ended.out) == (3, "")
    last = ended.err.splitlines()[-1]
    assert last.startswith("Exchange: no policy of it can be seen")
    assert "Exchange Administrator" in last


@pytest.mark.parametrize("words", EACH, ids=lambda words: " ".join(words[:3]))
def test_a_policy_that_is_not_shown_is_not_made_a_second_time(
    folder: Path, words: tuple[str, ...]
) -> None:
    file = folder / "job.yaml"
    file.write_text(f"version: 1\npolicies:\n{MAIL}")
    refused(opened(folder, *(str(file) if word == file.name else word for word in words)))


def test_export_tells_what_it_was_not_shown_and_update_leaves_it_alone(folder: Path) -> None:
    file = folder / "tenant.yaml"
    made = opened(folder, "export", "-o", str(file))
    assert made.code == 0, made.err
    assert "Not in the file: Exchange: no policy of it can be seen" in made.err
    text = file.read_text()
    assert "# Not in this file: Exchange: no policy of it can be seen" in text
    assert "\n  exchange:" not in text
    assert opened(folder, "plan", str(file)).code == 0
    file.write_text(text + MAIL)
    again = opened(folder, "export", "-o", str(file), "--update")
    assert again.code == 0, again.err
    assert file.read_text() == text + MAIL
