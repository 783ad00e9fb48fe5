"""Bulk addition jobs, moves, rules and deletion: sent once, followed to their end, each unit with its own outcome."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from m365backup_tui.domain.bulk import BulkStatus
from m365backup_tui.domain.errors import NotFound, Rejected
from m365backup_tui.domain.groups import GroupKind, GroupRef
from m365backup_tui.domain.plan import Act, Draft, Plan, Power
from m365backup_tui.domain.policies import PolicyStatus
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rules import Rule, RuleEnd, RuleRun, RuleStatus, RuleWish
from m365backup_tui.domain.run import Outcome, Run, RunPhase
from m365backup_tui.domain.units import Candidate
from m365backup_tui.ports import Tools
from m365backup_tui.work import applying, planning
from tests.unit.fakes import (
    ACCOUNT,
    TENANT,
    FakeBackup,
    Fault,
    candidate,
    file_runs,
    lost,
    make_tools,
)

MANY = tuple(candidate(Product.EXCHANGE, f"m{n}", size=10) for n in range(170))


def tools_of(tmp_path: Path, backup: FakeBackup) -> Tools:
    return make_tools(file_runs(tmp_path), backup)


async def plan_for(tools: Tools, *drafts: Draft) -> Plan:
    return await planning.plan_for(tools, drafts, TENANT, "Example")


async def last(events: Any) -> Run:
    run: Run | None = None
    async for event in events:
        run = event.run
    assert run is not None
    return run


async def apply(tools: Tools, plan: Plan) -> Run:
    return await last(applying.apply(tools, plan, ACCOUNT))


def wave(add: tuple[Candidate, ...] = MANY, **more: Any) -> Draft:
    return Draft(Product.EXCHANGE, "Wave", add=add, power=Power.ACTIVATE, **more)


# --- bulk addition jobs ---------------------------------------------------------------------------------------------


async def test_a_job_is_followed_to_its_end_before_the_policy_is_switched_on(
    tmp_path: Path,
) -> None:
    backup = FakeBackup()
    tools = tools_of(tmp_path, backup)
    plan = await plan_for(tools, wave())
    assert [w.act for w in plan.writes] == [Act.CREATE, Act.BULK, Act.ACTIVATE]
    run = await apply(tools, plan)
    assert run.phase is RunPhase.DONE
    assert len(backup.sent) == plan.requests == 3
    assert backup.picture() == {"Wave": ("exchange", sorted(c.key for c in MANY))}


@pytest.mark.parametrize("committed", [True, False])
async def test_a_job_whose_answer_is_lost_is_found_by_its_name(
    tmp_path: Path, committed: bool
) -> None:
    backup = FakeBackup(faults=[lost(committed, "add_in_bulk")])
    tools = tools_of(tmp_path, backup)
    run = await apply(tools, await plan_for(tools, wave()))
    assert run.phase is RunPhase.DONE
    assert sum(len(jobs) for jobs in backup.jobs.values()) == 1


async def test_units_that_a_job_passes_over_are_named_with_a_reason(tmp_path: Path) -> None:
    backup = FakeBackup()
    tools = tools_of(tmp_path, backup)
    plan = await plan_for(tools, wave())
    backup.refusals = {"m160": ("EmailNotFound", "m160@example.com was not found")}
    backup.have(
        Product.ONEDRIVE, "Elsewhere", ["m165"]
    )  # takes the key: the service passes it over
    run = await apply(tools, plan)
    assert run.phase is RunPhase.PARTLY
    (bulk,) = (w for w in run.writes if w.write.act is Act.BULK)
    assert bulk.outcome is Outcome.PARTLY
    assert {(f.key, f.code, f.name) for f in bulk.failed} == {
        ("m160", "EmailNotFound", "M160"),
        ("m165", "", "M165"),
    }
    assert all(f.reason for f in bulk.failed)


async def test_a_job_that_vanishes_is_judged_by_what_arrived(tmp_path: Path) -> None:
    backup = FakeBackup(faults=[Fault("bulk_job", NotFound("No such job."), times=99)])
    tools = tools_of(tmp_path, backup)
    run = await apply(tools, await plan_for(tools, wave()))
    (bulk,) = (w for w in run.writes if w.write.act is Act.BULK)
    assert bulk.outcome is Outcome.PARTLY
    assert len(bulk.failed) == 120
    assert "vanished" in bulk.note


async def test_a_job_in_a_state_unknown_to_this_version_is_never_done(tmp_path: Path) -> None:
    backup = FakeBackup(updating_looks=10_000)
    tools = tools_of(tmp_path, backup)
    plan = await plan_for(tools, wave())

    def strange() -> None:
        for jobs in backup.jobs.values():
            for key, job in jobs.items():
                jobs[key] = replace(job, status=BulkStatus.UNKNOWN)
        backup.updating_looks = 1
        for work in backup._work:
            if not work.startswith("job"):
                backup._work[work] = 1

    backup.clock.on_sleep = strange
    run = await apply(tools, plan)
    (bulk,) = (w for w in run.writes if w.write.act is Act.BULK)
    assert bulk.outcome is Outcome.PARTLY
    assert "does not know" in bulk.note


async def test_a_stop_while_a_job_runs_is_followed_up_by_resume(tmp_path: Path) -> None:
    backup = FakeBackup()
    journal = file_runs(tmp_path)
    tools = make_tools(journal, backup)
    plan = await plan_for(tools, wave())
    stopped: Run | None = None
    async for event in applying.apply(tools, plan, ACCOUNT):
        stopped = event.run
        if any(w.outcome is Outcome.ACCEPTED for w in stopped.writes):
            journal.ask_to_stop()
    assert stopped is not None
    assert stopped.phase is RunPhase.STOPPED
    run = await last(applying.resume(tools, stopped.id, ACCOUNT))
    assert run.phase is RunPhase.DONE
    assert len(backup.sent) == plan.requests


# --- moves ----------------------------------------------------------------------------------------------------------


def moving(backup: FakeBackup, count: int = 3) -> tuple[Draft, str]:
    keys = [f"m{n}" for n in range(count)]
    old = backup.have(Product.EXCHANGE, "Old", [*keys, "stays"])
    adds = tuple(candidate(Product.EXCHANGE, k, policy="Old") for k in keys)
    return wave(adds), old.id


async def test_a_move_takes_out_waits_and_puts_in(tmp_path: Path) -> None:
    backup = FakeBackup()
    draft, _ = moving(backup)
    tools = tools_of(tmp_path, backup)
    plan = await plan_for(tools, draft)
    assert [w.act for w in plan.writes] == [Act.CHANGE, Act.CREATE, Act.ACTIVATE]
    assert plan.removals == ("Old",)
    assert {(c.policy, c.moves, c.leaves) for c in plan.changes} == {("Wave", 3, 0), ("Old", 0, 3)}
    run = await apply(tools, plan)
    assert run.phase is RunPhase.DONE
    assert backup.picture() == {
        "Old": ("exchange", ["stays"]),
        "Wave": ("exchange", ["m0", "m1", "m2"]),
    }


async def test_a_unit_that_does_not_come_out_is_not_put_in_and_is_named(tmp_path: Path) -> None:
    backup = FakeBackup()
    draft, old = moving(backup)
    tools = tools_of(tmp_path, backup)
    plan = await plan_for(tools, draft)
    keep = backup.change_policy

    async def stubborn(product: Product, policy_id: str, **what: Any) -> Any:
        if policy_id == old:
            what["remove"] = [u for u in what["remove"] if u.key != "m1"]
            _, request = await keep(product, policy_id, **what)
            from m365backup_tui.domain.units import ItemRefusal

            return (ItemRefusal("unit-m1", "ProtectionUnitActionNotAllowed", "No."),), request
        return await keep(product, policy_id, **what)

    object.__setattr__(backup, "change_policy", stubborn)
    run = await apply(tools, plan)
    assert run.phase is RunPhase.PARTLY
    assert sorted(u.key for u in backup.contents[old]) == ["m1", "stays"]
    assert "m1" not in [u.key for u in backup.contents["id-exchange-Wave"]]


async def test_two_policies_may_swap_units(tmp_path: Path) -> None:
    backup = FakeBackup()
    a = backup.have(Product.EXCHANGE, "A", ["x"])
    b = backup.have(Product.EXCHANGE, "B", ["y"])
    to_a = Draft(Product.EXCHANGE, "A", a.id, "A", (candidate(Product.EXCHANGE, "y", policy="B"),))
    to_b = Draft(Product.EXCHANGE, "B", b.id, "B", (candidate(Product.EXCHANGE, "x", policy="A"),))
    tools = tools_of(tmp_path, backup)
    run = await apply(tools, await plan_for(tools, to_a, to_b))
    assert run.phase is RunPhase.DONE
    assert backup.picture() == {"A": ("exchange", ["y"]), "B": ("exchange", ["x"])}


# --- rules, deletion ------------------------------------------------------------------------------------------------

GROUP = GroupRef("11111111-1111-4111-8111-111111111111", "Sales", "", str(GroupKind.SECURITY))


@pytest.mark.parametrize("committed", [None, True, False])
async def test_a_rule_is_added_once_and_followed_until_it_has_run(
    tmp_path: Path, committed: bool | None
) -> None:
    backup = FakeBackup()
    if committed is not None:
        backup.faults = [lost(committed, "add_rule")]
    tools = tools_of(tmp_path, backup)
    draft = wave(MANY[:1], rules=(RuleWish(Product.EXCHANGE, False, (GROUP,)),))
    plan = await plan_for(tools, draft)
    assert [w.act for w in plan.writes] == [Act.CREATE, Act.ADD_RULE, Act.ACTIVATE]
    run = await apply(tools, plan)
    assert run.phase is RunPhase.DONE
    (rules,) = backup.ruled.values()
    assert [r.status for r in rules] == [RuleStatus.COMPLETED]


@pytest.mark.parametrize("unprotect", [True, False])
@pytest.mark.parametrize("committed", [None, True, False])
async def test_a_rule_is_ended_once(
    tmp_path: Path, committed: bool | None, unprotect: bool
) -> None:
    backup = FakeBackup()
    policy = backup.have(Product.EXCHANGE, "Mail", ["ann"])
    wish = RuleWish(Product.EXCHANGE, True, (GROUP,))
    rule = Rule(Product.EXCHANGE, "rule-9", wish.expression, True, RuleStatus.COMPLETED)
    backup.ruled[policy.id] = [rule]
    if committed is not None:
        backup.faults = [lost(committed, "end_rule")]
    tools = tools_of(tmp_path, backup)
    draft = Draft(
        Product.EXCHANGE, "Mail", policy.id, "Mail", end_rules=(RuleEnd(rule, unprotect),)
    )
    run = await apply(tools, await plan_for(tools, draft))
    assert run.phase is RunPhase.DONE
    assert backup.ruled[policy.id] == []
    assert len(backup.writes) == 1


async def test_a_one_time_rule_is_run_again(tmp_path: Path) -> None:
    backup = FakeBackup()
    policy = backup.have(Product.EXCHANGE, "Mail", ["ann"])
    wish = RuleWish(Product.EXCHANGE, False, (GROUP,))
    rule = Rule(Product.EXCHANGE, "rule-9", wish.expression, False, RuleStatus.COMPLETED)
    backup.ruled[policy.id] = [rule]
    tools = tools_of(tmp_path, backup)
    draft = Draft(Product.EXCHANGE, "Mail", policy.id, "Mail", run_rules=(RuleRun(rule),))
    run = await apply(tools, await plan_for(tools, draft))
    assert run.phase is RunPhase.DONE
    assert backup.writes == [f"run rule {policy.id} rule-9"]


@pytest.mark.parametrize("committed", [None, True, False])
async def test_a_policy_is_paused_and_then_deleted(tmp_path: Path, committed: bool | None) -> None:
    backup = FakeBackup()
    policy = backup.have(Product.EXCHANGE, "Mail", ["ann"])
    if committed is not None:
        backup.faults = [lost(committed, "delete_policy")]
    tools = tools_of(tmp_path, backup)
    draft = Draft(Product.EXCHANGE, "Mail", policy.id, "Mail", power=Power.DELETE)
    plan = await plan_for(tools, draft)
    assert [w.act for w in plan.writes] == [Act.PAUSE, Act.DELETE]
    assert plan.removals == ("Mail",)
    run = await apply(tools, plan)
    assert run.phase is RunPhase.DONE, run.note
    assert backup.held == {}
    assert backup.writes == [f"pause {policy.id}", f"delete {policy.id}"]


async def test_a_policy_of_the_same_name_that_somebody_made_before_is_never_taken_for_ours(
    tmp_path: Path,
) -> None:
    backup = FakeBackup()
    tools = tools_of(tmp_path, backup)
    plan = await plan_for(tools, wave(MANY[:2]))

    def somebody_else() -> None:
        long_ago = (backup.clock.now() - timedelta(days=3)).isoformat()
        policy = backup.have(Product.EXCHANGE, "Wave", ["z"], PolicyStatus.INACTIVE)
        backup.held[policy.id] = replace(policy, created=long_ago)
        backup.clock.on_sleep = None

    backup.faults = [lost(False, "create_policy")]
    backup.clock.on_sleep = somebody_else
    run = await apply(tools, plan)
    assert run.phase is RunPhase.STOPPED
    assert run.writes[0].outcome is Outcome.UNKNOWN
    assert [u.key for u in backup.contents["id-exchange-Wave"]] == ["z"]


async def test_a_new_policy_of_which_nothing_came_out_of_the_old_one_is_not_made(
    tmp_path: Path,
) -> None:
    backup = FakeBackup()
    draft, old = moving(backup)
    tools = tools_of(tmp_path, backup)
    plan = await plan_for(tools, draft)
    backup.faults = [Fault("change_policy", Rejected("Not now.", "ProtectionUnitActionNotAllowed"))]
    run = await apply(tools, plan)
    assert [w.outcome for w in run.writes] == [Outcome.REFUSED, Outcome.REFUSED, Outcome.NOT_SENT]
    assert [f.name for f in run.writes[1].failed] == ["M0", "M1", "M2"]
    assert list(backup.held) == [old]


async def test_a_resumed_create_is_looked_for_even_if_the_record_says_it_was_never_sent(
    tmp_path: Path,
) -> None:
    """A disk that confirmed an intent and lost it in a power cut."""
    backup = FakeBackup()
    journal = file_runs(tmp_path)
    tools = make_tools(journal, backup)
    backup.have(Product.EXCHANGE, "Other")
    other = Draft(Product.EXCHANGE, "Other", "id-exchange-Other", "Other", power=Power.PAUSE)
    again = await plan_for(tools, other, wave(MANY[:2]))
    run_id = journal.begin(again, ACCOUNT, backup.clock.now())
    pause = next(w for w in again.writes if w.act is Act.PAUSE)
    journal.intend(run_id, pause.id, backup.clock.now())
    journal.close()
    await backup.create_policy(Product.EXCHANGE, "Wave", again.writes[0].units)
    run = await last(applying.resume(tools, run_id, ACCOUNT))
    assert run.phase is RunPhase.DONE
    assert [w for w in backup.writes if w.startswith("create")] == ["create Wave"]
