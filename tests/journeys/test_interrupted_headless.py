"""A sign-in that ends while a command writes: exit code 3 and one line; `resume` goes on, nothing is made twice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.journeys.command import EXAMPLE, control, end_of, practice, said, start
from tests.journeys.test_headless import folder, goes_on_and_finishes, no_traceback, on

__all__ = ["folder", "on"]  # fixtures

# Time to switch the faults below on while the run is under way.
_SLOW = {
    "id": "H1",
    "operation": "POST /v1.0/solutions/backupRestore/sharePointProtectionPolicies",
    "nth": 1,
    "times": 1,
    "retry_after": 3,
}


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (70043, "Your organization asks you to sign in again."),
        (53003, "A Conditional Access policy of your organization blocks this sign-in."),
    ],
)
def test_a_sign_in_that_ends_is_3_and_resume_goes_on(
    folder: Path, number: int, sentence: str
) -> None:
    running = start("apply", EXAMPLE, *practice(folder), "--json")
    said(running, "Signed in as")
    control(folder, "PUT", "scenarios", [_SLOW])
    told = said(running, "done: create OneDrive policy")
    ended_now = [
        {"id": "H8", "operation": "graph", "times": None},
        {"id": "A", "aadsts": number, "operation": "get token", "times": 1},
    ]
    control(folder, "PUT", "scenarios", ended_now)
    ended = end_of(running)
    assert ended.code == 3, told + ended.err
    no_traceback(ended)
    assert ended.document["result"] == "stopped"
    (note,) = ended.document["note"].splitlines()
    assert note.startswith(sentence)
    assert "sign in again, then resume" in note
    (record,) = folder.glob("practice/*/runs/*.jsonl")
    last = json.loads(record.read_text().splitlines()[-1])
    assert (last["kind"], last["phase"]) == ("end", "stopped")
    goes_on_and_finishes(folder, before=["All accounts"])
