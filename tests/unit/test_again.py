"""After a run: drafts of just what failed, drafts that reverse it, and the failed as a list that can be read again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from m365backup_tui.domain.again import Again, lost, lost_count, retriable, try_again
from m365backup_tui.domain.errors import Rejected, Unreachable
from m365backup_tui.domain.groups import GroupRef
from m365backup_tui.domain.lists_reading import read
from m365backup_tui.domain.plan import Draft, Plan, Power
from m365backup_tui.domain.plan_making import make_plan
from m365backup_tui.domain.policies import Counts, Policy, PolicyStatus
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rules import Rule, RuleEnd, RuleRun, RuleStatus, RuleWish
from m365backup_tui.domain.run import FailedItem, Outcome, Run, RunPhase, WriteState
from m365backup_tui.domain.units import ProtectionUnit, UnitStatus
from m365backup_tui.events import AGAIN, Arrived, Broke
from m365backup_tui.ports import Tools
from m365backup_tui.work import again, applying, failed_file, planning
from tests.unit.fakes import (
    ACCOUNT,
    START,
    TENANT,
    FakeBackup,
    FakeDirectory,
    Fault,
    candidate,
    file_runs,
    make_tools,
)

ONE = Product.ONEDRIVE


def unit(key: str, by_rule: bool = False) -> ProtectionUnit:
    return ProtectionUnit(
        ONE,
        f"unit-{key}",
        key,
        key.title(),
        f"{key}@example.com",
        UnitStatus.PROTECTED,
        by_rule=by_rule,
    )


def put_policy(backup: FakeBackup, name: str, *keys: str, paused: bool = False) -> Policy:
    status = PolicyStatus.INACTIVE if paused else PolicyStatus.ACTIVE
    policy = Policy(ONE, f"id-{name}", name, status, Counts(len(keys), len(keys)))
    backup.held[policy.id] = policy
    backup.contents[policy.id] = [unit(k) for k in keys]
    return policy


async def plan(tools: Tools, *drafts: Draft) -> Plan:
    return await planning.plan_for(tools, drafts, TENANT, "Example")


async def carried_out(tools: Tools, *drafts: Draft) -> Run:
    made = await plan(tools, *drafts)
    return [event.run async for event in applying.apply(tools, made, ACCOUNT)][-1]


async def prepared(tools: Tools, run: Run, *, reverse: bool) -> Again:
    events = [event async for event in again.make(tools, run, reverse=reverse)]
    last = events[-1]
    assert isinstance(last, Arrived)
    assert last.slot is AGAIN
    assert isinstance(last.value, Again)
    return last.value


def shape(backup: FakeBackup) -> dict[str, tuple[str, bool, tuple[str, ...]]]:
    """Name -> (name, paused, keys): what an undo has to bring back."""
    return {
        pid: (
            policy.name,
            policy.status is PolicyStatus.INACTIVE,
            tuple(sorted(u.key for u in backup.contents[pid])),
        )
        for pid, policy in backup.held.items()
    }


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    return make_tools(file_runs(tmp_path))


def backup_of(tools: Tools) -> FakeBackup:
    assert isinstance(tools.backup, FakeBackup)
    return tools.backup


# --- the failed alone -------------------------------------------------------------------------------------------------


async def test_only_what_failed_is_tried_again_and_a_second_round_completes_the_plan(
    tools: Tools,
) -> None:
    backup = backup_of(tools)
    everyone = put_policy(backup, "Everyone", "old", "gone")
    backup.refusals = {"bad": ("MailboxNotReady", "Not yet.")}
    units = tuple(candidate(ONE, key) for key in ("good", "bad"))
    run = await carried_out(
        tools, Draft(ONE, "Everyone", everyone.id, "Everyone", units, (unit("gone"),))
    )
    assert run.phase is RunPhase.PARTLY
    # The tenant in memory refuses no removal: as if it had refused this one.
    backup.contents[everyone.id].append(unit("gone"))
    stays = FailedItem("gone", "Gone", "gone@example.com", "UnknownError", "No.")
    (state,) = run.writes
    run = replace(run, writes=(replace(state, failed=(*state.failed, stays)),))
    assert retriable(run) == lost_count(run) == 2

    backup.refusals = {}
    made = await prepared(tools, run, reverse=False)
    (draft,) = made.drafts
    assert [u.key for u in draft.add] == ["bad"]
    assert [u.id for u in draft.remove] == ["unit-gone"]
    assert (await carried_out(tools, draft)).phase is RunPhase.DONE
    assert sorted(u.key for u in backup.contents[everyone.id]) == ["bad", "good", "old"]
    nothing = await prepared(tools, run, reverse=False)
    assert nothing.drafts == ()
    assert "In “Everyone” by now: bad@example.com." in nothing.notes


async def test_what_a_bulk_job_passed_over_is_tried_again_unless_another_policy_holds_it(
    tools: Tools,
) -> None:
    backup = backup_of(tools)
    many = put_policy(backup, "Many")
    keys = [f"u{n}" for n in range(60)]
    backup.refusals = {
        "u7": ("EmailNotFound", "u7@example.com"),
        "u8": ("EmailNotFound", "u8@example.com"),
    }
    run = await carried_out(
        tools, Draft(ONE, "Many", many.id, "Many", tuple(candidate(ONE, k) for k in keys))
    )
    assert [one.item.key for one in lost(run)] == ["u7", "u8"]
    assert all(one.wanted == "add" and one.policy == "Many" for one in lost(run))
    put_policy(backup, "Other", "u8")
    made = await prepared(tools, run, reverse=False)
    assert [u.key for d in made.drafts for u in d.add] == ["u7"]
    assert any("Protected by “Other” by now" in n for n in made.notes)


def test_units_that_failed_later_are_named_and_not_sent_again() -> None:
    policy = Policy(ONE, "p", "Everyone", PolicyStatus.ACTIVE_WITH_ERRORS)
    draft = Draft(ONE, "Everyone", "p", "Everyone", (candidate(ONE, "a"),))
    made = make_plan([draft], [policy], tenant_id=TENANT, tenant_name="x", made_at=START)
    bad = FailedItem("A", "A", "a@example.com", "QuotaExceeded", "No room.")
    run = Run(
        "r",
        made,
        START,
        RunPhase.PARTLY,
        (WriteState(made.writes[0], Outcome.DONE, policy_id="p"),),
        unit_failures=(bad,),
    )
    assert retriable(run) == 0
    assert [(one.policy, one.wanted) for one in lost(run)] == [("Everyone", "")]
    tried = try_again(run, [policy], {ONE: {}})
    assert tried.drafts == ()
    assert "1 unit did join the policy" in tried.notes[0]


async def test_a_policy_that_is_gone_is_named(tools: Tools) -> None:
    backup = backup_of(tools)
    everyone = put_policy(backup, "Everyone", "old")
    backup.refusals = {"bad": ("MailboxNotReady", "Not yet.")}
    run = await carried_out(
        tools, Draft(ONE, "Everyone", everyone.id, "Everyone", (candidate(ONE, "bad"),))
    )
    del backup.held[everyone.id], backup.contents[everyone.id]
    made = await prepared(tools, run, reverse=False)
    assert made.drafts == ()
    assert made.notes == ("Left out, as “Everyone” does not exist any more: bad@example.com.",)


async def test_trouble_while_reading_is_told_and_nothing_is_made(tools: Tools) -> None:
    backup = backup_of(tools)
    everyone = put_policy(backup, "Everyone", "old")
    run = await carried_out(
        tools, Draft(ONE, "Everyone", everyone.id, "Everyone", (candidate(ONE, "a"),))
    )
    backup.faults.append(Fault("protected", Unreachable("No line.")))
    events = [event async for event in again.make(tools, run, reverse=True)]
    assert isinstance(events[-1], Broke)
    assert events[-1].error == Unreachable("No line.")


# --- undo -------------------------------------------------------------------------------------------------------------


async def test_a_new_policy_is_paused_and_deleted_and_moves_go_back(tools: Tools) -> None:
    backup = backup_of(tools)
    old = put_policy(backup, "Everyone", "a", "b", "c")
    before = shape(backup)
    add = (candidate(ONE, "new"), candidate(ONE, "a", policy="Everyone"))
    run = await carried_out(tools, Draft(ONE, "Fresh", add=add, power=Power.ACTIVATE))
    assert run.phase is RunPhase.DONE
    assert shape(backup) != before

    made = await prepared(tools, run, reverse=True)
    assert set(made.told) == {
        "move 1 account back to OneDrive “Everyone”",
        "pause and delete OneDrive “Fresh”",
    }
    back = await carried_out(tools, *made.drafts)
    assert back.phase is RunPhase.DONE
    assert shape(backup) == before
    assert old.id in backup.held


async def test_names_units_and_power_come_back_as_they_were(tools: Tools) -> None:
    backup = backup_of(tools)
    everyone = put_policy(backup, "Everyone", "a", "b")
    asleep = put_policy(backup, "Asleep", "z", paused=True)
    before = shape(backup)
    run = await carried_out(
        tools,
        Draft(
            ONE, "All", everyone.id, "Everyone", (candidate(ONE, "n"),), (unit("b"),), Power.PAUSE
        ),
        Draft(ONE, "Asleep", asleep.id, "Asleep", power=Power.ACTIVATE),
    )
    assert run.phase is RunPhase.DONE
    made = await prepared(tools, run, reverse=True)
    assert "The time without new backups stays: there are no restore points of it." in made.notes
    await carried_out(tools, *made.drafts)
    assert shape(backup) == before
    nothing = await prepared(tools, run, reverse=True)
    assert nothing.drafts == ()


async def test_only_what_the_service_took_is_reversed_and_what_changed_since_stays(
    tools: Tools,
) -> None:
    backup = backup_of(tools)
    everyone = put_policy(backup, "Everyone", "a")
    backup.refusals = {"bad": ("MailboxNotReady", "Not yet.")}
    add = tuple(candidate(ONE, key) for key in ("one", "two", "three", "bad"))
    run = await carried_out(tools, Draft(ONE, "Everyone", everyone.id, "Everyone", add))
    backup.contents[everyone.id] = [
        replace(u, by_rule=u.key == "two") for u in backup.contents[everyone.id] if u.key != "three"
    ]
    made = await prepared(tools, run, reverse=True)
    assert [u.key for d in made.drafts for u in d.remove] == ["one"]
    notes = " ".join(made.notes)
    assert "Held by a rule of “Everyone” now, so left in it: two@example.com." in notes
    assert "Not in “Everyone” any more, so left as they are: three@example.com." in notes


async def test_a_new_policy_that_holds_more_by_now_is_not_deleted(tools: Tools) -> None:
    backup = backup_of(tools)
    run = await carried_out(
        tools, Draft(ONE, "Fresh", add=(candidate(ONE, "mine"),), power=Power.ACTIVATE)
    )
    (policy_id,) = backup.held
    backup.contents[policy_id].append(unit("theirs"))
    made = await prepared(tools, run, reverse=True)
    (draft,) = made.drafts
    assert draft.power is Power.KEEP
    assert [u.key for u in draft.remove] == ["mine"]
    assert any("is not deleted: it also holds 1 account" in n for n in made.notes)


async def test_a_deletion_is_named_as_what_cannot_be_undone(tools: Tools) -> None:
    backup = backup_of(tools)
    policy = put_policy(backup, "Old", "a", paused=True)
    run = await carried_out(tools, Draft(ONE, "Old", policy.id, "Old", power=Power.DELETE))
    made = await prepared(tools, run, reverse=True)
    assert made.drafts == ()
    assert made.notes == (
        "A deletion cannot be undone: OneDrive policy “Old” can only be made anew.",
    )


async def test_a_policy_renamed_by_somebody_else_keeps_that_name(tools: Tools) -> None:
    backup = backup_of(tools)
    policy = put_policy(backup, "Old", "a")
    run = await carried_out(tools, Draft(ONE, "New", policy.id, "Old"))
    backup.held[policy.id] = replace(backup.held[policy.id], name="Third")
    assert (await prepared(tools, run, reverse=True)).drafts == ()
    backup.held[policy.id] = replace(backup.held[policy.id], name="New")
    put_policy(backup, "OLD")
    made = await prepared(tools, run, reverse=True)
    assert made.drafts == ()
    assert "“New” keeps its name" in made.notes[0]


async def test_what_happened_to_rules_is_named_and_only_new_ones_are_ended(tools: Tools) -> None:
    backup = backup_of(tools)
    policy = put_policy(backup, "Everyone", "a")
    old = Rule(ONE, "rule-old", "memberOf -any ['x']", True, RuleStatus.COMPLETED)
    once = Rule(ONE, "rule-once", "memberOf -any ['y']", False, RuleStatus.COMPLETED)
    backup.ruled[policy.id] = [old, once]
    group = GroupRef("9f0c8a34-0000-4000-8000-000000000001", "Finance", "", "security group", 3)
    assert isinstance(tools.directory, FakeDirectory)
    tools.directory.in_groups[group] = ()
    run = await carried_out(
        tools,
        Draft(
            ONE,
            "Everyone",
            policy.id,
            "Everyone",
            rules=(RuleWish(ONE, True, (group,)),),
            end_rules=(RuleEnd(old),),
            run_rules=(RuleRun(once),),
        ),
    )
    assert run.phase is RunPhase.DONE, (run.note, run.writes)
    made = await prepared(tools, run, reverse=True)
    (draft,) = made.drafts
    (end,) = draft.end_rules
    assert end.unprotect
    assert end.rule.id not in ("rule-old", "rule-once")
    notes = " ".join(made.notes)
    assert "An ended rule does not come back: in OneDrive policy “Everyone”, G makes a new" in notes
    assert "What a rule of OneDrive policy “Everyone” brought when it ran again stays" in notes


# --- the list ---------------------------------------------------------------------------------------------------------


def run_of(product: Product, *items: FailedItem) -> Run:
    draft = Draft(product, "P", "p", "P", tuple(candidate(product, i.key) for i in items))
    policy = Policy(product, "p", "P", PolicyStatus.ACTIVE)
    made = make_plan([draft], [policy], tenant_id=TENANT, tenant_name="x", made_at=START)
    state = WriteState(made.writes[0], Outcome.PARTLY, items, policy_id="p")
    return Run("r", made, START, RunPhase.PARTLY, (state,))


def test_the_failed_can_be_read_again_as_a_list(tmp_path: Path) -> None:
    people = run_of(
        Product.EXCHANGE,
        FailedItem("k1", "=Ann", "ann@example.com", "MailboxNotReady", "Not ready, yet."),
        FailedItem("k2", "Bob", "bob@example.com", "", "No reason."),
    )
    (path,) = failed_file.write_all(people, tmp_path)
    reading = read(Product.EXCHANGE, path.read_bytes())
    assert [row.address for row in reading.rows] == ["ann@example.com", "bob@example.com"]
    assert "'=Ann" in path.read_text(encoding="utf-8")
    sites = run_of(
        Product.SHAREPOINT,
        FailedItem(
            "contoso.sharepoint.com,a,b", "Site", "https://contoso.sharepoint.com/sites/x", "", "?"
        ),
    )
    (path,) = failed_file.write_all(sites, tmp_path)
    assert len(read(Product.SHAREPOINT, path.read_bytes()).rows) == 1


def test_nothing_is_overwritten_and_a_folder_that_refuses_is_named(tmp_path: Path) -> None:
    run = run_of(Product.EXCHANGE, FailedItem("k", "Ann", "ann@example.com", "", "No."))
    first, second = failed_file.write_all(run, tmp_path)[0], failed_file.write_all(run, tmp_path)[0]
    assert (first.name, second.name) == (
        "m365backup-failed-exchange.csv",
        "m365backup-failed-exchange-2.csv",
    )
    with pytest.raises(Rejected, match="cannot be written"):
        failed_file.write_all(run, tmp_path / "none")


def test_units_of_requests_refused_as_a_whole_are_in_the_list() -> None:
    run = run_of(Product.EXCHANGE, FailedItem("k", "Ann", "ann@example.com", "", "No."))
    refused = replace(run.writes[0], outcome=Outcome.REFUSED, failed=(), note="Not allowed.")
    run = replace(run, writes=(refused,))
    (one,) = lost(run)
    assert (one.item.key, one.item.reason, one.wanted) == ("k", "Not allowed.", "add")
    assert (lost_count(run), retriable(run)) == (1, 0)
