"""A plan saved by one command and carried out by another: as it is, or not at all."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.journeys.command import EXAMPLE, practice, run, start
from tests.journeys.test_headless import on, to_the_end

__all__ = ["on"]


@pytest.fixture
def folder(on: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(on, tmp_path / "state"))


def test_a_saved_plan_is_shown_applied_and_then_refused_with_the_difference(
    folder: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "wave.plan"
    planned = run("plan", EXAMPLE, "-o", str(kept), *practice(folder))
    assert planned.code == 4, planned.err
    assert f"apply {kept}" in planned.err
    assert kept.stat().st_mode & 0o077 in (0, 0o044)
    again = run("plan", EXAMPLE, "-o", str(kept), *practice(folder))
    assert (again.code, "exists already" in again.err) == (2, True)

    looked = run("plan", str(kept), *practice(folder))
    assert looked.code == 4, looked.err
    assert looked.out == planned.out

    applied = to_the_end(folder, start("apply", str(kept), *practice(folder), "--json"))
    assert applied.code == 0, applied.err
    assert [item["outcome"] for item in applied.document["items"]] == ["done"] * 6

    looked = run("plan", str(kept), *practice(folder))
    assert looked.code == 1
    assert "Exchange policy “All mailboxes” is new." in looked.err
    assert "make the plan again" in looked.err
    refused = run("apply", str(kept), *practice(folder))
    assert refused.code == 1
    assert "Nothing was written" in refused.out + refused.err
    assert "“All mailboxes” is new" in refused.out + refused.err


def test_a_changed_plan_is_not_carried_out(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "wave.plan"
    assert run("plan", EXAMPLE, "-o", str(kept), *practice(folder)).code == 4
    data = json.loads(kept.read_text(encoding="utf-8"))
    data["plan"]["writes"].pop()
    kept.write_text(json.dumps(data), encoding="utf-8")
    refused = run("apply", str(kept), *practice(folder))
    assert refused.code == 2
    assert "It was changed since it was saved" in refused.err
