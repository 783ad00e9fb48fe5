"""A saved plan comes back as it was; whatever was done to the file in between is refused in a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from m365backup_tui.domain.errors import Rejected
from m365backup_tui.domain.plan_file import NotAPlan, dump, looks_like_one, parse, upgrade
from m365backup_tui.journal.codec import to_data
from m365backup_tui.work import saved_plan
from tests.unit.fakes import FakeBackup, onboarding

PLAN = onboarding(FakeBackup(), mailboxes=120)


def test_a_plan_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    path = saved_plan.keep(tmp_path / "wave.plan", PLAN)
    assert saved_plan.load(path) == PLAN


def test_the_file_says_in_words_what_it_does(tmp_path: Path) -> None:
    path = saved_plan.keep(tmp_path / "wave.plan", PLAN)
    text = json.loads(path.read_text(encoding="utf-8"))["text"]
    assert "+ create Exchange “All Exchange”: +120 -0 mailboxes" in text


def test_an_existing_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "wave.plan"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(Rejected, match="exists already"):
        saved_plan.keep(path, PLAN)
    assert path.read_text(encoding="utf-8") == "mine"


def test_a_policy_file_is_no_saved_plan(tmp_path: Path) -> None:
    path = tmp_path / "policies.yaml"
    path.write_text("version: 1\npolicies: {}\n", encoding="utf-8")
    assert saved_plan.load(path) is None


@given(some.data())
def test_a_changed_character_is_noticed(data: some.DataObject) -> None:
    saved = dump(to_data(PLAN), ["words"])
    inside = [n for n, c in enumerate(saved) if c.isalnum()]
    place = data.draw(some.sampled_from(inside))
    other = "b" if saved[place] == "a" else "a"
    with pytest.raises(NotAPlan):
        parse(saved[:place] + other + saved[place + 1 :])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "no JSON"),
        ("[]", "no saved plan"),
        ('{"kind": "m365backup-tui plan", "version": 99}', "another version"),
        ('{"kind": "m365backup-tui plan", "version": 1}', "changed since"),
    ],
)
def test_what_is_no_plan_is_refused_in_a_sentence(text: str, words: str) -> None:
    with pytest.raises(NotAPlan, match=words):
        parse(text)


def test_a_saved_plan_is_told_from_yaml_by_its_beginning() -> None:
    assert looks_like_one('{"kind": "m365backup-tui plan"}')
    assert not looks_like_one("version: 1")
    assert not looks_like_one('{"version": 1}')


def test_writes_of_older_records_become_changes() -> None:
    unit = {"key": "a", "name": "A", "address": "a@x", "unit_id": "u"}
    writes: list[dict[str, Any]] = [
        {"id": "1", "act": "add", "units": [unit]},
        {"id": "2", "act": "remove", "units": [unit]},
        {"id": "3", "act": "rename", "new_name": "New", "units": []},
        {"id": "4", "act": "activate", "units": []},
    ]
    old = {"observed": "0123456789abcdef", "writes": writes}
    new = upgrade(old)
    assert new["observed"] == []
    assert [w["act"] for w in new["writes"]] == ["change"] * 3 + ["activate"]
    assert (new["writes"][0]["units"], new["writes"][1]["removes"]) == ([unit], [unit])
    assert new["writes"][1]["units"] == []
    assert writes[0]["act"] == "add"
