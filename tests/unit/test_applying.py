"""Carrying out a plan: exactly its writes, each recorded; lost answers, kills, stops and refusals on the way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from m365backup_tui.domain.errors import (
    CloudError,
    Conflict,
    Forbidden,
    NotFound,
    NotSignedIn,
    OutcomeUnknown,
    Rejected,
    StepUpNeeded,
    Throttled,
    Unreachable,
)
from m365backup_tui.domain.plan import Draft, Plan, Power
from m365backup_tui.domain.policies import PolicyStatus
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.run import Outcome, Run, RunPhase
from m365backup_tui.domain.session import Account
from m365backup_tui.domain.units import ProtectionUnit, UnitStatus
from m365backup_tui.journal.runs import FileRuns
from m365backup_tui.ports import Tools
from m365backup_tui.work import applying
from tests.unit.fakes import (
    ACCOUNT,
    START,
    FakeBackup,
    Fault,
    candidate,
    file_runs,
    lost,
    make_tools,
    onboarding,
    plan_of,
)

IDEAL = [
    "create All OneDrive",
    "create All SharePoint",
    "create All Exchange",
    "activate id-onedrive-All OneDrive",
    "activate id-sharepoint-All SharePoint",
    "activate id-exchange-All Exchange",
]


async def drive(events: Any) -> list[Run]:
    return [event.run async for event in events]


async def apply(tools: Tools, plan: Plan) -> Run:
    return (await drive(applying.apply(tools, plan, ACCOUNT)))[-1]


async def resume(tools: Tools, run_id: str) -> Run:
    return (await drive(applying.resume(tools, run_id, ACCOUNT)))[-1]


def outcomes(run: Run) -> list[str]:
    return [str(w.outcome) for w in run.writes]


def lines(run: Run) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(run.record).read_text().splitlines()]


async def test_a_plan_is_carried_out_with_exactly_its_writes(tmp_path: Path) -> None:
    backup = FakeBackup()
    runs = await drive(
        applying.apply(make_tools(file_runs(tmp_path), backup), onboarding(backup), ACCOUNT)
    )
    assert backup.sent == IDEAL
    assert runs[-1].phase is RunPhase.DONE
    assert {p.status for p in runs[-1].watched} == {PolicyStatus.ACTIVE}
    assert [r.written for r in runs] == sorted(r.written for r in runs)
    assert {r.phase for r in runs} == {RunPhase.WRITING, RunPhase.WATCHING, RunPhase.DONE}


async def test_every_write_is_intended_before_and_recorded_after(tmp_path: Path) -> None:
    backup = FakeBackup()
    run = await apply(make_tools(file_runs(tmp_path), backup), onboarding(backup))
    kinds = [(line["kind"], line.get("write")) for line in lines(run)]
    pairs = [(kind, w.write.id) for w in run.writes for kind in ("intend", "outcome")]
    assert kinds == [("begin", None), *pairs, ("end", None)]


async def test_a_second_run_of_the_same_plan_writes_nothing(tmp_path: Path) -> None:
    backup = FakeBackup()
    tools = make_tools(file_runs(tmp_path), backup)
    plan = onboarding(backup)
    await apply(tools, plan)
    again = await apply(tools, plan)
    assert backup.sent == IDEAL
    assert again.phase is RunPhase.FAILED
    assert "changed since this plan" in again.note


async def test_a_second_run_of_changes_to_an_existing_policy_writes_nothing(tmp_path: Path) -> None:
    backup = FakeBackup()
    policy = backup.have(Product.EXCHANGE, "Mail", ["ann", "bob"])
    gone = ProtectionUnit(Product.EXCHANGE, "unit-bob", "bob", "Bob", "bob@x", UnitStatus.PROTECTED)
    draft = Draft(
        Product.EXCHANGE,
        "Mail",
        policy.id,
        "Mail",
        (candidate(Product.EXCHANGE, "cyd"),),
        (gone,),
        Power.ACTIVATE,
    )
    tools = make_tools(file_runs(tmp_path), backup)
    plan = plan_of([draft], backup)
    first = await apply(tools, plan)
    sent = list(backup.sent)
    second = await apply(tools, plan)
    assert sent == [f"change {policy.id} +cyd,-bob"]
    assert backup.sent == sent
    assert (first.phase, second.phase) == (RunPhase.DONE, RunPhase.FAILED)
    assert "Cyd is in “Mail” already.\nBob is not in “Mail” any more." in second.note
    assert backup.picture() == {"Mail": ("exchange", ["ann", "cyd"])}


async def test_a_plan_is_refused_when_the_tenant_moved_on(tmp_path: Path) -> None:
    backup = FakeBackup()
    plan = onboarding(backup)
    backup.have(Product.EXCHANGE, "Somebody else's")
    run = await apply(make_tools(file_runs(tmp_path), backup), plan)
    assert (run.phase, backup.sent) == (RunPhase.FAILED, [])
    assert "Nothing was written" in run.note


async def test_a_plan_of_another_tenant_is_refused(tmp_path: Path) -> None:
    backup = FakeBackup()
    other = Account("other-tenant", "x", "x@y", "X")
    tools = make_tools(file_runs(tmp_path), backup)
    run = (await drive(applying.apply(tools, onboarding(backup), other)))[-1]
    assert (run.phase, backup.sent) == (RunPhase.FAILED, [])


async def test_throttled_waits_visibly_until_the_named_time_and_sends_again(tmp_path: Path) -> None:
    backup = FakeBackup()
    until = START + timedelta(seconds=30.5)
    backup.faults = [Fault("create_policy", Throttled("Busy.", "429", until=until))]
    tools = make_tools(file_runs(tmp_path), backup)
    runs = await drive(applying.apply(tools, onboarding(backup), ACCOUNT))
    assert until in {r.wait_until for r in runs}
    assert backup.sent == [IDEAL[0], *IDEAL]
    assert backup.writes == IDEAL
    assert backup.sent_at[1] >= until
    assert max(backup.clock.slept) <= 1.0
    assert runs[-1].phase is RunPhase.DONE


async def test_a_stop_during_a_wait_ends_within_a_second(tmp_path: Path) -> None:
    backup = FakeBackup()
    until = START + timedelta(minutes=10)
    backup.faults = [Fault("create_policy", Throttled("Busy.", "429", until=until))]
    journal = file_runs(tmp_path)
    tools = make_tools(journal, backup)
    backup.clock.on_sleep = journal.ask_to_stop
    run = await apply(tools, onboarding(backup))
    assert run.phase is RunPhase.STOPPED
    assert backup.clock.now() - START <= timedelta(seconds=1)
    assert run.wait_until is None
    backup.clock.on_sleep = None
    assert (await resume(tools, run.id)).phase is RunPhase.DONE
    assert backup.writes == IDEAL


async def test_a_stop_between_writes_sends_no_further_one(tmp_path: Path) -> None:
    backup = FakeBackup()
    journal = file_runs(tmp_path)
    tools = make_tools(journal, backup)
    events = applying.apply(tools, onboarding(backup), ACCOUNT)
    last = None
    async for event in events:
        last = event.run
        if last.written == 1:
            journal.ask_to_stop()
    assert last is not None
    assert (last.phase, len(backup.sent)) == (RunPhase.STOPPED, last.written)
    assert last.written < len(IDEAL)
    unfinished = journal.unfinished(ACCOUNT.tenant_id)
    assert unfinished is not None
    assert unfinished.id == last.id
    assert (await resume(tools, last.id)).phase is RunPhase.DONE
    assert backup.writes == IDEAL


async def test_no_network_is_tried_a_few_times_then_left_for_resume(tmp_path: Path) -> None:
    backup = FakeBackup()
    backup.faults = [Fault("create_policy", Unreachable("No connection."), times=6)]
    tools = make_tools(file_runs(tmp_path), backup)
    run = await apply(tools, onboarding(backup))
    assert run.phase is RunPhase.STOPPED
    assert outcomes(run) == ["waiting"] * 6
    assert (await resume(tools, run.id)).phase is RunPhase.DONE
    assert backup.writes == IDEAL


@pytest.mark.parametrize("committed", [True, False])
@pytest.mark.parametrize("call", ["create_policy", "activate"])
async def test_a_lost_answer_is_looked_up_before_anything_is_sent_again(
    tmp_path: Path, call: str, committed: bool
) -> None:
    backup = FakeBackup()
    backup.faults = [lost(committed, call)]
    tools = make_tools(file_runs(tmp_path), backup)
    runs = await drive(applying.apply(tools, onboarding(backup), ACCOUNT))
    assert runs[-1].phase is RunPhase.DONE
    assert backup.writes == IDEAL
    assert len(backup.sent) == (6 if committed else 7)
    assert any(w.outcome is Outcome.READING_BACK for r in runs for w in r.writes)


@pytest.mark.parametrize("committed", [True, False])
async def test_lost_answers_to_unit_changes_rename_and_pause(
    tmp_path: Path, committed: bool
) -> None:
    backup = FakeBackup()
    policy = backup.have(Product.EXCHANGE, "Mail", ["ann", "bob"])
    bob = backup.contents[policy.id][1]
    adds = tuple(candidate(Product.EXCHANGE, f"new{n}") for n in range(60))
    draft = Draft(Product.EXCHANGE, "Post", policy.id, "Mail", adds, (bob,), Power.PAUSE)
    backup.faults = [
        lost(committed, "change_policy"),
        lost(committed, "change_policy", after=1),
        lost(committed, "pause"),
    ]
    run = await apply(make_tools(file_runs(tmp_path), backup), plan_of([draft], backup))
    assert run.phase is RunPhase.DONE
    assert len(backup.writes) == len(set(backup.writes)) == 3
    assert len(backup.contents[policy.id]) == 61
    assert backup.held[policy.id].name == "Post"
    assert backup.held[policy.id].status is PolicyStatus.INACTIVE


async def test_only_what_is_missing_is_sent_after_half_a_change(tmp_path: Path) -> None:
    backup = FakeBackup()
    policy = backup.have(Product.EXCHANGE, "Mail", ["ann"])
    adds = tuple(candidate(Product.EXCHANGE, k) for k in ("bob", "cyd"))
    draft = Draft(Product.EXCHANGE, "Mail", policy.id, "Mail", adds)
    tools = make_tools(file_runs(tmp_path), backup)
    plan = plan_of([draft], backup)
    backup.faults = [lost(False, "change_policy")]

    def half() -> None:
        if not any(u.key == "bob" for u in backup.contents[policy.id]):
            backup.contents[policy.id].append(
                backup._unit(Product.EXCHANGE, "bob", UnitStatus.PROTECTED)
            )

    backup.clock.on_sleep = half
    run = await apply(tools, plan)
    assert backup.sent == [f"change {policy.id} +bob,+cyd", f"change {policy.id} +cyd"]
    assert run.phase is RunPhase.DONE


async def test_when_looking_fails_too_the_run_stops_and_resume_settles_it(tmp_path: Path) -> None:
    backup = FakeBackup()
    blind = OutcomeUnknown("No answer came.", "504")
    plan = onboarding(backup)
    backup.faults = [lost(True, "create_policy"), Fault("policies", blind, times=3, after=1)]
    tools = make_tools(file_runs(tmp_path), backup)
    run = await apply(tools, plan)
    assert run.phase is RunPhase.STOPPED
    assert outcomes(run)[0] == "unknown"
    assert backup.sent == IDEAL[:1]
    assert (await resume(tools, run.id)).phase is RunPhase.DONE
    assert backup.writes == IDEAL


async def test_a_write_that_never_takes_effect_is_given_up_as_refused(tmp_path: Path) -> None:
    backup = FakeBackup()
    backup.faults = [lost(False, "create_policy", times=99)]
    run = await apply(make_tools(file_runs(tmp_path), backup), onboarding(backup))
    assert set(outcomes(run)) == {"refused", "not sent"}
    assert run.phase is RunPhase.FAILED
    assert backup.writes == []
    assert backup.sent.count(IDEAL[0]) == 4  # once, and three times after looking


@pytest.mark.parametrize(
    "error",
    [
        Rejected("No.", "InvalidDisplayName"),
        Conflict("Another policy is there.", "PolicyCreationNotAllowed"),
        Forbidden("Your role is missing."),
        NotFound("Gone.", "PolicyNotFound"),
    ],
)
async def test_a_refused_policy_does_not_hold_up_the_others(
    tmp_path: Path, error: CloudError
) -> None:
    backup = FakeBackup()
    backup.faults = [Fault("create_policy", error)]
    tools = make_tools(file_runs(tmp_path), backup)
    run = await apply(tools, onboarding(backup))
    assert run.phase is RunPhase.PARTLY
    assert outcomes(run) == ["refused", "done", "done", "not sent", "done", "done"]
    assert error.what in run.writes[0].note
    assert backup.writes == [IDEAL[n] for n in (1, 2, 4, 5)]


async def test_resume_of_a_partly_applied_run_sends_what_was_refused_and_nothing_else(
    tmp_path: Path,
) -> None:
    backup = FakeBackup()
    backup.faults = [Fault("create_policy", Forbidden("Your role is missing."))]
    tools = make_tools(file_runs(tmp_path), backup)
    first = await apply(tools, onboarding(backup))
    second = await resume(tools, first.id)
    assert second.phase is RunPhase.DONE
    assert sorted(backup.writes) == sorted(IDEAL)


async def test_items_refused_inside_an_answer_are_named_with_their_reason(tmp_path: Path) -> None:
    backup = FakeBackup()
    policy = backup.have(Product.EXCHANGE, "Mail", ["ann"])
    backup.refusals = {"bob": ("protectionUnitAlreadyExists", "in policy X")}
    adds = tuple(candidate(Product.EXCHANGE, k) for k in ("bob", "cyd"))
    draft = Draft(Product.EXCHANGE, "Mail", policy.id, "Mail", adds)
    run = await apply(make_tools(file_runs(tmp_path), backup), plan_of([draft], backup))
    assert run.phase is RunPhase.PARTLY
    assert outcomes(run) == ["partly"]
    (item,) = run.writes[0].failed
    assert (item.address, item.name) == ("bob@example.com", "Bob")
    assert "Remove it there first" in item.reason


async def test_activation_waits_until_the_policy_is_at_rest(tmp_path: Path) -> None:
    backup = FakeBackup(updating_looks=4)
    policy = backup.have(Product.EXCHANGE, "Mail", ["ann"], PolicyStatus.UPDATING)
    backup.held[policy.id] = replace(policy, retention="pause")
    draft = Draft(Product.EXCHANGE, "Mail", policy.id, "Mail", power=Power.ACTIVATE)
    run = await apply(make_tools(file_runs(tmp_path), backup), plan_of([draft], backup))
    assert backup.sent == [f"activate {policy.id}"]
    assert run.phase is RunPhase.DONE


@pytest.mark.parametrize(
    "error", [StepUpNeeded("Sign in again.", claims="c"), NotSignedIn("Ended.")]
)
async def test_a_sign_in_that_ran_out_stops_the_run_and_resume_goes_on(
    tmp_path: Path, error: CloudError
) -> None:
    backup = FakeBackup()
    backup.faults = [Fault("activate", error, after=1)]
    tools = make_tools(file_runs(tmp_path), backup)
    run = await apply(tools, onboarding(backup))
    assert run.phase is RunPhase.STOPPED
    assert "Sign in again" in run.note
    assert (await resume(tools, run.id)).phase is RunPhase.DONE
    assert backup.writes == IDEAL


class Killed(BaseException):
    """The process is gone: nothing after this may reach the disk."""


class MortalRuns(FileRuns):
    """Dies at the given append: before it, after it, or with half of the line written."""

    def __init__(self, folder: Path, dies_at: int, how: str) -> None:
        super().__init__(folder, "mortal", token=lambda: "0001")
        self.left = dies_at
        self.how = how
        self.dead = False

    def _append(self, run_id: str, kind: str, at: datetime, facts: Mapping[str, Any]) -> None:
        if self.dead:
            raise Killed
        self.left -= 1
        if self.left > 0:
            super()._append(run_id, kind, at, facts)
            return
        self.dead = True
        if self.how != "before":
            super()._append(run_id, kind, at, facts)
        if self.how == "torn":
            path = Path(self.path(run_id))
            data = path.read_bytes()
            cut = len(data) - len(data.splitlines()[-1]) // 2 - 1
            path.write_bytes(data[:cut])
        raise Killed


@pytest.mark.parametrize("how", ["before", "after", "torn"])
@pytest.mark.parametrize("lossy", [False, True])
async def test_a_run_killed_at_any_record_resumes_to_the_same_end_without_repeating_a_write(
    tmp_path: Path, how: str, lossy: bool
) -> None:
    whole = FakeBackup()
    assert (await apply(make_tools(file_runs(tmp_path / "whole"), whole), _big(whole))).phase
    records = 2 * len(whole.writes) + 1
    for at in range(1, records + 1):
        backup = FakeBackup()
        plan = _big(backup)
        if lossy:
            backup.faults = [lost(True, c, times=9) for c in ("create_policy", "change_units")]
        folder = tmp_path / f"{at}"
        mortal = MortalRuns(folder, at, how)
        with pytest.raises(Killed):
            await apply(make_tools(mortal, backup), plan)
        mortal.close()
        survivor = file_runs(folder)
        tools = make_tools(survivor, backup)
        left = survivor.unfinished(ACCOUNT.tenant_id)
        if left is None:  # killed after the closing record was complete
            assert (at, how) == (records, "after")
        else:
            assert (await resume(tools, left.id)).phase is RunPhase.DONE
        assert backup.picture() == whole.picture()
        assert sorted(backup.writes) == sorted(whole.writes)


def _big(backup: FakeBackup) -> Plan:
    return onboarding(backup, mailboxes=60)


async def test_a_record_torn_at_any_byte_of_its_last_line_resumes(tmp_path: Path) -> None:
    backup = FakeBackup()
    journal = file_runs(tmp_path)
    tools = make_tools(journal, backup)
    backup.faults = [Fault("activate", NotSignedIn("Ended."), after=1)]
    run = await apply(tools, onboarding(backup))
    _tear_everywhere(Path(run.record), tmp_path, run.id)
    assert (await resume(tools, run.id)).phase is RunPhase.DONE
    assert backup.writes == IDEAL


def _tear_everywhere(path: Path, folder: Path, run_id: str) -> None:
    """Cuts the record at every byte of its last line, and leaves it cut in the middle of that."""
    data = path.read_bytes()
    last = len(data.splitlines(keepends=True)[-1])
    for cut in [*range(1, last + 1), last // 2]:
        path.write_bytes(data[: len(data) - cut])
        found = file_runs(folder).unfinished(ACCOUNT.tenant_id)
        assert found is not None
        assert (found.id, found.written) == (run_id, 4)


async def test_an_answer_on_its_way_is_recorded_although_the_program_is_told_to_leave(
    tmp_path: Path,
) -> None:
    backup = FakeBackup()
    started, go_on = asyncio.Event(), asyncio.Event()
    activate = backup.activate

    async def slow(product: Product, policy_id: str) -> str:
        started.set()
        await go_on.wait()
        return await activate(product, policy_id)

    object.__setattr__(backup, "activate", slow)
    journal = file_runs(tmp_path)
    tools = make_tools(journal, backup)
    task = asyncio.ensure_future(apply(tools, onboarding(backup)))
    await started.wait()
    task.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    left = journal.unfinished(ACCOUNT.tenant_id)
    assert left is not None
    assert outcomes(left)[:4] == ["done"] * 4
    assert left.phase is RunPhase.STOPPED
    object.__setattr__(backup, "activate", activate)
    assert (await resume(tools, left.id)).phase is RunPhase.DONE
    assert backup.writes == IDEAL


async def test_a_full_disk_stops_before_anything_is_sent(tmp_path: Path) -> None:
    backup = FakeBackup()

    class FullDisk(FileRuns):
        def intend(self, run_id: str, write_id: str, at: datetime) -> None:
            raise Rejected("The record cannot be written: no space left on device.")

    run = await apply(make_tools(FullDisk(tmp_path, "test"), backup), onboarding(backup))
    assert (run.phase, backup.sent) == (RunPhase.STOPPED, [])
    assert "no space left" in run.note


async def test_a_second_run_for_the_tenant_is_refused_naming_the_holder(tmp_path: Path) -> None:
    backup = FakeBackup()
    plan = onboarding(backup)
    first, second = file_runs(tmp_path, "wizard"), file_runs(tmp_path, "apply")
    run_id = first.begin(plan, ACCOUNT, START)
    run = await apply(make_tools(second, backup), plan)
    assert (run.phase, backup.sent) == (RunPhase.FAILED, [])
    assert "wizard" in run.note
    stopped = await resume(make_tools(second, backup), run_id)
    assert "wizard" in stopped.note
    assert len(stopped.writes) == 6
