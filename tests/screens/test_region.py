"""Region: the group's own at first, no guess for a new group, read live."""

from __future__ import annotations

from dataclasses import replace

from m365backup_tui.events import PROVIDER, Arrived
from m365backup_tui.screens.region import ASK, default_of, rows
from m365backup_tui.state import Answers, Remote
from m365backup_tui.steps import StepId
from tests.screens import states
from tests.screens.harness import NOW, SIZE, app_showing, text_of

EXISTING = Answers(subscription_id="s-1", group="rg-web", group_location="westeurope")


async def test_enter_takes_the_region_of_an_existing_group() -> None:
    app = app_showing(states.region(answers=EXISTING))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        assert app.wizard.state.answers.region == "westeurope"
        assert app.at() is StepId.PREPARE


async def test_nothing_is_guessed_for_a_new_group() -> None:
    app = app_showing(states.region())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        assert "Press Down, or type a part of its name, to choose a region." in text_of(app)
        assert app.at() is StepId.REGION
        await pilot.press("down", "down", "enter")
        await pilot.pause()
        answers = app.wizard.state.answers
        assert (answers.region, answers.group_location) == ("japaneast", "japaneast")


async def test_the_page_says_with_a_date_that_backups_do_not_live_there() -> None:
    app = app_showing(states.region())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert "It does not decide where backups live" in text_of(app)
        assert "2026-07-17" in text_of(app)


async def test_regions_are_read_when_they_are_not_known() -> None:
    app = app_showing(states.region(provider=Remote()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        app.wizard.happen(Arrived(PROVIDER, replace(states.PROVIDER, regions=()), NOW))
        await pilot.pause()
        assert "Azure names no region" in text_of(app)
        await pilot.press("f5")
        assert app.asked == ["load_provider", "load_provider"]


def test_a_group_where_billing_is_not_offered_gives_no_default() -> None:
    elsewhere = replace(EXISTING, group_location="germanywestcentral")
    state = states.region(answers=elsewhere)
    assert default_of(state) == ""
    assert rows(state)[0].id == ASK


def test_the_earlier_answer_comes_first() -> None:
    assert default_of(states.region(answers=replace(EXISTING, region="uksouth"))) == "uksouth"


async def test_letters_find_a_region_and_enter_takes_it() -> None:
    app = app_showing(states.region())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("u", "k")
        await pilot.pause()
        text = text_of(app)
        assert "UK South" in text
        assert "West Europe" not in text
        assert "F1 Help" in text
        await pilot.press("enter")
        await pilot.pause()
        assert app.wizard.state.answers.region == "uksouth"


async def test_what_is_found_nowhere_says_so_and_esc_shows_all_again() -> None:
    app = app_showing(states.region())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("x", "x", "enter")
        await pilot.pause()
        assert "None has this in its name. Esc shows all of them." in text_of(app)
        assert app.at() is StepId.REGION
        await pilot.press("escape")
        await pilot.pause()
        assert "UK South" in text_of(app)
        assert app.at() is StepId.REGION
        await pilot.press("escape")
        await pilot.pause()
        assert app.at() is not StepId.REGION
