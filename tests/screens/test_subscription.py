"""Subscription: the usable ones, the greyed ones with reasons, and none at all."""

from __future__ import annotations

from dataclasses import replace

from m365backup_tui.screens.subscription import advice, heading, rows
from m365backup_tui.state import Answers
from m365backup_tui.steps import StepId
from tests.screens import states
from tests.screens.harness import SIZE, app_showing, text_of

SECOND = replace(states.PRODUCTION, id="s-9", name="Contoso Finance")


async def test_the_only_usable_one_is_under_the_cursor_and_enter_takes_it() -> None:
    report = states.report(subscriptions=(states.SANDBOX, states.PRODUCTION))
    app = app_showing(states.subscription(report))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        assert app.wizard.state.answers.subscription_id == "s-1"
        assert app.at() is StepId.GROUP


async def test_one_that_cannot_pay_says_why_and_is_not_taken() -> None:
    app = app_showing(states.subscription())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("down", "enter")
        await pilot.pause()
        assert app.wizard.state.answers.subscription_id == ""
        assert "Reader: billing needs Owner or Contributor." in text_of(app)


async def test_coming_back_finds_the_cursor_on_the_answer_and_keeps_what_follows() -> None:
    report = states.report(subscriptions=(states.PRODUCTION, SECOND))
    answers = replace(states.ANSWERED, subscription_id="s-9")
    app = app_showing(states.subscription(report, answers=answers))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        assert app.wizard.state.answers == answers


async def test_with_none_to_choose_the_ways_out_are_shown_and_r_checks_again() -> None:
    app = app_showing(states.subscription(states.report(subscriptions=())))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        assert "Nothing here can pay for the backup yet" in text_of(app)
        assert states.LINKS.create_subscription in text_of(app)
        await pilot.press("r")
        assert app.asked == ["check_access"]


def test_an_eligible_role_is_the_first_way_out() -> None:
    eligible = replace(states.SANDBOX, eligible="Owner")
    state = states.subscription(states.report(subscriptions=(eligible,)))
    assert advice(state).startswith("- Activate the role you are eligible for")
    assert "no Azure subscription that can pay" in heading(state)


def test_usable_ones_come_first_and_every_other_has_a_reason() -> None:
    report = states.report(subscriptions=(states.LEGACY, states.SANDBOX, states.PRODUCTION))
    found = rows(report)
    assert [row.id for row in found] == ["s-1", "s-3", "s-2"]
    assert [bool(row.disabled) for row in found] == [False, True, True]


def test_several_usable_ones_ask_for_a_choice() -> None:
    report = states.report(subscriptions=(states.PRODUCTION, SECOND))
    state = states.subscription(report, answers=Answers())
    assert heading(state) == "Choose the Azure subscription that pays for the backup."
