"""Welcome: where one begins, also before the cloud is there and with a run left behind."""

from __future__ import annotations

from dataclasses import replace

from m365backup_tui.domain.run import Outcome
from m365backup_tui.events import RunMoved
from m365backup_tui.screens.welcome import RESUME, choices, progress_of
from m365backup_tui.steps import StepId
from tests.screens import states
from tests.screens.harness import SIZE, app_showing, text_of
from tests.screens.states_policies import STOPPED

UNFINISHED = states.UNFINISHED


async def test_enter_begins_the_guided_set_up() -> None:
    app = app_showing(states.welcome())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        assert app.at() is StepId.SIGN_IN
        assert not app.wizard.state.quick


async def test_the_second_choice_is_a_quick_edit() -> None:
    app = app_showing(states.welcome())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("down", "enter")
        await pilot.pause()
        assert app.wizard.state.quick


async def test_the_page_says_what_is_needed_and_that_looking_is_free() -> None:
    app = app_showing(states.welcome())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        text = text_of(app)
        assert "Looking around costs nothing" in text
        assert "SharePoint Administrator or Global Administrator" in text
        assert "Owner or Contributor" in text
        assert "about ten minutes" in text


async def test_enter_before_the_cloud_is_there_counts_and_goes_on_by_itself() -> None:
    app = app_showing(states.welcome(), ready=False)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("down", "enter")
        await pilot.pause()
        assert app.at() is StepId.WELCOME
        assert "goes on by itself" in text_of(app)
        app.wizard.become_ready()
        app.wizard.happen(states.placed_practice())
        await pilot.pause()
        assert app.at() is StepId.SIGN_IN
        assert app.wizard.state.quick


async def test_practising_is_explained_where_it_cannot_be_begun() -> None:
    app = app_showing(states.welcome())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("end", "enter")
        await pilot.pause()
        assert "m365backup-tui --practice" in text_of(app)
        assert app.at() is StepId.WELCOME


async def test_an_unfinished_run_comes_first_and_opens_its_page() -> None:
    app = app_showing(states.welcome(signed_in=states.SIGNED_IN, unfinished=UNFINISHED))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        assert app.asked == [f"resume {UNFINISHED.id}"]
        assert app.at() is StepId.WELCOME


async def test_the_cursor_goes_to_an_unfinished_run_that_is_found_later() -> None:
    app = app_showing(states.welcome(signed_in=states.SIGNED_IN))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        app.wizard.happen(states.found(UNFINISHED))
        await pilot.press("enter")
        await pilot.pause()
        assert app.asked == [f"resume {UNFINISHED.id}"]


async def test_a_resumed_run_is_shown_once_it_is_loaded() -> None:
    app = app_showing(states.welcome(signed_in=states.SIGNED_IN, unfinished=UNFINISHED))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        app.wizard.happen(RunMoved(replace(UNFINISHED, note="again")))
        await pilot.pause()
        assert app.at() is StepId.APPLY


async def test_esc_on_the_first_page_asks_before_leaving() -> None:
    app = app_showing(states.welcome())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("escape")
        await pilot.pause()
        assert "Leave now?" in text_of(app)


def test_only_the_real_cloud_offers_practice_as_a_way_to_begin() -> None:
    assert [row.id for row in choices(states.welcome())] == ["guided", "quick", "practice"]
    practice = states.welcome(place=states.PRACTICE, unfinished=UNFINISHED)
    assert [row.id for row in choices(practice)] == [RESUME, "guided", "quick"]


def test_an_unfinished_run_says_when_it_began_and_what_is_left_to_the_service() -> None:
    run = STOPPED
    assert progress_of(run).startswith("1 of 2 writes done, begun ")
    writes = tuple(replace(w, outcome=Outcome.ACCEPTED) for w in run.writes)
    assert progress_of(replace(run, writes=writes)).startswith(
        "the service works on 2 of 2, begun "
    )
