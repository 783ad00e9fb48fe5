"""Watching until the service has protected what was asked for: what is done, what is not, what nobody knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import accumulate, islice
from pathlib import Path

from m365backup_tui.domain.errors import NotSignedIn, Throttled, Unreachable
from m365backup_tui.domain.plan import Act, Plan, Write
from m365backup_tui.domain.policies import Policy, PolicyStatus
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.run import Outcome, Run, RunPhase, WriteState
from m365backup_tui.ports import Tools
from m365backup_tui.work import applying, waiting, watching
from tests.unit.fakes import (
    ACCOUNT,
    START,
    FakeBackup,
    Fault,
    file_runs,
    make_tools,
    onboarding,
)


async def apply(tools: Tools, plan: Plan, interval: float = 15) -> list[Run]:
    return [e.run async for e in applying.apply(tools, plan, ACCOUNT, interval=interval)]


class Stubborn(FakeBackup):
    """Shows every activated policy in one state for ever."""

    shown = PolicyStatus.UPDATING
    activated = False

    async def activate(self, product: Product, policy_id: str) -> str:
        self.activated = True
        return await super().activate(product, policy_id)

    async def policy(self, product: Product, policy_id: str) -> Policy:
        policy = await super().policy(product, policy_id)
        changed = policy.status is not PolicyStatus.INACTIVE and self.activated
        return replace(policy, status=self.shown) if changed else policy


def test_a_look_comes_a_twentieth_too_late_at_most() -> None:
    pauses = list(islice(waiting.looks(15), 200))
    waited = list(accumulate(pauses))
    assert all(
        pause <= max(1.0, before / 20)
        for before, pause in zip([0.0, *waited], pauses, strict=False)
    )
    assert (pauses[0], pauses[-1]) == (1.0, 15)
    assert len([w for w in waited if w < 600]) < 110  # and not so often that it would be rude


async def test_the_first_looks_come_soon_and_then_less_often(tmp_path: Path) -> None:
    backup = FakeBackup(updating_looks=7)
    tools = make_tools(file_runs(tmp_path), backup)
    runs = await apply(tools, onboarding(backup), interval=15)
    first = next(r for r in runs if r.phase is RunPhase.WATCHING)
    assert runs[-1].phase is RunPhase.DONE
    assert first.ended is None
    assert runs[-1].ended == START + timedelta(seconds=6)
    assert backup.reads.count("policy") == 3 * 7 + 3  # and once before each activation


async def test_units_that_did_not_make_it_are_named_with_code_and_words(tmp_path: Path) -> None:
    backup = FakeBackup(broken_units={"mailbox1": "QuotaExceeded"})
    tools = make_tools(file_runs(tmp_path), backup)
    run = (await apply(tools, onboarding(backup)))[-1]
    assert run.phase is RunPhase.PARTLY
    (item,) = run.unit_failures
    assert (item.address, item.code) == ("mailbox1@example.com", "QuotaExceeded")
    assert "recoverable items quota" in item.reason
    assert {w.outcome for w in run.writes} == {Outcome.DONE}
    kept = file_runs(tmp_path).list_runs(ACCOUNT.tenant_id)[0]
    assert kept.unit_failures == run.unit_failures


async def test_a_state_that_this_version_does_not_know_is_never_done(tmp_path: Path) -> None:
    backup = Stubborn()
    backup.shown = PolicyStatus.UNKNOWN
    tools = make_tools(file_runs(tmp_path), backup)
    run = (await apply(tools, onboarding(backup)))[-1]
    assert run.phase is RunPhase.PARTLY
    assert "does not know" in run.note


async def test_a_policy_shown_as_paused_after_activation_is_not_done(tmp_path: Path) -> None:
    backup = Stubborn()
    backup.shown = PolicyStatus.INACTIVE
    tools = make_tools(file_runs(tmp_path), backup)
    run = (await apply(tools, onboarding(backup)))[-1]
    assert run.phase is RunPhase.PARTLY
    assert "still shows it as paused" in run.note


async def test_a_service_that_never_ends_is_left_for_resume(tmp_path: Path) -> None:
    backup = Stubborn()
    tools = make_tools(file_runs(tmp_path), backup)
    run = (await apply(tools, onboarding(backup), interval=600))[-1]
    assert run.phase is RunPhase.STOPPED
    assert "still working on “All OneDrive”" in run.note


async def test_a_policy_deleted_meanwhile_is_said(tmp_path: Path) -> None:
    backup = FakeBackup(updating_looks=30)
    journal = file_runs(tmp_path)
    tools = make_tools(journal, backup)

    def delete() -> None:
        backup.held.pop("id-exchange-All Exchange", None)

    backup.clock.on_sleep = delete
    run = (await apply(tools, onboarding(backup), interval=60))[-1]
    assert run.phase is RunPhase.PARTLY
    assert "“All Exchange” does not exist any more" in run.note


async def test_trouble_while_looking_is_noted_and_the_look_repeated(tmp_path: Path) -> None:
    backup = FakeBackup(updating_looks=3)
    until = START + timedelta(seconds=100)
    backup.faults = [
        Fault("policy", Unreachable("No connection."), times=3, after=4),
        Fault("policy", Throttled("Busy.", until=until), after=4),
    ]
    runs = await apply(make_tools(file_runs(tmp_path), backup), onboarding(backup))
    assert runs[-1].phase is RunPhase.DONE
    assert any("No connection." in r.note for r in runs)
    assert backup.clock.now() >= until
    assert runs[-1].note == ""


async def test_watching_stops_when_asked_and_resume_watches_on(tmp_path: Path) -> None:
    backup = FakeBackup(updating_looks=5)
    journal = file_runs(tmp_path)
    tools = make_tools(journal, backup)
    backup.clock.on_sleep = journal.ask_to_stop
    run = (await apply(tools, onboarding(backup)))[-1]
    assert run.phase is RunPhase.STOPPED
    sent = list(backup.sent)
    backup.clock.on_sleep = None
    events = [e.run async for e in applying.resume(tools, run.id, ACCOUNT)]
    assert events[-1].phase is RunPhase.DONE
    assert backup.sent == sent


async def test_a_sign_in_that_ends_while_watching_stops_and_says_so(tmp_path: Path) -> None:
    backup = FakeBackup(updating_looks=5)
    backup.faults = [Fault("policy", NotSignedIn("Your sign-in has ended."), after=5)]
    run = (await apply(make_tools(file_runs(tmp_path), backup), onboarding(backup)))[-1]
    assert run.phase is RunPhase.STOPPED
    assert "Sign in again" in run.note


def test_only_policies_that_changed_are_watched_under_their_new_name() -> None:
    plan = onboarding(FakeBackup())
    states = [WriteState(w, Outcome.REFUSED) for w in plan.writes]
    states[0] = WriteState(plan.writes[0], Outcome.DONE, policy_id="one")
    states[3] = WriteState(plan.writes[3], Outcome.DONE, policy_id="one")
    (target,) = watching.targets(states)
    assert (target.policy_id, target.name) == ("one", "All OneDrive")
    assert target.wanted is plan.writes[3].act


def test_a_policy_that_the_run_deleted_is_not_watched() -> None:
    pause = Write("pause:1", Act.PAUSE, Product.EXCHANGE, "Old", "1")
    delete = Write("delete:1", Act.DELETE, Product.EXCHANGE, "Old", "1")
    states = [WriteState(write, Outcome.DONE, policy_id="1") for write in (pause, delete)]
    assert [t.policy_id for t in watching.targets(states[:1])] == ["1"]
    assert watching.targets(states) == ()
