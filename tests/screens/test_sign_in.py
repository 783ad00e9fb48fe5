"""Sign in: the code, its keys, the person who is played, and signing in once more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from m365backup_tui.domain.errors import (
    CloudError,
    ConsentNeeded,
    NotSignedIn,
    Remedy,
    SignInRefused,
    Unreachable,
)
from m365backup_tui.events import DEVICE_CODE, Arrived, Broke, RunMoved, SignedInNow
from m365backup_tui.screens.sign_in import SignInScreen
from m365backup_tui.state import Remote
from m365backup_tui.steps import StepId
from tests.screens import states
from tests.screens.harness import NOW, SIZE, app_showing, text_of


async def test_a_code_is_asked_for_once_when_the_page_opens() -> None:
    app = app_showing(states.signing_in(device_code=Remote()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        app.wizard.happen(Arrived(DEVICE_CODE, states.CODE, NOW, more=True))
        await pilot.pause()
        assert app.asked == ["sign_in"]
        assert "G H 7 K Q 2 M X A" in text_of(app)


async def test_nobody_is_asked_for_a_code_who_is_signed_in() -> None:
    app = app_showing(states.signed_in())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert app.asked == []
        assert "You are signed in as Adele Vance." in text_of(app)
        await pilot.press("enter")
        await pilot.pause()
        assert app.at() is StepId.PERMISSIONS


async def test_the_page_names_the_application_and_warns_about_codes_of_others() -> None:
    app = app_showing(states.signing_in(place=states.PRACTICE))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        text = text_of(app)
        assert "Microsoft Graph Command Line Tools" in text
        assert "If somebody sent you a code, do not." in text
        assert "memory only" in text


async def test_after_a_minute_the_page_says_what_may_be_in_the_way_and_b_is_the_way_out() -> None:
    app = app_showing(states.signing_in(place=states.PRACTICE))
    async with app.run_test(size=SIZE) as pilot:
        screen = app.screen
        assert isinstance(screen, SignInScreen)
        app.wizard.clock.time = NOW + timedelta(seconds=59)
        screen.tick(app.wizard.state)
        await pilot.pause()
        assert "53003" not in text_of(app)
        app.wizard.clock.time = NOW + timedelta(seconds=61)
        screen.tick(app.wizard.state)
        await pilot.pause()
        assert "Press B to sign in through a" in text_of(app)
        await pilot.press("b")
        assert app.asked == ["cancel_sign_in", "sign_in_by_browser"]
        assert app.wizard.state.device_code == Remote()


async def test_an_expired_code_says_so() -> None:
    app = app_showing(states.signing_in(place=states.PRACTICE))
    app.wizard.clock.time = NOW + timedelta(minutes=20)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert "The code has expired. Press N for a new one." in text_of(app)


async def test_n_asks_for_a_new_code() -> None:
    app = app_showing(states.signing_in())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("n")
        assert app.asked == ["cancel_sign_in", "sign_in"]


async def test_a_refused_sign_in_is_told_in_place_and_enter_asks_again() -> None:
    app = app_showing(states.signing_in())
    async with app.run_test(size=SIZE) as pilot:
        app.wizard.happen(states.dropped(DEVICE_CODE))
        refused = SignInRefused("The code was declined.", "authorization_declined", "req-1")
        app.wizard.happen(Broke(DEVICE_CODE, refused))
        await pilot.pause()
        assert "The code was declined." in text_of(app)
        assert "req-1" not in text_of(app)
        await pilot.press("d")
        await pilot.pause()
        assert "req-1" in text_of(app)
        await pilot.press("enter")
        assert app.asked[-2:] == ["cancel_sign_in", "sign_in"]


@pytest.mark.parametrize(
    ("error", "label"),
    [
        (NotSignedIn("Your sign-in was revoked."), "New code"),
        (SignInRefused("Entra refused.", remedy=Remedy.OTHER_ACCOUNT), "New code"),
        (SignInRefused("Entra refused.", remedy=Remedy.ASK_ADMIN), "New code"),
        (SignInRefused("Entra refused.", remedy=Remedy.WAIT), "New code"),
        (SignInRefused("Entra refused.", remedy=Remedy.OTHER_WAY), "By browser"),
        (SignInRefused("Not this one.", remedy=Remedy.OTHER_APPLICATION), "Another application"),
        (ConsentNeeded("The application may not use these permissions yet."), "Who can consent"),
        (Unreachable("The sign-in service cannot be reached."), "New code"),
    ],
)
async def test_every_trouble_of_a_sign_in_names_a_key_that_is_there(
    error: CloudError, label: str
) -> None:
    app = app_showing(states.signing_in())
    async with app.run_test(size=SIZE) as pilot:
        app.wizard.happen(states.dropped(DEVICE_CODE))
        app.wizard.happen(Broke(DEVICE_CODE, error))
        await pilot.pause()
        text = " ".join(text_of(app).split())
        assert "ress Enter" in text
        assert f"Enter {label}" in text
        assert "press R" not in text
        assert "ress S" not in text
        assert "F5" not in text


async def test_esc_gives_the_code_up_and_goes_back() -> None:
    app = app_showing(states.signing_in())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("escape")
        await pilot.pause()
        assert app.asked == ["cancel_sign_in"]
        assert app.at() is StepId.WELCOME


async def test_on_the_practice_tenant_enter_plays_the_global_administrator() -> None:
    app = app_showing(states.signing_in(place=states.PRACTICE))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("p")
        await pilot.pause()
        assert "Who sits at the browser?" in text_of(app)
        await pilot.press("enter")
        await pilot.pause()
        assert app.asked == ["play_person global-admin"]
        assert "Who sits at the browser?" not in text_of(app)


async def test_on_the_practice_tenant_another_person_can_be_played_or_nobody() -> None:
    app = app_showing(states.signing_in(place=states.PRACTICE))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("p", "escape")
        await pilot.pause()
        assert app.asked == []
        await pilot.press("p", "down", "enter")
        await pilot.pause()
        await pilot.press("x")
        assert app.asked == ["play_person sp-admin", "decline_person"]


async def test_on_the_practice_tenant_the_bar_names_the_other_way_too() -> None:
    for state, other in ((states.signing_in, "B Browser"), (states.by_browser, "B Code")):
        app = app_showing(state(place=states.PRACTICE))
        async with app.run_test(size=SIZE) as pilot:
            await pilot.pause()
            bar = text_of(app).rpartition("─")[2]
            assert "P Play X Decline" in bar
            assert other in bar


async def test_nobody_can_be_played_on_the_real_cloud() -> None:
    app = app_showing(states.signing_in())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("p", "x")
        await pilot.pause()
        assert app.asked == []
        assert "P Play" not in text_of(app)


async def test_a_sign_in_that_something_interrupted_says_what() -> None:
    revoked = NotSignedIn("Your sign-in was revoked.", "AADSTS50173")
    for state in (states.signing_in, states.by_browser):
        shown = state(signed_in=states.SIGNED_IN, needs=revoked)
        app = app_showing(shown)
        async with app.run_test(size=SIZE) as pilot:
            await pilot.pause()
            assert "Sign in again to go on" in text_of(app)
            assert "Your sign-in was revoked." in text_of(app)


async def test_signing_in_again_shows_the_code_and_keeps_the_answers() -> None:
    app = app_showing(states.prepare(prepared=Remote(error=states.STEP_UP)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("s")
        app.wizard.happen(Arrived(DEVICE_CODE, states.CODE, NOW, more=True))
        await pilot.pause()
        assert app.asked == ["sign_in"]
        assert app.at() is StepId.SIGN_IN
        assert "G H 7 K Q 2 M X A" in text_of(app)
        app.wizard.happen(SignedInNow(states.SIGNED_IN))
        await pilot.press("enter")
        await pilot.pause()
        assert app.at() is StepId.PREPARE
        assert app.wizard.state.answers == states.ANSWERED


async def test_the_picture_of_the_address_is_for_phones_that_can_reach_it() -> None:
    real = app_showing(states.signing_in())
    async with real.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert real.screen.query_one("#qr").display
    practice = app_showing(states.signing_in(place=states.PRACTICE))
    async with practice.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert not practice.screen.query_one("#qr").display


async def test_a_run_found_after_signing_in_can_be_opened_from_here() -> None:
    app = app_showing(states.signed_in(unfinished=states.UNFINISHED))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert "Press G to go on." in text_of(app)
        await pilot.press("g")
        app.wizard.happen(RunMoved(states.UNFINISHED))
        await pilot.pause()
        assert app.asked[0] == f"resume {states.UNFINISHED.id}"
        assert app.at() is StepId.APPLY


async def test_a_sign_in_that_just_worked_leads_on_by_itself_and_esc_comes_back_to_it() -> None:
    app = app_showing(states.signing_in())
    async with app.run_test(size=SIZE) as pilot:
        app.wizard.happen(states.dropped(DEVICE_CODE))
        await pilot.pause()
        app.wizard.happen(SignedInNow(states.SIGNED_IN))
        await pilot.pause()
        await pilot.pause()
        assert app.at() is StepId.PERMISSIONS
        await pilot.press("escape")
        await pilot.pause()
        await pilot.pause()
        assert app.at() is StepId.SIGN_IN
        assert "O Accounts" in text_of(app)


async def test_an_unfinished_run_is_not_passed_by() -> None:
    app = app_showing(states.signing_in(device_code=Remote(), unfinished=states.UNFINISHED))
    async with app.run_test(size=SIZE) as pilot:
        app.wizard.happen(SignedInNow(states.SIGNED_IN))
        await pilot.pause()
        await pilot.pause()
        assert app.at() is StepId.SIGN_IN
