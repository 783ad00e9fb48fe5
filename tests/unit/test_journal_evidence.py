"""`runs RUN` and `runs RUN --export FILE`: the chain's verdict, and a report that an auditor can keep."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from m365backup_tui.domain.cost import Cost
from m365backup_tui.domain.plan import Change, Plan
from m365backup_tui.domain.run import FailedItem, Outcome, Run, RunPhase, WriteState
from m365backup_tui.headless import runs as command
from m365backup_tui.headless.sitting import Usage
from m365backup_tui.journal.codec import to_data
from m365backup_tui.journal.runs import FileRuns
from m365backup_tui.options import Options
from tests.documents import problems
from tests.unit.fakes import ACCOUNT, START, FakeBackup, file_runs, onboarding

PLAN = onboarding(FakeBackup())
FIRST, SECOND = PLAN.writes[:2]
ITEM = FailedItem("k", "Ann", "ann@example.com", "code", "has no mailbox")


def recorded(folder: Path, plan: Plan = PLAN) -> tuple[FileRuns, str]:
    """Two writes, the first of them sent twice, and a resume in between. 8 lines."""
    runs = file_runs(folder / "global")
    run_id = runs.begin(plan, ACCOUNT, START)
    runs.intend(run_id, FIRST.id, START)
    runs.outcome(run_id, WriteState(FIRST, note="asked to wait", request_id="r-early"), START)
    runs.intend(run_id, FIRST.id, START)
    runs.close()
    runs.reopen(run_id, replace(ACCOUNT, username="other@example.com"), START)
    done = WriteState(FIRST, Outcome.PARTLY, (ITEM,), request_id="r-late", policy_id="p1")
    runs.outcome(run_id, done, START)
    refused = WriteState(SECOND, Outcome.REFUSED, note="no licence", request_id="r-second")
    runs.outcome(run_id, refused, START)
    ended = Run(run_id, plan, START, RunPhase.PARTLY, (done, refused), unit_failures=(ITEM,))
    runs.end(ended, START)
    return runs, run_id


def told(folder: Path, run_id: str, export: Path | None = None, *, as_json: bool = False) -> int:
    return command.runs(Options(state_dir=folder, json=as_json), run_id, export)


def exported(folder: Path, run_id: str) -> dict[str, Any]:
    file = folder / "report.json"
    told(folder, run_id, file)
    data: dict[str, Any] = json.loads(file.read_text())
    assert list(problems("evidence", data)) == []
    return data


def _log(record: Path) -> Path:
    return record.parent.parent / "log.jsonl"


def test_a_run_in_full_says_whether_its_chain_is_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs, run_id = recorded(tmp_path)
    end = json.loads(Path(runs.path(run_id)).read_text().splitlines()[-1])["hash"]
    assert told(tmp_path, run_id) == 0
    assert f"Chain: whole, 8 lines, ends with {end}" in capsys.readouterr().out
    assert told(tmp_path, run_id, as_json=True) == 0
    (shown,) = json.loads(capsys.readouterr().out)
    assert shown["chain"]["verdict"] == "whole"
    assert told(tmp_path, "") == 0
    assert "Chain" not in capsys.readouterr().out


def test_a_changed_last_line_is_damage_and_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs, run_id = recorded(tmp_path)
    path = Path(runs.path(run_id))
    path.write_bytes(path.read_bytes().replace(b'"phase":"partly"', b'"phase":"done"'))
    assert told(tmp_path, run_id) == command.DAMAGED
    out, err = capsys.readouterr()
    assert "Chain: broken, 8 lines" in out
    assert "Line 8 was changed." in out
    assert "Damaged" in err
    assert told(tmp_path, "") == command.DAMAGED


def test_a_torn_last_line_is_no_damage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs, run_id = recorded(tmp_path)
    path = Path(runs.path(run_id))
    path.write_bytes(path.read_bytes()[:-9])
    _log(path).unlink()  # it would know that the line was whole once
    assert told(tmp_path, run_id) == 0
    out, err = capsys.readouterr()
    assert "Chain: whole, 7 lines" in out
    assert "A torn last line" in out
    assert err == ""


def test_a_record_without_hashes_says_not_chained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs, run_id = recorded(tmp_path)
    path = Path(runs.path(run_id))
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    bare = [{k: v for k, v in line.items() if k not in ("prev", "hash")} for line in lines]
    path.write_text("".join(json.dumps(line) + "\n" for line in bare))
    _log(path).unlink()  # versions without hashes noted nothing of a record there
    assert told(tmp_path, run_id) == 0
    out = capsys.readouterr().out
    assert "Chain: not chained, 8 lines" in out
    assert "8 lines, 1 to 8, have no hash" in out
    assert "partly: create" in out


def test_the_json_report_holds_who_when_what_and_every_request(tmp_path: Path) -> None:
    runs, run_id = recorded(tmp_path)
    data = exported(tmp_path, run_id)
    assert [(w["did"], w["account"], w["line"]) for w in data["who"]] == [
        ("begin", ACCOUNT.username, 1),
        ("resume", "other@example.com", 5),
    ]
    assert (data["began"], data["ended"]) == (START.isoformat(), START.isoformat())
    assert (data["result"], data["closed"], data["record"]) == ("partly", True, runs.path(run_id))
    assert (data["plan"]["tenant_id"], data["plan"]["observed"]) == (
        PLAN.tenant_id,
        to_data(PLAN.observed),
    )
    assert len(data["plan"]["changes"]) == len(PLAN.changes)
    first, second, third = data["writes"][:3]
    assert len(data["writes"]) == len(PLAN.writes)
    assert first["request_ids"] == ["r-early", "r-late"]
    assert [(e["line"], e["event"]) for e in first["events"]] == [
        (2, "about to be sent"),
        (3, "outcome"),
        (4, "about to be sent"),
        (6, "outcome"),
    ]
    assert (first["outcome"], first["policy_id"]) == ("partly", "p1")
    assert [u["address"] for u in first["units"]] == [u.address for u in FIRST.units]
    assert first["refused"][0]["address"] == "ann@example.com"
    assert (second["outcome"], second["note"]) == ("refused", "no licence")
    assert (third["outcome"], third["events"]) == ("waiting", [])
    last = json.loads(Path(runs.path(run_id)).read_text().splitlines()[-1])
    assert data["chain"]["end"] == last["hash"]
    assert data["chain"]["verdict"] == "whole"


def test_the_text_report_holds_the_same(tmp_path: Path) -> None:
    _, run_id = recorded(tmp_path)
    file = tmp_path / "report.txt"
    assert told(tmp_path, run_id, file) == 0
    assert file.stat().st_mode & 0o777 == 0o600
    text = file.read_text()
    end = exported(tmp_path, run_id)["chain"]["end"]
    for words in (
        f"Evidence of run {run_id}",
        "Chain: whole",
        end,
        ACCOUNT.username,
        "other@example.com",
        "request r-early",
        "request r-late",
        "request r-second",
        "refused: no licence",
        FIRST.units[0].address,
        "has no mailbox",
        "Result: partly",
        "sha256 of the hash in the line before it",
    ):
        assert words in text
    assert "No closing line" not in text


def test_a_change_of_the_notifications_is_told_by_its_words(tmp_path: Path) -> None:
    words = "to Global Administrators, all events (now: off)"
    change = Change(None, "", "~", 0, 0, Cost(), what=words)
    _, run_id = recorded(tmp_path, replace(PLAN, changes=(*PLAN.changes, change)))
    file = tmp_path / "report.txt"
    told(tmp_path, run_id, file)
    assert f"\n  ~ e-mail notifications: {words}\n" in file.read_text()
    assert "None" not in file.read_text()
    assert exported(tmp_path, run_id)["plan"]["changes"][-1]["product"] is None


def test_a_broken_record_is_reported_as_broken_with_what_is_left(tmp_path: Path) -> None:
    runs, run_id = recorded(tmp_path)
    path = Path(runs.path(run_id))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:5], *lines[6:]]))  # without the outcome of the first write
    file = tmp_path / "report.txt"
    assert told(tmp_path, run_id, file) == command.DAMAGED
    text = file.read_text()
    assert "Chain: broken\n  Line 6 was removed.\n" in text
    assert "It is not complete." in text
    data = exported(tmp_path, run_id)
    assert data["chain"]["breaks"] == ["line 6 was removed"]
    assert [w["outcome"] for w in data["writes"][:2]] == ["sending", "refused"]

    path.write_bytes(b"".join([lines[0].replace(b"Example", b"Exampel"), *lines[1:]]))
    (tmp_path / "report.json").unlink()
    without_plan = exported(tmp_path, run_id)
    assert without_plan["chain"]["breaks"] == ["line 1 was changed"]
    assert "does not begin with a plan" in without_plan["unreadable"]
    assert (without_plan["plan"], without_plan["writes"]) == (None, [])
    file.unlink()
    told(tmp_path, run_id, file)
    assert "Not readable as a run" in file.read_text()


def test_a_report_says_that_the_closing_line_is_not_there(tmp_path: Path) -> None:
    runs, run_id = recorded(tmp_path)
    path = Path(runs.path(run_id))
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    file = tmp_path / "report.txt"
    assert told(tmp_path, run_id, file) == command.DAMAGED
    assert "1 line is missing at the end" in file.read_text()
    assert "No closing line" in file.read_text()


def test_a_name_cannot_pretend_to_be_a_line_of_the_report(tmp_path: Path) -> None:
    plan = replace(PLAN, tenant_name="Evil\nChain: whole\x1b[2J")
    _, run_id = recorded(tmp_path, plan)
    file = tmp_path / "report.txt"
    told(tmp_path, run_id, file)
    assert "Evil?Chain: whole?[2J" in file.read_text()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("report", r"ending in \.json or \.txt"),
        ("report.pdf", r"ending in \.json or \.txt"),
        ("nowhere/report.txt", "cannot be written"),
        ("there.txt", "is there already"),
    ],
)
def test_a_report_that_cannot_be_written_is_wrong_usage(
    tmp_path: Path, name: str, words: str
) -> None:
    _, run_id = recorded(tmp_path)
    (tmp_path / "there.txt").write_text("mine")
    with pytest.raises(Usage, match=words):
        told(tmp_path, run_id, tmp_path / name)
    assert (tmp_path / "there.txt").read_text() == "mine"
    with pytest.raises(Usage, match="needs the run"):
        told(tmp_path, "", tmp_path / "report.txt")
    with pytest.raises(Usage, match="There is no run"):
        told(tmp_path, "20200101-000000-0000", tmp_path / "report.txt")
    assert not (tmp_path / "report.txt").exists()


@pytest.mark.parametrize("facts", ['"write":["x"]', '"write":"unknown"', '"nothing":1'])
def test_a_line_that_no_version_wrote_is_told_and_no_crash(tmp_path: Path, facts: str) -> None:
    runs, run_id = recorded(tmp_path)
    path = Path(runs.path(run_id))
    begin = json.loads(path.read_text().splitlines()[0])
    bare = [json.dumps({k: v for k, v in begin.items() if k not in ("prev", "hash")})]
    bare.append('{"n":1,"kind":"intend","at":"2026-11-21T11:45:00+00:00",' + facts + "}")
    path.write_text("\n".join(bare) + "\n")
    assert told(tmp_path, run_id) == command.DAMAGED
    assert "cannot be read by this version" in exported(tmp_path, run_id)["unreadable"]


def test_a_report_says_what_the_record_was_compared_with(tmp_path: Path) -> None:
    runs, run_id = recorded(tmp_path)
    told(tmp_path, run_id, tmp_path / "with.txt")
    assert "Compared with 3 notes of it in the tenant's log." in (tmp_path / "with.txt").read_text()
    _log(Path(runs.path(run_id))).unlink()
    told(tmp_path, run_id, tmp_path / "without.txt")
    assert "The tenant's log has no note of it" in (tmp_path / "without.txt").read_text()
    assert exported(tmp_path, run_id)["notes_in_log"] == 0
