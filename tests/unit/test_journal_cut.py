"""A record cut at any byte, of this version and of an earlier one: the run goes on to the same end, or says why not."""

from __future__ import annotations

import copy
import json
import os
import shutil
from pathlib import Path

import pytest

from m365backup_tui.domain.errors import Broken
from m365backup_tui.domain.plan import Act, Plan
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.run import Outcome, Run, RunPhase, WriteState
from m365backup_tui.journal.chain import last_line
from m365backup_tui.journal.record import Writer
from m365backup_tui.journal.runs import FileRuns
from m365backup_tui.work import applying
from tests.unit.fakes import ACCOUNT, START, TENANT, FakeBackup, file_runs, make_tools, onboarding

EXAMPLES = int(os.environ.get("M365BACKUP_TUI_EXAMPLES", "5"))
OLD = Path(__file__).parent / "records" / "20261121-114500-0001.jsonl"


class Killed(BaseException):
    """The process ends right after a record is on disk."""


async def finish(folder: Path, backup: FakeBackup, plan: Plan) -> Run | None:
    """What somebody does after a crash: resume what is unfinished; apply anew where nothing was recorded."""
    runs = file_runs(folder, "after the crash")
    left = runs.unfinished(TENANT)
    tools = make_tools(runs, backup)
    last: Run | None = None
    if left is not None:
        async for event in applying.resume(tools, left.id, ACCOUNT):
            last = event.run
    elif not runs.list_runs(TENANT):
        async for event in applying.apply(tools, plan, ACCOUNT):
            last = event.run
    return last


async def killed(
    folder: Path, at: int, monkeypatch: pytest.MonkeyPatch
) -> tuple[FakeBackup, Plan, Path]:
    """A run whose process dies right after its record number `at`."""
    backup = FakeBackup()
    plan = onboarding(backup)
    write, count = Writer._append, 0

    def deadly(self: Writer, data: bytes) -> None:
        nonlocal count
        count += 1
        if count <= at:
            write(self, data)
        if count >= at:
            raise Killed

    runs = file_runs(folder)
    with monkeypatch.context() as patched:
        patched.setattr(Writer, "_append", deadly)
        with pytest.raises(Killed):
            async for _ in applying.apply(make_tools(runs, backup), plan, ACCOUNT):
                pass
    runs.close()
    return backup, plan, record_in(folder)


def record_in(folder: Path) -> Path:
    (path,) = folder.rglob("runs/*.jsonl")
    return path


