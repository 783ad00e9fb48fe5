"""The journal on disk: chained, private, torn ends set aside, one run per tenant at a time."""

from __future__ import annotations

import json
import multiprocessing
from dataclasses import replace
from pathlib import Path

import pytest

from m365backup_tui.domain.errors import Broken, Conflict, NotFound, Rejected
from m365backup_tui.domain.run import FailedItem, Outcome, Run, RunPhase, WriteState
from m365backup_tui.journal import log
from m365backup_tui.journal.codec import to_data
from m365backup_tui.journal.runs import FileRuns
from tests.unit.fakes import ACCOUNT, START, TENANT, FakeBackup, file_runs, onboarding

PLAN = onboarding(FakeBackup())
DONE = [
    WriteState(w, Outcome.DONE, request_id=f"r{n}", policy_id="p")
    for n, w in enumerate(PLAN.writes)
]


def begun(folder: Path) -> tuple[FileRuns, str]:
    runs = file_runs(folder)
    return runs, runs.begin(PLAN, ACCOUNT, START)


def finished(runs: FileRuns, run_id: str, phase: RunPhase) -> Run:
    run = Run(run_id, PLAN, START, phase, tuple(DONE), note="a note", ended=START)
    runs.end(run, START)
    return run


def test_a_run_comes_back_from_its_record(tmp_path: Path) -> None:
    runs, run_id = begun(tmp_path)
    item = FailedItem("k", "Ann", "ann@x", "code", "why")
    partly = replace(DONE[0], outcome=Outcome.PARTLY, failed=(item,), note="some")
    runs.intend(run_id, PLAN.writes[0].id, START)
    runs.outcome(run_id, partly, START)
    runs.intend(run_id, PLAN.writes[1].id, START)
    runs.close()
    found = file_runs(tmp_path).reopen(run_id, ACCOUNT, START)
    assert found.plan == PLAN
    assert found.writes[0] == partly
    assert [w.outcome for w in found.writes[1:3]] == [Outcome.SENDING, Outcome.WAITING]
    assert found.record == runs.path(run_id)


def test_the_record_stands_where_it_is_promised_and_is_private(tmp_path: Path) -> None:
    runs, run_id = begun(tmp_path / "state" / "practice")
    path = tmp_path / "state" / "practice" / TENANT / "runs" / f"{run_id}.jsonl"
    assert run_id.startswith("20261121-114500-")
    assert runs.path(run_id) == str(path)
    assert path.stat().st_mode & 0o777 == 0o600
    for folder in (path.parent, path.parent.parent, tmp_path / "state"):
        assert folder.stat().st_mode & 0o777 == 0o700
    first = json.loads(path.read_text().splitlines()[0])
    assert (first["kind"], first["account"], first["n"]) == ("begin", ACCOUNT.username, 0)
    assert first["plan"]["observed"] == to_data(PLAN.observed)


def test_a_changed_line_is_found_and_named(tmp_path: Path) -> None:
    runs, run_id = begun(tmp_path)
    runs.intend(run_id, PLAN.writes[0].id, START)
    runs.outcome(run_id, DONE[0], START)
    runs.close()
    path = Path(runs.path(run_id))
    path.write_bytes(path.read_bytes().replace(b'"intend"', b'"Intend"'))
    again = file_runs(tmp_path)
    with pytest.raises(Broken, match="line 2"):
        again.reopen(run_id, ACCOUNT, START)
    assert again.unfinished(TENANT) is None
    assert "line 2" in again.damaged(TENANT)[0]
    assert again.begin(PLAN, ACCOUNT, START)  # the lock was given back


def test_a_torn_last_line_is_kept_beside_and_the_chain_goes_on(tmp_path: Path) -> None:
    runs, run_id = begun(tmp_path)
    runs.intend(run_id, PLAN.writes[0].id, START)
    runs.close()
    path = Path(runs.path(run_id))
    path.write_bytes(path.read_bytes() + b'{"n":2,"prev":"abc","ki')
    again = file_runs(tmp_path)
    assert again.reopen(run_id, ACCOUNT, START).writes[0].outcome is Outcome.SENDING
    assert path.with_suffix(".torn").read_bytes() == b'{"n":2,"prev":"abc","ki\n'
    again.outcome(run_id, DONE[0], START)
    again.close()
    assert file_runs(tmp_path).list_runs(TENANT)[0].writes[0] == DONE[0]


