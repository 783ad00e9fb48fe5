"""The run's page and the summary: progress, pauses, stop, going on, failures, what to expect."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from m365backup_tui.domain.again import Again
from m365backup_tui.domain.errors import NotSignedIn, Rejected
from m365backup_tui.domain.plan import Power
from m365backup_tui.domain.policies import Counts
from m365backup_tui.domain.readiness import Readiness
from m365backup_tui.domain.run import Outcome, RunPhase
from m365backup_tui.events import (
    AGAIN,
    FAILED_FILE,
    PLAN,
    Arrived,
    Broke,
    DraftPut,
    Dropped,
    RunMoved,
    SignedInNow,
)
from m365backup_tui.screens.apply import ApplyScreen
from m365backup_tui.screens.views.run_rows import run_rows
from m365backup_tui.state import Remote, State
from m365backup_tui.steps import StepId
from tests.screens import states_policies as s
from tests.screens.harness import NOW
from tests.screens.looking import seated
from tests.screens.states_runs import NO_MAILBOX, long_run


async def test_each_write_has_a_line_with_its_outcome() -> None:
    async with seated(s.applying(s.WRITING)) as seat:
        assert "Create OneDrive policy “OneDrive” with 3 accounts" in seat.text
        assert "1 of 2 requests are done" in seat.text
        assert "sending" in seat.text
        assert "The run is still going on" in await seat.press("enter")


async def test_a_pause_that_the_service_asked_for_is_counted_down() -> None:
    run = replace(s.WRITING, wait_until=NOW + timedelta(seconds=40))
    async with seated(s.applying(run)) as seat:
        assert "The service asked for a pause: 40 s left" in seat.text


async def test_stop_asks_once_and_says_what_happens() -> None:
    async with seated(s.applying(s.WRITING)) as seat:
        assert "Stopping after the request that is on its way" in await seat.press("s")
        await seat.press("s")
        assert list(seat.app.asked) == ["stop"]


async def test_escape_does_not_lead_away_from_a_run_that_is_going_on() -> None:
    state = s.applying(s.WRITING, history=(StepId.POLICIES, StepId.REVIEW))
    async with seated(state) as seat:
        assert "The run is going on" in await seat.press("escape")
        assert seat.state.at is StepId.APPLY


async def test_a_stopped_run_goes_on_with_enter() -> None:
    async with seated(s.applying(s.STOPPED)) as seat:
        assert "Stopped: 1 of 2 requests were carried out" in seat.text
        await seat.press("enter")
        assert list(seat.app.asked) == [f"resume {s.STOPPED.id}"]


async def test_a_run_that_a_sign_in_stopped_asks_for_it_first_and_then_goes_on() -> None:
    needs = NotSignedIn("Your organization asks you to sign in again.", "AADSTS70043")
    run = replace(s.STOPPED, needs=needs, note=needs.what, ended=NOW)
    async with seated(s.applying(run)) as seat:
        assert "Enter Sign in again" in seat.text
        await seat.press("enter")
        assert seat.page == "SignInScreen"
        assert seat.state.needs is needs
        who = seat.state.signed_in
        assert who is not None
        seat.app.wizard.happen(SignedInNow(replace(who, at=NOW + timedelta(minutes=1))))
        await seat.settle()
        assert seat.page == "ApplyScreen"
        assert "Enter Go on" in seat.text
        await seat.press("enter")
        assert seat.app.asked[-1] == f"resume {run.id}"


async def test_a_failed_run_says_why_and_leads_back_when_nothing_was_written() -> None:
    state = s.applying(s.FAILED, history=(StepId.POLICIES, StepId.REVIEW))
    async with seated(state) as seat:
        assert "Somebody changed the policies" in seat.text
        await seat.press("enter")
        assert seat.state.at is StepId.REVIEW
        assert list(seat.app.asked) == ["make_plan"]


async def test_watching_says_how_long_it_takes_and_that_one_may_leave() -> None:
    async with seated(s.applying(s.WATCHING)) as seat:
        assert "1 of 3" in seat.text
        assert "2026-08-21" in seat.text
        assert "You may leave with Ctrl+Q" in seat.text


async def test_an_item_that_failed_has_its_name_and_reason() -> None:
    async with seated(s.applying(s.PARTLY)) as seat:
        assert "Done, except for 1 thing" in seat.text
        assert "nestor.wilke@contoso.com: has no OneDrive yet" in seat.text


async def test_a_reason_too_long_for_its_line_is_shown_in_full_below() -> None:
    reason = "The service could not protect it and does not say why. Try again later."
    run = replace(s.PARTLY, unit_failures=(replace(s.LOST, reason=reason),))
    async with seated(s.applying(run)) as seat:
        assert reason not in seat.text
        assert reason in await seat.press("end")


async def test_after_the_last_request_stop_means_to_stop_watching() -> None:
    run = replace(s.WATCHING, phase=RunPhase.STOPPED)
    async with seated(s.applying(run)) as seat:
        assert "you stopped watching" in seat.text


async def test_items_refused_inside_a_write_stand_below_it() -> None:
    run = s.run_at(RunPhase.WRITING, Outcome.PARTLY)
    run = replace(run, writes=(replace(run.writes[0], failed=(s.LOST,)), run.writes[1]))
    async with seated(s.applying(run)) as seat:
        lines = seat.text.splitlines()
        place = next(n for n, line in enumerate(lines) if "partly" in line)
        assert "nestor.wilke@contoso.com: has no OneDrive yet" in lines[place + 1]


async def test_a_run_that_ends_leads_to_the_summary() -> None:
    async with seated(s.applying(s.WATCHING)) as seat:
        seat.app.wizard.happen(RunMoved(s.FINISHED))
        await seat.settle()
        text = await seat.press("enter")
        assert seat.state.at is StepId.DONE
        assert "3 of 3 protected" in text


async def test_the_summary_names_what_is_protected_when_to_expect_points_and_the_record() -> None:
    async with seated(s.applying(s.FINISHED, at=StepId.DONE, drafts=())) as seat:
        assert "Done. This stands now" in seat.text
        assert "OneDrive “OneDrive”: active, 3 of 3 protected" in seat.text
        assert "2026-08-21" in seat.text
        assert s.FINISHED.record in seat.text
        assert seat.app.screen.copyable() == s.FINISHED.record  # type: ignore[attr-defined]  # a Page


async def test_the_summary_lists_units_that_failed() -> None:
    async with seated(s.applying(s.PARTLY, at=StepId.DONE, drafts=())) as seat:
        assert "nestor.wilke@contoso.com: has no OneDrive yet" in seat.text
        assert "T Try" not in seat.text  # it is in the policy: there is nothing to send again


async def test_what_was_refused_as_a_whole_can_be_tried_again() -> None:
    run = s.run_at(RunPhase.PARTLY, Outcome.REFUSED, Outcome.NOT_SENT, ended=NOW)
    async with seated(s.applying(run, at=StepId.DONE, drafts=())) as seat:
        assert "Not done: create OneDrive policy" in seat.text
        assert "press G to send the refused requests again" in seat.text
        await seat.press("g")
        assert list(seat.app.asked) == [f"resume {run.id}"]


async def test_from_the_summary_q_leads_back_to_the_policies() -> None:
    async with seated(s.applying(s.FINISHED, at=StepId.DONE, drafts=())) as seat:
        await seat.press("q")
        assert seat.state.at is StepId.POLICIES


async def test_enter_on_the_summary_asks_before_leaving() -> None:
    async with seated(s.applying(s.FINISHED, at=StepId.DONE, drafts=())) as seat:
        assert "Leave now?" in await seat.press("enter")


async def test_the_summary_of_a_stopped_run_leads_back_to_it() -> None:
    async with seated(s.applying(s.STOPPED, at=StepId.DONE)) as seat:
        assert "The run is not complete" in seat.text
        await seat.press("enter")
        assert seat.state.at is StepId.APPLY


# --- what can be done when it is over ---------------------------------------------------------------------------------

REFUSED_ONE = replace(
    s.PARTLY,
    unit_failures=(),
    writes=(
        replace(s.PARTLY.writes[0], outcome=Outcome.PARTLY, failed=(s.LOST,)),
        s.PARTLY.writes[1],
    ),
)
AGAIN_ONE = Again(
    REFUSED_ONE.id,
    False,
    (replace(s.CHANGED, add=(s.NESTOR,), remove=()),),
    ("add 1 account to OneDrive “Everyone”",),
    ("In “Everyone” by now: lee.gu@contoso.com.",),
)


@pytest.mark.parametrize("at", [StepId.APPLY, StepId.DONE])
async def test_the_failed_alone_become_drafts_and_the_review_comes_next(at: StepId) -> None:
    async with seated(s.applying(REFUSED_ONE, at=at, drafts=())) as seat:
        assert "T Try 1 again" in seat.text
        text = await seat.press("t")
        assert list(seat.app.asked) == [f"prepare_again {REFUSED_ONE.id}"]
        assert "nothing is written before the review" in text
        seat.app.wizard.happen(Arrived(AGAIN, AGAIN_ONE, NOW))
        text = await seat.settle()
        assert "add 1 account to OneDrive “Everyone”" in text
        assert "In “Everyone” by now: lee.gu@contoso.com." in text
        await seat.press("enter")
        assert seat.state.drafts == AGAIN_ONE.drafts
        assert seat.state.at is StepId.REVIEW
        assert seat.page == "ReviewScreen"


async def test_esc_on_that_page_changes_nothing() -> None:
    async with seated(s.applying(REFUSED_ONE, at=StepId.DONE, drafts=())) as seat:
        await seat.press("t")
        seat.app.wizard.happen(Arrived(AGAIN, AGAIN_ONE, NOW))
        await seat.press("escape")
        assert seat.state.drafts == ()
        assert seat.page == "DoneScreen"
        assert seat.app.asked[-1] == "stop_preparing"


async def test_drafts_that_wait_are_not_mixed_and_not_lost() -> None:
    async with seated(s.applying(REFUSED_ONE, at=StepId.DONE, drafts=())) as seat:
        await seat.press("u")
        seat.app.wizard.happen(DraftPut(s.LEADERS), Arrived(AGAIN, AGAIN_ONE, NOW))
        text = await seat.press("enter")
        assert "They are kept: apply or drop them first" in text
        assert seat.state.drafts == (s.LEADERS,)
        assert seat.page == "AgainScreen"


async def test_undo_asks_for_nothing_but_the_review_where_the_name_is_typed() -> None:
    undo = replace(
        AGAIN_ONE,
        undo=True,
        drafts=(replace(s.CHANGED, add=(), remove=(), power=Power.DELETE),),
        told=("pause and delete OneDrive “Everyone”",),
    )
    async with seated(s.applying(s.FINISHED, at=StepId.DONE, drafts=())) as seat:
        assert "U Undo this run" in seat.text
        await seat.press("u")
        assert list(seat.app.asked) == [f"prepare_again {s.FINISHED.id} reverse"]
        seat.app.wizard.happen(Arrived(AGAIN, undo, NOW))
        await seat.press("enter")
        seat.app.wizard.happen(Arrived(PLAN, s.plan_of(*undo.drafts), NOW))
        text = await seat.settle()
        assert "- delete OneDrive “Everyone”" in text
        assert "OneDrive “Everyone” is deleted. Type its name" in text
        assert "a deleted policy does not come back" in " ".join(text.split())


async def test_without_a_permission_check_in_this_sitting_that_comes_first() -> None:
    unchecked: Remote[Readiness] = Remote()
    state = s.applying(REFUSED_ONE, at=StepId.DONE, drafts=(), readiness=unchecked)
    async with seated(state) as seat:
        await seat.press("t")
        seat.app.wizard.happen(Arrived(AGAIN, AGAIN_ONE, NOW))
        await seat.press("enter")
        assert seat.state.at is StepId.PERMISSIONS
        assert seat.state.drafts == AGAIN_ONE.drafts


async def test_a_run_that_can_go_on_is_not_undone() -> None:
    async with seated(s.applying(s.STOPPED, at=StepId.DONE)) as seat:
        assert "Undo" not in seat.text
        await seat.press("u")
        assert list(seat.app.asked) == []


@pytest.mark.parametrize("at", [StepId.APPLY, StepId.DONE])
async def test_the_failed_are_saved_and_where_is_told(at: StepId) -> None:
    async with seated(s.applying(s.PARTLY, at=at, drafts=())) as seat:
        await seat.press("x")
        assert list(seat.app.asked) == [f"save_failed {s.PARTLY.id}"]
        seat.app.wizard.happen(
            Arrived(FAILED_FILE, "/home/ada/m365backup-failed-onedrive.csv", NOW)
        )
        assert "Saved to /home/ada/m365backup-failed-onedrive.csv." in await seat.settle()
        await seat.press("x")
        seat.app.wizard.happen(Broke(FAILED_FILE, Rejected("It cannot be written: disk full.")))
        assert "It cannot be written: disk full." in await seat.settle()


async def test_a_refused_plan_lists_every_difference_and_r_plans_again() -> None:
    note = "Nothing was written: the tenant has changed.\nAdele is new.\nBob is gone.\nPlan again."
    state = s.applying(
        replace(s.FAILED, note=note), history=(StepId.POLICIES, StepId.REVIEW), drafts=(s.FRESH,)
    )
    async with seated(state) as seat:
        lines = [line.strip() for line in seat.text.splitlines()]
        assert "Nothing was written: the tenant has changed." in lines
        assert "· Adele is new." in lines
        assert "· Bob is gone." in lines
        await seat.press("r")
        assert seat.state.at is StepId.REVIEW
        assert seat.state.drafts == (s.FRESH,)
        assert list(seat.app.asked) == ["make_plan"]
        newer = replace(s.plan_of(s.FRESH), made_at=NOW + timedelta(seconds=9))
        seat.app.wizard.happen(Dropped(PLAN), Arrived(PLAN, newer, NOW))
        text = await seat.settle()
        assert "Changed since the plan before this one" in text
        assert "· Bob is gone." in text


# --- at scale ---------------------------------------------------------------------------------------------------------


async def test_a_long_run_shows_what_is_on_its_way_and_a_line_for_each_policy() -> None:
    async with seated(s.applying(long_run(100, 0))) as seat:
        lines = seat.text.splitlines()
        assert sum("sending" in line for line in lines) == 1
        assert "done" not in " ".join(lines[5:20])
        assert any("OneDrive “Everyone”: 4,950 of 5,000 accounts" in line for line in lines)
        assert "99 of 100" in seat.text


async def test_an_accepted_job_says_that_the_service_works_on_it() -> None:
    run = long_run(1, 0)
    job = replace(run.writes[0], outcome=Outcome.ACCEPTED)
    seen = replace(s.EVERYONE, counts=Counts(total=70, protected=50, in_progress=20))
    run = replace(run, writes=(job,), watched=(seen,), note="The service is working on 1 job.")
    async with seated(s.applying(run)) as seat:
        assert "Everything is sent. The service is working on what it accepted." in seat.text
        assert "service works on it" in seat.text
        assert "Accepted, the service works on it: add 50" in seat.text


async def test_a_burst_of_changes_is_shown_twice_a_second_and_the_end_at_once() -> None:
    run = long_run(100, 0)
    time = [0.0]
    shown: list[int] = []
    async with seated(s.applying(run)) as seat:
        page = seat.app.screen
        assert isinstance(page, ApplyScreen)
        page.monotonic = lambda: time[0]
        render = page.render_view

        def counted(view: State) -> None:
            shown.append(1)
            render(view)

        page.render_view = counted  # type: ignore[method-assign]  # counts
        page.show_view()
        for n in range(40):
            writes = (*run.writes[:n], replace(run.writes[n], note=f"{n}"), *run.writes[n + 1 :])
            seat.app.wizard.happen(RunMoved(replace(run, writes=writes)))
            await asyncio.sleep(0)
        assert len(shown) == 1  # half a second has not passed on its clock
        over = replace(run, phase=RunPhase.STOPPED, ended=NOW)
        seat.app.wizard.happen(RunMoved(over))
        assert "Stopped: 99 of 100" in await seat.settle()


def test_rows_are_made_when_they_are_looked_at() -> None:
    run = long_run(2000, 50)
    rows = run_rows(run)
    assert len(rows) > 99_000
    assert NO_MAILBOX in str(rows[len(rows) - 1].cells[0])
    ids = [rows[n].id for n in range(0, len(rows), 997)]
    assert len(set(ids)) == len(ids)
    with pytest.raises(IndexError):
        rows[len(rows)]
