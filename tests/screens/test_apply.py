"""The run's page and the summary: progress, pauses, stop, going on, failures, what to expect."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from m365backup_tui.domain.run import Outcome, RunPhase
from m365backup_tui.events import RunMoved
from m365backup_tui.steps import StepId
from tests.screens import states_policies as s
from tests.screens.harness import NOW
from tests.screens.looking import seated


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
        assert "Try again" not in seat.text


async def test_what_was_refused_as_a_whole_can_be_tried_again() -> None:
    run = s.run_at(RunPhase.PARTLY, Outcome.REFUSED, Outcome.NOT_SENT, ended=NOW)
    async with seated(s.applying(run, at=StepId.DONE, drafts=())) as seat:
        assert "Not done: create OneDrive policy" in seat.text
        await seat.press("t")
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
