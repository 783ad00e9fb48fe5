"""A change of the e-mail notifications in plan and run: last, once, recorded; lost answers, kills, other people."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from m365backup_tui.domain.cost import Cost
from m365backup_tui.domain.errors import (
    CloudError,
    ConsentNeeded,
    Forbidden,
    NotSignedIn,
    Rejected,
    Throttled,
)
from m365backup_tui.domain.notifications import NotificationChange, Notifications, RecipientRole
from m365backup_tui.domain.plan import Act, Change, Draft, Plan, Power
from m365backup_tui.domain.plan_text import as_text
from m365backup_tui.domain.policies import PolicyStatus
from m365backup_tui.domain.policy_file import Entry, NotificationWish
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.run import Outcome, Run, RunPhase
from m365backup_tui.domain.session import KeptIn, SignedIn, TokenHome
from m365backup_tui.events import PLAN, Arrived, Broke
from m365backup_tui.journal.codec import from_data, to_data
from m365backup_tui.ports import Tools
from m365backup_tui.screens.views.run_rows import SHORT, run_rows
from m365backup_tui.state import State
from m365backup_tui.work import again, planning, saved_plan
from m365backup_tui.work.notifications import change_for
from tests.unit.fakes import (
    ACCOUNT,
    START,
    TENANT,
    FakeBackup,
    Fault,
    candidate,
    file_runs,
    lost,
    make_tools,
)
from tests.unit.test_applying import Killed, MortalRuns, apply, lines, resume

OFF = Notifications(False, False, RecipientRole.ALL_ADMINS)
WISH = NotificationWish(enabled=True, all_events=True, role=RecipientRole.GLOBAL_ADMINS)
WANTED = Notifications(True, True, RecipientRole.GLOBAL_ADMINS)
SENT = "notify to Global Administrators, all events"
WORDS = "change e-mail notifications: to Global Administrators, all events (now: off)"
SIGNED_IN = SignedIn(ACCOUNT, TokenHome(KeptIn.MEMORY, ""), START)
DRAFT = Draft(
    Product.EXCHANGE, "Mail", add=(candidate(Product.EXCHANGE, "a"),), power=Power.ACTIVATE
)
IDEAL = ["create Mail", "activate id-exchange-Mail", SENT]


def tenant(*faults: Fault) -> FakeBackup:
    return FakeBackup(notified=OFF, faults=list(faults))


async def planned(tools: Tools, *drafts: Draft, wish: NotificationWish = WISH) -> Plan:
    change = await change_for(tools, wish)
    return await planning.plan_for(tools, drafts, TENANT, "Example", notifications=change)


async def applied(folder: Path, backup: FakeBackup, *drafts: Draft) -> tuple[Tools, Run]:
    tools = make_tools(file_runs(folder), backup)
    return tools, await apply(tools, await planned(tools, *drafts))


# --- the plan ---------------------------------------------------------------------------------------------------------


async def test_it_is_the_last_write_and_told(tmp_path: Path) -> None:
    tools = make_tools(file_runs(tmp_path), tenant())
    plan = await planned(tools, DRAFT)
    assert [w.act for w in plan.writes] == [Act.CREATE, Act.ACTIVATE, Act.NOTIFY]
    assert plan.writes[-1].words == WORDS
    assert plan.products == (Product.EXCHANGE,)
    assert f"~ {WORDS}" in as_text(plan)


async def test_a_tenant_that_is_as_wished_needs_no_write(tmp_path: Path) -> None:
    tools = make_tools(file_runs(tmp_path), FakeBackup(notified=WANTED))
    plan = await planned(tools)
    assert (plan.writes, plan.changes) == ((), ())


async def test_a_plan_of_it_alone_costs_nothing(tmp_path: Path) -> None:
    plan = await planned(make_tools(file_runs(tmp_path), tenant()))
    assert as_text(plan) == [f"~ {WORDS}", "1 request; nothing is added to the monthly cost"]


async def test_a_plan_that_cannot_read_them_is_no_plan(tmp_path: Path) -> None:
    """Left out in silence it would look as if the tenant were as the file says."""
    error = ConsentNeeded("This application may not use the permissions for it yet.")
    tools = make_tools(file_runs(tmp_path), tenant(Fault("notifications", error)))
    state = State(signed_in=SIGNED_IN, drafts=(DRAFT,))
    events = [e async for e in planning.make(tools, state, WISH)]
    broke = events[-1]
    assert isinstance(broke, Broke)
    assert isinstance(broke.error, ConsentNeeded)
    assert "may not use" in broke.error.what
    assert "`notifications:` out of the file" in broke.error.what
    told = [e async for e in planning.make(tools, state, WISH) if isinstance(e, Arrived)]
    (plan,) = [e.value for e in told if e.slot is PLAN]
    assert plan.notifications is not None


async def test_a_saved_plan_has_it_and_one_of_before_loads(tmp_path: Path) -> None:
    plan = await planned(make_tools(file_runs(tmp_path), tenant()), DRAFT)
    assert saved_plan.load(saved_plan.keep(tmp_path / "a.plan", plan)) == plan
    older = to_data(replace(plan, writes=plan.writes[:-1], changes=plan.changes[:-1]))
    for write in older["writes"]:
        del write["notifications"]
    for change in older["changes"]:
        del change["what"]
    assert from_data(Plan, older) == replace(
        plan, writes=plan.writes[:-1], changes=plan.changes[:-1]
    )


async def test_a_saved_plan_is_refused_when_somebody_changed_them(tmp_path: Path) -> None:
    backup = tenant()
    tools = make_tools(file_runs(tmp_path), backup)
    plan = await planned(tools)
    assert await saved_plan.moved_on(tools, plan) == ()
    backup.notified = replace(OFF, enabled=True)
    assert await saved_plan.moved_on(tools, plan) == (
        "The e-mail notifications have changed. Before: off, and once they are on to all administrators, important "
        "events only. Now: to all administrators, important events only.",
    )
    run = await apply(tools, plan)
    assert (run.phase, backup.sent) == (RunPhase.FAILED, [])
    assert "The e-mail notifications have changed." in run.note


async def test_others_read_nothing_of_it(tmp_path: Path) -> None:
    """The permission to write that it takes is never asked for by a plan without them."""
    backup = tenant()
    tools = make_tools(file_runs(tmp_path), backup)
    await apply(tools, await planning.plan_for(tools, [DRAFT], TENANT, "Example"))
    assert "notifications" not in backup.reads


# --- the run ----------------------------------------------------------------------------------------------------------


async def test_it_is_sent_once_with_intent_before_and_outcome_after(tmp_path: Path) -> None:
    backup = tenant()
    _, run = await applied(tmp_path, backup, DRAFT)
    assert backup.sent == IDEAL
    assert (run.phase, backup.notified) == (RunPhase.DONE, WANTED)
    mine = [line for line in lines(run) if line.get("write") == "notifications"]
    assert [(m["kind"], m.get("outcome")) for m in mine] == [("intend", None), ("outcome", "done")]
    assert mine[-1]["request_id"] == "req-notify"


@pytest.mark.parametrize("committed", [True, False])
async def test_an_answer_that_is_lost_is_looked_up_before_anything_is_sent_again(
    tmp_path: Path, committed: bool
) -> None:
    backup = tenant(lost(committed, "set_notifications"))
    _, run = await applied(tmp_path, backup)
    assert (run.phase, backup.notified) == (RunPhase.DONE, WANTED)
    assert backup.sent == [SENT] * (1 if committed else 2)
    assert backup.writes == [SENT]


async def test_the_service_s_pause_is_kept(tmp_path: Path) -> None:
    backup = tenant(Fault("set_notifications", Throttled("Wait.")))
    _, run = await applied(tmp_path, backup)
    assert (run.phase, backup.writes, len(backup.sent)) == (RunPhase.DONE, [SENT], 2)


@pytest.mark.parametrize("how", ["before", "after", "torn"])
@pytest.mark.parametrize("answer", ["comes", "is lost", "is lost and nothing done"])
async def test_a_run_killed_at_any_record_neither_loses_nor_doubles_it(
    tmp_path: Path, how: str, answer: str
) -> None:
    for at in (1, 2, 3):  # intent, outcome, end
        backup = tenant()
        if answer != "comes":
            backup.faults = [lost(answer == "is lost", "set_notifications")]
        folder = tmp_path / str(at)
        plan = await planned(make_tools(file_runs(folder), backup))
        mortal = MortalRuns(folder, at, how)
        with pytest.raises(Killed):
            await apply(make_tools(mortal, backup), plan)
        mortal.close()
        survivor = file_runs(folder)
        left = survivor.unfinished(ACCOUNT.tenant_id)
        if left is not None:
            assert (await resume(make_tools(survivor, backup), left.id)).phase is RunPhase.DONE
        assert (backup.writes, backup.notified) == ([SENT], WANTED)


async def test_what_somebody_changes_during_the_run_is_not_overwritten(tmp_path: Path) -> None:
    """The policies take a while; what the other person wanted is not known here."""
    theirs = Notifications(True, False, RecipientRole.CUSTOM, ("boss@x.com",))

    class Meddled(FakeBackup):
        async def activate(self, product: Product, policy_id: str) -> str:
            self.notified = theirs
            return await super().activate(product, policy_id)

    backup = Meddled(notified=OFF)
    tools, run = await applied(tmp_path, backup, DRAFT)
    assert (run.phase, backup.notified) == (RunPhase.PARTLY, theirs)
    state = run.writes[-1]
    assert (state.outcome, backup.sent) == (Outcome.REFUSED, IDEAL[:-1])
    assert "Now: to boss@x.com, important events only." in state.note
    backup.notified = OFF  # put back: G, or `resume`, sends it
    assert (await resume(tools, run.id)).phase is RunPhase.DONE
    assert backup.notified == WANTED


@pytest.mark.parametrize(
    "error",
    [
        Forbidden("Your roles do not allow changing the e-mail notifications."),
        Rejected("role is read-only for third-party controllers."),
        ConsentNeeded("This application may not use the permissions for it any more."),
    ],
)
@pytest.mark.parametrize("call", ["set_notifications", "notifications"])
async def test_a_refusal_leaves_the_policies_done(
    tmp_path: Path, error: CloudError, call: str
) -> None:
    """The read: the one just before it would be sent, after those of plan and comparison."""
    backup = tenant(Fault(call, error, after=2 if call == "notifications" else 0))
    tools, run = await applied(tmp_path, backup, DRAFT)
    assert run.phase is RunPhase.PARTLY
    assert [w.outcome for w in run.writes] == [Outcome.DONE, Outcome.DONE, Outcome.REFUSED]
    assert error.what in run.writes[-1].note
    assert backup.notified == OFF
    assert (await resume(tools, run.id)).phase is RunPhase.DONE  # once the reason is gone
    assert backup.writes == IDEAL


async def test_a_sign_in_that_ends_is_resumed(tmp_path: Path) -> None:
    backup = tenant(Fault("set_notifications", NotSignedIn("Your sign-in ended.")))
    tools, run = await applied(tmp_path, backup, DRAFT)
    assert (run.phase, bool(run.needs)) == (RunPhase.STOPPED, True)
    assert (await resume(tools, run.id)).phase is RunPhase.DONE
    assert backup.writes == IDEAL


async def test_undoing_says_that_they_stay_and_what_they_were(tmp_path: Path) -> None:
    backup = tenant()
    tools, run = await applied(tmp_path, backup, DRAFT)
    made = [e async for e in again.make(tools, run, reverse=True)][-1]
    assert isinstance(made, Arrived)
    assert any(d.power is Power.DELETE for d in made.value.drafts)
    (note,) = [n for n in made.value.notes if "e-mail notifications" in n]
    assert "not changed back" in note
    assert "They were: off, and once they are on to all administrators" in note


async def test_a_run_with_others_goes_on_while_a_policy_waits(tmp_path: Path) -> None:
    backup = tenant()
    backup.updating_looks = 6
    policy = backup.have(Product.EXCHANGE, "Old", ["x"], PolicyStatus.UPDATING)
    pause = Draft(Product.EXCHANGE, "Old", policy.id, "Old", power=Power.PAUSE)
    _, run = await applied(tmp_path, backup, pause)
    assert run.phase is RunPhase.DONE
    assert backup.notified == WANTED


def test_addresses_survive_the_journal() -> None:
    team = Notifications(True, False, RecipientRole.CUSTOM, ("a@x.com", "b@x.com"))
    change = NotificationChange(replace(team, role=RecipientRole.UNKNOWN, other="x,y"), team)
    assert from_data(NotificationChange, to_data(change)) == change
    assert Entry("a@x.com").address in change.words


def test_a_change_names_its_place() -> None:
    assert Change(None, "", "~", 0, 0, Cost()).place == "e-mail notifications"


async def test_a_long_run_lists_it_beside_its_policies(tmp_path: Path) -> None:
    """From 31 requests on the page shows a line for each policy, and one for this."""
    names = [f"Mail {n:02}" for n in range(16)]
    drafts = [
        replace(DRAFT, name=name, add=(candidate(Product.EXCHANGE, f"k{n}"),))
        for n, name in enumerate(names)
    ]
    _, run = await applied(tmp_path, tenant(), *drafts)
    cells = [row.cells for row in run_rows(run)]
    assert len(run.writes) > SHORT
    assert cells[-1] == ("E-mail notifications: 1 of 1 requests", "done")
    assert len(cells) == len(names) + 1