def test_only_a_run_that_can_go_on_is_offered(tmp_path: Path) -> None:
    runs, first = begun(tmp_path)
    finished(runs, first, RunPhase.STOPPED)
    offered = runs.unfinished(TENANT)
    assert offered is not None
    assert (offered.id, offered.note, offered.phase) == (first, "a note", RunPhase.STOPPED)
    second = runs.begin(PLAN, ACCOUNT, START)
    runs.outcome(second, DONE[0], START)
    finished(runs, second, RunPhase.DONE)
    assert runs.unfinished(TENANT) is None  # what came later has taken its place
    assert [r.id for r in runs.list_runs(TENANT)] == [second, first]
    assert runs.unfinished("another-tenant") is None


def test_a_run_refused_before_its_first_write_does_not_hide_an_unfinished_one(
    tmp_path: Path,
) -> None:
    runs, first = begun(tmp_path)
    finished(runs, first, RunPhase.STOPPED)
    second = runs.begin(PLAN, ACCOUNT, START)
    waiting = tuple(WriteState(w) for w in PLAN.writes)
    runs.end(Run(second, PLAN, START, RunPhase.FAILED, waiting, note="moved on"), START)
    offered = runs.unfinished(TENANT)
    assert offered is not None
    assert offered.id == first


def test_the_lock_names_its_holder_and_is_given_back_at_the_end(tmp_path: Path) -> None:
    runs, run_id = begun(tmp_path)
    other = file_runs(tmp_path, "another window")
    with pytest.raises(Conflict, match=r"test, started 2026-11-21 11:45 UTC .* \(process \d+\)"):
        other.begin(PLAN, ACCOUNT, START)
    with pytest.raises(Conflict):
        other.reopen(run_id, ACCOUNT, START)
    finished(runs, run_id, RunPhase.DONE)
    assert other.begin(PLAN, ACCOUNT, START)


def _hold_and_die(folder: str) -> None:
    file_runs(Path(folder), "a process that dies").begin(PLAN, ACCOUNT, START)
    multiprocessing.current_process().kill()  # SIGKILL: nothing is cleaned up


def test_the_lock_of_a_dead_process_holds_nobody_up(tmp_path: Path) -> None:
    child = multiprocessing.get_context("spawn").Process(
        target=_hold_and_die, args=(str(tmp_path),)
    )
    child.start()
    child.join(30)
    assert child.exitcode not in (0, None)
    survivor = FileRuns(tmp_path, "next", token=lambda: "ffff")
    assert (tmp_path / TENANT / "run.holder").exists()
    left = survivor.unfinished(TENANT)
    assert left is not None
    assert survivor.reopen(left.id, ACCOUNT, START).plan == PLAN


def test_a_run_of_another_tenant_or_no_run_is_refused(tmp_path: Path) -> None:
    runs, run_id = begun(tmp_path)
    runs.close()
    with pytest.raises(Conflict, match="another tenant"):
        runs.reopen(run_id, replace(ACCOUNT, tenant_id="other"), START)
    with pytest.raises(NotFound):
        runs.reopen("20200101-000000-0000", ACCOUNT, START)
    with pytest.raises(NotFound):
        runs.path("../../etc/passwd")
    with pytest.raises(Broken):
        runs.unfinished("../..")


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(Rejected, match="cannot be read or written"):
        file_runs(blocked).begin(PLAN, ACCOUNT, START)


def test_notes_are_kept_in_the_tenants_log(tmp_path: Path) -> None:
    runs = file_runs(tmp_path)
    runs.note("terms accepted", TENANT, {"terms": "https://example"}, START)
    runs.note("group created", TENANT, {"name": "rg"}, START)
    entries = log.entries(tmp_path / TENANT)
    assert [e["kind"] for e in entries] == ["terms accepted", "group created"]
    assert entries[0]["at"] == START.isoformat()
    assert log.entries(tmp_path / "nobody") == ()


def test_asking_to_stop_lasts_until_the_next_run_begins(tmp_path: Path) -> None:
    runs = file_runs(tmp_path)
    runs.ask_to_stop()
    assert runs.asked_to_stop()
    runs.begin(PLAN, ACCOUNT, START)
    assert not runs.asked_to_stop()


@pytest.mark.parametrize("left", [b"", b'{"n":0,"prev":"0000'])
def test_a_record_cut_off_before_its_plan_is_no_run_and_no_damage(
    tmp_path: Path, left: bytes
) -> None:
    runs = FileRuns(tmp_path, "wizard")
    folder = tmp_path / "t" / "runs"
    folder.mkdir(parents=True)
    (folder / "20261121-120000-abcd.jsonl").write_bytes(left)
    assert runs.list_runs("t") == ()
    assert runs.damaged("t") == ()
    assert runs.unfinished("t") is None
