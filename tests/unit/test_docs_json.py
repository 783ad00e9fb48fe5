"""docs/json.md: every schema is in its table, its error is one, its examples with jq give what they say."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from m365backup_tui.domain.status import MOST_UNITS, UNITS_ASKED
from m365backup_tui.headless.schema import names
from tests.documents import problems

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "json.md").read_text(encoding="utf-8")
FILTERS = re.findall(r"\| jq -r '([^']+)'", PAGE)


def policy(name: str, failed: int | None, at: str | None) -> dict[str, Any]:
    return {"name": name, "units": {"failed": failed}, "latest_restore_point": {"at": at}}


def test_the_table_names_every_schema_and_no_other() -> None:
    rows = re.findall(r"^\| (`.+?) \|", PAGE.split("## When")[0], re.MULTILINE)
    assert sorted(name for row in rows for name in re.findall(r"`([\w-]+)`", row)) == sorted(
        {*names(), "policy-file"}
    )


def test_the_error_on_the_page_fits_its_schema() -> None:
    (block,) = re.findall(r"```json\n(.+?)```", PAGE, re.DOTALL)
    assert list(problems("error", json.loads(block))) == []


def test_the_figures_are_those_of_the_code() -> None:
    assert f"up to {MOST_UNITS:,} units together" in PAGE
    assert UNITS_ASKED == 5
    assert "Five protected units of each policy" in PAGE


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
@pytest.mark.parametrize(
    ("number", "document", "wanted"),
    [
        (
            0,
            {"policies": [policy("A", 2, None), policy("B", 0, None), policy("C", None, None)]},
            "A\n",
        ),
        (
            1,
            {"policies": [policy("A", 0, "2026-01-01T00:00:00Z"), policy("B", 0, None)]},
            "A\n",
        ),
        (
            2,
            {"error": {"problems": [{"line": 5, "field": "state", "rule": "Wrong."}]}},
            "5: state: Wrong.\n",
        ),
        (2, {"changes": []}, ""),
    ],
)
def test_the_filters_give_what_the_page_says(number: int, document: Any, wanted: str) -> None:
    command = ["jq", "-r", FILTERS[number]]
    ended = subprocess.run(command, input=json.dumps(document), capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (0, wanted), ended.stderr
