"""F9: the practice menu on every page, with the practice tenant's own list made by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from m365backup_tui.domain.errors import Rejected, Unreachable
from m365backup_tui.domain.rehearsal import (
    AllOff,
    MoveClock,
    Rehearsal,
    SwitchOff,
    SwitchOn,
    Turn,
    When,
)
from m365backup_tui.events import REHEARSAL, Arrived, Broke
from m365backup_tui.state import Remote, State
from m365backup_tui.steps import StepId
from tests.screens import rehearsals, states, states_policies
from tests.screens.harness import NOW, app_showing
from tests.screens.looking import Seat, seated

Compare = Callable[..., bool]

TITLE = "Practice: make something go wrong"
PAGES: dict[StepId, Callable[[], State]] = {
    StepId.WELCOME: states.welcome,
    StepId.SIGN_IN: states.signing_in,
    StepId.PERMISSIONS: lambda: states.permissions(states.report()),
    StepId.SUBSCRIPTION: states.subscription,
    StepId.GROUP: states.group,
    StepId.REGION: states.region,
    StepId.PREPARE: states.prepare,
    StepId.TURN_ON: states.turn_on,
    StepId.POLICIES: states_policies.policies,
    StepId.REVIEW: lambda: states_policies.review(states_policies.FRESH),
    StepId.APPLY: lambda: states_policies.applying(states_policies.WATCHING),
    StepId.DONE: lambda: states_policies.applying(
        states_policies.FINISHED, at=StepId.DONE, drafts=()
    ),
}


def practising(state: State, found: Rehearsal | None = rehearsals.BUSY) -> State:
    return rehearsals.at(found, replace(state, place=states.PRACTICE))


async def answer(seat: Seat, found: Rehearsal) -> str:
    """What the practice tenant answers; the text of the screen then."""
    seat.app.wizard.happen(Arrived(REHEARSAL, found, NOW))
    return await seat.settle()


def test_every_step_has_a_page_here() -> None:
    assert set(PAGES) == set(StepId)


@pytest.mark.parametrize("step", PAGES)
async def test_on_every_page_f9_opens_it_and_esc_leads_back(step: StepId) -> None:
    async with seated(practising(PAGES[step]())) as seat:
        below, before = seat.page, seat.state
        assert "F9  PRACTICE" in seat.text
        assert TITLE in await seat.press("f9")
        assert "look_at_rehearsal" in seat.app.asked
        await seat.press("escape")
        assert seat.page == below
        assert seat.state == before


@pytest.mark.parametrize("step", PAGES)
async def test_on_the_real_cloud_there_is_no_such_key(step: StepId) -> None:
    async with seated(PAGES[step]()) as seat:
        below = seat.page
        assert "F9" not in seat.text
        assert TITLE not in await seat.press("f9")
        assert seat.page == below
        assert "F9" not in await seat.press("f1")
        await seat.press("escape", "ctrl+p")
        assert "Nothing has that name." in await seat.type("go wrong")


async def test_the_palette_and_the_help_name_it() -> None:
    async with seated(practising(states.signing_in())) as seat:
        await seat.press("ctrl+p")
        await seat.type("go wrong")
        assert TITLE in await seat.press("enter")
        await seat.press("escape")
        await seat.press("question_mark")
        assert f"F9      {TITLE}" in await seat.press("pagedown")


async def test_before_the_practice_tenant_has_started_it_says_so() -> None:
    app = app_showing(practising(states.welcome(), None), ready=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("f9")
        await pilot.pause()
        assert "The practice tenant is still starting" in Seat(app, pilot).text


async def test_what_was_being_typed_below_is_still_there() -> None:
    async with seated(practising(states.group())) as seat:
        await seat.press("enter")
        await seat.type("backup-here")
        await seat.press("f9", "down", "escape")
        assert "backup-here" in seat.text


async def test_a_step_that_comes_meanwhile_is_shown_when_the_menu_is_left() -> None:
    async with seated(practising(states.signed_in(readiness=Remote(states.report(), NOW)))) as seat:
        await seat.press("f9", "/")
        seat.app.wizard.go(StepId.PERMISSIONS)
        await seat.settle()
        assert "429" in await seat.type("429")
        assert seat.page == "PracticeMenuScreen"
        await seat.press("f9")
        await seat.settle()
        assert seat.page == "PermissionsScreen"
        assert TITLE in await seat.press("f9")


async def test_f9_closes_it_also_while_filtering_and_opens_it_once() -> None:
    async with seated(practising(states.signing_in())) as seat:
        await seat.press("f9", "/")
        text = await seat.type("429")
        assert "Too many requests" in text
        assert "Names concealed" not in text
        await seat.press("f9")
        assert seat.page == "SignInScreen"
        await seat.press("f9", "down", "down", "down", "enter", "f9")
        assert seat.page == "PracticeFaultScreen"


async def test_the_usual_fault_is_four_keys_away_and_is_told_when_it_holds() -> None:
    async with seated(rehearsals.at(rehearsals.QUIET)) as seat:
        await seat.press("f9", "down", "enter")
        assert "It happens to the next request (Microsoft Graph and Azure)." in " ".join(
            seat.text.split()
        )
        await seat.press("enter")
        order = SwitchOn(
            "H1", "Too many requests", When.NEXT, "service", extras=(("retry_after", "1"),)
        )
        assert seat.app.wizard.changes == [order]
        await answer(seat, replace(rehearsals.BUSY, done=seat.app.wizard.changes[0]))
        assert seat.page == "PracticeMenuScreen"
        assert "On: Too many requests, the next request." in seat.text
        assert "over, struck 1" in seat.text


async def test_when_where_and_the_extras_can_be_chosen() -> None:
    async with seated(rehearsals.at(rehearsals.QUIET)) as seat:
        await seat.press("f9", "down", "enter", "down", "tab", "backspace")
        await seat.type("4")
        await seat.press("tab", "down", "down", "down", "tab", "backspace")
        assert "Takes a whole number from 0 to 86400." in seat.text
        await seat.type("30")
        await seat.press("enter")
        (order,) = seat.app.wizard.changes
        assert order == SwitchOn(
            "H1", "Too many requests", When.EVERY, "entra", 4, (("retry_after", "30"),)
        )


async def test_every_nth_wants_a_number() -> None:
    async with seated(rehearsals.at(rehearsals.QUIET)) as seat:
        await seat.press("f9", "down", "enter", "down", "tab", "backspace", "x", "enter")
        assert seat.app.wizard.changes == []
        assert "Type a whole number from 1." in seat.text


async def test_a_lasting_fault_asks_for_no_requests() -> None:
    async with seated(rehearsals.at(rehearsals.QUIET)) as seat:
        text = await seat.press("f9", "end", "enter")
        assert "Which requests" not in text
        assert "Tab" not in text
        await seat.press("enter")
        assert seat.app.wizard.changes == [SwitchOn("Z3", rehearsals.PROVIDER.title, When.ALWAYS)]


async def test_a_refusal_stays_on_the_page_with_what_was_typed() -> None:
    async with seated(rehearsals.at(rehearsals.QUIET)) as seat:
        await seat.press("f9", "down", "enter", "tab", "tab", "backspace")
        await seat.type("-5")
        await seat.press("enter")
        seat.app.wizard.happen(Broke(REHEARSAL, Rejected("H1: retry_after is a whole number.")))
        text = await seat.settle()
        assert "H1: retry_after is a whole number." in text
        assert "Correct it and press Enter again." in text
        assert seat.page == "PracticeFaultScreen"
        assert " -5" in await seat.press("pagedown")


async def test_a_situation_is_begun_and_ended_by_enter() -> None:
    async with seated(rehearsals.at(rehearsals.QUIET)) as seat:
        await seat.press("f9", "enter")
        begun = Turn("reports-concealed", "Names concealed", on=True)
        assert seat.app.wizard.changes == [begun]
        on = replace(rehearsals.CLOSED, on=True)
        text = await answer(seat, Rehearsal((on,), rehearsals.REQUESTS, done=begun))
        assert "On: Names concealed." in text
        await seat.press("enter")
        assert seat.app.wizard.changes[-1] == replace(begun, on=False)


async def test_one_is_switched_off_or_all() -> None:
    async with seated(practising(states.signing_in())) as seat:
        await seat.press("f9", "down", "d")
        assert seat.app.wizard.changes == [SwitchOff(2, "Conditional Access blocks")]
        await seat.press("a")
        assert seat.app.wizard.changes[1:] == [AllOff()]
        text = await answer(seat, replace(rehearsals.QUIET, done=AllOff()))
        assert "Everything is off: the practice tenant behaves." in text
        assert "Nothing is switched on." in await seat.press("a")
        assert "This is not on." in await seat.press("d")
        assert len(seat.app.wizard.changes) == 2


async def test_time_can_pass_an_hour_or_a_day() -> None:
    async with seated(practising(states.signing_in())) as seat:
        await seat.press("f9", "t", "enter")
        await seat.press("t", "down", "enter")
        await seat.press("t", "escape")
        assert seat.app.wizard.changes == [MoveClock(1), MoveClock(24)]


async def test_who_came_back_too_early_is_listed() -> None:
    async with seated(practising(states.signing_in())) as seat:
        text = await seat.press("f9", "e")
        assert "GET /v1.0/sites" in text
        assert "twice" in text
        assert "1.5 s" in text
        await seat.press("escape")
        await answer(seat, rehearsals.QUIET)
        assert "Nobody." in await seat.press("e")


async def test_a_tenant_that_does_not_answer_is_a_sentence() -> None:
    async with seated(rehearsals.at(None)) as seat:
        await seat.press("f9")
        error = Unreachable("The practice tenant does not answer.")
        seat.app.wizard.happen(Broke(REHEARSAL, error))
        text = await seat.settle()
        assert "The practice tenant does not answer." in text
        assert "press R in a moment" in text
        await seat.press("r")
        assert seat.app.asked.count("look_at_rehearsal") == 2
        await seat.press("escape")
        assert seat.page == "PermissionsScreen"


SIZES = {"80x24": (80, 24), "200x50": (200, 50)}


@pytest.mark.parametrize("size", SIZES)
def test_the_menu(snap_compare: Compare, size: str) -> None:
    app = app_showing(rehearsals.at(rehearsals.BUSY))
    assert snap_compare(app, press=["f9", "down"], terminal_size=SIZES[size])


@pytest.mark.parametrize("size", SIZES)
def test_when_and_where(snap_compare: Compare, size: str) -> None:
    app = app_showing(rehearsals.at(rehearsals.QUIET))
    assert snap_compare(app, press=["f9", "down", "enter"], terminal_size=SIZES[size])
