"""The review: a plan is made once, nothing starts without the typed words, Esc keeps the drafts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from m365backup_tui.domain.errors import Rejected
from m365backup_tui.domain.plan import Plan
from m365backup_tui.domain.run import RunPhase
from m365backup_tui.events import PLAN, Arrived, RunMoved
from m365backup_tui.screens.views.plan_words import wrong
from m365backup_tui.state import Remote
from m365backup_tui.steps import StepId
from tests.screens import states_policies as s
from tests.screens.harness import NOW
from tests.screens.looking import seated


async def test_the_plan_is_made_when_the_page_is_shown_and_only_once() -> None:
    async with seated(s.review(plan=Remote())) as seat:
        assert "The plan is being made" in seat.text
        await seat.settle()
        assert list(seat.app.asked) == ["make_plan"]


async def test_changes_cost_and_date_are_shown_before_anything_is_written() -> None:
    async with seated(s.review(s.FRESH, s.CHANGED), size=(80, 40)) as seat:
        assert "Nothing of this has been written to Microsoft 365 yet." in seat.text
        assert "+ create OneDrive “OneDrive”: 3 accounts, about 42.7 GB" in seat.text
        assert "~ change OneDrive “Everyone”: +1, -1" in seat.text
        assert "no new backups of megan.bowen@contoso.com" in seat.text
        assert "checked 2026-09" in seat.text
        assert "3 requests; adds about" in seat.text
        assert "restore points in 15 minutes to 2 hours" in seat.text


async def test_apply_must_be_typed() -> None:
    async with seated(s.review()) as seat:
        assert "Type apply" in await seat.press("enter")
        await seat.type("aply")
        assert "This is not it" in await seat.press("enter")
        assert list(seat.app.asked) == []
        await seat.press(*["backspace"] * 3)
        await seat.type("pply")
        await seat.press("enter")
        assert list(seat.app.asked) == ["apply"]


async def test_a_policy_that_loses_units_wants_its_name_typed_first() -> None:
    async with seated(s.review(s.CHANGED)) as seat:
        assert "“Everyone” loses 1 account" in seat.text
        await seat.type("apply")
        assert "type Everyone exactly" in await seat.press("enter")
        await seat.press(*["backspace"] * 5)
        await seat.type("Everyone")
        text = await seat.press("enter")
        assert list(seat.app.asked) == []
        assert "Type  apply" in text
        await seat.type("apply")
        await seat.press("enter")
        assert list(seat.app.asked) == ["apply"]


async def test_a_new_plan_asks_for_the_name_again() -> None:
    async with seated(s.review(s.CHANGED)) as seat:
        await seat.type("Everyone")
        assert "Type  apply" in await seat.press("enter")
        newer = replace(s.plan_of(s.CHANGED), made_at=NOW.replace(minute=59))
        seat.app.wizard.happen(Arrived(PLAN, newer, NOW))
        assert "“Everyone” loses 1 account" in await seat.settle()


async def test_a_started_run_leads_to_its_page_and_enter_twice_starts_one() -> None:
    async with seated(s.review()) as seat:
        await seat.type("apply")
        await seat.press("enter", "enter")
        assert list(seat.app.asked) == ["apply"]
        seat.app.wizard.happen(RunMoved(s.WRITING))
        await seat.settle()
        assert seat.state.at is StepId.APPLY
        assert seat.page == "ApplyScreen"


async def test_a_run_that_could_not_begin_is_shown_with_its_reason() -> None:
    async with seated(s.review()) as seat:
        await seat.type("apply")
        await seat.press("enter")
        seat.app.wizard.happen(
            RunMoved(replace(s.FAILED, id="", note="Another run holds the lock."))
        )
        assert "Another run holds the lock." in await seat.settle()
        assert seat.state.at is StepId.APPLY


async def test_while_a_run_is_going_on_the_review_gives_way_to_it() -> None:
    async with seated(s.review(run=s.WRITING)) as seat:
        await seat.settle()
        assert seat.state.at is StepId.APPLY


async def test_escape_keeps_the_drafts() -> None:
    async with seated(s.review()) as seat:
        await seat.press("escape")
        assert seat.state.at is StepId.POLICIES
        assert seat.state.drafts == (s.FRESH, s.LEADERS)


async def test_a_plan_that_cannot_be_made_says_why_and_r_tries_again() -> None:
    async with seated(s.review(plan=s.REFUSED_PLAN)) as seat:
        assert "is protected by “Everyone” already" in seat.text
        await seat.press("r")
        assert list(seat.app.asked) == ["make_plan"]


async def test_f5_makes_the_plan_again_while_typing() -> None:
    async with seated(s.review()) as seat:
        await seat.press("f5")
        assert list(seat.app.asked) == ["make_plan"]


async def test_a_plan_that_the_tenant_has_outgrown_is_made_again_by_itself() -> None:
    failed = replace(s.FAILED, plan=s.plan_of(s.FRESH, s.LEADERS))
    assert failed.phase is RunPhase.FAILED
    async with seated(s.review(run=failed)) as seat:
        assert list(seat.app.asked) == ["make_plan"]


async def test_the_job_can_be_saved_as_a_policy_file_to_a_path() -> None:
    async with seated(s.review()) as seat:
        assert "~/m365backup-policies.yaml" in await seat.press("ctrl+s")
        await seat.press("ctrl+u")
        assert "Type where to save" in await seat.press("enter")
        await seat.type("/tmp/mine.yaml")
        await seat.press("enter")
        assert list(seat.app.asked) == ["save_policy_file /tmp/mine.yaml"]


@pytest.mark.parametrize(
    ("word", "typed", "right"),
    [
        ("apply", " Apply ", True),
        ("apply", "yes", False),
        ("Everyone", "everyone", False),
        ("A", "", False),
    ],
)
def test_only_the_asked_word_is_taken(word: str, typed: str, right: bool) -> None:
    assert (wrong(word, typed) is None) is right


async def test_somebody_else_at_work_on_the_tenant_is_named_before_the_word_is_typed() -> None:
    busy = "m365backup-tui apply, started 21 Nov 12:00 by ada on jump1 (process 7)"
    async with seated(replace(s.review(), holder=Remote(busy, NOW))) as seat:
        assert "Somebody is at work on this tenant" in seat.text
        assert "by ada on jump1" in seat.text


async def test_an_unfinished_run_is_offered_before_the_same_thing_is_planned_again() -> None:
    left = replace(s.STOPPED, id="20261121-093000-ab12")
    async with seated(replace(s.review(), unfinished=left)) as seat:
        assert "A run was not finished" in seat.text
        await seat.press("ctrl+g")
        assert f"resume {left.id}" in seat.app.asked


async def test_a_plan_refused_because_of_ones_own_unfinished_run_says_so() -> None:
    left = replace(s.STOPPED, id="20261121-093000-ab12")
    refused: Remote[Plan] = Remote(error=Rejected("Another policy has this name.", "plan"))
    state = replace(s.review(plan=refused), unfinished=left)
    async with seated(state) as seat:
        assert "A run was not finished" in seat.text
        assert "Ctrl+G Go on with the run" in seat.text
        await seat.press("ctrl+g")
        assert f"resume {left.id}" in seat.app.asked
