"""Resource group: an existing one, a new one, names that Azure would refuse."""

from __future__ import annotations

from dataclasses import replace

from m365backup_tui.domain.azure import ResourceGroup
from m365backup_tui.domain.errors import Forbidden
from m365backup_tui.events import GROUPS, Arrived, Broke
from m365backup_tui.screens.group import suggested
from m365backup_tui.screens.widgets.entry import Entry
from m365backup_tui.state import Answers, Remote
from m365backup_tui.steps import StepId
from tests.screens import states
from tests.screens.harness import NOW, SIZE, Shown, app_showing, text_of


def typed(app: Shown) -> str:
    return app.screen.query_one("#name", Entry).value


async def test_groups_and_regions_are_read_once() -> None:
    app = app_showing(states.group(groups=Remote(), provider=Remote()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        app.wizard.happen(Arrived(GROUPS, states.GROUPS, NOW))
        await pilot.pause()
        assert app.asked == ["load_groups", "load_provider"]
        assert "Backup-Billing" in text_of(app)


async def test_two_enters_name_the_suggested_new_group() -> None:
    app = app_showing(states.group())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter", "enter")
        await pilot.pause()
        answers = app.wizard.state.answers
        assert (answers.group, answers.new_group) == ("rg-m365backup", True)
        assert app.at() is StepId.REGION


async def test_an_existing_group_brings_its_region() -> None:
    app = app_showing(states.group())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("down", "enter")
        await pilot.pause()
        answers = app.wizard.state.answers
        assert (answers.group, answers.group_location) == ("Backup-Billing", "northeurope")
        assert not answers.new_group


async def test_with_no_group_at_all_the_name_is_asked_for_at_once() -> None:
    app = app_showing(states.group(groups=Remote((), NOW)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        assert app.wizard.state.answers.group == "rg-m365backup"


async def test_a_name_that_azure_refuses_is_refused_here_with_the_rule() -> None:
    app = app_showing(states.group())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("n", "space", "x", "enter")
        await pilot.pause()
        assert "The name has a space" in text_of(app)
        assert app.at() is StepId.GROUP
        await pilot.press("backspace", "backspace", "enter")
        await pilot.pause()
        assert app.wizard.state.answers.group == "rg-m365backup"


async def test_letters_are_text_while_the_name_is_typed() -> None:
    app = app_showing(states.group())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("n", "r", "n")
        await pilot.pause()
        assert typed(app) == "rg-m365backuprn"
        assert app.asked == []


async def test_esc_leaves_the_line_first_and_keeps_what_was_typed() -> None:
    app = app_showing(states.group())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("n", "x", "escape")
        await pilot.pause()
        assert "Choose the resource group" in text_of(app)
        await pilot.press("n")
        await pilot.pause()
        assert typed(app) == "rg-m365backupx"
        await pilot.press("escape", "escape")
        await pilot.pause()
        assert app.at() is StepId.SUBSCRIPTION


async def test_groups_that_cannot_be_read_are_told_with_a_way_out() -> None:
    app = app_showing(states.group(groups=Remote()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        app.wizard.happen(Broke(GROUPS, Forbidden("Azure does not show you resource groups.")))
        await pilot.press("r")
        await pilot.pause()
        assert "Azure does not show you resource groups." in text_of(app)
        assert app.asked == ["load_groups", "load_groups"]


def test_the_suggestion_is_free() -> None:
    taken = (ResourceGroup("RG-M365Backup", "x"), ResourceGroup("rg-m365backup-2", "x"))
    assert suggested(states.group(groups=Remote(taken, NOW))) == "rg-m365backup-3"


def test_the_suggestion_is_the_earlier_answer() -> None:
    answers = replace(Answers(subscription_id="s-1"), group="rg-mine", new_group=True)
    assert suggested(states.group(answers=answers)) == "rg-mine"


async def test_slash_narrows_the_groups_and_enter_takes_the_one_found() -> None:
    app = app_showing(states.group())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("slash", "b", "i", "l")
        await pilot.pause()
        assert "rg-web" not in text_of(app)
        await pilot.press("enter")
        await pilot.pause()
        assert app.wizard.state.answers.group == "Backup-Billing"