@pytest.mark.parametrize("at", [1, 2, 3, 6, 12, 13, 14])
async def test_cut_at_any_byte_of_its_last_line_the_run_ends_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """1 is the plan, then intents and outcomes in turns, 14 the closing line. Of all cuts but a few what is read is
    compared, and those few are carried on to the end (M365BACKUP_TUI_EXAMPLES=1000: all of them)."""
    monkeypatch.setattr(
        os, "fsync", lambda handle: None
    )  # hundreds of runs; what is cut is cut here
    whole = FakeBackup()
    tools = make_tools(file_runs(tmp_path / "whole"), whole)
    async for _ in applying.apply(tools, onboarding(whole), ACCOUNT):
        pass
    backup, plan, path = await killed(tmp_path / "killed", at, monkeypatch)
    data, log = path.read_bytes(), path.parent.parent / "log.jsonl"
    last = len(data.splitlines(keepends=True)[-1])
    fewer = {*range(1, last + 1, -(-last // EXAMPLES)), 2, last}
    read: set[str] = set()
    every = 1 if last < 1000 or EXAMPLES > 100 else 7  # the plan's own line is long
    for cut in sorted({*range(1, last + 1, every), *fewer}):
        path.write_bytes(data[: len(data) - cut])
        found = file_runs(tmp_path / "killed").list_runs(TENANT)
        told = repr(found[0]) if found else "no run"
        if cut > 1:
            read.add(told)  # without its end alone the line is still whole
        if cut not in fewer:
            continue
        folder = tmp_path / f"cut-{cut}" / TENANT
        (folder / "runs").mkdir(parents=True)
        (folder / "runs" / path.name).write_bytes(data[: len(data) - cut])
        if log.exists():
            shutil.copy(log, folder)
        tenant = copy.deepcopy(backup)
        run = await finish(folder.parent, tenant, plan)
        if at == 14 and cut == 1:
            assert run is None  # of the closing line only its end is missing
        else:
            assert run is not None, cut
            assert run.phase is RunPhase.DONE, (cut, run.note)
        assert tenant.picture() == whole.picture()
        assert sorted(tenant.writes) == sorted(whole.writes)
    assert len(read) == 1, "what is read depends on where the last line was cut"


async def test_an_intent_that_the_disk_had_acknowledged_and_lost_is_no_second_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that lies about fsync: the write went out, and its record is gone. The plan is refused, not repeated."""
    backup, plan, path = await killed(tmp_path, 2, monkeypatch)
    write = plan.writes[0]
    await backup.create_policy(write.policy_product, write.policy, write.units)
    path.write_bytes(path.read_bytes()[:-5])
    run = await finish(tmp_path, backup, plan)
    assert run is not None
    assert run.phase is RunPhase.FAILED
    assert "Nothing was written: the tenant has changed since this plan was made" in run.note
    assert len(backup.sent) == 1


async def test_whole_lines_cut_off_the_end_are_noticed_and_the_run_does_not_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without them a policy that was created would be created again."""
    backup, _, path = await killed(tmp_path, 5, monkeypatch)
    runs = file_runs(tmp_path)
    run = runs.reopen(path.stem, ACCOUNT, START)
    runs.end(Run(run.id, run.plan, START, RunPhase.STOPPED, run.writes), START)
    lines = path.read_bytes().splitlines(keepends=True)
    assert len(lines) == 7
    sent = len(backup.sent)
    for left in (2, 3, 4, 5):
        path.write_bytes(b"".join(lines[:left]))
        with pytest.raises(
            Broken, match=r"missing at the end: the tenant's log knows 7 .* new plan"
        ):
            runs.reopen(path.stem, ACCOUNT, START)
        assert runs.chain(path.stem).verdict == "broken"
        stopped = await finish(tmp_path, backup, run.plan)
        assert stopped is not None
        assert (stopped.phase, len(backup.sent)) == (RunPhase.STOPPED, sent)
        assert "a new plan can" in stopped.note
    path.write_bytes(b"".join(lines[:6]))  # the closing line alone: it stands for no write
    assert runs.reopen(path.stem, ACCOUNT, START).writes == run.writes


def test_a_record_that_was_written_anew_is_noticed(tmp_path: Path) -> None:
    runs = file_runs(tmp_path)
    first = runs.begin(onboarding(FakeBackup()), ACCOUNT, START)
    runs.close()
    second = runs.begin(onboarding(FakeBackup(), mailboxes=2), ACCOUNT, START)
    runs.close()
    Path(runs.path(first)).write_bytes(Path(runs.path(second)).read_bytes())
    (fault,) = runs.chain(first).breaks
    assert fault.startswith("line 1 is not the one that the tenant's log knows")
    with pytest.raises(Broken, match="line 1 is not the one"):
        runs.reopen(first, ACCOUNT, START)
    log = tmp_path / TENANT / "log.jsonl"
    log.write_text(
        log.read_text() + 'junk\n[]\n{"kind":"run record","run":"' + second + '","lines":"x"}\n'
    )
    assert runs.chain(second).verdict == "whole"


# --- the last line alone ------------------------------------------------------------------------------------------


def test_the_last_line_is_found_from_the_end_and_only_trusted_when_whole(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    writer = Writer.create(path)
    assert last_line(path) is None
    for n, size in enumerate((10, 70_000, 10, 200_000)):
        writer.append("intend", START, {"write": "x" * size})
        found = last_line(path)
        assert found is not None
        assert (found.n, len(found.facts["write"])) == (n, size)
    whole = path.read_bytes()
    for bad in (whole[:-1], whole[:-2] + b"\n", whole.replace(b"xxx", b"yyy"), b"\n", b"{}\n"):
        path.write_bytes(bad)
        assert last_line(path) is None


def test_finished_runs_are_told_by_their_last_line_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Starting the program does not read every record of a tenant that has many."""
    runs = file_runs(tmp_path)
    plan = onboarding(FakeBackup())
    stopped = runs.begin(plan, ACCOUNT, START)
    runs.end(Run(stopped, plan, START, RunPhase.STOPPED), START)
    for phase, outcome in ((RunPhase.FAILED, Outcome.WAITING), (RunPhase.DONE, Outcome.DONE)):
        read: list[str] = []
        monkeypatch.setattr(
            FileRuns,
            "_replay",
            lambda self, path, kept=FileRuns._replay, read=read: (
                read.append(path.stem) or kept(self, path)
            ),
        )
        run_id = runs.begin(plan, ACCOUNT, START)
        states = tuple(WriteState(w, outcome) for w in plan.writes)
        runs.end(Run(run_id, plan, START, phase, states), START)
        found = runs.unfinished(TENANT)
        assert read == ([stopped] if phase is RunPhase.FAILED else [])
        assert (found.id if found else None) == (stopped if phase is RunPhase.FAILED else None)


# --- an earlier version's record ----------------------------------------------------------------------------------


def old_record(folder: Path) -> FileRuns:
    """Written by version 0.1 (commit b27113f): additions, removals and a name were requests of their own, `observed` a
    digest. A rename was done, an addition was about to be sent."""
    (folder / TENANT / "runs").mkdir(parents=True)
    shutil.copy(OLD, folder / TENANT / "runs")
    return file_runs(folder)


def test_the_record_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    run = old_record(tmp_path).unfinished(TENANT)
    assert run is not None
    writes = [w.write for w in run.writes]
    assert [w.act for w in writes] == [Act.CHANGE] * 3 + [Act.CREATE, Act.ACTIVATE]
    assert [w.new_name for w in writes][:3] == ["Left", "", ""]
    assert [len(w.units) for w in writes] == [0, 2, 0, 1, 0]
    assert [u.unit_id for u in writes[2].removes] == ["unit-ann"]
    assert [w.outcome for w in run.writes][:3] == [Outcome.DONE, Outcome.SENDING, Outcome.WAITING]


@pytest.mark.parametrize("arrived", [False, True])
async def test_the_record_of_an_earlier_version_goes_on(tmp_path: Path, arrived: bool) -> None:
    runs = old_record(tmp_path)
    backup = FakeBackup()
    kept = backup.have(Product.EXCHANGE, "Leavers", ["ann", "bob", "eve"])
    await backup.change_policy(Product.EXCHANGE, kept.id, name="Left")
    run = runs.unfinished(TENANT)
    assert run is not None
    if arrived:
        await backup.change_policy(Product.EXCHANGE, kept.id, add=run.writes[1].write.units)
    before = len(backup.writes)
    ended = await finish(tmp_path, backup, run.plan)
    assert ended is not None
    assert ended.phase is RunPhase.DONE, ended.note
    assert backup.picture() == {
        "Left": ("exchange", ["bob", "eve", "kim", "lee"]),
        "New": ("onedrive", ["zoe"]),
    }
    assert len(backup.writes) - before == (3 if arrived else 4)
    facts = runs.evidence(OLD.stem, START)
    assert (facts["chain"]["verdict"], facts["result"]) == ("whole", "done")
    assert (
        facts["plan"]["observed"] == json.loads(OLD.read_text().splitlines()[0])["plan"]["observed"]
    )
