"""Prepare Azure: nothing is written before Enter; progress, refusals, and nothing left to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from m365backup_tui.domain.azure import Registration
from m365backup_tui.domain.errors import Forbidden
from m365backup_tui.events import PREPARED, PROVIDER, Answered, Arrived, Began, Broke
from m365backup_tui.state import Remote
from m365backup_tui.steps import StepId
from tests.screens import states
from tests.screens.harness import NOW, SIZE, app_showing, text_of


async def test_what_will_be_written_is_shown_first_and_enter_writes_it() -> None:
    app = app_showing(states.prepare())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        text = text_of(app)
        assert "This will be written to Azure when you press Enter." in text
        assert "create resource group rg-m365backup in Contoso Production, West Europe" in text
        assert "register resource provider Microsoft.Syntex" in text
        assert "service principals" in text
        assert app.asked == []
        await pilot.press("enter")
        assert app.asked == ["prepare_azure"]


async def test_progress_counts_seconds_and_a_second_enter_sends_nothing() -> None:
    app = app_showing(states.prepare())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        app.wizard.clock.time = NOW + timedelta(seconds=75)
        app.wizard.happen(Began(PREPARED, NOW, "Asking Azure to register Microsoft.Syntex"))
        await pilot.pause()
        text = text_of(app)
        assert "Asking Azure to register Microsoft.Syntex: 1 min 15 s" in text
        assert "usually takes 5 to 10 minutes" in text
        assert "You may leave" in text
        await pilot.press("enter")
        assert app.asked == ["prepare_azure"]


async def test_when_azure_is_ready_enter_goes_on() -> None:
    app = app_showing(states.prepare())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        app.wizard.happen(
            Answered(replace(states.ANSWERED, new_group=False)),
            Arrived(PROVIDER, states.REGISTERED, NOW),
            Arrived(PREPARED, Registration.REGISTERED, NOW),
        )
        await pilot.pause()
        assert "Azure is ready for billing." in text_of(app)
        await pilot.press("enter")
        await pilot.pause()
        assert app.at() is StepId.TURN_ON
        assert app.asked == ["prepare_azure"]


async def test_with_nothing_to_write_the_page_says_so() -> None:
    ready = replace(states.ANSWERED, new_group=False)
    app = app_showing(states.prepare(answers=ready, provider=Remote(states.REGISTERED, NOW)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert "Nothing is left to write here." in text_of(app)
        await pilot.press("enter")
        await pilot.pause()
        assert app.at() is StepId.TURN_ON
        assert app.asked == []


async def test_a_refusal_by_policy_names_the_resource_types_to_allow() -> None:
    app = app_showing(states.prepare())
    async with app.run_test(size=SIZE) as pilot:
        refused = Forbidden("Azure refused the group.", "RequestDisallowedByPolicy", "req-7")
        app.wizard.happen(Broke(PREPARED, refused))
        await pilot.pause()
        text = text_of(app)
        assert "Azure refused the group." in text
        assert "Microsoft.Syntex/accounts and Microsoft.Syntex/documentProcessors" in text
        assert "req-7" not in text
        await pilot.press("enter")
        assert app.asked == ["prepare_azure"]


async def test_a_lock_is_explained() -> None:
    app = app_showing(states.prepare())
    async with app.run_test(size=SIZE) as pilot:
        app.wizard.happen(Broke(PREPARED, Forbidden("Azure refused.", "ScopeLocked")))
        await pilot.pause()
        assert "remove the lock" in text_of(app)


async def test_esc_goes_back_and_keeps_the_answers() -> None:
    app = app_showing(states.prepare())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("escape")
        await pilot.pause()
        assert app.at() is StepId.REGION
        assert app.wizard.state.answers == states.ANSWERED
